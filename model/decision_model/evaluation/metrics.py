"""Metrics of probabilities and rankings, weighted, for many weightings at once.

scikit-learn has the same metrics for one weighting (the tests compare them); the bootstrap needs thousands of
weightings of one sorted sample, which would sort it each time.

Every function takes ``won`` (1 won, 0 not won), what was predicted and, optionally, a weight per
decision (how much of it is known; equal weights if left out). Weights are frequencies: weight 2
counts as the same decision twice, weight 0 as if it were not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import PROBABILITY_FLOOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Parts = tuple[NDArray[np.float64], NDArray[np.float64]]


def checked(
    won: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the three as aligned float arrays, weights filled in with ones.

    Raises
    ------
    ValueError
        Lengths differ, a label is not in [0, 1], a prediction is not finite, or a weight is
        negative or not finite.
    """
    labels = np.asarray(won, dtype=np.float64)
    values = np.asarray(predicted, dtype=np.float64)
    weights = np.ones_like(labels) if weight is None else np.asarray(weight, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != values.shape or labels.shape != weights.shape:
        raise ValueError(
            "won, predicted and weight must be one-dimensional and equally long, but have shapes "
            f"{labels.shape}, {values.shape} and {weights.shape}"
        )
    if not np.all((labels >= 0.0) & (labels <= 1.0)):
        raise ValueError("won must lie in [0, 1]")
    if not np.all(np.isfinite(values)):
        raise ValueError("predictions must be finite")
    if not np.all((weights >= 0.0) & np.isfinite(weights)):
        raise ValueError("weights must be finite and not negative")
    return labels, values, weights


def log_losses(won: ArrayLike, probability: ArrayLike) -> NDArray[np.float64]:
    """Return the log loss of every single prediction, in nats, shape (N,)."""
    labels, p, _ = checked(won, probability)
    p = np.clip(p, PROBABILITY_FLOOR, 1.0 - PROBABILITY_FLOOR)
    return np.asarray(-(labels * np.log(p) + (1.0 - labels) * np.log1p(-p)))


def brier_losses(won: ArrayLike, probability: ArrayLike) -> NDArray[np.float64]:
    """Return the squared error of every single prediction, shape (N,)."""
    labels, p, _ = checked(won, probability)
    return np.asarray((p - labels) ** 2)


def log_loss(won: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean negative log likelihood, in nats; nan without weight.

    Probabilities are clipped to [1e-6, 1 - 1e-6].

    Examples
    --------
    >>> round(log_loss([1, 0], [0.8, 0.4]), 4)
    0.367
    """
    labels, p, weights = checked(won, probability, weight)
    return weighted_mean(log_losses(labels, p), weights)


def brier_score(won: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean squared error of the probabilities; nan without weight.

    Examples
    --------
    >>> round(brier_score([1, 0], [0.8, 0.4]), 4)
    0.1
    """
    labels, p, weights = checked(won, probability, weight)
    return weighted_mean(brier_losses(labels, p), weights)


def auc(won: ArrayLike, ranking: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the chance that a won decision ranks above one not won; a tie counts one half.

    The Mann-Whitney statistic; nan if either class is empty. Any monotone score will do.

    Examples
    --------
    >>> auc([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])
    0.875
    """
    labels, values, weights = checked(won, ranking, weight)
    return float(WeightedAuc(labels, values)(weights[np.newaxis])[0])


def top_share(
    amount: ArrayLike,
    ranking: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    share: float = 0.2,
) -> float:
    """Return which part of the total amount lies in the best-ranked ``share`` of decisions.

    Parameters
    ----------
    amount : array_like, shape (N,)
        1 for a win, or revenue; refunds may be negative.
    ranking : array_like, shape (N,)
        Higher is better. Of decisions tied at the border each gives the same part of itself,
        which is the expectation over a random order of the ties.
    share : float, default=0.2
        Part of the decisions looked at, in (0, 1].

    Returns
    -------
    float
        A constant ranking gives ``share``. nan where the total amount is not positive.

    Examples
    --------
    >>> top_share([1, 0, 0, 0, 1], [0.9, 0.2, 0.3, 0.1, 0.5])
    0.5
    """
    amounts = np.asarray(amount, dtype=np.float64)
    if not np.all(np.isfinite(amounts)):
        raise ValueError("amounts must be finite")
    _, values, weights = checked(np.zeros_like(amounts), ranking, weight)
    return float(WeightedTopShare(amounts, values, share=share)(weights[np.newaxis])[0])


def weighted_mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the weighted mean, or nan without weight."""
    total = float(weights.sum())
    return float(values @ weights) / total if total > 0.0 else float("nan")


class WeightedMean:
    """Weighted mean of losses, for many weightings at once.

    Parameters
    ----------
    losses : ndarray, shape (N,)

    Examples
    --------
    >>> WeightedMean(np.array([1.0, 3.0]))(np.array([[1.0, 1.0], [3.0, 1.0]])).tolist()
    [2.0, 1.5]
    """

    def __init__(self, losses: NDArray[np.float64]) -> None:
        self.losses = losses

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one mean per row of weights, shape (B, N) to (B,)."""
        return _ratio(weights @ self.losses, weights.sum(axis=1))


class WeightedAuc:
    """Area under the ROC curve for many weightings at once; sorts once."""

    def __init__(self, won: NDArray[np.float64], ranking: NDArray[np.float64]) -> None:
        self.order = np.argsort(ranking, kind="stable")
        self.won = won[self.order]
        self.starts = _tie_starts(ranking[self.order])

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one area per row of weights, shape (B, N) to (B,)."""
        return _ratio(*self.parts(weights))

    def parts(self, weights: NDArray[np.float64]) -> Parts:
        """Return pairs ranked right, and all pairs of a won and a not won decision."""
        if self.won.size == 0:
            return np.zeros(len(weights)), np.zeros(len(weights))
        ordered = weights[:, self.order]
        positive = np.add.reduceat(ordered * self.won, self.starts, axis=1)
        negative = np.add.reduceat(ordered * (1.0 - self.won), self.starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative
        favourable = (positive * (below + 0.5 * negative)).sum(axis=1)
        return favourable, positive.sum(axis=1) * negative.sum(axis=1)


class WeightedTopShare:
    """Share of an amount in the best-ranked part, for many weightings at once; sorts once."""

    def __init__(
        self, amount: NDArray[np.float64], ranking: NDArray[np.float64], *, share: float = 0.2
    ) -> None:
        if not 0.0 < share <= 1.0:
            raise ValueError(f"share must lie in (0, 1], but it is {share!r}")
        self.share = share
        self.order = np.argsort(-ranking, kind="stable")
        self.amount = amount[self.order]
        self.starts = _tie_starts(ranking[self.order])

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one share per row of weights, shape (B, N) to (B,)."""
        return _ratio(*self.parts(weights))

    def parts(self, weights: NDArray[np.float64]) -> Parts:
        """Return the amount in the best-ranked part, and all of it."""
        if self.amount.size == 0:
            return np.zeros(len(weights)), np.zeros(len(weights))
        ordered = weights[:, self.order]
        size = np.add.reduceat(ordered, self.starts, axis=1)
        held = np.add.reduceat(ordered * self.amount, self.starts, axis=1)
        room = self.share * size.sum(axis=1, keepdims=True)
        before = np.cumsum(size, axis=1) - size
        taken = np.clip(room - before, 0.0, size)
        part = np.divide(taken, size, out=np.zeros_like(size), where=size > 0.0)
        return (held * part).sum(axis=1), held.sum(axis=1)


class WithinGroups:
    """A ranking figure within groups: only decisions of the same group are ranked together.

    Where the overall level moves between groups, a method that merely follows it would otherwise
    seem to rank well.

    Parameters
    ----------
    groups : ndarray, shape (N,)
        Group of each decision.
    statistic : callable
        From the positions of one group to its `WeightedAuc` or `WeightedTopShare`.

    Examples
    --------
    >>> won, p = np.array([0.0, 0.0, 1.0, 1.0, 0.0]), np.array([0.1, 0.1, 0.1, 0.9, 0.9])
    >>> statistic = WithinGroups(np.array([0, 0, 0, 1, 1]), lambda rows: WeightedAuc(won[rows], p[rows]))
    >>> statistic(np.ones((1, 5))).tolist(), round(auc(won, p), 2)
    ([0.5], 0.58)
    """

    def __init__(
        self,
        groups: NDArray[np.intp],
        statistic: Callable[[NDArray[np.intp]], WeightedAuc | WeightedTopShare],
    ) -> None:
        rows = [np.flatnonzero(groups == group) for group in np.unique(groups)]
        self.members = [(own, statistic(own)) for own in rows]

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one figure per row of weights, shape (B, N) to (B,)."""
        top, bottom = np.zeros(len(weights)), np.zeros(len(weights))
        for rows, statistic in self.members:
            part, whole = statistic.parts(weights[:, rows])
            top, bottom = top + part, bottom + whole
        return _ratio(top, bottom)


def _tie_starts(ordered: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return where each run of equal values starts in a sorted array."""
    if ordered.size == 0:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])


def _ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0.0)
