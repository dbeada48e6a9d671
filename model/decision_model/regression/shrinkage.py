"""Search for the shrinkage of a regression: one precision per block of columns, by its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    LARGEST_LOG_STEP,
    LARGEST_STEP_RATIO,
    MACKAY_SHARE,
    PRECISION_AVERAGED_BELOW,
    PRECISION_RANGE,
    PRECISION_RATE_FACTORS,
    PRECISION_RATE_FEW,
    PRECISION_RATE_MOST,
    PRECISION_RATE_OF_LOG,
    PRECISION_RATE_RANGE,
    SETTLED_LOG_STEP,
    SOLVER_TOLERANCE,
    SPARSE_AFTER_ROUNDS,
    SPARSE_FREEDOM,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class State:
    """Weights of a regression, and the precisions of their priors.

    Parameters
    ----------
    w : ndarray, shape (P + 1,)
        The intercept first.
    precision : ndarray, shape (P,)
        Of each weight but the intercept.
    """

    w: Floats
    precision: Floats


class Problem(Protocol):
    """Rows to fit."""

    columns: int
    weight: Floats

    @property
    def rate(self) -> float:
        """Share of the positive class, prior included."""
        ...

    def solve(self, state: State, tolerance: float) -> State:
        """Find the weights at the mode given the precisions."""
        ...

    def newton(self, state: State, first: int) -> tuple[State, Floats]:
        """Move the weights by one Newton step; return the variances of those from ``first`` on, too."""
        ...

    def log_evidence(self, state: State) -> float:
        """Return the log marginal likelihood at the mode given the precisions, up to a constant."""
        ...


def shrinkage(
    problem: Problem,
    widths: NDArray[np.intp],
    sparse: NDArray[np.bool_],
    rounds: int,
    given: Sequence[float] | Floats | None = None,
    weights: Floats | None = None,
) -> tuple[State, int]:
    """Alternate between the weights and an update of each block's α; tell the number of updates, too.

    Parameters
    ----------
    problem : Problem
    widths, sparse : ndarray, shape (B,)
        Columns of each block, and whether few of them matter.
    rounds : int
        Updates at most.
    given : sequence of float, shape (P,), optional
        Precisions that are known already; nan where they are searched.
    weights : ndarray, shape (P + 1,), optional
        To search from.
    """
    known = np.full(problem.columns, np.nan) if given is None else np.asarray(given, np.float64)
    search = Search(problem, widths, sparse, known)
    if weights is None:
        start = np.log(problem.rate / (1 - problem.rate))
        weights = np.r_[start, np.zeros(problem.columns)]
    state = State(weights, search.precision)
    done = 0
    while problem.columns and done < rounds and not (done and search.settled):
        state = search.update(state, vary=done >= SPARSE_AFTER_ROUNDS)
        done += 1
    few = problem.weight.sum() < PRECISION_AVERAGED_BELOW
    return (search.averaged(state) if few and problem.columns and rounds else state), done


class Search:
    """Precisions of blocks, and of the columns in them, while they are searched.

    Parameters
    ----------
    problem : Problem
    widths, sparse : as of the regression
    known : ndarray, shape (P,)
        Precisions that are known already; nan where they are searched.
    """

    def __init__(
        self, problem: Problem, widths: NDArray[np.intp], sparse: NDArray[np.bool_], known: Floats
    ) -> None:
        self._problem, self._widths, self._sparse, self._known = problem, widths, sparse, known
        self._block = np.repeat(np.arange(len(widths)), widths)
        share = PRECISION_RATE_OF_LOG / max(len(widths), 1)
        lenient = float(
            np.clip(problem.weight.sum() / PRECISION_RATE_FEW, 1.0, PRECISION_RATE_MOST)
        )
        self._b0 = lenient * float(np.clip(share, *PRECISION_RATE_RANGE))
        free = np.isnan(known)
        self._searched = np.bincount(self._block, free, minlength=len(widths)) > 0
        self._first = int(np.argmax(free)) if free.any() else len(free)
        self._alpha: Floats = np.ones(len(widths))
        self._own: Floats = np.ones(problem.columns)
        self._step = np.zeros(len(widths))
        self._squares: Floats = np.zeros(len(widths))
        self._traces: Floats = np.zeros(len(widths))

    @property
    def precision(self) -> Floats:
        """Of each weight's prior."""
        return self._with(self._alpha)

    @property
    def settled(self) -> bool:
        """Whether the last update hardly changed anything."""
        return bool(np.abs(self._step).max() <= SETTLED_LOG_STEP)

    def update(self, state: State, *, vary: bool) -> State:
        """Move weights, then every block's α; weights of a vocabulary get precisions of their own if they may vary."""
        state = self._measure(state, vary=vary)
        step = np.where(self._searched, self._log_alpha(self._b0) - np.log(self._alpha), 0.0)
        ahead = ahead_of(step, self._step)
        self._step = step
        self._alpha = np.clip(self._alpha * np.exp(ahead), *PRECISION_RANGE)
        return State(state.w, self.precision)

    def averaged(self, state: State) -> State:
        """Average the prior variances over several rates b0, each weighted by its evidence.

        While decisions are few each block's own evidence is weak and b0 alone decides on its shrinkage; all blocks
        together tell how large effects are.
        """
        found, evidence = [], []
        for factor in PRECISION_RATE_FACTORS:
            if factor > 1:
                alpha = np.where(
                    self._searched, np.exp(self._log_alpha(factor * self._b0)), self._alpha
                )
                state = State(state.w, self._with(np.clip(alpha, *PRECISION_RANGE)))
            state = self._problem.solve(state, SOLVER_TOLERANCE)
            found.append(state)
            evidence.append(self._problem.log_evidence(state))
        share = np.exp(np.array(evidence) - max(evidence))
        variance = share @ np.array([1 / one.precision for one in found]) / share.sum()
        return State(found[int(np.argmax(share))].w, 1 / variance)

    def _with(self, alpha: Floats) -> Floats:
        return np.where(np.isnan(self._known), alpha[self._block] * self._own, self._known)

    def _measure(self, state: State, *, vary: bool) -> State:
        # Variances of weights whose precision is known are not needed.
        variance = np.zeros(self._problem.columns)
        state, variance[self._first :] = self._problem.newton(state, self._first)
        square = state.w[1:] ** 2
        if vary:
            spread = self._alpha[self._block] * (square + variance)
            own = (SPARSE_FREEDOM + 1) / (SPARSE_FREEDOM + spread)
            self._own = np.where(self._sparse[self._block], own, 1.0)
        size = len(self._widths)
        self._squares = np.bincount(self._block, self._own * square, minlength=size).astype(
            np.float64
        )
        self._traces = np.bincount(self._block, self._own * variance, minlength=size).astype(
            np.float64
        )
        return state

    def _log_alpha(self, b0: float) -> Floats:
        """Mostly MacKay's fixed point, partly EM's."""
        squares, traces, widths = self._squares, self._traces, self._widths
        effective = np.maximum(widths - self._alpha * traces, 0.0)
        em = (widths + 2) / (squares + traces + 2 * b0)
        mackay = (effective + 2) / (squares + 2 * b0)
        return np.asarray((1 - MACKAY_SHARE) * np.log(em) + MACKAY_SHARE * np.log(mackay))


def ahead_of(step: Floats, before: Floats) -> Floats:
    """Extrapolate steps that shrink geometrically to where they lead (Aitken)."""
    known = np.abs(before) > 1e-9
    ratio = np.clip(
        np.divide(step, before, out=np.zeros_like(step), where=known), 0, LARGEST_STEP_RATIO
    )
    return np.asarray(np.clip(step / (1 - ratio), -LARGEST_LOG_STEP, LARGEST_LOG_STEP))
