"""Terms of texts as columns: where words, pairs of words and parts of words go, and what they weigh."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from decision_features.blocks import Words
from decision_features.hyperparameters import REMEMBERED_WORDS
from decision_features.spelling import may_vary
from decision_features.text import pieces
from decision_features.tokens import Hashes, Tokens, word_hash

Triples = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]


class TermPlaces(ABC):
    """Where the terms of texts go, and what they weigh: (1 + log count) * rarity, each text at length 1."""

    __slots__ = ("_rarity", "_start")

    def __init__(self, block: Words, start: int) -> None:
        self._rarity = np.array(block.rarity, dtype=np.float64)
        self._start = start

    @abstractmethod
    def known(self, words: Sequence[str]) -> Iterable[int]:
        """Numbers of the known terms of one text, from 1, with repetitions."""

    def __call__(self, texts: Sequence[Sequence[str]]) -> Triples:
        """Give the columns of texts, split into words."""
        found: list[int] = []
        sizes: list[int] = []
        for words in texts:
            before = len(found)
            found += self.known(words)
            sizes.append(len(found) - before)
        width = len(self._rarity)
        of_row = np.repeat(np.arange(len(texts)) * width, sizes)
        return self._weighed(of_row + np.array(found, np.intp) - 1, len(texts))

    def _weighed(self, keys: NDArray[np.intp], n: int) -> Triples:
        """Weigh the terms of N texts, given as text * terms + term."""
        rows, places, counts = _counted(keys, len(self._rarity))
        weights = (1 + np.log(counts)) * self._rarity[places]
        length = np.sqrt(np.bincount(rows, weights * weights, minlength=n))
        return rows, places + self._start, weights / length[rows]


class WordPlaces(TermPlaces):
    """Words and pairs of neighbours."""

    __slots__ = ("_pairs", "_single", "_table")

    def __init__(self, block: Words, start: int) -> None:
        super().__init__(block, start)
        # Counted from 1, so that `filter` drops the unknown ones (None) and no known one.
        self._single: dict[str, int] = {}
        self._pairs: dict[tuple[str, ...], int] = {}
        self._table: _HashTable | None = None
        for place, level in enumerate(block.levels, start=1):
            if " " in level:
                self._pairs[tuple(level.split(" "))] = place
            else:
                self._single[level] = place

    def known(self, words: Sequence[str]) -> Iterable[int]:
        """See `TermPlaces.known`."""
        single = filter(None, map(self._single.get, words))
        if not self._pairs:
            return single
        return chain(single, filter(None, map(self._pairs.get, pairwise(words))))

    def of_tokens(self, found: Tokens) -> Triples:
        """Give the terms of texts that were split by `decision_features.tokens`; the same as of lists of words."""
        if self._table is None:
            self._table = _HashTable(self._single, self._pairs)
        width, table = len(self._rarity), self._table
        numbers = table.numbers(found.hashes)
        known = np.flatnonzero(numbers)
        texts = np.repeat(np.arange(len(found.starts) - 1), found.sizes)
        number, text = numbers[known], texts[known]
        single = table.single[number]
        is_term = single > 0
        keys = [text[is_term] * width + single[is_term] - 1]
        if self._pairs:
            before = np.flatnonzero((known[1:] == known[:-1] + 1) & (text[1:] == text[:-1]))
            pair = table.pair[number[before], number[before + 1]].astype(np.intp)
            is_term = pair > 0
            keys.append(text[before[is_term]] * width + pair[is_term] - 1)
        return self._weighed(np.concatenate(keys), len(found.starts) - 1)


class _HashTable:
    """Numbers of the words in a vocabulary by their hashes, from 1 on; 0 is every other word.

    Attributes
    ----------
    single : ndarray of intp, shape (W + 1,)
        Term of each word, from 1 on; 0 where it is only part of a pair.
    pair : ndarray of int32, shape (W + 1, W + 1)
        Term of each pair of neighbours.
    """

    def __init__(self, single: dict[str, int], pairs: dict[tuple[str, ...], int]) -> None:
        every = dict.fromkeys([*single, *(word for pair in pairs for word in pair)])
        number = {word: place for place, word in enumerate(every, start=1)}
        self._hashes = np.array([0, *map(word_hash, number)], dtype=np.uint64)
        self._mixer = _spreading(self._hashes[1:])
        self._table = np.zeros(1 << _TABLE_BITS, dtype=np.int32)
        self._table[_slots(self._hashes[1:], self._mixer)] = np.arange(1, len(number) + 1)
        self.single = np.zeros(len(number) + 1, dtype=np.intp)
        self.single[[number[word] for word in single]] = list(single.values())
        self.pair = np.zeros((len(number) + 1,) * 2, dtype=np.int32)
        for (first, second), place in pairs.items():
            self.pair[number[first], number[second]] = place

    def numbers(self, hashes: Hashes) -> NDArray[np.intp]:
        """Give the numbers of words."""
        found = self._table[_slots(hashes, self._mixer)].astype(np.intp)
        found[self._hashes[found] != hashes] = 0
        return found


_TABLE_BITS = 18


def _slots(hashes: Hashes, mixer: int) -> NDArray[np.intp]:
    return ((hashes * np.uint64(mixer)) >> np.uint64(64 - _TABLE_BITS)).astype(np.intp)


def _spreading(hashes: Hashes) -> int:
    """Find a multiplier that gives each hash a slot of its own."""
    mixer = 0xD6E8FEB86659FD93
    while len(np.unique(_slots(hashes, mixer))) < len(hashes):
        mixer = (mixer * 0x2545F4914F6CDD1D + 2) & ((1 << 64) - 1) | 1
    return mixer


class PiecePlaces(TermPlaces):
    """Parts of words."""

    __slots__ = ("_of_word", "_places")

    def __init__(self, block: Words, start: int) -> None:
        super().__init__(block, start)
        self._places = {level: place for place, level in enumerate(block.levels, start=1)}
        self._of_word: dict[str, tuple[int, ...]] = {}

    def known(self, words: Sequence[str]) -> Iterable[int]:
        """See `TermPlaces.known`."""
        return chain.from_iterable(map(self._parts, words))

    def _parts(self, word: str) -> tuple[int, ...]:
        found = self._of_word.get(word)
        if found is None:
            if len(self._of_word) >= REMEMBERED_WORDS:
                self._of_word.clear()
            parts = pieces(word) if may_vary(word) else ()
            found = tuple(filter(None, map(self._places.get, parts)))
            self._of_word[word] = found
        return found


def _counted(keys: NDArray[np.intp], width: int) -> Triples:
    """Different keys in order, taken apart into (key // width, key % width), and how often each occurs."""
    keys.sort()
    is_first = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    first = is_first.nonzero()[0]
    counts = np.empty(len(first))
    counts[:-1] = first[1:] - first[:-1]
    counts[-1:] = len(keys) - first[-1:]
    rows, places = np.divmod(keys[first], max(width, 1))
    return rows, places, counts
