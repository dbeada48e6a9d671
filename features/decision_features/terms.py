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

    __slots__ = ("_bits", "_rarity", "_start")

    def __init__(self, block: Words, start: int) -> None:
        self._rarity = np.array(block.rarity, dtype=np.float64)
        self._bits = len(block.rarity).bit_length()
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
        terms = np.array(found, np.intp)
        if len(texts) > 1:
            terms += np.repeat(np.arange(len(texts)) << self._bits, sizes)
        return self._weighed(terms, len(texts))

    def _weighed(self, keys: NDArray[np.intp], n: int) -> Triples:
        """Weigh the terms of N texts, given as the number of a term, from 1, with that of its text in the high bits."""
        different, counts = _counted(keys)
        rows, places = different >> self._bits, different & ((1 << self._bits) - 1)
        places -= 1
        weights = self._rarity.take(places)
        if len(counts) < len(keys):
            weights *= 1 + np.log(counts)
        length = np.sqrt(np.bincount(rows, weights * weights, minlength=n))
        weights /= length.take(rows)
        places += self._start
        return rows, places, weights


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
        table, bits = self._table, self._bits
        numbers = table.numbers(found.hashes)
        known = numbers.nonzero()[0]
        texts = np.repeat(np.arange(len(found.starts) - 1) << bits, found.sizes)
        number, text = numbers.take(known), texts.take(known)
        single = table.single.take(number)
        keys = [(text + single)[single > 0]]
        if self._pairs:
            before = ((known[1:] == known[:-1] + 1) & (text[1:] == text[:-1])).nonzero()[0]
            pair = table.pairs(number.take(before), number.take(before + 1))
            keys.append((text.take(before) + pair)[pair > 0])
        return self._weighed(np.concatenate(keys), len(found.starts) - 1)


class _HashTable:
    """Numbers of the words in a vocabulary by their hashes, from 1 on; 0 is every other word.

    Attributes
    ----------
    single : ndarray of intp, shape (W + 1,)
        Term of each word, from 1 on; 0 where it is only part of a pair.
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
        self._size = len(number) + 1
        self._pair = np.zeros(self._size**2, dtype=np.int32)
        for (first, second), place in pairs.items():
            self._pair[number[first] * self._size + number[second]] = place

    def numbers(self, hashes: Hashes) -> NDArray[np.intp]:
        """Give the numbers of words."""
        found = self._table.take(_slots(hashes, self._mixer))
        found *= self._hashes.take(found) == hashes
        return found.astype(np.intp)

    def pairs(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.int32]:
        """Give the terms of pairs of neighbours, given by their numbers; 0 where it is none."""
        return self._pair.take(first * self._size + second)


_TABLE_BITS = 18


def _slots(hashes: Hashes, mixer: int) -> NDArray[np.intp]:
    return ((hashes * np.uint64(mixer)) >> np.uint64(64 - _TABLE_BITS)).view(np.intp)


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


def _counted(keys: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Different keys in order, and how often each occurs; ``keys`` are sorted in place."""
    keys.sort()
    is_first = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    first = is_first.nonzero()[0]
    counts = np.empty(len(first), np.intp)
    np.subtract(first[1:], first[:-1], out=counts[:-1])
    counts[-1:] = len(keys) - first[-1:]
    return keys.take(first), counts
