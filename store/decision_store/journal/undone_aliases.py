"""Aliases of names that later ones take back, wherever in the journal those are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from decision_store.journal.append import sizes

UNDO = "undo_"
"""Stands before the id of an alias in the id of the one that takes it back."""

_UNDOING_ALIAS = re.compile(rb'"alias_id":"(undo_[^"]+)"')


def undone_aliases(folder: Path) -> frozenset[str]:
    """Return the ids of the aliases that later ones take back, wherever in the journal those are."""
    found: set[bytes] = set()
    for file in sizes(folder):
        with suppress(OSError):
            found.update(_UNDOING_ALIAS.findall((folder / file).read_bytes()))
    return undone(each.decode() for each in found)


def undone(alias_ids: Iterable[str]) -> frozenset[str]:
    """Return the ids, out of those of aliases that take one back, of what is taken back in the end.

    Examples
    --------
    >>> sorted(undone({"undo_a", "undo_b", "undo_undo_b"}))
    ['a', 'undo_b']
    """
    undoing = set(alias_ids)

    def is_undone(alias_id: str) -> bool:
        return (by := f"{UNDO}{alias_id}") in undoing and not is_undone(by)

    return frozenset(
        each for each in (alias_id.removeprefix(UNDO) for alias_id in undoing) if is_undone(each)
    )
