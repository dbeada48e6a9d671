"""Unknown ids of decisions: the error names the home, what the id may stand for, and similar ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from decision_store.errors import StoreError, UnknownDecision

if TYPE_CHECKING:
    from decision_log.log.base import LogBase

SIMILAR_SHOWN = 3


@contextmanager
def similar_ids_named(log: LogBase) -> Iterator[None]:
    """Add to the error about an unknown decision where it was looked for, and the ids that are like it."""
    try:
        yield
    except UnknownDecision as error:
        folder = str(log.settings.home.folder.absolute())
        raise UnknownDecision(error.decision_id, folder, _hint(log, error.decision_id)) from None


def _hint(log: LogBase, decision_id: str) -> str:
    """Say what an id that is no decision's may stand for; empty where nothing is like it."""
    try:
        rows = log.ask("similar_ids", id=str(decision_id), limit=SIMILAR_SHOWN).to_pylist()
    except StoreError:
        return ""  # the error that led here matters more
    for row in rows:
        if row["decision_id"] == decision_id:
            return (
                f"It was taken back; 'decision-log history {decision_id}' shows when."
                if row["voided"]
                else "It was not known yet at that moment."
            )
    rows = [row for row in rows if not row["voided"]]
    for kind in ("outcome", "opportunity"):
        owners = [row["decision_id"] for row in rows if row[kind]]
        if owners:
            return f"It is the id of an {kind} of {' and '.join(map(repr, owners))}."
    if rows:
        return f"Did you mean {' or '.join(repr(row['decision_id']) for row in rows)}?"
    return ""
