r"""Weights of open decisions: the evidence of each about its own chance, by age and fields.

Some outcomes come at once. The others take a time that is lognormal, with medians that depend on the
same columns as the chance itself (an accelerated failure time model [1]_): a booking for next year
cannot be kept before next year. With F and G their distributions at the age of the decision and rho the
probability that a loss is ever recorded, the likelihood of still being open is

    p (1 - F) + (1 - p) (1 - rho G)  proportional to  1 - p c,   c = (F - rho G) / (1 - rho G).

Only wins recorded (rho = 0): c = F(a), the share of a loss that has passed. Losses as fast as wins
(rho = 1, F = G): c = 0, nothing is known. Losses faster: c < 0, what is still open leans towards a win.
Its slope in the log-odds is that of c (1 - p) / (1 - p c) of a loss, or for c < 0 of -c p / (1 - p c) of a win
(the gradient -c p (1 - p) / (1 - p c) in either case), so ordinary weighted rows stand for it.

References
----------
.. [1] Kalbfleisch, Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. (2002), section 2.2.3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_features import Labels
from decision_model.hyperparameters import (
    HARMLESS_DISTANCE,
    IMMEDIATE_HOURS,
    INSTANT_HOURS,
    MOST_TIMING_ROWS,
    RECORDED_LOSSES_PRIOR,
    TIMING_FIRST_ROUNDS,
    TIMING_MORE_ROUNDS,
    TIMING_ROUNDS,
    TIMING_SPREAD_APART,
    TIMING_STANDARD_ERRORS,
    TIMING_TRUST_OFFSET,
)
from decision_model.regression.gram import Gram
from decision_model.regression.posterior import Targets
from decision_model.regression.ridge import Ridge
from decision_model.special_functions import log_ndtr, ndtr

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Delay:
    """A share comes at once; of the others log hours ~ N(intercept + X w, sigma^2)."""

    intercept: float
    weights: Floats
    sigma: float
    precision: Floats
    at_once: float

    def passed(self, X: csr_array, log_hours: Floats) -> Floats:
        """Share that has come by then."""
        later = ndtr((log_hours - self.mean(X)) / self.sigma)
        return np.asarray(self.at_once + (1 - self.at_once) * later)

    def mean(self, X: csr_array) -> Floats:
        """Log hours to expect of each row."""
        return np.asarray(self.intercept + X @ self.weights)


@dataclass(frozen=True, slots=True)
class Timing:
    """Both delays, and the probability that a loss is recorded at all."""

    win: Delay
    loss: Delay
    recorded: float
    doubted: bool = False

    def passed(self, X: csr_array, hours: Floats) -> Floats:
        """Tell c of every row at its age, in (-inf, 1]."""
        F, G = self._passed_both(X, hours)
        return np.asarray((F - self.recorded * G) / np.maximum(1 - self.recorded * G, 1e-9))

    def _passed_both(self, X: csr_array, hours: Floats) -> tuple[Floats, Floats]:
        log_hours = np.log(np.maximum(hours, INSTANT_HOURS))
        return self.win.passed(X, log_hours), self.loss.passed(X, log_hours)

    @staticmethod
    def ages(labels: Labels) -> Floats:
        """Hours since each decision, closed or not."""
        span = (labels.as_of - labels.decided_at).astype("timedelta64[us]")
        hours = span.astype(np.float64) / 3.6e9
        hours[np.isnat(span)] = np.nan
        return np.asarray(np.maximum(hours, 0.0))

    def targets(self, X: csr_array, labels: Labels, p: Floats) -> Targets:
        """Weigh what closed and open decisions tell, where their chance is now held to be p.

        At an age by which losses are seen but wins cannot be yet, all that a decision tells, closed
        or open, depends on the shape of G far out in its tail. Where the delays on record do not look
        lognormal, decisions of such an age and kind therefore count for F / (rho G)
        only; a weight by age and kind alone takes no sides.
        """
        won, lost = labels.won.astype(np.float64), labels.lost.astype(np.float64)
        timed = np.flatnonzero(np.isfinite(labels.hours))
        F, G = self._passed_both(X[timed], self.ages(labels)[timed])
        G = self.recorded * G
        c = np.where(labels.open[timed], (F - G) / np.maximum(1 - G, 1e-9), 0.0)
        waiting = np.maximum(1 - p[timed] * c, 1e-9)
        trust = (
            np.minimum(1.0, (F + TIMING_TRUST_OFFSET) / (G + TIMING_TRUST_OFFSET))
            if self.doubted
            else 1.0
        )
        lost[timed] = trust * np.where(c > 0, c * (1 - p[timed]) / waiting, lost[timed])
        won[timed] = trust * np.where(c < 0, -c * p[timed] / waiting, won[timed])
        return Targets(won, lost)


def learn_timing(
    X: csr_array,
    labels: Labels,
    p: Floats,
    widths: NDArray[np.intp],
    start: Timing | None = None,
    *,
    seed: int = 0,
) -> Timing:
    """Fit both delays and rho by EM, given each row's chance p.

    An open row is a win still to come with probability p (1 - F) / (1 - p c) (1 - rho G) …, else a loss: still
    to come, or never recorded. A delay still to come enters by its expectation above the age so far.
    """
    timed = np.isfinite(labels.hours)
    rows = np.flatnonzero(timed)
    if len(rows) > MOST_TIMING_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_TIMING_ROWS, replace=False))
    X, part, p = X[rows], labels.take(rows), p[rows]
    log_hours = np.log(np.maximum(part.hours, INSTANT_HOURS))
    gram = Gram(X)
    timing = start or _first(gram, widths, part, log_hours)
    for _ in range(TIMING_ROUNDS if start is None else TIMING_MORE_ROUNDS):
        timing = _em_step(gram, part, log_hours, p, widths, timing)
    return replace(timing, doubted=_misfit(timing, X, part))


def _misfit(timing: Timing, X: csr_array, labels: Labels) -> bool:
    """Whether delays on record are not distributed as fitted (Kolmogorov-Smirnov, 1 % level).

    A delay d on record at age a has F(d) / F(a) uniform, whatever the chance of winning. A difference of
    less than .03 does no harm, however many decisions prove it.
    """
    log_hours = np.log(np.maximum(labels.hours, INSTANT_HOURS))
    log_age = np.log(np.maximum(timing.ages(labels), INSTANT_HOURS))
    for delay, closed in ((timing.win, labels.won), (timing.loss, labels.lost)):
        rows = np.flatnonzero(closed & (log_hours > np.log(IMMEDIATE_HOURS)))
        mean = delay.mean(X)[rows]
        until = np.maximum(ndtr((log_age[rows] - mean) / delay.sigma), 1e-12)
        u = np.sort(np.minimum(ndtr((log_hours[rows] - mean) / delay.sigma) / until, 1.0))
        n = len(u)
        apart = np.abs(u - (np.arange(n) + 0.5) / max(n, 1)).max(initial=0.0)
        if apart > max(HARMLESS_DISTANCE, 1.63 / np.sqrt(max(n, 1))):
            return True
    return False


def pool_alike_delays(timing: Timing, X: csr_array, labels: Labels) -> Timing:
    """Use one distribution for both delays, where the log cannot tell them apart.

    A small error in which of the two is faster would tilt every open decision one way, while alike
    delays mean that open ones say nothing. So they are held to differ only when the medians do by four
    standard errors, or when the columns move them apart.
    """
    wins, losses = max(labels.won.sum(), 1), max(labels.lost.sum(), 1)
    apart = timing.win.mean(X) - timing.loss.mean(X)
    error = np.hypot(timing.win.sigma / np.sqrt(wins), timing.loss.sigma / np.sqrt(losses))
    ratio = abs(np.log(timing.win.sigma / timing.loss.sigma))
    unlike_spread = ratio > TIMING_STANDARD_ERRORS * np.sqrt(0.5 / wins + 0.5 / losses)
    if (
        abs(apart.mean()) > TIMING_STANDARD_ERRORS * error
        or unlike_spread
        or apart.std() > TIMING_SPREAD_APART * timing.win.sigma
    ):
        return timing
    share = wins / (wins + losses)
    both = Delay(
        share * timing.win.intercept + (1 - share) * timing.loss.intercept,
        share * timing.win.weights + (1 - share) * timing.loss.weights,
        share * timing.win.sigma + (1 - share) * timing.loss.sigma,
        timing.win.precision,
        share * timing.win.at_once + (1 - share) * timing.loss.at_once,
    )
    return Timing(both, both, timing.recorded)


def _first(gram: Gram, widths: NDArray[np.intp], labels: Labels, log_hours: Floats) -> Timing:
    """From the closed decisions alone. Too short, but how delays depend on the columns is seen best there."""
    known = log_hours[labels.won | labels.lost]
    centre = float(known.mean()) if len(known) else float(np.log(120.0))
    nothing = Delay(centre, np.zeros(int(widths.sum())), 1.0, np.full(len(widths), 10.0), 0.0)
    at_once = ~labels.open & (log_hours <= np.log(IMMEDIATE_HOURS))
    delays = []
    for closed in (labels.won, labels.lost):
        delay = nothing
        for _ in range(TIMING_FIRST_ROUNDS):
            delay = _refit(
                gram,
                closed.astype(float),
                at_once,
                log_hours,
                np.zeros(len(log_hours)),
                widths,
                delay,
            )
        delays.append(delay)
    recorded = (labels.lost.sum() + 0.1) / (labels.lost.sum() + 0.2)
    return Timing(delays[0], delays[1], float(min(recorded, 0.9)))


def _em_step(
    gram: Gram,
    labels: Labels,
    log_hours: Floats,
    p: Floats,
    widths: NDArray[np.intp],
    old: Timing,
) -> Timing:
    X = gram.X
    F, G = old._passed_both(X, np.exp(log_hours))
    open_ = labels.open
    to_win, to_lose = p * (1 - F), (1 - p) * old.recorded * (1 - G)
    never = (1 - p) * (1 - old.recorded)
    total = np.maximum(to_win + to_lose + never, 1e-12)
    as_win = np.where(open_, to_win / total, labels.won)
    as_loss = np.where(open_, to_lose / total, labels.lost)
    unseen = float((never / total)[open_].sum())
    at_once = ~open_ & (log_hours <= np.log(IMMEDIATE_HOURS))
    win = _refit(gram, as_win, at_once, *_expected(old.win, X, log_hours, open_), widths, old.win)
    loss = _refit(
        gram, as_loss, at_once, *_expected(old.loss, X, log_hours, open_), widths, old.loss
    )
    seen = float(as_loss.sum())
    a, b = RECORDED_LOSSES_PRIOR
    recorded = (seen + a - 1 + 1e-6) / (seen + unseen + a + b - 2 + 2e-6)
    return Timing(win, loss, float(np.clip(recorded, 0.0, 1.0)))


def _expected(
    delay: Delay, X: csr_array, log_hours: Floats, open_: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """E[t] and var[t] of each log delay: known, or normal above the age so far (inverse Mills ratio)."""
    mean = delay.mean(X)
    z = (log_hours - mean) / delay.sigma
    ratio = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-z))
    expected = np.where(open_, mean + delay.sigma * ratio, log_hours)
    variance = np.where(open_, delay.sigma**2 * np.clip(1 + z * ratio - ratio**2, 0.0, 1.0), 0.0)
    return expected, variance


def _refit(
    gram: Gram,
    weight: Floats,
    at_once: NDArray[np.bool_],
    t: Floats,
    variance: Floats,
    widths: NDArray[np.intp],
    old: Delay,
) -> Delay:
    """Regress the expected log delays; the shrinkage moves on a little in every step of the EM."""
    total, later = float(weight.sum()), np.where(at_once, 0.0, weight)
    share = float(weight[at_once].sum() / max(total, 1e-9))
    if later.sum() < 1:
        return replace(old, at_once=share)
    fitted = Ridge.fit(
        gram,
        t,
        widths,
        weight=later,
        variance=variance,
        noise_prior=1.0,
        start=old.precision,
        rounds=2,
    )
    return Delay(
        fitted.intercept, fitted.weights, float(np.sqrt(fitted.noise)), fitted.precision, share
    )
