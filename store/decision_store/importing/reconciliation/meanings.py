"""Meanings of imported outcomes: what their words mean, by the vocabulary that the import was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from decision_store.vocabulary import CLOSING

if TYPE_CHECKING:
    from decision_store.vocabulary import Vocabulary


def with_meanings(outcomes: pa.Table, words: Vocabulary) -> pa.Table:
    """Return a table of outcomes whose rows without a meaning got one; a word that is not known gets none.

    An outcome type that is not known closes a decision: in a file it is a name that somebody chose for deals.
    """
    if not outcomes.num_rows:
        return outcomes
    known: dict[tuple[str, str], str | None] = {}
    meanings: list[str | None] = []
    columns = [
        outcomes.column(name).to_pylist()
        for name in ("outcome_type", "outcome_status", "outcome_meaning")
    ]
    for kind, status, meaning in zip(*columns, strict=True):
        if meaning is None and (kind, status) not in known:
            known[kind, status] = words.meaning(kind, status, unknown_type=CLOSING)
        meanings.append(known[kind, status] if meaning is None else meaning)
    place = outcomes.column_names.index("outcome_meaning")
    return outcomes.set_column(place, "outcome_meaning", pa.array(meanings, pa.string()))
