"""Encoding opportunities: the look-up tables of an encoder, made once and used for any number of frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import values
from decision_features.blocks import Block, Entries, Levels, Number, Words
from decision_features.encoded import Encoded, Fields, Places
from decision_features.frame import OpportunityFrame
from decision_features.hyperparameters import LONGEST_NAME, REMEMBERED_WORDS
from decision_features.number_table import NumberTable
from decision_features.reading import KnownWords, Past, Reader
from decision_features.terms import PiecePlaces, TermPlaces, Triples, WordPlaces

Parts = Sequence[tuple[str, str, Block]]

_NONE = -1  # place of what has no column

TEXTS_BY_TABLE = 32
"""From so many texts on, words are found by a table of characters; fewer are looked at one by one."""


class Encoding:
    """Turns frames into columns by what an `Encoder` learnt; training and scoring both do it here.

    Parameters
    ----------
    parts : sequence of (str, str, Block)
        The encoder's: how each block reads, from which field, and what it learnt.

    Attributes
    ----------
    places : Places
        What the parts of an `Encoded` are in terms of the encoder's columns.
    fields : Fields
        What the columns of `Encoded.values` are.
    attributes : frozenset of str
        Context keys that are read at all.
    """

    def __init__(self, parts: Parts) -> None:
        starts = np.cumsum([0, *(len(block.columns) for _, _, block in parts)]).tolist()
        width = starts.pop()
        self._numbers: list[tuple[str, str]] = []
        self._levels: list[tuple[str, str, _LevelPlaces]] = []
        self._entries: list[tuple[str, str, _EntryPlaces]] = []
        self._words: list[tuple[str, TermPlaces]] = []
        numbers: list[tuple[Number, int]] = []
        usual: list[NDArray[np.float64]] = []
        of_numbers: list[int] = []
        of_levels: list[int] = []
        for number, ((how, field, block), start) in enumerate(zip(parts, starts, strict=True)):
            match block:
                case Number():
                    of_numbers.append(number)
                    self._numbers.append((how, field))
                    numbers.append((block, start))
                case Levels():
                    of_levels.append(number)
                    absent = _NONE
                    if not block.has_missing and block.usual:
                        absent = width + len(usual)
                        usual.append(np.zeros(width))
                        usual[-1][start : start + len(block.usual)] = block.usual
                    self._levels.append((how, field, _LevelPlaces(block, start, absent)))
                case Entries():
                    self._entries.append((how, field, _EntryPlaces(block, start)))
                case Words():
                    terms = PiecePlaces if block.pieces else WordPlaces
                    self._words.append((field, terms(block, start)))
        self._table = NumberTable([block for block, _ in numbers], [start for _, start in numbers])
        self.places = Places(self._table.columns, np.array(usual).reshape(len(usual), width))
        sizes = [len(parts[number][2].columns) + 1 for number in of_levels]
        # The last one is that of no place at all.
        self._code_of_place = np.zeros(width + len(usual) + 1)
        for number, size in zip(of_levels, sizes, strict=True):
            self._code_of_place[starts[number] :][: size - 1] = np.arange(1, size)
        self.fields = Fields(
            np.array([*of_numbers, *of_levels], np.intp),
            np.array([*[0] * len(of_numbers), *sizes], np.int64),
        )
        self.attributes = frozenset(
            field.removeprefix("context.") for _, field, _ in parts if field.startswith("context.")
        )

    def __call__(
        self, frame: OpportunityFrame, past: Past | None = None, words: KnownWords | None = None
    ) -> Encoded:
        """Encode N opportunities.

        Parameters
        ----------
        past : ndarray, shape (N, 4), optional
            What was known of the senders: `SenderHistory.before`, or `SenderRecords.before` in scoring.
        words : KnownWords, optional
            Of texts that were split before.
        """
        by_table = words is None and len(frame) >= TEXTS_BY_TABLE
        reader = Reader(frame, past, words, attributes=self.attributes, by_table=by_table)
        levels = self._level_places(reader, len(frame))
        rows, which = (levels >= 0).nonzero()
        found = [(rows, levels[rows, which], np.ones(len(rows)))]
        found += [entries(reader.read(how, field)) for how, field, entries in self._entries]
        found += [
            weights.of_tokens(reader.tokens(field))
            if by_table and isinstance(weights, WordPlaces)
            else weights(reader.words(field))
            for field, weights in self._words
        ]
        raw = np.empty((len(frame), len(self._numbers)))
        for place, (how, field) in enumerate(self._numbers):
            raw[:, place] = reader.read(how, field)
        codes = self._code_of_place[levels]
        return Encoded(
            self._table(raw), *_in_rows(found, len(frame)), np.concatenate([raw, codes], axis=1)
        )

    def _level_places(self, reader: Reader, n: int) -> NDArray[np.intp]:
        found = [places(reader.read(how, field)) for how, field, places in self._levels]
        return np.array(found, np.intp).reshape(len(found), n).T


def _in_rows(found: Sequence[Triples], n: int) -> Triples:
    """Join triples whose rows, of N in all, ascend so that those of the whole do."""
    found = [triples for triples in found if len(triples[0])] or list(found[:1])
    if len(found) == 1:
        return found[0]
    if n == 1:
        rows, places, weights = (np.concatenate(part) for part in zip(*found, strict=True))
        return rows, places, weights
    sizes = [np.bincount(rows, minlength=n) for rows, _, _ in found]
    of_all = np.sum(sizes, axis=0)
    free = np.cumsum(of_all) - of_all  # where the next entry of each row goes
    places = np.empty(of_all.sum(), np.intp)
    weights = np.empty(len(places))
    for (rows, theirs, weigh), size in zip(found, sizes, strict=True):
        before = np.cumsum(size) - size
        at = np.arange(len(rows))
        at += (free - before).take(rows)
        places[at], weights[at] = theirs, weigh
        free += size
    return np.repeat(np.arange(n), of_all), places, weights


class _LevelPlaces:
    """Where each value of a category goes."""

    __slots__ = ("_known", "_most")

    def __init__(self, block: Levels, start: int, absent: int) -> None:
        self._known: dict[str | None, int] = {
            level: start + place for place, level in enumerate(block.levels)
        }
        self._known[None] = start + len(block.levels) if block.has_missing else absent
        self._most = len(self._known) + REMEMBERED_WORDS

    def __call__(self, column: Sequence[Any]) -> list[int]:
        known = self._known
        try:
            # Most values are names already; what is not found is named, and looked up again.
            found: list[int | None] = [known.get(value) for value in column]
        except TypeError:  # a list or an object where a name should be
            found = [None] * len(column)
        if None not in found:
            return found  # type: ignore[return-value]  # just looked
        return [
            self._by_name(value) if place is None else place
            for value, place in zip(column, found, strict=True)
        ]

    def _by_name(self, value: Any) -> int:
        """Look up the name of a value that is none itself; short texts are remembered."""
        place = self._known.get(values.name(value), _NONE)
        if type(value) is str and len(value) <= LONGEST_NAME and len(self._known) < self._most:
            self._known[value] = place
        return place


class _EntryPlaces:
    """Where the entries of a list go, and the logarithm of their number."""

    __slots__ = ("_known", "_size")

    def __init__(self, block: Entries, start: int) -> None:
        self._known = {level: start + place for place, level in enumerate(block.levels)}
        self._size = start + len(block.levels)

    def __call__(self, column: Sequence[Any]) -> Triples:
        rows: list[int] = []
        places: list[int] = []
        weights: list[float] = []
        for row, value in enumerate(column):
            found = values.entries(value)
            here = [self._known[entry] for entry in found if entry in self._known]
            rows.extend([row] * (len(here) + 1))
            places.extend([*here, self._size])
            weights.extend([*([1.0] * len(here)), float(np.log1p(len(found)))])
        return np.array(rows, np.intp), np.array(places, np.intp), np.array(weights, np.float64)
