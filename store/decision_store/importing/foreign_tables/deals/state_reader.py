"""State of a deal on one row of a table: won, lost or open, from all columns that tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from decision_store.importing.cells.values import truth
from decision_store.importing.layouts import Layout, fold_heading
from decision_store.importing.understanding import WordUse
from decision_store.vocabulary import LOST, OPEN, REFUND, REVERSED, WON, Vocabulary
from decision_store.word_folding import fold_word


@dataclass(frozen=True, slots=True)
class Signals:
    """What the columns of one row say about its end; empty texts say nothing."""

    word: str = ""
    is_won: str = ""
    is_closed: str = ""
    won_at: str = ""
    lost_at: str = ""
    active: str = ""
    lost_reason: str = ""
    probability: float | None = None


@dataclass(slots=True)
class StateReader:
    """Reads the states of a table's rows and counts the words met.

    Parameters
    ----------
    layout : Layout
        Of the table.
    vocabulary : Vocabulary
        What words mean, with those that the user stated.
    stated : mapping
        Words whose meaning the user stated: they win over every other column.
    unread : Counter
        Texts in the column for won that say nothing known, of rows that nothing else closes.
    """

    layout: Layout
    vocabulary: Vocabulary
    stated: Mapping[str, str]
    counts: Counter[tuple[str, str, str | None, str]] = field(default_factory=Counter)
    contradictions: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    _meanings: dict[str, str | None] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.stated = {fold_word(word): state for word, state in self.stated.items()}

    def meaning(self, word: str) -> str | None:
        """Return what a word means: won, lost, open, reversed or refund; None: not known."""
        if word not in self._meanings:
            self._meanings[word] = (
                self.stated.get(fold_word(word))
                or self.layout.words.get(fold_heading(word))
                or self.vocabulary.status(word)
            )
        return self._meanings[word]

    def state(self, row: Signals, count: int = 1) -> str | None:
        """Return won, lost or open of so many rows that say the same; None where nothing tells it."""
        word_state = _ended(self.meaning(row.word)) if row.word else None
        by_columns, because = self._other_columns(row)
        if row.word and fold_word(row.word) in self.stated:
            state, because = word_state, "stated"
        elif by_columns is not None and word_state is not None and by_columns != word_state:
            # A stage says how far a deal got; the columns made for it say how it ended.
            if word_state != OPEN:
                self.contradictions[
                    f"{row.word!r} ({word_state}) and {because} ({by_columns})"
                ] += count
            state = by_columns
        elif word_state is not None:
            state, because = word_state, ""
        else:
            state = by_columns
        if state in {None, OPEN} and row.is_won and not self._can_read(row.is_won):
            self.unread[row.is_won] += count
        if row.word or state is not None:
            self.counts[fold_word(row.word), row.word, state, because] += count
        return state

    def _can_read(self, text: str) -> bool:
        return truth(text) is not None or self.meaning(text) is not None

    def words(self) -> tuple[WordUse, ...]:
        """Return the words met, the most frequent first."""
        merged: dict[tuple[str, str | None, str], tuple[str, int]] = {}
        for (folded, word, state, because), count in self.counts.items():
            first, total = merged.get((folded, state, because), (word, 0))
            merged[folded, state, because] = (first, total + count)
        found = [
            WordUse(word or "(empty)", state, count, because)
            for (_, state, because), (word, count) in merged.items()
        ]
        return tuple(sorted(found, key=lambda use: (-use.count, use.word)))

    def _other_columns(self, row: Signals) -> tuple[str | None, str]:
        """Return what the other columns tell, the plainest first, and which one it was."""
        won, closed = truth(row.is_won), truth(row.is_closed)
        word = self.meaning(row.is_won) if row.is_won and won is None else None
        reason = self.layout.reason_means_lost and row.lost_reason
        rules = (
            (won or word == WON, WON, "its column for won"),
            (word in {LOST, REVERSED, REFUND}, LOST, "its column for won"),
            (closed and won is False, LOST, "its column for closed"),
            (closed is False, OPEN, "its column for closed"),
            (row.won_at and not row.lost_at, WON, "its date of winning"),
            (row.lost_at and not row.won_at, LOST, "its date of losing"),
            (reason, LOST, "its reason for losing"),
            (truth(row.active) is False, LOST, "it is archived"),
        )
        for holds, state, because in rules:
            if holds:
                return state, because
        return self._by_probability(row, won)

    def _by_probability(self, row: Signals, won: bool | None) -> tuple[str | None, str]:
        if not self.layout.probability_closes or row.probability is None:
            return None, ""
        if row.probability >= 100:
            return WON, "its probability of 100 %"
        if row.probability > 0:
            return OPEN, "its probability"
        # A stage that is known to be open may have 0 %: nobody filled it in.
        if won is False or self.meaning(row.word) is None:
            return LOST, "its probability of 0 %"
        return None, ""


def _ended(meaning: str | None) -> str | None:
    return LOST if meaning in {REVERSED, REFUND} else meaning
