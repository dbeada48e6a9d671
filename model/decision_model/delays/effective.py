"""Effective counts: the open decisions of a cell as wins and losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.likelihood import RatePosterior, merged_ages
from decision_model.delays.open_rates import OpenAges, open_posterior
from decision_model.delays.posterior import DelayPosterior, tempered_weights, weights_of
from decision_model.delays.shared_ages import posterior_at_shared_ages
from decision_model.hyperparameters import AGES_PER_OCTAVE
from decision_model.inputs.evidence import OPEN, Evidence
from decision_model.quantiles import beta_of_moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class EffectiveCounts:
    """Closed decisions plus what the open ones are worth.

    Parameters
    ----------
    won, lost : ndarray, shape (C,)
        Beta pseudo-counts >= 0 whose posterior has the mean and the variance of the exact one. An
        open decision adds what it *tells*, which is less than the share of a loss that it stands
        for, and less again while the timing is uncertain.
    weight : ndarray, shape (N, J)
        Posterior weight of the timing scenarios of each type.
    """

    won: Floats
    lost: Floats
    weight: Floats


def effective_counts(
    evidence: Evidence, scenarios: DelayPosterior, group: Places, alpha: Floats, beta: Floats
) -> EffectiveCounts:
    """Weigh the open decisions of every cell.

    Parameters
    ----------
    group : ndarray of int, shape (C,)
        Type of each cell, as in ``scenarios``.
    alpha, beta : ndarray, shape (C,)
        Prior of each cell's rate, without its own decisions.
    """
    won, lost = evidence.won.copy(), evidence.lost.copy()
    rows = np.flatnonzero((evidence.delay_state == OPEN) & (evidence.delay_count > 0))
    if not rows.size:
        return EffectiveCounts(won, lost, weights_of(scenarios.log_weight))
    cells, place = np.unique(evidence.delay_cell[rows], return_inverse=True)
    posterior = _open_posterior(
        scenarios, group[cells], place, evidence.delay_hours[rows], evidence.delay_count[rows],
        alpha[cells] + won[cells], beta[cells] + lost[cells],
    )  # fmt: skip
    log_weight = scenarios.log_base.copy()
    power = scenarios.power[group[cells], None]
    np.add.at(log_weight, group[cells], power * posterior.log_evidence)
    without_open = np.setdiff1d(np.arange(len(log_weight)), group[cells])
    log_weight[without_open] = scenarios.log_weight[without_open]
    weight = tempered_weights(log_weight)
    mean = (weight[group[cells]] * posterior.first).sum(1)
    second = (weight[group[cells]] * posterior.second).sum(1)
    wins, losses = beta_of_moments(mean, second - mean * mean)
    n = won[cells] + lost[cells] + evidence.open[cells]
    wins, losses = np.maximum(wins - alpha[cells], 0), np.maximum(losses - beta[cells], 0)
    fit = np.minimum(1, n / np.maximum(wins + losses, 1e-300))
    won[cells], lost[cells] = wins * fit, losses * fit
    return EffectiveCounts(won, lost, weight)


def _open_posterior(
    scenarios: DelayPosterior,
    kind: Places,
    place: Places,
    hours: Floats,
    count: Floats,
    alpha: Floats,
    beta: Floats,
) -> RatePosterior:
    """Give the rates of some cells of these types, to which rows of a histogram of ages belong."""
    rough = scenarios.log_weight[kind]
    every = OpenAges(place, kind[place], hours, count)
    posterior = posterior_at_shared_ages(scenarios, every, alpha, beta, rough)
    if posterior is not None:
        return posterior
    place, hours, count = merged_ages(place, hours, count, AGES_PER_OCTAVE)
    ages = OpenAges(place, kind[place], hours, count)
    return open_posterior(scenarios, ages, alpha, beta, rough)
