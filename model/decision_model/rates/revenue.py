r"""Expected revenue of a won decision, per cell: a pooled prior that gives way to the cell's own mean.

The mean of log revenue of paying wins is pooled: cell means are normal about an intercept plus an
effect of the type and one of the source [1]_. The factor from there to money, mean / exp(mean of
logs), is the smearing factor [2]_: that of the cell itself as its paying wins grow, so that the
expectation converges to the mean for any shape of distribution; before that the weighted median over
cells, at first that of a lognormal. The result never exceeds the largest revenue seen, and is
multiplied by the share of wins that pay at all.

The standard deviation of its logarithm is the larger of two, plus half the variance of the other:
that of a lognormal mean (Cox's method [3]_), which knows of tails not seen yet, and that of a plain
mean. The upper end of an interval is wider, as averages of skewed amounts are skewed: by Johnson's correction [4]_
for the skewness that the largest amount alone shows.

References
----------
.. [1] Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 5.4.
.. [2] Duan, Smearing estimate: a nonparametric retransformation method, JASA 78 (1983), 605-610.
.. [3] Zhou and Gao, Confidence intervals for the log-normal mean, Statist. Med. 16 (1997), 783-790.
.. [4] Johnson, Modified t tests and confidence intervals for asymmetrical populations, JASA 73 (1978), 536-544.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import (
    PAYING_WEIGHT,
    REVENUE_CELL_SDS,
    REVENUE_EFFECT_SDS,
    REVENUE_INTERCEPT_SD,
    REVENUE_LARGEST_VARIANCE,
    REVENUE_VARIANCE_PRIOR,
    REVENUE_VARIANCE_PRIOR_WEIGHT,
    SMEAR_WEIGHT,
)
from decision_model.quantiles import NORMAL_95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.inputs.evidence import Evidence
    from decision_model.rates.additive import Effects, Factor, Layout

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


EFFECT_SDS = np.array(REVENUE_EFFECT_SDS)
CELL_SDS = np.array(REVENUE_CELL_SDS)
_NODES = np.stack(np.meshgrid(EFFECT_SDS, CELL_SDS)).reshape(2, -1)


@dataclass(frozen=True, slots=True)
class RevenueModel:
    """Fitted revenue per won decision.

    Parameters
    ----------
    layout : Layout
        Levels of types and sources.
    total : float
        Paying wins in all; with 0 every expectation is 0.
    """

    layout: Layout
    total: float
    weight: Floats
    effects: Effects
    factor: Factor | None
    cell_variance: Floats
    paid: Floats
    average: Floats
    within: Floats
    pooled_within: float
    paying: Floats
    pooled_paying: float
    smear: Floats
    pooled_smear: float
    relative_variance: Floats
    widening: Floats
    largest: float

    @classmethod
    def fit(cls, layout: Layout, evidence: Evidence) -> RevenueModel:
        """Fit to the paid decisions of each cell, in the order of ``layout``."""
        paid = evidence.paid
        average = evidence.sum_log_revenue / np.maximum(paid, 1)
        squares = np.maximum(evidence.sum_log_revenue_squared - paid * average**2, 0)
        pooled = _pooled_variance(paid, squares)
        within = (REVENUE_VARIANCE_PRIOR_WEIGHT * pooled + squares) / (
            REVENUE_VARIANCE_PRIOR_WEIGHT + np.maximum(paid - 1, 0)
        )
        within = np.minimum(within, REVENUE_LARGEST_VARIANCE)
        wins = np.maximum(evidence.won, paid)
        share = float(paid.sum() / max(wins.sum(), 1))
        paying = (paid + PAYING_WEIGHT * share) / (wins + PAYING_WEIGHT)
        weight, effects, factor = _fit_means(layout, paid, average, within)
        total, squared, largest = evidence.payments
        mean = total / np.maximum(paid, 1)
        own = np.where(paid > 0, mean / np.exp(average), 1.0)
        pooled_smear = _pooled_smear(paid, own, pooled)
        smear = (SMEAR_WEIGHT * pooled_smear + paid * own) / (SMEAR_WEIGHT + paid)
        second = squared / np.maximum(paid, 1)
        relative = np.maximum(second / np.where(mean > 0, mean, 1.0) ** 2 - 1, 0.0)
        return cls(
            layout, float(paid.sum()), weight, effects, factor, _NODES[1] ** 2,
            paid, average, within, pooled, paying, share, smear, pooled_smear,
            np.where(paid > 0, relative, 0.0), _widening(paid, mean, relative, largest),
            float(largest.max(initial=0.0)),
        )  # fmt: skip

    def spread(self, own: Places) -> Floats:
        """Squared coefficient of variation of the revenue of one paying win, shape (P,)."""
        lognormal = np.expm1(np.append(self.within, self.pooled_within))
        spread: Floats = np.maximum(np.append(self.relative_variance, 0.0), lognormal)[own]
        return spread

    def upper_widening(self, own: Places) -> Floats:
        """By how much the upper end lies farther off than without skewness, at least 1, shape (P,)."""
        return np.asarray(np.append(self.widening, 1.0)[own])

    def predict(self, long: Places, short: Places, own: Places) -> tuple[Floats, Floats]:
        """E[revenue | won] in USD and the standard deviation of its logarithm, shape (P,) each.

        ``own`` (P,) is the index of the fitted cell, or -1 for a pair never seen.
        """
        if not self.total or self.factor is None:
            return np.zeros(len(long)), np.zeros(len(long))
        seen = (own >= 0) & (self.paid[own] > 0)
        within = np.where(own >= 0, self.within[own], self.pooled_within)
        paying = np.where(own >= 0, self.paying[own], self.pooled_paying)
        centre = self.layout.at(self.effects, long, short)
        spread = self.factor.variance(long, short)
        tau = self.cell_variance[:, None]
        noise = within / np.maximum(self.paid[own], 1)
        pull = np.where(seen, tau / (tau + noise), 0.0)
        mean = centre + pull * (self.average[own] - centre)
        # Own data and a centre that is itself uncertain: the usual two-level posterior.
        variance = (1 - pull) * tau + (1 - pull) ** 2 * spread
        weight = self.weight[:, None]
        log_mean = (weight * mean).sum(0)
        log_variance = (weight * (variance + (mean - log_mean) ** 2)).sum(0)
        paid = np.where(own >= 0, self.paid[own], 0.0)
        smear = np.where(own >= 0, self.smear[own], self.pooled_smear)
        # An uncertain mean of logs raises the expectation while the cell's own mean does not rule.
        raised = (
            np.minimum(log_variance, REVENUE_LARGEST_VARIANCE)
            / 2
            * SMEAR_WEIGHT
            / (SMEAR_WEIGHT + paid)
        )
        expected = paying * np.minimum(np.exp(log_mean + raised) * smear, self.largest)
        wins = np.maximum(paid, 1)
        paying_variance = (1 - paying) / np.maximum(paying * (wins + PAYING_WEIGHT), 1e-9)
        lognormal = log_variance + within**2 / (2 * (wins + REVENUE_VARIANCE_PRIOR_WEIGHT))
        plain = np.where(own >= 0, self.relative_variance[own], 0.0) / wins
        variance = np.maximum(lognormal, plain) + np.minimum(lognormal, plain) / 2
        return expected, np.sqrt(variance + paying_variance)


def _widening(paid: Floats, mean: Floats, relative_variance: Floats, largest: Floats) -> Floats:
    """Return 1 + g (1 + 2 z^2) / (6 z sqrt(n)) with g the skewness that the largest amount alone makes."""
    n = np.maximum(paid, 1)
    sd = mean * np.sqrt(relative_variance)
    beyond = np.maximum(largest - mean, 0.0) / np.where(sd > 0, sd, np.inf)
    skewness = np.minimum(beyond**3 / n, np.sqrt(n))
    z = NORMAL_95
    return np.asarray(1 + skewness * (1 + 2 * z * z) / (6 * z * np.sqrt(n)))


def _pooled_smear(paid: Floats, own: Floats, variance: float) -> float:
    """Weighted median of the cells' smearing factors and a lognormal's; one deal cannot move it."""
    cells = paid > 1
    weight = np.append(paid[cells], SMEAR_WEIGHT)
    return _weighted_median(np.append(own[cells], np.exp(variance / 2)), weight)


def _pooled_variance(paid: Floats, squares: Floats) -> float:
    """Variance within cells: a weighted median over cells, which one huge deal cannot move."""
    cells = paid > 1
    degrees = np.append(paid[cells] - 1, REVENUE_VARIANCE_PRIOR_WEIGHT)
    variance = np.append(squares[cells] / np.maximum(paid[cells] - 1, 1), REVENUE_VARIANCE_PRIOR)
    return min(_weighted_median(variance, degrees), REVENUE_LARGEST_VARIANCE)


def _weighted_median(values: Floats, weight: Floats) -> float:
    """Interpolated at the middle of each value's weight, so that few values make no jumps."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    middle = (reached - weight[order] / 2) / reached[-1]
    return float(np.interp(0.5, middle, values[order]))


def _fit_means(
    layout: Layout, paid: Floats, average: Floats, within: Floats
) -> tuple[Floats, Effects, Factor | None]:
    """Gaussian effects and evidence at every node of (effect sd, cell sd)."""
    sds, cell_sds = _NODES
    seen = paid > 0
    if not seen.any():
        return np.full(len(sds), 1 / len(sds)), layout.start(np.zeros(len(sds))), None
    base = float(np.median(average[seen]))
    noise = within / np.maximum(paid, 1) + cell_sds[:, None] ** 2
    information = np.where(seen, 1 / noise, 0.0)
    precision = sds**-2
    factor = layout.factor(information, precision, precision, REVENUE_INTERCEPT_SD**-2)
    residual = information * np.where(seen, average - base, 0.0)
    effects = factor.solve(layout.transpose(residual))
    effects.short[:, 0] += base
    fitted = layout.linear(effects)
    penalty = precision * ((effects.long**2).sum(1) + (effects.short[:, 1:] ** 2).sum(1))
    penalty += (effects.short[:, 0] - base) ** 2 / REVENUE_INTERCEPT_SD**2
    fit = (
        information * (average - fitted) ** 2 - np.where(seen, np.log(information + 1e-300), 0)
    ).sum(1)
    scale = (layout.n_long + layout.n_short) * np.log(precision)
    log_weight = -0.5 * (fit + penalty - scale + factor.log_determinant())
    weight = np.exp(log_weight - log_weight.max())
    return weight / weight.sum(), effects, factor
