"""The rule for "is A better than B?", and its words; the gate, ``evaluate`` and the challenger use it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from decision_model.evaluation.comparison import compare
from decision_model.hyperparameters import (
    BOOTSTRAP_DRAWS,
    LEAST_JUDGED,
    LEAST_OF_EACH,
    MATERIAL_CALIBRATION,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from decision_model.evaluation.bootstrap import Estimate
    from decision_model.evaluation.comparison import Comparison


class Ruling(StrEnum):
    """What a comparison has shown."""

    BETTER = "better"
    WORSE = "worse"
    MISCALIBRATED = "miscalibrated"
    UNDECIDED = "undecided"
    TOO_FEW = "too few"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a new method is better than an old one.

    Parameters
    ----------
    ruling : Ruling
        ``TOO_FEW``: fewer than 50 judged decisions, or fewer than five won or five not.
        ``MISCALIBRATED``: the calibration part of the Brier score is worse beyond noise, by more than
        .002. ``BETTER``, ``WORSE``: the interval of the difference in log loss lies below, above zero.
    comparison : Comparison
        The figures, new minus old.
    """

    ruling: Ruling
    comparison: Comparison

    @property
    def better(self) -> bool:
        """Shown to be better, and not miscalibrated."""
        return self.ruling is Ruling.BETTER

    @property
    def worse(self) -> bool:
        """Shown to be worse, or miscalibrated."""
        return self.ruling in {Ruling.WORSE, Ruling.MISCALIBRATED}

    def numbers(self, old: str) -> str:
        """Say by how much, with the interval.

        Parameters
        ----------
        old : str
            How the old method is named, e.g. ``the champion``.
        """
        found = self.comparison
        if self.ruling is Ruling.TOO_FEW:
            return too_few(found.judged, found.won)
        loss = f"on {found.judged:,} decisions its log loss is " + lower_or_higher(
            found.log_loss, f"that of {old}"
        )
        if self.ruling is not Ruling.MISCALIBRATED:
            return loss
        worse = lower_or_higher(found.calibration, f"that of {old}")
        return f"{loss}, but the calibration part of its Brier score is {worse}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: ruling, decisions, and the differences with their intervals."""
        found = self.comparison
        return {
            "ruling": str(self.ruling),
            "judged": found.judged,
            "won": found.won,
            "log_loss": interval_row(found.log_loss),
            "brier": interval_row(found.brier),
            "calibration": interval_row(found.calibration),
            "anytime_valid": found.sequential,
        }


def verdict(
    new: ArrayLike,
    old: ArrayLike,
    won: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    sequential: bool = False,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
) -> Verdict:
    """Compare the probabilities of two methods for the same decisions, and rule.

    Parameters
    ----------
    new, old, won, clusters, sequential, draws, seed
        See :func:`decision_model.evaluation.comparison.compare`. ``sequential`` is for comparisons
        that are looked at again and again: the chance of ever ruling ``BETTER`` or ``WORSE`` where
        there is no difference is then at most 5 %.
    """
    found = compare(new, old, won, clusters=clusters, sequential=sequential, draws=draws, seed=seed)
    return Verdict(_rule(found), found)


def _rule(found: Comparison) -> Ruling:
    if found.judged < LEAST_JUDGED or min(found.won, found.judged - found.won) < LEAST_OF_EACH:
        return Ruling.TOO_FEW
    if found.log_loss.low > 0.0:
        return Ruling.WORSE
    if found.calibration.low > MATERIAL_CALIBRATION:
        return Ruling.MISCALIBRATED
    return Ruling.BETTER if found.log_loss.high < 0.0 else Ruling.UNDECIDED


def too_few(judged: int, won: int) -> str:
    """Say how many more decisions a ruling needs."""
    if judged < LEAST_JUDGED:
        return f"{judged:,} decisions can be judged, {LEAST_JUDGED} are needed"
    return (
        f"of {judged:,} judged decisions {won:,} were won and {judged - won:,} not, "
        f"{LEAST_OF_EACH} of each are needed"
    )


def lower_or_higher(difference: Estimate, than: str) -> str:
    """Say in words how much lower or higher a figure is, with the interval.

    Examples
    --------
    >>> from decision_model.evaluation.bootstrap import Estimate
    >>> lower_or_higher(Estimate(-0.02, -0.05, 0.01), "that of the rates")
    '0.0200 lower than that of the rates (95 %: 0.0500 lower to 0.0100 higher)'
    """
    value, low, high = (
        f"{abs(x):.4f} {'lower' if x < 0.0 else 'higher'}"
        for x in (difference.value, difference.low, difference.high)
    )
    return f"{value} than {than} (95 %: {low} to {high})"


def interval_row(estimate: Estimate) -> dict[str, float | None]:
    """Write a figure and its interval as JSON has them: None where they are not defined."""
    values = {name: float(getattr(estimate, name)) for name in ("value", "low", "high")}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
