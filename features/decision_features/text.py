"""Which words and word pairs a text holds."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
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
    if not beginning.isascii():
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


def count_terms(
    texts: Sequence[str | None], positions: dict[str, int]
) -> tuple[list[int], list[int], list[int]]:
    """Occurrences of the known terms as (row, position, count) triples, rows ascending."""
    rows: list[int] = []
    columns: list[int] = []
    counts: list[int] = []
    for row, text in enumerate(texts):
        found: dict[int, int] = {}
        for term in terms(text):
            position = positions.get(term)
            if position is not None:
                found[position] = found.get(position, 0) + 1
        rows.extend([row] * len(found))
        columns.extend(found)
        counts.extend(found.values())
    return rows, columns, counts
