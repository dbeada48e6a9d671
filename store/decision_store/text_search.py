"""Search for many texts at once: in time that hardly grows with their number.

An alternation of N texts in a regular expression is tried at every place, so that a few hundred texts take minutes in
a file of a megabyte. Here a place is looked at only where a text begins with its word, and one bisection tells whether
any text does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

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
        self._wordless: list[str] = []
        found: dict[tuple[str, ...], set[str]] = {}
        for text in {text.lower() for text in texts if text.strip()}:
            words = list(_WORD.finditer(text))
            if words:
                key = tuple(word.group() for word in words[:_KEY_WORDS])
                found.setdefault(key, set()).add(text[words[0].start() :])
            else:
                self._wordless.append(text)
        self._texts = {key: _without_longer(texts) for key, texts in found.items()}
        self._longest = {key: max(map(len, texts)) for key, texts in self._texts.items()}
        self._sizes: dict[str, set[int]] = {}
        for key in found:
            self._sizes.setdefault(key[0], set()).add(len(key))

    def __bool__(self) -> bool:
        return bool(self._texts or self._wordless)

    def __call__(self, text: str) -> bool:
        """Tell whether a text holds one of them."""
        lowered = text.lower()
        if any(one in lowered for one in self._wordless):
            return True
        for word in _WORD.finditer(lowered):
            sizes = self._sizes.get(word.group())
            if sizes and self._begins_at(lowered, word.start(), max(sizes)):
                return True
        return False

    def _begins_at(self, lowered: str, start: int, most: int) -> bool:
        key: tuple[str, ...] = ()
        end = start
        while len(key) < most and (word := _WORD.search(lowered, end)):
            key, end = (*key, word.group()), word.end()
            texts = self._texts.get(key)
            if texts:
                place = bisect_right(texts, lowered[start : start + self._longest[key]])
                if place and lowered.startswith(texts[place - 1], start):
                    return True
        return False


def _without_longer(texts: Iterable[str]) -> list[str]:
    """Return texts in order, without those that begin with another of them: finding that one is enough."""
    kept: list[str] = []
    for text in sorted(texts):
        if not kept or not text.startswith(kept[-1]):
            kept.append(text)
    return kept
