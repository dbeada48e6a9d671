"""Meanings of imported outcomes: what their words mean, by the vocabulary that the import was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from decision_store.importing.cells.encoded import Column, combined
from decision_store.vocabulary import CLOSING

if TYPE_CHECKING:
    from decision_store.vocabulary import Vocabulary

_WORDS = ("outcome_type", "outcome_status", "outcome_meaning")


def with_meanings(outcomes: pa.Table, words: Vocabulary) -> pa.Table:
    """Return a table of outcomes whose rows without a meaning got one; a word that is not known gets none.

    An outcome type that is not known closes a decision: in a file it is a name that somebody chose for deals.
    """
    if not outcomes.num_rows:
        return outcomes
    columns = [Column.of(outcomes.column(name).chunks).repeated() for name in _WORDS]
    found = combined(columns)
    meanings = [
        words.meaning(kind, status, unknown_type=CLOSING) if meaning is None else meaning
        for kind, status, meaning in found.values
    ]
    place = outcomes.column_names.index("outcome_meaning")
    column = found.with_distinct(pa.array(meanings, pa.string())).text_array()
    return outcomes.set_column(place, "outcome_meaning", column)
