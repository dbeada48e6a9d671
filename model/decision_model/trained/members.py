"""The members whose predictions are pooled, and what they said of decisions later than their training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_features import DataDictionary, Encoder, Labels, OpportunityFrame, SenderHistory
from decision_model.hyperparameters import (
    DRIFTING_SHARE,
    FORWARD_CUTS,
    MOST_FORWARD_ROWS,
    MOST_JUDGED_ROWS,
    MOST_REGRESSION_ROWS,
    ONE_CUT_FROM,
    ONE_FORWARD_CUT,
    OPEN_ROUNDS,
    TIME_SLICES,
)
from decision_model.rates.cells import evidence_of
from decision_model.rates.evidence import Evidence
from decision_model.rates.model import RateModel
from decision_model.regression.posterior import LogisticPosterior, Targets, moderated, sigmoid

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from decision_model.regression.classifier import BlockLogisticRegression

Floats = NDArray[np.float64]

NAMES = ("rate", "steady", "full", "base rate")
_TERMS = "words"  # kind of block


@dataclass(frozen=True, slots=True)
class Members:
    """What is pooled, fitted to one set of rows."""

    encoder: Encoder
    history: SenderHistory
    evidence: Evidence
    rate: RateModel
    steady: LogisticPosterior
    full: LogisticPosterior
    base: float
    targets: Targets
    X: csr_array

    @property
    def gains(self) -> tuple[float, float, float]:
        """Log Bayes factors of rate, steady and full against the base rate, in nats."""
        return tuple(  # type: ignore[return-value]  # three of them
            one.log_bayes_factor for one in (self.rate, self.steady, self.full)
        )

    def log_odds(self, X: csr_array, frame: OpportunityFrame) -> Floats:
        """Log-odds of every member, shape (N, 4)."""
        rate = logit(self.rate.predict(list(frame.type), list(frame.source)).mean)
        steady = moderated(*self.steady.log_odds(X))
        full = steady if self.full is self.steady else moderated(*self.full.log_odds(X))
        return np.column_stack([rate, steady, full, np.full(len(rate), self.base)])


def logit(p: Floats) -> Floats:
    """log(p / (1 - p)), p kept within 1e-6 of the ends."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p) - np.log1p(-p))


def fit_members(
    frame: OpportunityFrame, labels: Labels, dictionary: DataDictionary, seed: int
) -> Members:
    """Fit every member to decisions in time order."""
    history = SenderHistory.learn(frame, labels)
    evidence = evidence_of(frame, labels)
    rate = RateModel.fit(evidence)
    newest = np.arange(max(0, len(frame) - MOST_REGRESSION_ROWS), len(frame))
    frame, labels = frame.take(newest), labels.take(newest)
    past = history.before(frame)
    encoder = Encoder.learn(frame, dictionary, past)
    X = encoder.transform(frame, past)
    keep = ~regime_blocks(X, encoder.widths)
    p = rate.predict(list(frame.type), list(frame.source)).mean
    full, targets = _fit_full(X, labels, encoder, p, seed)
    steady = full if keep.all() else _fit_some_blocks(X, targets, encoder, keep, seed)
    won, weight = targets.won.sum(), targets.weight.sum()
    base = float(np.log((won + 0.5) / (weight - won + 0.5)))
    return Members(encoder, history, evidence, rate, steady, full, base, targets, X)


def _fit_full(
    X: csr_array, labels: Labels, encoder: Encoder, p: Floats, seed: int
) -> tuple[LogisticPosterior, Targets]:
    """Fit to closed decisions, then by turns weigh the open ones and fit again."""
    from decision_model.regression.classifier import BlockLogisticRegression

    targets = Targets(labels.won.astype(np.float64), labels.lost.astype(np.float64))
    widths, terms = encoder.widths, of_terms(encoder)
    regression = BlockLogisticRegression(widths, terms, warm_start=True, random_state=seed)
    if not labels.open.any():
        return _fitted(regression, X, targets), targets
    from decision_model.delays.open_decisions import Timing, as_one, learn_timing

    # Terms say little of how long things take, and are many.
    delays = X[:, np.flatnonzero(np.repeat(~terms, widths))]
    timing: Timing | None = None
    for _ in range(OPEN_ROUNDS):
        timing = learn_timing(delays, labels, p, widths[~terms], timing, seed=seed)
        targets = as_one(timing, delays, labels).targets(delays, labels, p)
        full = _fitted(regression, X, targets)
        p = sigmoid(full.intercept + X @ full.weights)
    return full, targets


def _fitted(
    regression: BlockLogisticRegression, X: csr_array, targets: Targets
) -> LogisticPosterior:
    rows, won, weight = targets.as_rows()
    used = X if len(rows) == X.shape[0] else X[rows]
    return regression.fit(used, won, weight, classes=(False, True)).posterior


def regime_blocks(X: csr_array, widths: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Find blocks that say when rather than what: most of their variance lies between slices of time.

    A field like an interest rate takes one value for weeks. Thousands of decisions in those weeks
    are one observation of its effect, and tomorrow's value may lie where there is none at all.
    """
    if not min(X.shape):
        return np.zeros(len(widths), dtype=bool)
    slices = np.arange(X.shape[0]) * TIME_SLICES // max(X.shape[0], 1)
    mean = np.asarray(X.mean(axis=0)).ravel()
    total = np.asarray(X.multiply(X).mean(axis=0)).ravel() - mean**2
    between = np.zeros(X.shape[1])
    for k in range(TIME_SLICES):
        rows = np.flatnonzero(slices == k)
        if len(rows):
            between += (
                len(rows) / X.shape[0] * (np.asarray(X[rows].mean(axis=0)).ravel() - mean) ** 2
            )
    block = np.repeat(np.arange(len(widths)), widths)
    share = np.bincount(block, between, len(widths)) / np.maximum(
        np.bincount(block, total, len(widths)), 1e-12
    )
    # Slices of few rows differ by chance: that much is expected of a field that knows nothing of time.
    expected = TIME_SLICES / max(X.shape[0], 1)
    return np.asarray(share > DRIFTING_SHARE + expected)


def of_terms(encoder: Encoder) -> NDArray[np.bool_]:
    """Tell which blocks are vocabularies, in which a few of many columns matter."""
    return np.array([block.kind == _TERMS for _, _, block in encoder.parts], dtype=bool)


def _fit_some_blocks(
    X: csr_array, targets: Targets, encoder: Encoder, keep: NDArray[np.bool_], seed: int
) -> LogisticPosterior:
    """Fit on some blocks only; the columns of the others get weight and variance 0."""
    from decision_model.regression.classifier import BlockLogisticRegression

    chosen = np.flatnonzero(np.repeat(keep, encoder.widths))
    regression = BlockLogisticRegression(
        encoder.widths[keep], of_terms(encoder)[keep], random_state=seed
    )
    return _fitted(regression, X[:, chosen], targets).widened(chosen, X.shape[1])


def forward_rows(
    frame: OpportunityFrame, labels: Labels, targets: Targets, dictionary: DataDictionary, seed: int
) -> tuple[Floats, Targets]:
    """Tell what members fitted to the past said of all decisions that followed, and what came.

    Those soon after and those long after count alike: it is not known how long a model will serve.

    Parameters
    ----------
    frame, labels, targets : aligned, in time order
        Targets hold what is known now, open decisions included as far as they tell.
    """
    told, rows = [], []
    n = len(frame)
    for share in ONE_FORWARD_CUT if n > ONE_CUT_FROM else FORWARD_CUTS:
        cut = int(n * share)
        first = max(0, cut - MOST_FORWARD_ROWS)
        moment = frame.timestamp[cut]
        early = frame.take(np.arange(first, cut))
        known = labels.take(np.arange(first, cut))
        if labels.open.any():
            known = known.known_at(moment)
        members = fit_members(early, known, dictionary, seed)
        judged = np.unique(np.linspace(cut, n - 1, MOST_JUDGED_ROWS).astype(np.intp))
        later = frame.take(judged)
        X = members.encoder.transform(later, members.history.before(later))
        told.append(members.log_odds(X, later))
        rows.append(judged)
    return np.vstack(told), targets.take(np.concatenate(rows))
