"""Words of many texts at once, as hashes: a table of characters in the place of a look at every text.

What a word is, `decision_features.text.words` defines. Here texts are joined as UTF-16 and each unit is looked up in a
table that folds it; a polynomial hash of every word is a sum over its units. Texts with characters that cannot be
folded one by one (marks on letters, letters that fold into several, rare planes) are split by the definition itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from decision_features.hyperparameters import MOST_CHARACTERS
from decision_features.text import is_unspaced, words

Hashes = NDArray[np.uint64]
Units = NDArray[np.uint16]
Places = NDArray[np.intp]

_UNITS = 1 << 16
_BLOCK = 256
_NO_WORD, _UNKNOWN, _APOSTROPHE, _PLANE, _BY_DEFINITION = 0, 0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF
_SEPARATOR = "\0"

UNITS_TOGETHER = 1 << 16
"""UTF-16 units of texts that are looked at together: their arrays fit the processor's cache."""

LONGEST_EXPANSION = 4
"""Compatibility forms of signs that are no letters are at most so long: longer texts could be cut inside a word."""

_MULTIPLIER = 0x9E3779B97F4A7C15
_INVERSE = pow(_MULTIPLIER, -1, 1 << 64)
_MODULUS_MASK = (1 << 64) - 1

_HIGH_OF_PICTURES = range(0xD83C, 0xD83F)
"""First halves of the characters U+1F000 to U+1FBFF: pictures, and a few letters and digits in frames."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of N texts.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (M,)
        Of all words, text after text.
    starts : ndarray of intp, shape (N + 1,)
        Where each text's words begin, and where the last one's end.
    """

    hashes: Hashes
    starts: Places

    @property
    def sizes(self) -> Places:
        """Words of each text."""
        return np.diff(self.starts)


def tokens(texts: Sequence[str | None]) -> Tokens:
    """Split texts into words.

    Examples
    --------
    >>> found = tokens(["Call me", None, "recall: CALL"])
    >>> found.sizes.tolist(), bool(found.hashes[0] == found.hashes[3]), bool(found.hashes[0] == word_hash("call"))
    ([2, 0, 2], True, True)
    """
    parts = [_of_some(some) for some in _together(texts)]
    if len(parts) == 1:
        return parts[0]
    hashes = np.concatenate([part.hashes for part in parts] or [np.empty(0, np.uint64)])
    sizes = np.concatenate([np.zeros(1, np.intp), *(part.sizes for part in parts)])
    return Tokens(hashes, np.cumsum(sizes))


def word_hash(word: str) -> int:
    """Return the hash of one word.

    The polynomial sum of its UTF-16 units with an odd multiplier, modulo 2^64.
    """
    value, power = 0, 1
    for unit in memoryview(word.encode("utf-16-le", "surrogatepass")).cast("H"):
        value = value + unit * power & _MODULUS_MASK
        power = power * _MULTIPLIER & _MODULUS_MASK
    return value


def _together(texts: Sequence[str | None]) -> Iterator[list[str]]:
    """Give the beginnings of texts in parts that are not too large together."""
    some: list[str] = []
    size = 0
    for text in texts:
        beginning = (text or "")[:MOST_CHARACTERS]
        if some and size + len(beginning) > UNITS_TOGETHER:
            yield some
            some, size = [], 0
        some.append(beginning)
        size += len(beginning) + 1
    if some:
        yield some


def _of_some(texts: list[str]) -> Tokens:
    joined = _SEPARATOR.join(texts)
    if joined.count(_SEPARATOR) != len(texts) - 1:
        joined = _SEPARATOR.join([text.replace(_SEPARATOR, " ") for text in texts])
    units = _units(joined)
    ends = np.flatnonzero(units == ord(_SEPARATOR))
    folded = _folded(units)
    special = np.flatnonzero(folded >= _UNKNOWN)
    by_definition = np.zeros(len(texts), dtype=bool)
    if len(special):
        folded = folded if folded.flags.owndata else folded.copy()
        by_definition[np.searchsorted(ends, _resolve(units, folded, special))] = True
    if max(map(len, texts)) > MOST_CHARACTERS // LONGEST_EXPANSION:
        for row, text in enumerate(texts):
            if len(text) > MOST_CHARACTERS // LONGEST_EXPANSION and not text.isascii():
                by_definition[row] = True
    firsts, stops = _word_bounds(folded, unspaced=len(special) > 0 or not joined.isascii())
    found = Tokens(_hashes(folded, firsts, stops), _starts(firsts, ends))
    if by_definition.any():
        return _replaced(found, texts, np.flatnonzero(by_definition))
    return found


def _starts(firsts: Places, ends: Places) -> Places:
    """Where the words of each text begin, given where texts end."""
    return np.concatenate([[0], np.searchsorted(firsts, ends), [len(firsts)]]).astype(np.intp)


def _units(text: str) -> Units:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)


def _folded(units: Units) -> Units:
    """Fold units by the table, which is filled where it is first needed."""
    table = _table()
    folded = table.take(units)
    missing = np.flatnonzero(folded == _UNKNOWN)
    if not len(missing):
        return folded
    for block in np.unique(units[missing] // _BLOCK).tolist():
        start = block * _BLOCK
        table[start : start + _BLOCK] = [_fold(code) for code in range(start, start + _BLOCK)]
    return table.take(units)


@cache
def _table() -> Units:
    return np.full(_UNITS, _UNKNOWN, dtype=np.uint16)


@cache
def _unspaced() -> NDArray[np.bool_]:
    """Which units are characters of scripts without spaces."""
    found = np.zeros(_UNITS, dtype=bool)
    found[[code for code in range(0x0E00, _UNITS) if is_unspaced(chr(code))]] = True
    return found


def _fold(code: int) -> int:
    """What becomes of a unit: its folded form, or how to treat it."""
    character = chr(code)
    if 0xD800 <= code < 0xE000:
        if code >= 0xDC00:  # second halves are looked at with the first
            return _NO_WORD
        return _PLANE if code in _HIGH_OF_PICTURES else _BY_DEFINITION
    if character in "'’":
        return _APOSTROPHE
    form = unicodedata.normalize("NFKC", character)
    if any(_may_join(one) for one in {character, *form}):
        return _BY_DEFINITION
    form = form.casefold()
    if not any(map(_in_word, form)):
        return _BY_DEFINITION if "'" in form else _NO_WORD
    return ord(form) if len(form) == 1 and ord(form) < _UNKNOWN else _BY_DEFINITION


def _may_join(character: str) -> bool:
    """Tell whether a character may become one with its neighbours: a mark, or a part of a Korean syllable."""
    return unicodedata.category(character)[0] == "M" or 0x1100 <= ord(character) <= 0x11FF


def _in_word(character: str) -> bool:
    return character.isalnum()


def _resolve(units: Units, folded: Units, special: Places) -> Places:
    """Decide on apostrophes and pictures in place; return where texts need the definition."""
    kinds = folded[special]
    by_definition = [special[kinds == _BY_DEFINITION]]
    pictures = special[kinds == _PLANE]
    if len(pictures):
        after = np.append(units, 0)[pictures + 1].astype(np.intp) - 0xDC00
        is_pair = (after >= 0) & (after < 0x400)
        code = (units[pictures].astype(np.intp) - _HIGH_OF_PICTURES[0]) * 0x400 + after
        plain = is_pair & _plain_pictures()[np.where(is_pair, code, 0)]
        folded[pictures] = _NO_WORD
        by_definition.append(pictures[~plain])
    apostrophes = special[kinds == _APOSTROPHE]
    if len(apostrophes):
        word = np.concatenate([[False], (folded > 0) & (folded < _UNKNOWN), [False]])
        inside = word[apostrophes] & word[apostrophes + 2]
        folded[apostrophes] = np.where(inside, units[apostrophes], _NO_WORD)
        beside = np.concatenate([[0], folded, [0]])
        mixed = _unspaced()[beside[apostrophes]] | _unspaced()[beside[apostrophes + 2]]
        by_definition.append(apostrophes[inside & mixed])
    folded[special[kinds == _BY_DEFINITION]] = _NO_WORD
    return np.concatenate(by_definition)


@cache
def _plain_pictures() -> NDArray[np.bool_]:
    """Which of the characters U+1F000 to U+1FBFF only part words."""
    codes = range(0x1F000, 0x1F000 + 0x400 * len(_HIGH_OF_PICTURES))
    forms = [unicodedata.normalize("NFKC", chr(code)) for code in codes]
    return np.array(
        [not any(_may_join(one) or _in_word(one) or one == "'" for one in form) for form in forms]
    )


def _word_bounds(folded: Units, *, unspaced: bool) -> tuple[Places, Places]:
    """Where each word begins and ends, in order."""
    word = np.zeros(len(folded) + 2, dtype=bool)
    np.not_equal(folded, _NO_WORD, out=word[1:-1])
    edges = np.flatnonzero(word[1:] != word[:-1])
    firsts, stops = edges[::2], edges[1::2]
    if not unspaced:
        return firsts, stops
    without = _unspaced()[folded]
    if not without.any():
        return firsts, stops
    # A run of a script without spaces is parted from others, and gives each pair of neighbours.
    change = np.flatnonzero((without[1:] != without[:-1]) & word[1:-2] & word[2:-1]) + 1
    firsts, stops = np.sort(np.append(firsts, change)), np.sort(np.append(stops, change))
    counts = np.where(without[firsts], np.maximum(stops - firsts - 1, 1), 1)
    which = np.repeat(np.arange(len(firsts)), counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    several = counts[which] > 1
    begins = firsts[which] + number
    return begins, np.where(several, begins + 2, stops[which])


def _hashes(units: Units, firsts: Places, stops: Places) -> Hashes:
    powers, inverses = _powers(len(units))
    summands = units.astype(np.uint64)
    summands *= powers[: len(units)]
    if (stops[:-1] <= firsts[1:]).all():  # between words there is nothing to add
        sums = np.add.reduceat(summands, firsts)
    else:
        before = np.zeros(len(units) + 1, dtype=np.uint64)
        summands.cumsum(out=before[1:])
        sums = before[stops] - before[firsts]
    sums *= inverses.take(firsts)
    return np.asarray(sums)


_known_powers = [np.ones(1, dtype=np.uint64), np.ones(1, dtype=np.uint64)]


def _powers(size: int) -> tuple[Hashes, Hashes]:
    """Return the powers of the multiplier and of its inverse, of exponents 0 to at least ``size``."""
    powers, inverses = _known_powers
    while len(powers) <= size:
        n = len(powers)
        powers = np.append(powers, powers * np.uint64(pow(_MULTIPLIER, n, 1 << 64)))
        inverses = np.append(inverses, inverses * np.uint64(pow(_INVERSE, n, 1 << 64)))
    _known_powers[:] = powers, inverses
    return powers, inverses


def _replaced(found: Tokens, texts: Sequence[str], rows: Places) -> Tokens:
    """Put the words that the definition gives in the place of those of some texts."""
    split = [words(texts[row]) for row in rows.tolist()]
    joined = _units(" ".join(word for one in split for word in one))
    known = joined if joined.flags.writeable else joined.copy()
    known[known == ord(" ")] = _NO_WORD
    hashes = _hashes(known, *_word_bounds(known, unspaced=False))
    sizes = found.sizes
    theirs = np.repeat(np.isin(np.arange(len(texts)), rows), sizes)
    sizes[rows] = [len(one) for one in split]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
    merged = np.empty(starts[-1], dtype=np.uint64)
    new = np.repeat(np.isin(np.arange(len(texts)), rows), sizes)
    merged[new], merged[~new] = hashes, found.hashes[~theirs]
    return Tokens(merged, starts)
