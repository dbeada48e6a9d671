"""Reasons in words: what speaks most for and against each opportunity."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from decision_features.blocks import Number
from decision_features.text import words as words_of
from decision_log.predicting.explain import MATERIAL, shortened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_features import OpportunityFrame
    from decision_features.blocks import Block
    from decision_features.encoded import Encoded
    from decision_model.trained.model import TrainedModel

    Floats = NDArray[np.float64]

OF_KIND = frozenset({"type", "source"})
"""Fields that all opportunities of one kind share."""

REASONS_SHOWN = 2
WORDS_SHOWN = 2

_PAST = {
    "sender known": "how often this sender was decided on before",
    "sender record": "the outcomes of this sender's earlier opportunities",
    "days since the last": "the time since this sender's last one",
}
_NAMES = {"score": "base score", "maker": "decision maker"}


class Reasons:
    """Tells for each opportunity what speaks for and against it most.

    Parameters
    ----------
    model : TrainedModel
        Whose contributions they are.
    pairs : sequence of (int, int)
        Pairs of blocks that rules name, as `decision_model.trained.predictor.ServedModel` has them.
    """

    def __init__(self, model: TrainedModel, pairs: Sequence[tuple[int, int]] = ()) -> None:
        self.parts = model.encoder.parts
        self.pairs = tuple(pairs)
        self.names = [_field_name(field) for _, field, _ in self.parts]
        kind = [how == "pair" or field in OF_KIND for how, field, _ in self.parts]
        kind += [all(kind[block] for block in pair) for pair in self.pairs]
        self.of_kind = np.array(kind, dtype=bool)
        self.of_words = [how in {"words", "pieces"} for how, _, _ in self.parts]
        self.starts = np.r_[0, np.cumsum(model.encoder.widths)].tolist()
        weights = model.pool.weights
        self._weights = (weights[1] + weights[4]) * model.time_invariant.weights
        self._weights = self._weights + weights[2] * model.full.weights
        if model.rules is not None:
            self._weights += weights[4] * model.rules.shift[1:]
        # Behind the columns come the usual rows, which are no words.
        self._of_words = np.append(
            np.repeat(self.of_words, model.encoder.widths), np.zeros(len(self.parts), dtype=bool)
        ).astype(bool)
        self.knows_sender = model.knows_sender

    def of(self, frame: OpportunityFrame, encoded: Encoded) -> ReasonsOf:
        """Give the reasons of N opportunities.

        Parameters
        ----------
        frame : OpportunityFrame
            The opportunities.
        encoded : Encoded
            Their columns.
        """
        word = np.flatnonzero(self._of_words[encoded.places])
        places, rows = encoded.places[word], encoded.rows[word]
        push = encoded.weights[word] * self._weights[places]
        starts = np.searchsorted(rows, np.arange(len(frame) + 1))
        return ReasonsOf(self, frame, Pushes(starts.tolist(), places.tolist(), push.tolist()))


class Pushes(NamedTuple):
    """What each known word of N texts adds to the log-odds.

    Parameters
    ----------
    starts : list of int, length N + 1
        Where each text's words begin.
    places : list of int
        The words' columns.
    push : list of float
        What they add. Two lists of numbers, not one of pairs: those would make Python look for garbage.
    """

    starts: list[int]
    places: list[int]
    push: list[float]


class ReasonsOf:
    """Reasons of N opportunities; see `Reasons.of`."""

    def __init__(self, known: Reasons, frame: OpportunityFrame, words: Pushes) -> None:
        self._known = known
        self._frame = self.frame = frame
        self._pushes = words

    def sentences(self, blocks: Floats) -> list[str]:
        """Write one text for each opportunity; empty where nothing is material.

        Parameters
        ----------
        blocks : ndarray, shape (N, B + Q)
            What each block of the encoder, and each pair of them, adds to the log-odds.
        """
        # The others of its kind share type and source: these cannot set it apart.
        blocks = np.where(self._known.of_kind, 0.0, blocks)
        order = np.argsort(blocks, axis=1, kind="stable")
        speaking_for = self._reasons("For it", blocks, order[:, : -REASONS_SHOWN - 1 : -1], 1.0)
        against = self._reasons("Against it", blocks, order[:, :REASONS_SHOWN], -1.0)
        return [
            f"{one} {other}" if one and other else one or other
            for one, other in zip(speaking_for, against, strict=True)
        ]

    def value(self, block: int, row: int) -> str:
        """Name a block's field, or those of a pair, and the value for one opportunity."""
        if block >= len(self._known.parts):
            return " with ".join(self.value(one, row) for one in self._pair(block))
        if self._known.of_words[block]:
            both = (self._words(block, row, sign) for sign in (1.0, -1.0))
            return self._text(block, [word for words in both for word in words])
        return self._named(block, row) or f"no {self._known.names[block]}"

    def _reasons(
        self, label: str, blocks: Floats, places: NDArray[np.intp], sign: float
    ) -> list[str]:
        """Write what the given places of each row say, as far as it is material."""
        strong = sign * np.take_along_axis(blocks, places, axis=1) >= MATERIAL
        rows, which = np.nonzero(strong)
        reasons: list[list[str]] = [[] for _ in range(len(blocks))]
        of_words = self._known.of_words
        for row, block in zip(rows.tolist(), places[rows, which].tolist(), strict=True):
            if block >= len(of_words):
                named: str | None = self._named_pair(block, row)
            elif of_words[block]:
                named = self._text(block, self._words(block, row, sign))
            else:
                named = self._named(block, row)
            if named and named not in reasons[row]:
                reasons[row].append(named)
        return [f"{label}: {', '.join(named)}." if named else "" for named in reasons]

    def _words(self, block: int, row: int, sign: float) -> list[str]:
        """Give the words of a text that push most in the direction of ``sign``."""
        start, stop = self._known.starts[block], self._known.starts[block + 1]
        starts, places, push = self._pushes
        here = slice(starts[row], starts[row + 1])
        pushed = [
            (-sign * by, place)
            for by, place in zip(push[here], places[here], strict=True)
            if start <= place < stop and sign * by > 0
        ]
        pushed.sort()
        levels = self._known.parts[block][2].levels  # type: ignore[union-attr]
        return [levels[place - start] for _, place in pushed[:WORDS_SHOWN]]

    def _pair(self, place: int) -> tuple[int, int]:
        return self._known.pairs[place - len(self._known.parts)]

    def _named_pair(self, place: int, row: int) -> str | None:
        """Name both fields and their values; None where one of them cannot be shown."""
        both = [named for one in self._pair(place) if (named := self._named(one, row))]
        return " with ".join(both) if len(both) == 2 else None

    def _text(self, block: int, terms: Sequence[str]) -> str:
        return _text_with(terms, pieces=self._known.parts[block][0] == "pieces")

    def _past(self, field: str, sender: str | None) -> str | None:
        known = None if sender is None else self._known.knows_sender(sender)
        if known is None:
            return None
        return _PAST[field] if known else "a sender not seen before"

    def _named(self, block: int, row: int) -> str | None:
        """Name the field and its value; None where the opportunity has none that can be shown."""
        how, field, learnt = self._known.parts[block]
        frame = self._frame
        if how == "past":
            return self._past(field, frame.sender[row])
        if how == "pair":
            return f"{shortened(frame.type[row])} from {shortened(frame.source[row])}"
        if how in {"weekday", "hour"}:
            return _calendar(how, frame.timestamp[row])
        value = _raw(frame, field, row)
        if how == "length":
            return _length(value, learnt) if value else "having no text"
        if value is None or value != value:  # noqa: PLR0124  # nan is not itself
            missing = getattr(learnt, "has_missing", False)
            return f"no {self._known.names[block]}" if missing else None
        return f"{self._known.names[block]} {shortened(value)}"


def _length(text: object, learnt: Block) -> str:
    """Say on which side of the usual length a text is."""
    usual = learnt.mean if isinstance(learnt, Number) and not learnt.logarithm else None
    if usual is None:
        return "the length of its text"
    return "its long text" if np.log1p(len(words_of(str(text)))) > usual else "its short text"


def _text_with(terms: Sequence[str], *, pieces: bool) -> str:
    if not terms:
        return "its text"
    shown = " and ".join(repr(_piece(term) if pieces else term) for term in terms)
    return f"its text ({'parts of words' if pieces else 'words'} e.g. {shown})"


def _piece(part: str) -> str:
    """Show where a part of a word was cut; a space in it is the word's own end."""
    before = "" if part.startswith(" ") else "…"
    behind = "" if part.endswith(" ") else "…"
    return f"{before}{part.strip()}{behind}"


def _field_name(field: str) -> str:
    return _NAMES.get(field) or field.removeprefix("context.").replace("_", " ")


def _raw(frame: OpportunityFrame, field: str, row: int) -> Any:
    if field.startswith("context."):
        return frame.context[row].get(field[8:])
    return getattr(frame, field)[row]


@lru_cache(maxsize=256)
def _calendar(how: str, moment: np.datetime64) -> str | None:
    if np.isnat(moment):
        return None
    at = moment.astype("datetime64[s]").item()
    return f"the weekday ({at:%A})" if how == "weekday" else f"the hour ({at:%H}:00 UTC)"
