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
from threadpoolctl import threadpool_limits

from decision_model.delays.follow_up import settled
from decision_model.evaluation.bootstrap import (
    Estimate,
    Statistic,
    clusters_of,
    estimate,
    resampled,
)
from decision_model.evaluation.history import utc64
from decision_model.evaluation.metrics import (
    WeightedAuc,
    WeightedMean,
    WeightedTopShare,
    WithinGroups,
    brier_losses,
    log_losses,
)
from decision_model.evaluation.reliability import WeightedReliability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_features import OpportunityFrame
    from decision_model.delays.follow_up import Settled
    from decision_model.evaluation.history import History


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
class Judged:
    """Every judged decision with what each method had predicted.

    Parameters
    ----------
    decision_id : tuple of str
        In time order.
    sender : tuple of (str or None)
        Who had sent each opportunity: decisions of one sender are drawn together in the bootstrap.
    fold : ndarray of intp, shape (N,)
        Position of its fold.
    won : ndarray, shape (N,)
        1 won, 0 not.
    revenue : ndarray, shape (N,)
        As known at the end.
    probability, value : mapping of method to ndarray, shape (N,)
        P(won), and what revenue is ranked by: the expected revenue, or P(won) where a method has
        none.
    """

    decision_id: tuple[str, ...]
    sender: tuple[str | None, ...]
    fold: NDArray[np.intp]
    won: NDArray[np.float64]
    revenue: NDArray[np.float64]
    probability: Mapping[str, NDArray[np.float64]]
    value: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one method, or of the difference between two; nan where not defined.

    Parameters
    ----------
    log_loss, brier : Estimate
        Means; lower is better.
    calibration : Estimate
        The Brier score's calibration part over ten quantile bins, without the bias of finite bins
        (`reliability.WeightedReliability`); lower is better, and it may be slightly negative. CORP's part
        would not do: recalibrating fits noise, and more of it the more different forecasts a method
        gives, so that its bias does not cancel in a difference.
    auc, top_wins, top_revenue : Estimate
        Ranking, and the share of wins and of revenue in the best-ranked 20 %, within folds; higher
        is better.
    """

    log_loss: Estimate
    brier: Estimate
    calibration: Estimate
    auc: Estimate
    top_wins: Estimate
    top_revenue: Estimate


@dataclass(frozen=True, slots=True)
class FoldLoss:
    """Means of one method in one fold; nan where nothing was judged."""

    log_loss: float
    brier: float


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


def score(
    rows: Judged, reference: str, *, draws: int = 1000, seed: int = 0
) -> tuple[dict[str, Scores], dict[str, Scores]]:
    """Return the figures of every method, and those of its difference from the reference.

    Parameters
    ----------
    rows : Judged
        Predictions and outcomes.
    reference : str
        One of its methods.
    draws, seed : int
        Of the bootstrap. All figures are taken on the same draws, so the differences are paired.

    Returns
    -------
    scores, differences : dict of method to Scores
        The second is method minus reference, for every method but the reference.
    """
    values: dict[str, dict[str, float]] = {}
    figures: dict[str, dict[str, NDArray[np.float64]]] = {}
    weight = np.ones_like(rows.won)
    for method in rows.probability:
        statistics = _statistics(rows, method)
        figures[method] = _figures(statistics, weight, rows.sender, draws, seed)
        values[method] = {
            name: float(statistic(weight[np.newaxis])[0]) if weight.size else float("nan")
            for name, statistic in statistics.items()
        }
    scores, differences = {}, {}
    for method, drawn in figures.items():
        own, other = values[method], values[reference]
        found = {name: estimate(own[name], drawn[name]) for name in drawn}
        scores[method] = Scores(**found)
        if method == reference:
            continue
        gaps = {
            name: estimate(own[name] - other[name], drawn[name] - figures[reference][name])
            for name in drawn
        }
        differences[method] = Scores(**gaps)
    return scores, differences


def _figures(
    statistics: Mapping[str, Statistic],
    weight: NDArray[np.float64],
    senders: Sequence[str | None],
    draws: int,
    seed: int,
) -> dict[str, NDArray[np.float64]]:
    if weight.size == 0:
        return {name: np.empty(0) for name in statistics}
    clusters = clusters_of(senders, weight.size)
    return resampled(statistics, weight, clusters=clusters, draws=draws, seed=seed)


def _statistics(rows: Judged, method: str) -> dict[str, Statistic]:
    won, revenue = rows.won, rows.revenue
    probability, value = rows.probability[method], rows.value[method]

    return {
        "log_loss": WeightedMean(log_losses(won, probability)),
        "brier": WeightedMean(brier_losses(won, probability)),
        # Without decisions there are no bins.
        "calibration": WeightedReliability(won, probability) if won.size else WeightedMean(won),
        "auc": WithinGroups(rows.fold, lambda own: WeightedAuc(won[own], probability[own])),
        "top_wins": WithinGroups(
            rows.fold, lambda own: WeightedTopShare(won[own], probability[own])
        ),
        "top_revenue": WithinGroups(
            rows.fold, lambda own: WeightedTopShare(revenue[own], value[own])
        ),
    }


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
    # The trainings solve many small systems. Spread over threads they take ten times as long while
    # another process works, and their last bits may differ.
    with threadpool_limits(limits=1):
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
        per_fold={name: _per_fold(rows, p, len(folds)) for name, p in rows.probability.items()},
        reference=reference,
        differences=differences,
        follow_up=follow_up,
    )


def _per_fold(rows: Judged, probability: NDArray[np.float64], folds: int) -> tuple[FoldLoss, ...]:
    inside = (np.arange(folds)[:, np.newaxis] == rows.fold).astype(np.float64)
    log = WeightedMean(log_losses(rows.won, probability))(inside)
    brier = WeightedMean(brier_losses(rows.won, probability))(inside)
    return tuple(FoldLoss(*pair) for pair in zip(log.tolist(), brier.tolist(), strict=True))
