"""Regressions moved to the level of their log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import INTERCEPT_PRIOR, LEVEL_ROWS
from decision_model.level import share_won, shift_to
from decision_model.regression.posterior import logit, sigmoid

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from decision_model.regression.posterior import LogisticPosterior, Targets


def with_level(posterior: LogisticPosterior, X: csr_array, targets: Targets) -> LogisticPosterior:
    """Move the intercept of a regression, so that on average it predicts the share won of the rows it was fitted to.

    At the mode its mean probability is right, but for the prior of the intercept. Averaging over the posterior moves
    it towards one half, since a normal distribution does not know that few wins leave the log-odds skewed: of 0 won
    of 20 the mode says 2.7 %, which is the exact mean of that posterior, the average over the normal one 5 %.
    """
    weight = targets.weight
    rows = np.flatnonzero(weight > 0)
    if not len(rows):
        return posterior
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, LEVEL_ROWS).astype(np.intp))]
    mean, variance = posterior.log_odds(X[rows])
    some = weight[rows]
    won, lost = float(targets.won.sum()), float(targets.lost.sum())
    # Some rows stand for all: what they are to be moved to is as much off as what they predict at the mode.
    by_prior = logit(np.array((won + INTERCEPT_PRIOR[0]) / (won + lost + sum(INTERCEPT_PRIOR))))
    off = logit(np.array(float(some @ sigmoid(mean)) / float(some.sum()))) - by_prior
    wanted = float(sigmoid(logit(np.array(share_won(won, lost))) + off))
    shift = shift_to(wanted, mean, some, 1 / np.sqrt(1 + np.pi * variance / 8))
    return replace(posterior, intercept=posterior.intercept + shift)


def at_level(
    time_invariant: LogisticPosterior, full: LogisticPosterior, X: csr_array, targets: Targets
) -> tuple[LogisticPosterior, LogisticPosterior]:
    """Move both regressions; where they are the same they stay so."""
    moved = with_level(full, X, targets)
    return (moved if time_invariant is full else with_level(time_invariant, X, targets)), moved
