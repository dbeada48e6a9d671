"""Reasons in words: what speaks most for and against each opportunity, by columns and from tables of phrases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_features.blocks import Number, signed_log
from decision_log.predicting.explain import (
    LONGEST_READ,
    SPEAKS_AGAINST,
    SPEAKS_FOR,
    shortened,
)
from decision_log.predicting.phrases import (
    REMEMBERED,
    apart,
    calendar_phrase,
    cell_phrase,
    days_since,
    field_name,
    piece,
)
from decision_log.predicting.strongest_blocks import strongest_blocks
from decision_log.predicting.strongest_words import NO_WORD, two_strongest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_features import OpportunityFrame
    from decision_features.encoded import Encoded
    from decision_model.trained.model import TrainedModel

    Floats = NDArray[np.float64]
    Rows = list[int]
    Phrases = list[str | None]

OF_KIND = frozenset({"type", "source"})
"""Fields that all opportunities of one kind share."""

USUAL = 0.5
"""Standard deviations from the mean up to which a number is called neither high nor low."""

_PAST = {
    "sender known": "how often this sender was decided on before",
    "sender record": "the outcomes of this sender's earlier opportunities",
}


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
        self.names = [field_name(field) for _, field, _ in self.parts]
        kind = [how == "pair" or field in OF_KIND for how, field, _ in self.parts]
        kind += [all(kind[block] for block in pair) for pair in self.pairs]
        self.sets_apart = ~np.array(kind, dtype=bool)
        """Blocks, and pairs of them, that are not the same for all opportunities of one kind."""
        self.writers = [_WRITERS.get(how, ReasonsOf.of_value) for how, _, _ in self.parts]
        self.writers += [ReasonsOf.of_blocks] * len(self.pairs)
        self.starts = np.r_[0, np.cumsum(model.encoder.widths)].tolist()
        encoding = model.encoder.encoding()
        self.size = encoding.places.width + len(encoding.places.usual)
        fields = encoding.fields.blocks.tolist()
        self.value_places = {block: place for place, block in enumerate(fields)}
        """Columns of `Encoded.values` that hold the numbers of blocks."""
        weights = model.pool.weights
        self.weights = (weights[1] + weights[4]) * model.time_invariant.weights
        self.weights = self.weights + weights[2] * model.full.weights
        if model.rules is not None:
            self.weights += weights[4] * model.rules.shift[1:]
        self.knows_sender = lru_cache(maxsize=REMEMBERED)(model.knows_sender)
        self._remembered: list[dict[Any, str | None]] = [{} for _ in self.parts]
        self.pushing = lru_cache(maxsize=None)(self._pushing)

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

    def _pushing(self, block: int, sign: float) -> Floats:
        """Return the weights of the words of a block that push in one direction, and 0 for all other places."""
        start, stop = self.starts[block : block + 2]
        pushing = np.zeros(self.size)
        pushing[start:stop] = np.maximum(sign * self.weights[start:stop], 0.0)
        return pushing

    def remembered(self, block: int) -> dict[Any, str | None]:
        """Return the phrases of a block that were written already."""
        phrases = self._remembered[block]
        if len(phrases) > REMEMBERED:
            phrases.clear()
        return phrases

    def text_with(self, block: int, places: Sequence[int]) -> str:
        """Name a text and words of it, given by their places in the vocabulary."""
        how, _, learnt = self.parts[block]
        levels = learnt.levels  # type: ignore[union-attr]
        pieces = how == "pieces"
        terms = apart([levels[place] for place in places if place != NO_WORD], pieces=pieces)
        if not terms:
            return "its text"
        shown = " and ".join(repr(piece(term) if pieces else term) for term in terms)
        if pieces:
            return (
                f"its text ({'a part of a word' if len(terms) == 1 else 'parts of words'}, {shown})"
            )
        several = len(terms) > 1 or " " in terms[0]
        return f"its text (the word{'s' if several else ''} {shown})"

    def name_value(self, block: int, value: object, compared: float) -> str:
        """Name a field and its value, and where that is a number whether it is high or low among those seen."""
        _, field, learnt = self.parts[block]
        side = ""
        # Of the base score everybody knows.
        if isinstance(learnt, Number) and field != "score":
            used = signed_log(np.array(compared)) if learnt.logarithm else compared
            from_usual = (used - learnt.mean) / learnt.spread
            side = " (high)" if from_usual > USUAL else " (low)" if from_usual < -USUAL else ""
        return f"{self.names[block]} {shortened(value)}{side}"


class ReasonsOf:
    """Reasons of N opportunities; see `Reasons.of`."""

    def __init__(self, known: Reasons, frame: OpportunityFrame, encoded: Encoded) -> None:
        self._known = known
        self._encoded = encoded
        self.frame = frame
        self._columns: dict[str | int, list[Any]] = {}
        self._named: dict[tuple[int, float], str] = {}

    def sentences(self, blocks: Floats) -> list[str]:
        """Write one text for each opportunity; empty where nothing is material.

        Parameters
        ----------
        blocks : ndarray, shape (N, B + Q)
            What each block of the encoder, and each pair of them, adds to the log-odds.
        """
        chosen = strongest_blocks(blocks, self._known.sets_apart)
        speaking_for = self._sentences(SPEAKS_FOR, chosen[:, :2], 1.0)
        against = self._sentences(SPEAKS_AGAINST, chosen[:, 2:], -1.0)
        return [
            f"{one} {other}" if one and other else one or other
            for one, other in zip(speaking_for, against, strict=True)
        ]

    def _sentences(self, label: str, chosen: NDArray[np.intp], sign: float) -> list[str]:
        """Write what the chosen blocks say, shape (N, 2); -1 stands for none."""
        n = len(chosen)
        phrases: dict[int, dict[int, str | None]] = {-1: {}}
        one = n == 1
        named = set(chosen[0].tolist()) if one else set(np.unique(chosen).tolist())
        for block in named - {-1}:
            rows = [0] if one else (chosen == block).any(axis=1).nonzero()[0].tolist()
            phrases[block] = dict(zip(rows, self.phrases(block, rows, sign), strict=True))
        texts = []
        for row, (most, next_to_it) in enumerate(chosen.tolist()):
            first, other = phrases[most].get(row), phrases[next_to_it].get(row)
            if first and other and first != other:
                texts.append(f"{label}{first}, {other}.")
            else:
                said = first or other
                texts.append(f"{label}{said}." if said else "")
        return texts

    def value(self, block: int, sign: float) -> str:
        """Name a block's field, or those of a pair, and the value where there is one opportunity only.

        Of a text the words that push most in the direction of ``sign``.
        """
        known = self._known
        if block >= len(known.parts):
            first, second = known.pairs[block - len(known.parts)]
            return f"{self.value(first, sign)} with {self.value(second, sign)}"
        named = self._named.get((block, sign))
        if named is None:  # pairs name the same fields again and again
            named = self.phrases(block, [0], sign)[0] or f"no {known.names[block]}"
            self._named[block, sign] = named
        return named

    def phrases(self, block: int, rows: Rows, sign: float) -> Phrases:
        """Name a block's field, or those of a pair, for some rows; None where it cannot be shown."""
        return self._known.writers[block](self, block, rows, sign)

    def of_blocks(self, place: int, rows: Rows, sign: float) -> Phrases:
        """Name pairs of fields."""
        known = self._known
        both = known.pairs[place - len(known.parts)]
        first, second = (self.phrases(block, rows, sign) for block in both)
        return [
            f"{one} with {other}" if one and other else None
            for one, other in zip(first, second, strict=True)
        ]

    def of_words(self, block: int, rows: Rows, sign: float) -> Phrases:
        """Name texts and their words that push most."""
        known, n = self._known, len(self.frame)
        of_texts, places = self._encoded.rows, self._encoded.places
        push = self._encoded.weights * known.pushing(block, sign)[places]
        if n > 1:
            pushes = push > 0
            if len(rows) < n:
                wanted = np.zeros(n, dtype=bool)
                wanted[rows] = True
                pushes &= wanted[of_texts]
            here = pushes.nonzero()[0]
            of_texts, places, push = of_texts[here], places[here], push[here]
        found = two_strongest(of_texts, places - known.starts[block], push, n)
        strongest = (found if n == 1 else found[rows]).tolist()
        remembered, size = known.remembered(block), known.size
        codes = [one * size + other for one, other in strongest]
        phrases: Phrases = [remembered.get(code) for code in codes]
        if None in phrases:
            for place, code in enumerate(codes):
                if phrases[place] is None:
                    remembered[code] = known.text_with(block, strongest[place])
                    phrases[place] = remembered[code]
        return phrases

    def of_past(self, block: int, rows: Rows, _sign: float) -> Phrases:
        """Say what is known of senders."""
        known, senders, days = self._known, self._given("sender"), self._number(block)
        phrase = _PAST.get(known.parts[block][1])
        phrases: Phrases = []
        for row in rows:
            sender = senders[row]
            if sender is None:
                phrases.append(None)
            elif known.knows_sender(sender):
                phrases.append(phrase or days_since(days[row]))
            else:
                phrases.append("a sender not seen before")
        return phrases

    def of_cell(self, _block: int, rows: Rows, _sign: float) -> Phrases:
        """Name type and source."""
        kinds, sources = self._given("type"), self._given("source")
        return [cell_phrase(kinds[row], sources[row]) for row in rows]

    def of_calendar(self, block: int, rows: Rows, _sign: float) -> Phrases:
        """Name the weekday or the hour."""
        how, moments = self._known.parts[block][0], self.frame.timestamp
        given = moments[rows].tolist()
        names = {one: calendar_phrase(how, one) for one in set(given)}
        return [names[one] for one in given]

    def of_length(self, block: int, rows: Rows, _sign: float) -> Phrases:
        """Say on which side of the usual length each text is."""
        _, field, learnt = self._known.parts[block]
        texts, sizes = self._given(field), self._number(block)
        usual = learnt.mean if isinstance(learnt, Number) and not learnt.logarithm else None
        return [
            "having no text"
            if not texts[row]
            else "the length of its text"
            if usual is None
            else "its long text"
            if sizes[row] > usual
            else "its short text"
            for row in rows
        ]

    def of_value(self, block: int, rows: Rows, _sign: float) -> Phrases:
        """Name the field and its value; None where an opportunity has none that can be shown."""
        known = self._known
        _, field, learnt = known.parts[block]
        missing = f"no {known.names[block]}" if getattr(learnt, "has_missing", False) else None
        values, remembered = self._given(field), known.remembered(block)
        numbers = self._number(block) if isinstance(learnt, Number) else None
        phrases: Phrases = []
        for row in rows:
            value = values[row]
            kind = type(value)
            phrase = remembered.get(value) if kind is float or kind is str else None
            if phrase is None:
                if value is None or value != value:  # noqa: PLR0124  # nan is not itself
                    phrase = missing
                else:
                    phrase = known.name_value(
                        block, value, 0.0 if numbers is None else numbers[row]
                    )
                    if kind is float or (kind is str and len(value) <= LONGEST_READ):
                        remembered[value] = phrase
            phrases.append(phrase)
        return phrases

    def _number(self, block: int) -> list[float]:
        """Give the numbers of a block."""
        found = self._columns.get(block)
        if found is None:
            column = self._encoded.values[:, self._known.value_places[block]]
            found = self._columns[block] = column.tolist()
        return found

    def _given(self, field: str) -> list[Any]:
        """Give the values of a field as they came."""
        found = self._columns.get(field)
        if found is None:
            if field.startswith("context."):
                found = [context.get(field[8:]) for context in self.frame.context]
            else:
                found = getattr(self.frame, field).tolist()
            self._columns[field] = found
        return found


_WRITERS: dict[str, Callable[[ReasonsOf, int, Rows, float], Phrases]] = {
    "past": ReasonsOf.of_past,
    "pair": ReasonsOf.of_cell,
    "weekday": ReasonsOf.of_calendar,
    "hour": ReasonsOf.of_calendar,
    "length": ReasonsOf.of_length,
    "words": ReasonsOf.of_words,
    "pieces": ReasonsOf.of_words,
}
"""How to name a block by how it reads; every other by its value."""
