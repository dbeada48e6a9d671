"""Given action: what it adds to the pool, where an opportunity says what will be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_features.screening import answer_in_values
from decision_model.hyperparameters import (
    ACTION_EFFECT_SD,
    ACTION_LEAST_DECISIONS,
    ACTION_MOST,
    ACTION_PRIOR_ODDS,
)
from decision_model.regression.posterior import Targets, sigmoid
from decision_model.trained.shift import fit_shift

if TYPE_CHECKING:
    from decision_features import Labels, OpportunityFrame

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ActionEffects:
    """What each action adds to log-odds that were predicted without knowing it.

    It is an association among decisions that looked alike beforehand, no effect of the action.

    Parameters
    ----------
    actions : tuple of str
        As `action_key` writes them.
    effects : tuple of float
        Log-odds of each.
    weight : float
        Posterior probability that actions tell anything.
    """

    actions: tuple[str, ...]
    effects: tuple[float, ...]
    weight: float

    def shift(self, action: NDArray[np.object_]) -> Floats:
        """What is added for N opportunities; 0 where no action is given, or one hardly ever taken."""
        effect = dict(zip(self.actions, self.effects, strict=True))
        return self.weight * np.array([effect.get(action_key(one), 0.0) for one in action])


def action_key(action: str | None) -> str:
    """Return the text by which actions are compared.

    Examples
    --------
    >>> action_key(" Replied  at once")
    'replied at once'
    """
    return " ".join((action or "").casefold().split())


def learn_actions(
    z: Floats, targets: Targets, frame: OpportunityFrame, labels: Labels
) -> ActionEffects | None:
    """Fit what actions add to log-odds predicted of decisions that were not learnt from.

    Parameters
    ----------
    z : ndarray, shape (N,)
        Log-odds of pool and named predictors together: where a person's prediction reflects the action already, it
        is not counted twice.
    targets, frame, labels : aligned, in time order

    Returns
    -------
    ActionEffects or None
        None where fewer than two actions were taken often, or where they give the answer away.
    """
    keys = np.array([action_key(one) for one in frame.action], dtype=object)
    taken = keys[targets.weight > 0]
    found, counts = np.unique(taken[taken != ""].astype(str), return_counts=True)
    often = np.argsort(-counts, kind="stable")[:ACTION_MOST]
    actions = found[often[counts[often] >= ACTION_LEAST_DECISIONS]].tolist()
    if len(actions) < 2 or answer_in_values(frame.action.tolist(), labels):
        return None
    design = (keys[:, None] == np.array(actions, dtype=object)[None, :]).astype(np.float64)
    effects, gain = _fit_beside_a_level(z, targets, design)
    gain = min(gain, _gain_on_later_half(z, targets, design))
    share = float(sigmoid(np.array(gain + ACTION_PRIOR_ODDS)))
    return ActionEffects(tuple(actions), tuple(effects.tolist()), share)


def _fit_beside_a_level(z: Floats, targets: Targets, design: Floats) -> tuple[Floats, float]:
    """Fit the effects beside a common shift, so that a change of the overall rate is not taken for an action's.

    The gain is against that shift alone; it is not served.
    """
    level = np.ones((len(z), 1))
    precision = np.full(design.shape[1] + 1, ACTION_EFFECT_SD**-2.0)
    both, gain = fit_shift(z, targets, np.hstack([design, level]), precision)
    _, without = fit_shift(z, targets, level, precision[:1])
    return both[:-1], gain - without


def _gain_on_later_half(z: Floats, targets: Targets, design: Floats) -> float:
    """Nats that the effects of the earlier half gain on the later one: what was true only for a time gains nothing."""
    earlier, later = np.array_split(np.arange(len(z)), 2)
    effects, _ = _fit_beside_a_level(z[earlier], targets.take(earlier), design[earlier])
    judged = targets.take(later)
    with_actions = judged.log_likelihood(z[later] + design[later] @ effects)
    return float(with_actions - judged.log_likelihood(z[later]))
