"""Numbers of many rows as texts: rounded as `round` does, percent as people read it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from decision_log.predicting.template import percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEW = 16
"""Of so few numbers each is written by itself: calls of NumPy take longer."""

_NEAR_HALF = 1e-6
_FEW_DIGITS_LEFT = 1e12

_TENTHS, _TO_100 = 101, 101
_POWERS = 10.0 ** np.arange(16)
"""Of ten, by the number of decimals."""

_PERCENTS = (
    *(percent(tenths / 1000) for tenths in range(100)),
    f"{10:.1f} %",  # what is below ten and rounded to ten
    *(f"{whole} %" for whole in range(_TO_100)),
)


def rounded(values: Floats, digits: NDArray[np.int64] | int) -> Floats:
    """Round as `round` does: by the exact value, where NumPy multiplies first and so may err at a half.

    Parameters
    ----------
    values : ndarray
    digits : int or ndarray of int
        Decimals; an array is broadcast against the values.

    Examples
    --------
    >>> rounded(np.array([2.675, 0.125, 7.0]), 2).tolist(), float(np.round(2.675, 2))
    ([2.67, 0.12, 7.0], 2.68)
    """
    size = values.size
    if size <= FEW and (isinstance(digits, int) or digits.size == size):
        each = [digits] * size if isinstance(digits, int) else digits.ravel().tolist()
        flat = [
            round(one, places) for one, places in zip(values.ravel().tolist(), each, strict=True)
        ]
        return np.array(flat).reshape(values.shape)
    scale = _POWERS[digits]
    scaled = values * scale
    answer = np.rint(scaled) / scale
    doubtful = np.abs(scaled - np.floor(scaled) - 0.5) < _NEAR_HALF
    doubtful |= np.abs(scaled) > _FEW_DIGITS_LEFT
    if doubtful.any():
        places = np.broadcast_to(digits, values.shape)
        for place in zip(*np.nonzero(doubtful), strict=True):
            answer[place] = round(float(values[place]), int(places[place]))
    return np.asarray(answer)


def amounts(values: Floats) -> list[str]:
    """Write N numbers without decimals, thousands apart.

    Examples
    --------
    >>> amounts(np.array([0.4, 1234.5, -7.0]))
    ['0', '1,234', '-7']
    """
    whole = np.rint(values) if len(values) >= _MANY else None
    if whole is None or not ((values >= 0) & (whole < _FEW_DIGITS)).all():
        return [f"{one + 0.0:,.0f}" for one in values.tolist()]  # minus zero becomes zero
    table = _amounts_written()
    return [table[one] for one in whole.astype(np.intp).tolist()]


@cache
def _amounts_written() -> list[str]:
    return [f"{one:,}" for one in range(_FEW_DIGITS)]


_MANY, _FEW_DIGITS = 200, 10_000
"""Of so many amounts below ten thousand each is looked up."""


def percents(fractions: Floats) -> list[str]:
    """Write N fractions between 0 and 1 as `decision_log.predicting.template.percent` writes one.

    Examples
    --------
    >>> percents(np.array([0.051, 0.0997, 0.5]))
    ['5.1 %', '10.0 %', '50 %']
    """
    if fractions.size <= FEW:
        return [percent(one) for one in fractions.ravel().tolist()]
    values = 100 * fractions
    tenths = np.rint(10 * rounded(values, 1))
    codes = np.where(values < 10, tenths, _TENTHS + np.rint(values)).astype(np.intp)
    return [_PERCENTS[code] for code in codes.ravel().tolist()]
