"""Which words and word pairs a text holds."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LETTERS_AND_DIGITS = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256)
)
MOST_CHARACTERS = 20_000
"""Only the beginning of a longer text is read: it bounds time and memory, and the gist comes first."""


def words(text: str | None) -> list[str]:
    """Split a text into its words, compatibility-normalised and case-folded.

    Examples
    --------
    >>> words("Ｎeed a QUOTE for Straße 12!")
    ['need', 'a', 'quote', 'for', 'strasse', '12']
    """
    if not text:
        return []
    beginning = text[:MOST_CHARACTERS]
    if beginning.isascii():
        if "'" not in beginning:  # then every word is a run of letters and digits
            return beginning.encode().translate(_LETTERS_AND_DIGITS).decode().split()
    else:
        beginning = unicodedata.normalize("NFKC", beginning)
    return _WORD.findall(beginning.casefold())


def terms(text: str | None) -> list[str]:
    """Its words and the pairs of neighbouring words, with repetitions.

    Examples
    --------
    >>> terms("Need a quote")
    ['need', 'a', 'quote', 'need a', 'a quote']
    """
    single = words(text)
    return single + [f"{first} {second}" for first, second in pairwise(single)]


def vocabulary(texts: Iterable[str | None], *, least_texts: int, most_terms: int) -> dict[str, int]:
    """Find the terms that are in most texts, with the number of texts that hold them.

    Parameters
    ----------
    least_texts : int
        Terms in fewer texts are left out.
    most_terms : int
        At most so many; equally frequent ones in alphabetical order, so that the answer does not
        depend on the order of the texts.
    """
    found: Counter[str] = Counter()
    for text in texts:
        found.update(set(terms(text)))
    frequent = [(term, count) for term, count in found.items() if count >= least_texts]
    frequent.sort(key=lambda item: (-item[1], item[0]))
    return dict(frequent[:most_terms])
