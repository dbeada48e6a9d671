"""Named predictors: what the probabilities that people and agents stated add to the pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    NAMED_COEFFICIENT_SDS,
    NAMED_LEAST_DECISIONS,
    NAMED_MOST,
    NAMED_PRIOR_ODDS,
    NAMED_SHIFT_SDS,
    NAMED_STATED_RANGE,
)
from decision_model.regression.posterior import Targets, logit, sigmoid
from decision_model.trained.shift import fit_shift

if TYPE_CHECKING:
    from decision_features import OpportunityFrame

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NamedPredictor:
    """How the probabilities of one predictor move the pool's log-odds z.

    With x the stated log-odds, weight * (a + b (x - centre) + c (z - middle)): a linear opinion pool in log-odds
    that recalibrates the predictor (a, b) and lets the pool count for less where both know the same (c).

    Parameters
    ----------
    name : str
    weight : float
        Posterior probability that the predictor knows something that the pool does not.
    coefficients : tuple of three floats
        a, b and c.
    centre, middle : float
        Means of x and z over the decisions learnt from.
    low, high : float
        Smallest and largest x seen; beyond them nothing is known.
    decisions : float
        Matured decisions, predicted beforehand, that it was learnt from.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=400)
    >>> won = (rng.random(400) < sigmoid(x)).astype(float)
    >>> one = learn_one("ann", np.zeros(400), Targets(won, 1 - won), sigmoid(x))
    >>> round(one.weight, 2), round(float(sigmoid(one.shift(np.zeros(1), np.array([0.8])))[0]), 1)
    (1.0, 0.8)
    """

    name: str
    weight: float
    coefficients: tuple[float, float, float]
    centre: float
    middle: float
    low: float
    high: float
    decisions: float

    def shift(self, z: Floats, stated: Floats) -> Floats:
        """What is added to the log-odds z of N opportunities; 0 where nothing was stated (nan)."""
        x = np.clip(_log_odds(stated), self.low, self.high)
        a, b, c = self.coefficients
        added = self.weight * (a + b * (x - self.centre) + c * (z - self.middle))
        return np.where(np.isfinite(stated), added, 0.0)


def shifts(known: Sequence[NamedPredictor], z: Floats, frame: OpportunityFrame) -> Floats:
    """What each named predictor adds to the pool's log-odds z, shape (N, K); one after the other."""
    added = np.zeros((len(z), len(known)))
    for place, one in enumerate(known):
        added[:, place] = one.shift(z + added.sum(axis=1), stated_by(one.name, frame.stated))
    return added


def stated_by(
    name: str, stated: Sequence[Mapping[str, float] | None] | NDArray[np.object_]
) -> Floats:
    """Probabilities that one predictor stated, shape (N,); nan where it stated none."""
    return np.array([(one or {}).get(name, np.nan) for one in stated], dtype=np.float64)


def learn_named(z: Floats, targets: Targets, frame: OpportunityFrame) -> tuple[NamedPredictor, ...]:
    """Weigh every named predictor by what its probabilities add to the pool's, where both came before the outcome.

    The one that adds most is taken first, the others by what they add to that.

    Parameters
    ----------
    z : ndarray, shape (N,)
        Log-odds that the pool predicted of decisions it had not learnt from.
    targets, frame : aligned
    """
    names = sorted({name for one in frame.stated.tolist() if one for name in one})
    stated = {name: stated_by(name, frame.stated) for name in names}
    evidence = targets.weight > 0
    left = [
        name
        for name in names
        if (evidence & np.isfinite(stated[name])).sum() >= NAMED_LEAST_DECISIONS
    ]
    found: list[NamedPredictor] = []
    while left and len(found) < NAMED_MOST:
        candidates = [learn_one(name, z, targets, stated[name]) for name in left]
        best = max(candidates, key=lambda one: one.weight)
        found.append(best)
        left.remove(best.name)
        z = z + best.shift(z, stated[best.name])
    return tuple(found)


def learn_one(name: str, z: Floats, targets: Targets, stated: Floats) -> NamedPredictor:
    """Fit a, b and c by Laplace's approximation, and weigh them by their evidence against adding nothing.

    The coefficients are averaged over a narrow and a wide prior of the shift, by their evidence.
    """
    rows = np.flatnonzero(np.isfinite(stated) & (targets.weight > 0))
    x, z, targets = _log_odds(stated[rows]), z[rows], targets.take(rows)
    weight = targets.weight
    centre, middle = (float(np.average(one, weights=weight)) for one in (x, z))
    design = np.column_stack([np.ones(len(x)), x - centre, z - middle])
    # What is stated mostly moves with the outcome about its mean; some speak only where the pool is wrong altogether.
    fits = [
        fit_shift(z, targets, design, np.array([sd, *NAMED_COEFFICIENT_SDS]) ** -2.0)
        for sd in NAMED_SHIFT_SDS
    ]
    gains = np.array([gain for _, gain in fits])
    of_each = np.exp(gains - gains.max())
    gain = gains.max() + np.log(of_each.mean())
    share = float(sigmoid(np.array(gain + NAMED_PRIOR_ODDS)))
    a, b, c = (of_each @ np.array([found for found, _ in fits]) / of_each.sum()).tolist()
    return NamedPredictor(
        name, share, (a, b, c), centre, middle, float(x.min()), float(x.max()), float(weight.sum())
    )


def _log_odds(stated: Floats) -> Floats:
    return logit(np.clip(stated, *NAMED_STATED_RANGE))
