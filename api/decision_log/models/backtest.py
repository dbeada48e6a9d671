"""Backtest of a log: its matured decisions, the cut-offs that divide them, and the replay."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from decision_model.delays.follow_up import settled
from decision_model.evaluation.replay import cutoffs, replay
from decision_model.hyperparameters import LEAST_JUDGED, LEAST_OF_EACH
from decision_model.inputs.history import utc64

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from decision_log.models.dataset import AsKnown
    from decision_model.delays.follow_up import Settled
    from decision_model.evaluation.replay import Replay, Trainer
    from decision_model.inputs.history import History

FIRST = 0.5
"""Share of the matured decisions that the first cut-off learns from; the others are judged."""

MOST_PER_FOLD = 10_000
"""More judged decisions would narrow no interval that matters, and take long."""

PARALLEL_FROM = 2_000
"""Decisions from which on folds run in processes of their own: starting these takes a second or two."""


@dataclass(frozen=True, slots=True)
class Matured:
    """The decisions of a log that can be judged as of a moment.

    Parameters
    ----------
    history : History
        The whole log as known then.
    settled : Settled
        Which of its decisions have matured.
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
        pairs = zip(self.history.ids, self.settled.judged.tolist(), strict=True)
        return frozenset(one for one, judged in pairs if judged)

    def after(self, moment: datetime) -> int:
        """How many of them were decided on after a moment."""
        later = self.history.moments > utc64(moment)
        return int((later & self.settled.judged).sum())

    def bounds(self, folds: int, *, since: datetime | None = None) -> list[datetime]:
        """Return cut-offs that divide the matured decisions into equal folds.

        The first half is learnt from and the other half judged; with ``since`` everything after
        that moment is judged, and the moment itself is the first cut-off.
        """
        moments = self.history.moments[self.settled.judged]
        if since is None:
            found = cutoffs(moments, first=FIRST, folds=folds)
        else:
            found = [since]
            if folds > 1:
                later = moments[moments > utc64(since)]
                found += cutoffs(later, first=1.0 / folds, folds=folds - 1)
        return [moment for moment in found if moment < self.history.as_of]


def matured(history: History) -> Matured:
    """Find the matured decisions, by the settled age of their type."""
    return Matured(history, settled(history, kinds=history.frame.type.tolist()))


def enough(result: Replay | None) -> bool:
    """Return whether a replay has judged enough decisions for a comparison."""
    if result is None:
        return False
    won = float(result.rows.won.sum())
    return (
        len(result.rows.won) >= LEAST_JUDGED
        and min(won, len(result.rows.won) - won) >= LEAST_OF_EACH
    )


def run_backtest(
    known: AsKnown,
    trainers: Mapping[str, Trainer],
    bounds: list[datetime],
    *,
    end: datetime,
    reference: str,
    draws: int,
    seed: int,
    n_jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Replay | None:
    """Replay the log at these cut-offs; None where there are none.

    Parameters
    ----------
    n_jobs : int, optional
        Folds at once, with the same result for any number; by default one per core in a log of at
        least 2,000 decisions, else one.
    """
    if not bounds:
        return None
    if n_jobs is None:
        n_jobs = (os.cpu_count() or 1) if len(known(end)) >= PARALLEL_FROM else 1
    return replay(
        known,
        trainers,
        cutoffs=bounds,
        end=end,
        reference=reference,
        most_per_fold=MOST_PER_FOLD,
        draws=draws,
        seed=seed,
        n_jobs=n_jobs,
        progress=progress,
    )
