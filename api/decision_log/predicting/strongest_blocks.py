"""Blocks that move an estimate most, for many opportunities at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_log.predicting.explain import MATERIAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def strongest_blocks(blocks: Floats, sets_apart: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Choose of each row what is worth a word: the two blocks that add most, and the two that take most away.

    Parameters
    ----------
    blocks : ndarray, shape (N, K)
    sets_apart : ndarray of bool, shape (K,)
        Those that may be chosen.

    Returns
    -------
    ndarray of intp, shape (N, 4)
        The strongest first; -1 where nothing more is material.

    Examples
    --------
    >>> strongest_blocks(np.array([[0.3, -0.2, 0.01, 0.5, 9.0]]), np.array([True] * 4 + [False])).tolist()
    [[3, 0, 1, -1]]
    """
    n = len(blocks)
    if n == 1:
        return np.array([_strongest_of_one(blocks[0].tolist(), sets_apart.tolist())], np.intp)
    material = np.abs(blocks) >= MATERIAL
    material &= sets_apart
    rows, places = material.nonzero()
    if not len(rows):
        return np.full((n, 4), -1, np.intp)
    values = blocks[rows, places]
    order = np.lexsort((values, rows))
    places, values = places[order], values[order]
    ends = np.cumsum(np.bincount(rows, minlength=n))
    starts = np.append(0, ends[:-1])
    at = np.array([ends - 1, ends - 2, starts, starts + 1])
    inside = (at >= starts) & (at < ends)
    # What stands last is chosen where it adds, what stands first where it takes away.
    at[~inside] = 0
    inside &= values[at] * _SIGNS > 0
    return np.where(inside, places[at], -1).T


def _strongest_of_one(added: list[float], sets_apart: list[bool]) -> list[int]:
    """Choose the same of one row: for this the calls of NumPy take longer than what they compute."""
    material = [
        block
        for block, may in enumerate(sets_apart)
        if may and not -MATERIAL < added[block] < MATERIAL
    ]
    material.sort(key=added.__getitem__)
    adds = [block for block in material[:-3:-1] if added[block] > 0]
    takes = [block for block in material[:2] if added[block] < 0]
    return [*adds, -1, -1][:2] + [*takes, -1, -1][:2]


_SIGNS = np.array([1.0, 1.0, -1.0, -1.0])[:, None]
