"""Evaluation that replays history: learn as of a moment, predict what followed, judge once matured.

At each cut-off every trainer gets the log as it was known then and predicts the decisions made
after it, until the next cut-off. A prediction is judged by what is known at the end, and only where
the decision has matured (`follow_up`), in whatever state it is. All methods are
judged on the same decisions, so their differences have paired intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from decision_model.delays.follow_up import settled
from decision_model.evaluation.judged import FoldLoss, Judged, Scores, losses_per_fold, score
from decision_model.inputs.history import utc64
from decision_model.regression.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_features import OpportunityFrame
    from decision_model.delays.follow_up import Settled
    from decision_model.inputs.history import History


class Predictor(Protocol):
    """What a trainer returns."""

    def predict(self, frame: OpportunityFrame, /) -> NDArray[np.float64]:
        """Return P(won) of each, fractions, shape (N,)."""
        ...


@runtime_checkable
class RevenuePredictor(Protocol):
    """A predictor of revenue too; revenue is then ranked by it."""

    def expected_revenue(self, frame: OpportunityFrame, /) -> NDArray[np.float64]:
        """Return the expected revenue of each decision, shape (N,)."""
        ...


Trainer = Callable[["History"], Predictor]
"""Learns from the log as of a moment. It is given nothing else, and asks nobody."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One cut-off.

    Parameters
    ----------
    cutoff, until : datetime
        Trained on what was known at ``cutoff``; decisions after it, up to ``until``, are predicted.
    known, followed, judged : int
        Decisions known at the cut-off, decisions made in the interval, and those of them judged.
    """

    cutoff: datetime
    until: datetime
    known: int
    followed: int
    judged: int


@dataclass(frozen=True, slots=True)
class Replay:
    """The whole evaluation.

    Parameters
    ----------
    folds : tuple of Fold
    rows : Judged
    scores : mapping of method to Scores
        Over all folds.
    per_fold : mapping of method to tuple of FoldLoss
    reference : str
        The method others are compared with.
    differences : mapping of method to Scores
        Method minus reference, for every method but the reference.
    follow_up : Settled
        Which decisions were judged, and whether the log is long enough to trust it.
    """

    folds: tuple[Fold, ...]
    rows: Judged
    scores: Mapping[str, Scores]
    per_fold: Mapping[str, tuple[FoldLoss, ...]]
    reference: str
    differences: Mapping[str, Scores]
    follow_up: Settled


def cutoffs(
    moments: NDArray[np.datetime64], *, first: float = 0.5, folds: int = 10
) -> list[datetime]:
    """Return moments that part the decisions after the first share of them into equal folds.

    Examples
    --------
    >>> days = np.arange("2026-01-01", "2026-01-11", dtype="datetime64[D]")
    >>> [moment.day for moment in cutoffs(days, first=0.6, folds=2)]
    [6, 8]
    """
    if not 0.0 < first < 1.0 or folds < 1:
        raise ValueError(f"first must lie in (0, 1) and folds be at least 1: {first!r}, {folds!r}")
    ordered = np.sort(moments.astype("datetime64[us]"))
    if ordered.size == 0:
        return []
    shares = first + (1.0 - first) * np.arange(folds) / folds
    places = np.maximum(np.ceil(shares * ordered.size - 1e-9).astype(np.intp) - 1, 0)
    chosen = np.unique(ordered[places])
    chosen = chosen[chosen < ordered[-1]]  # nothing follows the last one
    return [moment.replace(tzinfo=UTC) for moment in chosen.tolist()]


def replay(
    as_known: Callable[[datetime], History],
    trainers: Mapping[str, Trainer],
    *,
    cutoffs: Sequence[datetime],
    end: datetime,
    reference: str,
    by_type: bool = True,
    most_per_fold: int | None = None,
    draws: int = 1000,
    seed: int = 0,
    n_jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Replay the log and return what each method would have predicted, and how good that was.

    Parameters
    ----------
    as_known : callable
        From a moment to the log as known then; asked once per cut-off and once for ``end``.
    trainers : mapping of str to callable
        Each is called once per fold that has anything to judge.
    cutoffs : sequence of datetime
        Increasing, before ``end``.
    end : datetime
        The moment from which predictions are judged.
    reference : str
        Name of the trainer that the others are compared with.
    by_type : bool
        Whether delays differ by type, or are those of the whole log.
    most_per_fold : int, optional
        Judge at most so many of a fold, drawn at random.
    draws, seed : int
        Of the bootstrap.
    n_jobs : int
        Folds at once, each in a process of its own; -1 for as many as there are cores. The result is
        the same for any number. Trainers must be picklable where it is not 1.
    progress : callable, optional
        Called with the number of folds done and their total.

    Raises
    ------
    ValueError
        Cut-offs out of order, an unknown reference, a history as of another moment, or predictions
        that are no probabilities.
    """
    if reference not in trainers:
        raise ValueError(f"the reference {reference!r} is none of the trainers {list(trainers)}")
    bounds = [*cutoffs, end]
    if not cutoffs or any(b <= a for a, b in pairwise(bounds)):
        raise ValueError("cut-offs must be increasing, at least one, and before the end")
    final = _asked(as_known, end)
    follow_up = settled(final, kinds=final.frame.type.tolist() if by_type else None)
    moments = final.moments
    folds, chosen, tasks = [], [], []
    for place, (cutoff, until) in enumerate(pairwise(bounds)):
        inside = (moments > utc64(cutoff)) & (moments <= utc64(until))
        rows = np.flatnonzero(inside & follow_up.judged)
        if most_per_fold is not None and rows.size > most_per_fold:
            rng = np.random.default_rng([seed, place])
            rows = np.sort(rng.choice(rows, most_per_fold, replace=False))
        known = _asked(as_known, cutoff)
        folds.append(Fold(cutoff, until, len(known), int(inside.sum()), rows.size))
        chosen.append(rows)
        if rows.size:
            tasks.append((known, final.frame.take(rows).as_served()))
    predictions = []
    for done in _in_parallel(trainers, tasks, n_jobs):
        predictions.append(done)
        if progress is not None:
            progress(len(predictions), len(tasks))
    judged = _gather(final, chosen, predictions, list(trainers))
    return _scored(tuple(folds), judged, reference, follow_up, draws=draws, seed=seed)


def _asked(as_known: Callable[[datetime], History], moment: datetime) -> History:
    history = as_known(moment)
    if history.as_of != moment:
        raise ValueError(f"asked for the log as of {moment}, got it as of {history.as_of}")
    return history


Predictions = dict[str, tuple["NDArray[np.float64]", "NDArray[np.float64]"]]
"""Probability and value by each method."""


def _in_parallel(
    trainers: Mapping[str, Trainer], tasks: Sequence[tuple[History, OpportunityFrame]], n_jobs: int
) -> Iterator[Predictions]:
    """Yield the predictions of each fold, in order."""
    if n_jobs == 1 or len(tasks) < 2:
        yield from (_predict_fold(trainers, *task) for task in tasks)
        return
    from joblib import Parallel, delayed

    workers = Parallel(n_jobs=n_jobs, return_as="generator")
    yield from workers(delayed(_predict_fold)(trainers, *task) for task in tasks)


def _predict_fold(
    trainers: Mapping[str, Trainer], known: History, frame: OpportunityFrame
) -> Predictions:
    """Train every method on what was known, and predict the decisions of one fold."""
    with one_thread():
        return {name: _predict(name, train(known), frame) for name, train in trainers.items()}


def _predict(
    name: str, predictor: Predictor, frame: OpportunityFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probability and value for each decision, checked."""
    probability = np.asarray(predictor.predict(frame), dtype=np.float64)
    value = probability
    if isinstance(predictor, RevenuePredictor):
        value = np.asarray(predictor.expected_revenue(frame), dtype=np.float64)
    if probability.shape != (len(frame),) or value.shape != (len(frame),):
        raise ValueError(f"{name!r} did not predict one value for each decision")
    if not np.all((probability >= 0.0) & (probability <= 1.0)):
        raise ValueError(f"{name!r} predicted something that is no probability")
    return probability, value


def _gather(
    final: History,
    chosen: Sequence[NDArray[np.intp]],
    predictions: Sequence[Predictions],
    methods: Sequence[str],
) -> Judged:
    rows = np.concatenate(chosen)
    empty = np.empty(0)
    return Judged(
        decision_id=tuple(final.ids[i] for i in rows.tolist()),
        sender=tuple(final.frame.sender[rows].tolist()),
        fold=np.repeat(np.arange(len(chosen)), [part.size for part in chosen]),
        won=final.won[rows],
        revenue=final.revenue[rows],
        probability={
            m: np.concatenate([empty, *(fold[m][0] for fold in predictions)]) for m in methods
        },
        value={m: np.concatenate([empty, *(fold[m][1] for fold in predictions)]) for m in methods},
    )


def _scored(
    folds: tuple[Fold, ...],
    rows: Judged,
    reference: str,
    follow_up: Settled,
    *,
    draws: int,
    seed: int,
) -> Replay:
    scores, differences = score(rows, reference, draws=draws, seed=seed)
    return Replay(
        folds=folds,
        rows=rows,
        scores=scores,
        per_fold={
            name: losses_per_fold(rows, p, len(folds)) for name, p in rows.probability.items()
        },
        reference=reference,
        differences=differences,
        follow_up=follow_up,
    )
