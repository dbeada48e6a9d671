"""Which part of a log can be replayed: matured decisions, and the cut-offs that part them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from decision_model.delays.follow_up import settled
from decision_model.evaluation.bootstrap import Estimate
from decision_model.evaluation.history import moments_of, utc64
from decision_model.evaluation.replay import cutoffs, replay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from decision_log.models.trainers import AsKnown
    from decision_model.delays.follow_up import Settled
    from decision_model.evaluation.history import History
    from decision_model.evaluation.replay import Replay, Trainer

LEAST_JUDGED = 50
"""With fewer judged decisions a paired interval says more about chance than about the methods."""

LEAST_OF_EACH = 5
"""So many of the judged must be won, and so many not won."""

FIRST = 0.5
"""Share of the matured decisions that the first cut-off learns from; the others are judged."""

MOST_PER_FOLD = 10_000
"""More judged decisions would narrow no interval that matters, and take long."""


@dataclass(frozen=True, slots=True)
class Matured:
    """The decisions of a log that can be judged as of a moment.

    Parameters
    ----------
    history : History
        The whole log as known then.
    settled : Settled
        Which of its decisions have been followed long enough.
    """

    history: History
    settled: Settled

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.settled.judged.sum())

    @property
    def ids(self) -> frozenset[str]:
        """Their decision ids."""
        pairs = zip(self.history.decisions, self.settled.judged.tolist(), strict=True)
        return frozenset(one.decision_id for one, judged in pairs if judged)

    def after(self, moment: datetime) -> int:
        """How many of them were decided on after a moment."""
        later = moments_of(self.history.decisions) > utc64(moment)
        return int((later & self.settled.judged).sum())

    def bounds(self, folds: int, *, since: datetime | None = None) -> list[datetime]:
        """Return cut-offs that part the matured decisions into equal folds.

        The first half is learnt from and the other half judged; with ``since`` everything after
        that moment is judged, and the moment itself is the first cut-off.
        """
        moments = moments_of(self.history.decisions)[self.settled.judged]
        if since is None:
            found = cutoffs(moments, first=FIRST, folds=folds)
        else:
            found = [since]
            if folds > 1:
                later = moments[moments > utc64(since)]
                found += cutoffs(later, first=1.0 / folds, folds=folds - 1)
        return [moment for moment in found if moment < self.history.as_of]


def lower_or_higher(difference: Estimate, than: str) -> str:
    """Say in words how much lower or higher a figure is, with the interval.

    Examples
    --------
    >>> lower_or_higher(Estimate(-0.02, -0.05, 0.01), "that of the rates")
    '0.0200 lower than that of the rates (95 %: 0.0500 lower to 0.0100 higher)'
    """
    value, low, high = (
        f"{abs(x):.4f} {'lower' if x < 0.0 else 'higher'}"
        for x in (difference.value, difference.low, difference.high)
    )
    return f"{value} than {than} (95 %: {low} to {high})"


def matured(history: History) -> Matured:
    """Find the decisions followed long enough, by the settled age of their type."""
    kinds = [one.opportunity_type for one in history.decisions]
    return Matured(history, settled(history, kinds=kinds))


def enough(result: Replay | None) -> bool:
    """Tell whether a replay has judged enough decisions to say anything."""
    if result is None:
        return False
    won = float(result.rows.won.sum())
    return (
        len(result.rows.won) >= LEAST_JUDGED
        and min(won, len(result.rows.won) - won) >= LEAST_OF_EACH
    )


def replayed(
    known: AsKnown,
    trainers: Mapping[str, Trainer],
    bounds: list[datetime],
    *,
    end: datetime,
    reference: str,
    draws: int,
    seed: int,
) -> Replay | None:
    """Replay the log at these cut-offs; None where there are none."""
    if not bounds:
        return None
    # The trainings solve many small systems. Spread over threads they take ten times as long while
    # another process works, and their last bits may differ.
    with threadpool_limits(limits=1, user_api="blas"):
        return replay(
            known,
            trainers,
            cutoffs=bounds,
            end=end,
            reference=reference,
            most_per_fold=MOST_PER_FOLD,
            draws=draws,
            seed=seed,
        )
