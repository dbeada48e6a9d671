"""Search for many texts at once: in time that hardly grows with their number.

An alternation of N texts in a regular expression is tried at every place, so that a few hundred texts take minutes in
a file of a megabyte. Here a place is looked at only where a text begins with its word, and one bisection tells whether
any text does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from os.path import commonprefix

_WORD = re.compile(r"\w+")
_KEY_WORDS = 3


class TextFinder:
    """Tells whether a text holds one of many, in any case; words are whole, as `re` understands them.

    Parameters
    ----------
    texts : iterable of str
        Texts to look for. What stands before their first word is not compared; blank ones are left out.

    Examples
    --------
    >>> finder = TextFinder(["Budget for lessons?", "pat@example.com"])
    >>> finder("Is there a BUDGET FOR LESSONS? Yes."), finder("xpat@example.com"), finder("a budget for lessons")
    (True, False, False)
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._wordless: dict[str, list[str]] = {}
        self._texts: dict[str, list[str]] = {}
        found: dict[tuple[str, ...], set[str]] = {}
        for given in {text for text in texts if text.strip()}:
            text = given.lower()
            words = list(_WORD.finditer(text))
            if words:
                key = tuple(word.group() for word in words[:_KEY_WORDS])
                text = text[words[0].start() :]
                found.setdefault(key, set()).add(text)
                self._texts.setdefault(text, []).append(given)
            else:
                self._wordless.setdefault(text, []).append(given)
        self._by_key = {key: sorted(texts) for key, texts in found.items()}
        self._longest = {key: max(map(len, texts)) for key, texts in found.items()}
        self._sizes: dict[str, set[int]] = {}
        for key in found:
            self._sizes.setdefault(key[0], set()).add(len(key))

    def __bool__(self) -> bool:
        return bool(self._by_key or self._wordless)

    def __call__(self, text: str) -> bool:
        """Tell whether a text holds one of them."""
        return any(True for _ in self._each(text.lower()))

    def found(self, text: str) -> set[str]:
        """Return those that a text holds, as they were given."""
        return {given for same in self._each(text.lower()) for given in same}

    def _each(self, lowered: str) -> Iterator[list[str]]:
        for text, given in self._wordless.items():
            if text in lowered:
                yield given
        for word in _WORD.finditer(lowered):
            if sizes := self._sizes.get(word.group()):
                yield from self._beginning_at(lowered, word.start(), max(sizes))

    def _beginning_at(self, lowered: str, start: int, most: int) -> Iterator[list[str]]:
        key: tuple[str, ...] = ()
        end = start
        while len(key) < most and (word := _WORD.search(lowered, end)):
            key, end = (*key, word.group()), word.end()
            if texts := self._by_key.get(key):
                read = lowered[start : start + self._longest[key]]
                yield from (self._texts[text] for text in _beginnings(texts, read))


def _beginnings(texts: list[str], read: str) -> Iterator[str]:
    """Give those of some sorted texts with which what was read begins, the longest first."""
    while place := bisect_right(texts, read):
        text = texts[place - 1]
        if read.startswith(text):
            yield text
            read = text[:-1]
        else:  # a shorter one can only be a beginning of what both have in common
            read = commonprefix((text, read))  # noqa: RUF071 - texts, not paths
