r"""Drift: tests of new opportunities against those that a model was trained on.

How far a field has moved is shown by the population stability index: PSI = sum (q - p) ln(q / p) over the levels'
shares p then and q now. By convention 0.1 is a shift worth a look and 0.25 a large one, but of few rows PSI exceeds
these by chance alone [1]_, and of rows that come in bursts nearly always. So an alarm needs both: an index above
0.1, and evidence that holds at every look (`anytime`) over all fields together. The evidence of a field is the
average of that of its levels: the difference of a level's two shares, with the binomial variance of both times the
field's design effect, which is measured around the shares of each side.

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

from decision_model.anytime import anytime_p, average, inflation, log_evidence
from decision_model.hyperparameters import (
    EXPECTED_DRIFT,
    FALSE_ALARMS,
    LEAST_LEVEL_ROWS,
    MATERIAL_DRIFT,
    MOST_LEVELS_MEASURED,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from decision_model.anytime import Blocks

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
        An alarm needs an index above it.
    p_value : float
        Of no shift at all, valid at every look and adjusted for the number of fields; nan where one side has
        no rows.
    alarm : bool
        Index above the threshold, and a p-value of at most ``false_alarms``.
    then_rows, now_rows : int
    levels : tuple of str
        Values, or intervals of a number; rare ones are merged into ``(other)``.
    then, now : ndarray, shape (K,)
        Share of each level.
    """

    field: str
    psi: float
    threshold: float
    p_value: float
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
    blocks: Sequence[Blocks] = (),
    false_alarms: float = FALSE_ALARMS,
) -> tuple[Drift, ...]:
    """Return the drift of every field, the smallest p-value first.

    Parameters
    ----------
    then, now : mapping of field to values
        Such as type, source and base score of the training data and of everything since, in time order. Texts
        are levels, numbers are cut at the deciles of ``then``, None (or nan) is missing.
    blocks : sequence of ndarray of int, length N then + N now
        What rows may resemble each other by, such as their sender and their day.
    false_alarms : float
        Chance of ever raising an alarm, over all looks and fields, while nothing moves.

    Examples
    --------
    >>> found = drifts({"source": ["mail"] * 300}, {"source": ["mail", "mail", "fair"] * 100})
    >>> found[0].alarm, found[0].levels
    (True, ('fair', 'mail'))
    """
    if set(then) != set(now):
        raise ValueError(f"both sides need the same fields: {sorted(then)} and {sorted(now)}")
    if not 0.0 < false_alarms < 1.0:
        raise ValueError(f"false_alarms must lie in (0, 1), but it is {false_alarms!r}")
    found = [_drift(name, then[name], now[name], blocks, len(then), false_alarms) for name in then]
    return tuple(sorted(found, key=lambda d: (np.nan_to_num(d.p_value, nan=1.0), -d.psi, d.field)))


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


def _drift(
    name: str,
    then: Sequence[Value],
    now: Sequence[Value],
    blocks: Sequence[Blocks],
    fields: int,
    false_alarms: float,
) -> Drift:
    edges = _edges(then)
    values = [_level(value, edges) for value in (*then, *now)]
    n, m = len(then), len(now)
    effect = _design_effect(values, n, blocks)
    before, after = Counter(values[:n]), Counter(values[n:])
    levels = _merged(before, after, LEAST_LEVEL_ROWS * effect)
    counts = [
        np.array(
            [sum(side[level] for level in group) for group in levels.values()], dtype=np.float64
        )
        for side in (before, after)
    ]
    index = psi(counts[0], counts[1])
    p_value = _p_value(counts[0], counts[1], effect, fields)
    return Drift(
        field=name,
        psi=index,
        threshold=MATERIAL_DRIFT,
        p_value=p_value,
        alarm=index > MATERIAL_DRIFT and p_value <= false_alarms,
        then_rows=n,
        now_rows=m,
        levels=tuple(levels),
        then=counts[0] / max(n, 1),
        now=counts[1] / max(m, 1),
    )


def _p_value(
    then: NDArray[np.float64], now: NDArray[np.float64], effect: float, fields: int
) -> float:
    """Evidence that any level's share has moved, averaged over the levels."""
    n, m = then.sum(), now.sum()
    if not n or not m:
        return float("nan")
    if then.size < 2:
        return 1.0
    share = (then + now + 0.5) / (n + m + 1.0)
    spread = share * (1.0 - share)
    variance = spread * effect * (1.0 / n + 1.0 / m)
    evidence = log_evidence(now / m - then / n, variance, EXPECTED_DRIFT**2 * spread)
    return anytime_p(average(evidence) - math.log(fields))


def _design_effect(values: Sequence[str], n_then: int, blocks: Sequence[Blocks]) -> float:
    """How many rows are worth one: about the shares of each side, so that a shift is not taken for bursts."""
    names = sorted(set(values))
    place = {level: i for i, level in enumerate(names)}
    code = np.array([place[value] for value in values], dtype=np.intp)
    shares = np.bincount(code, minlength=len(names)) / max(code.size, 1)
    # The most frequent levels: a thousand rare ones tell no more.
    kept = np.argsort(-shares, kind="stable")[:MOST_LEVELS_MEASURED]
    x = (code[:, None] == kept).astype(np.float64)
    for side in (slice(None, n_then), slice(n_then, None)):
        if len(x[side]):
            x[side] -= x[side].mean(0)
    return inflation(x / np.sqrt(np.maximum(shares[kept], 1e-12)), blocks)


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


def _merged(before: Counter[str], after: Counter[str], least: float) -> dict[str, list[str]]:
    """Return groups of levels: those of which the smaller side expects fewer together, all others alone."""
    rows = before.total() + after.total()
    smaller = min(before.total(), after.total())
    groups: dict[str, list[str]] = {}
    for level in sorted(before | after):
        expected = (before[level] + after[level]) / rows * smaller
        groups.setdefault(level if expected >= least else OTHER, []).append(level)
    return groups
