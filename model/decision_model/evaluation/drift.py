"""Whether what comes in now still looks like what the model was trained on.

Population stability index per field: PSI = sum (q - p) ln(q / p) over the levels' shares p then and
q now. By convention 0.1 is a shift worth a look and 0.25 a large one, but of few rows PSI exceeds
these by chance alone: without any shift it is about (1/n + 1/m) times a chi-squared with one degree
of freedom less than there are levels [1]_. An alarm needs both: larger than 0.1, and
larger than chance explains in all but so many looks at all fields together.

References
----------
.. [1] Yurdakul, Naranjo, Statistical properties of the population stability index, Journal of Risk
   Model Validation 14 (2020), section 3.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri

from decision_model.hyperparameters import LEAST_LEVEL_ROWS, MATERIAL_DRIFT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

OTHER = "(other)"
MISSING = "(missing)"

Value = str | float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one field has moved.

    Parameters
    ----------
    field : str
    psi : float
        Population stability index; nan where one side has no rows.
    threshold : float
        Above it lies an alarm.
    alarm : bool
    then_rows, now_rows : int
    levels : tuple of str
        Values, or intervals of a number; rare ones are merged into ``(other)``.
    then, now : ndarray, shape (K,)
        Share of each level.
    """

    field: str
    psi: float
    threshold: float
    alarm: bool
    then_rows: int
    now_rows: int
    levels: tuple[str, ...]
    then: NDArray[np.float64]
    now: NDArray[np.float64]


def drifts(
    then: Mapping[str, Sequence[Value]],
    now: Mapping[str, Sequence[Value]],
    *,
    false_alarms: float = 0.01,
) -> tuple[Drift, ...]:
    """Return the drift of every field, the largest excess over its threshold first.

    Parameters
    ----------
    then, now : mapping of field to values
        Such as type, source and base score of the training data and of recent opportunities. Texts
        are levels, numbers are cut at the deciles of both together, None (or nan) is missing.
    false_alarms : float
        Chance of any alarm at all in one look while nothing has moved; shared out among the fields.

    Examples
    --------
    >>> found = drifts({"source": ["mail"] * 300}, {"source": ["mail"] * 200 + ["fair"] * 100})
    >>> found[0].alarm, found[0].levels
    (True, ('fair', 'mail'))
    """
    if set(then) != set(now):
        raise ValueError(f"both sides need the same fields: {sorted(then)} and {sorted(now)}")
    if not 0.0 < false_alarms < 1.0:
        raise ValueError(f"false_alarms must lie in (0, 1), but it is {false_alarms!r}")
    found = [_drift(name, then[name], now[name], false_alarms / len(then)) for name in then]
    return tuple(sorted(found, key=lambda d: (-np.nan_to_num(d.psi / d.threshold), d.field)))


def psi(then: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """Return the population stability index of counts per level, shape (K,) each.

    Half a row is added to every level, so that a level empty on one side does not make it
    infinite. nan where one side has no rows.

    Examples
    --------
    >>> psi(np.array([50.0, 50.0]), np.array([50.0, 50.0]))
    0.0
    """
    if not then.sum() or not now.sum():
        return float("nan")
    p, q = (then + 0.5) / (then + 0.5).sum(), (now + 0.5) / (now + 0.5).sum()
    return float((q - p) @ np.log(q / p))


def psi_by_chance(levels: int, then_rows: int, now_rows: int, false_alarms: float) -> float:
    """Return what PSI exceeds with the given chance while nothing has moved."""
    if levels < 2 or not then_rows or not now_rows:
        return 0.0
    return float(chdtri(levels - 1, false_alarms)) * (1.0 / then_rows + 1.0 / now_rows)


def _drift(name: str, then: Sequence[Value], now: Sequence[Value], false_alarms: float) -> Drift:
    edges = _edges([*then, *now])
    before = Counter(_level(value, edges) for value in then)
    after = Counter(_level(value, edges) for value in now)
    levels = _merged(before, after)
    counts = [
        np.array(
            [sum(side[level] for level in group) for group in levels.values()], dtype=np.float64
        )
        for side in (before, after)
    ]
    index = psi(counts[0], counts[1])
    chance = psi_by_chance(len(levels), len(then), len(now), false_alarms)
    threshold = max(MATERIAL_DRIFT, chance)
    return Drift(
        field=name,
        psi=index,
        threshold=threshold,
        alarm=index > threshold,
        then_rows=len(then),
        now_rows=len(now),
        levels=tuple(levels),
        then=counts[0] / max(len(then), 1),
        now=counts[1] / max(len(now), 1),
    )


def _edges(values: Sequence[Value]) -> NDArray[np.float64]:
    """Return the inner deciles of the numbers among the values."""
    numbers = [float(v) for v in values if isinstance(v, int | float) and not math.isnan(v)]
    if not numbers:
        return np.empty(0)
    return np.unique(np.quantile(numbers, np.arange(1, 10) / 10.0))


def _level(value: Value, edges: NDArray[np.float64]) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, str):
        return value
    bounds = [-math.inf, *edges.tolist(), math.inf]
    place = int(np.searchsorted(edges, float(value), side="right"))
    return f"[{bounds[place]:g}, {bounds[place + 1]:g})"


def _merged(before: Counter[str], after: Counter[str]) -> dict[str, list[str]]:
    """Return groups of levels: rare ones together, all others alone."""
    rows = before.total() + after.total()
    smaller = min(before.total(), after.total())
    groups: dict[str, list[str]] = {}
    for level in sorted(before | after):
        expected = (before[level] + after[level]) / rows * smaller
        groups.setdefault(level if expected >= LEAST_LEVEL_ROWS else OTHER, []).append(level)
    return groups
