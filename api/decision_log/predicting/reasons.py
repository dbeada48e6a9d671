"""Reasons in words: what speaks most for and against each opportunity, by columns and from tables of phrases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_features.blocks import Number, signed_log
from decision_log.predicting.explain import LONGEST_READ, MATERIAL, shortened
from decision_log.predicting.strongest_words import NO_WORD, two_strongest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_features import OpportunityFrame
    from decision_features.blocks import Block
    from decision_features.encoded import Encoded
    from decision_model.trained.model import TrainedModel

    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp]
    Phrases = list[str | None]

OF_KIND = frozenset({"type", "source"})
"""Fields that all opportunities of one kind share."""

REASONS_SHOWN = 2

USUAL = 0.5
"""Standard deviations from the mean up to which a number is called neither high nor low."""

REMEMBERED = 10_000
"""Phrases of a kind that are kept."""

_PAST = {
    "sender known": "how often this sender was decided on before",
    "sender record": "the outcomes of this sender's earlier opportunities",
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
        fields = model.encoder.encoding().fields.blocks.tolist()
        self.value_places = {block: place for place, block in enumerate(fields)}
        """Columns of `Encoded.values` that hold the numbers of blocks."""
        weights = model.pool.weights
        self.weights = (weights[1] + weights[4]) * model.time_invariant.weights
        self.weights = self.weights + weights[2] * model.full.weights
        if model.rules is not None:
            self.weights += weights[4] * model.rules.shift[1:]
        self.knows_sender = lru_cache(maxsize=REMEMBERED)(model.knows_sender)
        self.text_with = lru_cache(maxsize=REMEMBERED)(self._text_with)
        self.named = lru_cache(maxsize=REMEMBERED)(self._named)

    def of(self, frame: OpportunityFrame, encoded: Encoded) -> ReasonsOf:
        """Give the reasons of N opportunities.

        Parameters
        ----------
        frame : OpportunityFrame
            The opportunities.
        encoded : Encoded
            Their columns.
        """
        return ReasonsOf(self, frame, encoded)

    def _text_with(self, block: int, *places: int) -> str:
        """Name a text and words of it, given by their places in the vocabulary."""
        how, _, learnt = self.parts[block]
        levels = learnt.levels  # type: ignore[union-attr]
        pieces = how == "pieces"
        terms = _apart([levels[place] for place in places if place != NO_WORD], pieces=pieces)
        if not terms:
            return "its text"
        shown = " and ".join(repr(_piece(term) if pieces else term) for term in terms)
        if pieces:
            return (
                f"its text ({'a part of a word' if len(terms) == 1 else 'parts of words'}, {shown})"
            )
        several = len(terms) > 1 or " " in terms[0]
        return f"its text (the word{'s' if several else ''} {shown})"

    def _named(self, block: int, value: str) -> str:
        return f"{self.names[block]} {shortened(value)}"


class ReasonsOf:
    """Reasons of N opportunities; see `Reasons.of`."""

    def __init__(self, known: Reasons, frame: OpportunityFrame, encoded: Encoded) -> None:
        self._known = known
        self._encoded = encoded
        self.frame = frame
        self._strongest: dict[tuple[int, float], NDArray[np.intp]] = {}
        self._named: dict[tuple[int, int, float], str] = {}

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

    def value(self, block: int, row: int, sign: float) -> str:
        """Name a block's field, or those of a pair, and the value for one opportunity.

        Of a text the words that push most in the direction of ``sign``.
        """
        known, key = self._known, (block, row, sign)
        if key not in self._named:  # pairs name the same fields again and again
            if block < len(known.parts):
                phrase = self._phrases(block, np.array([row]), sign)[0]
                self._named[key] = phrase or f"no {known.names[block]}"
            else:
                pair = known.pairs[block - len(known.parts)]
                self._named[key] = " with ".join(self.value(one, row, sign) for one in pair)
        return self._named[key]

    def _reasons(
        self, label: str, blocks: Floats, places: NDArray[np.intp], sign: float
    ) -> list[str]:
        """Write what the given places of each row say, as far as it is material."""
        strong = sign * blocks[np.arange(len(blocks))[:, None], places] >= MATERIAL
        rows, ranks = strong.nonzero()
        answer = [""] * len(blocks)
        if not len(rows):
            return answer
        chosen = places[rows, ranks]
        said = np.full(strong.shape, None, dtype=object)
        for block in np.bincount(chosen).nonzero()[0].tolist():
            here = (chosen == block).nonzero()[0]
            said[rows[here], ranks[here]] = self._phrases(block, rows[here], sign)
        spoken = np.flatnonzero(strong.any(axis=1))
        for row, (most, next_to_it) in zip(spoken.tolist(), said[spoken].tolist(), strict=True):
            if most and next_to_it and most != next_to_it:
                answer[row] = f"{label}: {most}, {next_to_it}."
            elif named := most or next_to_it:
                answer[row] = f"{label}: {named}."
        return answer

    def _phrases(self, block: int, rows: Rows, sign: float) -> Phrases:
        """Name a block's field, or those of a pair, for some rows; None where it cannot be shown."""
        known = self._known
        if block >= len(known.parts):
            both = known.pairs[block - len(known.parts)]
            first, second = (self._phrases(one, rows, sign) for one in both)
            return [
                f"{one} with {other}" if one and other else None
                for one, other in zip(first, second, strict=True)
            ]
        if known.of_words[block]:
            words = self._strongest_words(block, sign)[rows].tolist()
            return [known.text_with(block, one, other) for one, other in words]
        return _PHRASES.get(known.parts[block][0], ReasonsOf._of_value)(self, block, rows)

    def _strongest_words(self, block: int, sign: float) -> NDArray[np.intp]:
        """Give the words of each text that push most in the direction of ``sign``, shape (N, 2)."""
        found = self._strongest.get((block, sign))
        if found is None:
            start, stop = self._known.starts[block : block + 2]
            places = self._encoded.places
            here = np.flatnonzero((places >= start) & (places < stop))
            places = places[here]
            push = sign * (self._encoded.weights[here] * self._known.weights[places])
            rows, n = self._encoded.rows[here], len(self.frame)
            found = self._strongest[block, sign] = two_strongest(rows, places - start, push, n)
        return found

    def _past(self, block: int, rows: Rows) -> Phrases:
        known = self._known
        days = self._encoded.values[rows, known.value_places[block]].tolist()
        phrase = _PAST.get(known.parts[block][1])
        phrases: list[str | None] = []
        for sender, since in zip(self.frame.sender[rows].tolist(), days, strict=True):
            seen = None if sender is None else known.knows_sender(sender)
            if seen:
                phrases.append(phrase or _days_since(since))
            else:
                phrases.append(None if seen is None else "a sender not seen before")
        return phrases

    def _pair(self, _: int, rows: Rows) -> Phrases:
        cells = zip(self.frame.type[rows].tolist(), self.frame.source[rows].tolist(), strict=True)
        return [_cell(*cell) for cell in cells]

    def _calendar(self, block: int, rows: Rows) -> Phrases:
        how = self._known.parts[block][0]
        return [_calendar(how, moment) for moment in self.frame.timestamp[rows]]

    def _length(self, block: int, rows: Rows) -> Phrases:
        """Say on which side of the usual length each text is."""
        _, field, learnt = self._known.parts[block]
        sizes = self._encoded.values[rows, self._known.value_places[block]]
        usual = learnt.mean if isinstance(learnt, Number) and not learnt.logarithm else None
        phrases = _lengths(sizes, usual)
        return [
            phrase if text else "having no text"
            for phrase, text in zip(phrases, self._values(field, rows), strict=True)
        ]

    def _of_value(self, block: int, rows: Rows) -> Phrases:
        """Name the field and its value; None where an opportunity has none that can be shown."""
        _, field, learnt = self._known.parts[block]
        missing = self._missing(block, learnt)
        known, name = self._known.named, self._known.names[block]
        return [
            known(block, value[:LONGEST_READ])
            if type(value) is str
            else missing
            if value is None or value != value  # noqa: PLR0124  # nan is not itself
            else f"{name} {shortened(value)}{side}"
            for value, side in zip(self._values(field, rows), self._sides(block, rows), strict=True)
        ]

    def _sides(self, block: int, rows: Rows) -> list[str]:
        """Say of numbers whether they are high or low among those seen; of the base score everybody knows."""
        _, field, learnt = self._known.parts[block]
        if field == "score" or not isinstance(learnt, Number):
            return [""] * len(rows)
        values = self._encoded.values[rows, self._known.value_places[block]]
        used = signed_log(values) if learnt.logarithm else values
        from_usual = (used - learnt.mean) / learnt.spread
        return [
            " (high)" if one > USUAL else " (low)" if one < -USUAL else ""
            for one in from_usual.tolist()
        ]

    def _missing(self, block: int, learnt: Block) -> str | None:
        named = getattr(learnt, "has_missing", False)
        return f"no {self._known.names[block]}" if named else None

    def _values(self, field: str, rows: Rows) -> list[Any]:
        """Give the values of a field as they came."""
        if field.startswith("context."):
            context, key = self.frame.context, field[8:]
            return [context[row].get(key) for row in rows.tolist()]
        values: list[Any] = getattr(self.frame, field)[rows].tolist()
        return values


_PHRASES: dict[str, Callable[[ReasonsOf, int, Rows], Phrases]] = {
    "past": ReasonsOf._past,
    "pair": ReasonsOf._pair,
    "weekday": ReasonsOf._calendar,
    "hour": ReasonsOf._calendar,
    "length": ReasonsOf._length,
}
"""How to name a block by how it reads; words of texts apart, and every other by its value."""


def _days_since(days: float) -> str:
    """Say how long ago a sender's last opportunity was decided on.

    Examples
    --------
    >>> _days_since(0.3), _days_since(1.2), _days_since(float("nan"))
    ("less than a day since this sender's last one", "1 day since this sender's last one", "this sender's last one")
    """
    if days != days:  # noqa: PLR0124  # nan is not itself
        return "this sender's last one"
    count = "less than a day" if days < 1 else "1 day" if days < 2 else f"{days:,.0f} days"
    return f"{count} since this sender's last one"


def _lengths(sizes: Floats, usual: float | None) -> list[str]:
    if usual is None:
        return ["the length of its text"] * len(sizes)
    return ["its long text" if long else "its short text" for long in (sizes > usual).tolist()]


@lru_cache(maxsize=REMEMBERED)
def _cell(kind: str, source: str) -> str:
    return f"{shortened(kind)} from {shortened(source)}"


def _apart(terms: Sequence[str], *, pieces: bool = False) -> list[str]:
    """Leave out terms that are part of another one: words of a pair of words, or parts within a part of a word.

    Examples
    --------
    >>> _apart(["ready to", "ready"]), _apart(["to", "ready to", "today"])
    (['ready to'], ['ready to', 'today'])
    """

    def within(term: str, other: str) -> bool:
        return term.strip() in other if pieces else f" {term} " in f" {other} "

    return [
        term
        for place, term in enumerate(terms)
        if not any(at != place and within(term, other) for at, other in enumerate(terms))
    ]


def _piece(part: str) -> str:
    """Show where a part of a word was cut; a space in it is the word's own end."""
    before = "" if part.startswith(" ") else "…"
    behind = "" if part.endswith(" ") else "…"
    return f"{before}{part.strip()}{behind}"


def _field_name(field: str) -> str:
    return _NAMES.get(field) or field.removeprefix("context.").replace("_", " ")


@lru_cache(maxsize=256)
def _calendar(how: str, moment: np.datetime64) -> str | None:
    if np.isnat(moment):
        return None
    at = moment.astype("datetime64[s]").item()
    return f"the weekday ({at:%A})" if how == "weekday" else f"the hour ({at:%H}:00 UTC)"
