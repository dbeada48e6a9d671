"""Words of texts that push an estimate most, for many texts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

NO_WORD = -1

LEAST_SHARE = 0.1
"""Share of what the strongest word pushes below which another is not worth naming."""


def two_strongest(rows: Places, places: Places, push: Floats, n: int) -> Places:
    """Return the two words of each text that push most, the first in the vocabulary where several do equally.

    The second is left out where it pushes less than a tenth of the first.

    Parameters
    ----------
    rows, places : ndarray of intp, shape (M,)
        Texts and the places of their words, both ascending.
    push : ndarray, shape (M,)
        How much each pushes; what is not above 0 does not count.
    n : int
        Number of texts.

    Returns
    -------
    ndarray of intp, shape (N, 2)
        Places of words, `NO_WORD` where there is none.

    Examples
    --------
    >>> two_strongest(np.array([0, 0, 0, 2]), np.array([3, 5, 7, 3]), np.array([1.0, 2.0, 2.0, -1.0]), 3).tolist()
    [[5, 7], [-1, -1], [-1, -1]]
    >>> two_strongest(np.array([0, 0]), np.array([3, 5]), np.array([0.01, 2.0]), 1).tolist()
    [[5, -1]]
    """
    if n == 1:
        return np.array([_strongest_of_one(places.tolist(), push.tolist())], dtype=np.intp)
    found = np.full((n, 2), NO_WORD, dtype=np.intp)
    counts = (push > 0).nonzero()[0]
    rows, places, push = rows[counts], places[counts], push[counts]
    for rank in range(2):
        if not len(rows):
            break
        starts = _firsts(rows)
        most = np.zeros(n)
        most[rows[starts]] = np.maximum.reduceat(push, starts)
        of_row = most[rows]
        at_most = (push == of_row).nonzero()[0]
        first = at_most[_firsts(rows[at_most])]
        found[rows[first], rank] = places[first]
        if rank:
            break
        rest = push >= LEAST_SHARE * of_row
        rest[first] = False
        rows, places, push = rows[rest], places[rest], push[rest]
    return found


def _strongest_of_one(places: list[int], push: list[float]) -> list[int]:
    """Return the same of one text: for this the calls of NumPy take longer than what they compute."""
    most = max(push, default=0.0)
    ranked = sorted(
        (-by, place)
        for by, place in zip(push, places, strict=True)
        if by > 0 and by >= LEAST_SHARE * most
    )
    return [*(place for _, place in ranked[:2]), NO_WORD, NO_WORD][:2]


def _firsts(rows: Places) -> Places:
    """Return where each of the ascending rows begins."""
    is_first = np.ones(len(rows), dtype=bool)
    np.not_equal(rows[1:], rows[:-1], out=is_first[1:])
    return np.asarray(is_first.nonzero()[0])
