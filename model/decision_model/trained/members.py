"""The members whose predictions are pooled: rate, regressions and base rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_features import DataDictionary, Encoder, Labels, OpportunityFrame, SenderHistory
from decision_features.reading import KnownWords
from decision_model.hyperparameters import (
    DRIFTING_SHARE,
    MOST_OPEN_ROUND_ROWS,
    MOST_REGRESSION_ROWS,
    MOST_RULE_ROWS,
    OPEN_ROUNDS,
    SOLVER_FINAL_TOLERANCE,
    SOLVER_TOLERANCE,
    SPREAD_PRIOR,
    SPREAD_PRIOR_DECISIONS,
    SPREAD_ROWS,
    TIME_SLICES,
)
from decision_model.inputs.evidence import Evidence
from decision_model.level import share_won
from decision_model.rates.cells import evidence_of
from decision_model.rates.model import RateModel
from decision_model.regression.posterior import (
    LogisticPosterior,
    Targets,
    logit,
    moderated,
    sigmoid,
)
from decision_model.trained.level import at_level

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from decision_model.delays.open_decisions import Timing
    from decision_model.regression.classifier import BlockLogisticRegression
    from decision_model.regression.rules import RuleEnsemble

Floats = NDArray[np.float64]

NAMES = ("rate", "steady", "full", "base rate", "rules")
_TERMS = "words"  # kind of block


@dataclass(frozen=True, slots=True)
class Members:
    """What is pooled, fitted to one set of rows."""

    encoder: Encoder
    history: SenderHistory
    evidence: Evidence
    rate: RateModel
    time_invariant: LogisticPosterior
    full: LogisticPosterior
    base: float
    targets: Targets
    X: csr_array
    values: Floats
    rules: RuleEnsemble | None = None
    rules_gain: float = -np.inf

    @property
    def gains(self) -> tuple[float, float, float, float]:
        """Log Bayes factors, in nats: of rate, time-invariant and full against the base rate.

        Last that of the rules against the time-invariant regression; minus infinity without rules.
        """
        rate, time_invariant, full = (
            one.log_bayes_factor for one in (self.rate, self.time_invariant, self.full)
        )
        return rate, time_invariant, full, self.rules_gain

    def spread(self) -> float:
        """Standard deviation of the log-odds between opportunities.

        What the regression explains among its rows, and what it does not know of each; while decisions are few, mostly
        what is expected of any log.
        """
        n = self.X.shape[0]
        rows = _evenly(n, SPREAD_ROWS)
        seen = 0.0
        if n:
            mean, variance = self.full.log_odds(self.X[rows])
            seen = float(np.var(mean) + variance.mean())
        weight = float(self.targets.weight.sum())
        total = SPREAD_PRIOR_DECISIONS * SPREAD_PRIOR**2 + weight * seen
        return float(np.sqrt(total / (SPREAD_PRIOR_DECISIONS + weight)))

    def log_odds(self, X: csr_array, values: Floats, frame: OpportunityFrame) -> Floats:
        """Log-odds of every member, shape (N, 5); without rules the last is the time-invariant one."""
        rate = logit(self.rate.mean(list(frame.type), list(frame.source)))
        rate += self.rate.level_shift
        mean, variance = self.time_invariant.log_odds(X)
        time_invariant = with_rules = moderated(mean, variance)
        full = (
            time_invariant
            if self.full is self.time_invariant
            else moderated(*self.full.log_odds(X))
        )
        if self.rules is not None:
            shift = self.rules.shift[0] + X @ self.rules.shift[1:] + self.rules.added(values)
            with_rules = moderated(mean + shift, variance)
        base = np.full(len(rate), self.base)
        return np.column_stack([rate, time_invariant, full, base, with_rules])


def fit_members(
    frame: OpportunityFrame,
    labels: Labels,
    dictionary: DataDictionary,
    seed: int,
    words: KnownWords | None = None,
    *,
    least_for_rules: float = np.inf,
) -> tuple[Members, Regressions]:
    """Fit every member to decisions in time order; give the regressions, too, to be fitted to more of them.

    Rules are looked for from ``least_for_rules`` decisions on.
    """
    words = words or KnownWords()
    history = SenderHistory.learn(frame, labels)
    evidence = evidence_of(frame, labels)
    rate = RateModel.fit(evidence)
    newest = np.arange(max(0, len(frame) - MOST_REGRESSION_ROWS), len(frame))
    frame, labels = frame.take(newest), labels.take(newest)
    past = history.before(frame)
    encoder = Encoder.learn(frame, dictionary, past, words)
    X, values = encoder.encode(frame, past, words)
    regressions = Regressions(encoder, seed)
    p = rate.mean(list(frame.type), list(frame.source))
    time_invariant, full, targets = regressions.fit(X, labels, p)
    time_invariant, full = at_level(time_invariant, full, X, targets)
    rules = None
    if targets.weight.sum() >= least_for_rules:
        rules = regressions.rules(X, values, targets, encoder)
    with_rules = () if rules is None else rules
    members = Members(
        encoder, history, evidence, rate, time_invariant, full, base_log_odds(targets), targets,
        X, values, *with_rules,
    )  # fmt: skip
    return members, regressions


def base_log_odds(targets: Targets) -> float:
    """Log-odds of the share won, its prior added."""
    return float(logit(np.array(share_won(targets.won.sum(), targets.lost.sum()))))


class Regressions:
    """The time-invariant and the full regression on the columns of one encoder.

    What is learnt on the first rows given (shrinkage, drifting blocks, delays) is kept for those given later; the
    weights are fitted to these. So rows that grow by a little cost little.

    Parameters
    ----------
    encoder : Encoder
    seed : int
    """

    def __init__(self, encoder: Encoder, seed: int) -> None:
        self._widths = encoder.widths
        self._terms = of_terms(encoder)
        self._timed = ~self._terms & ~of_pairs(encoder)
        self._seed = seed
        self._keep: NDArray[np.bool_] | None = None
        self._timing: Timing | None = None
        self._full = self._regression(np.ones(len(self._widths), dtype=bool))
        self._steady = self._full

    def fit(
        self, X: csr_array, labels: Labels, p: Floats
    ) -> tuple[LogisticPosterior, LogisticPosterior, Targets]:
        """Fit to closed decisions and to what open ones tell.

        Parameters
        ----------
        X : csr_array, shape (N, P)
        labels : Labels
            Of N rows.
        p : ndarray, shape (N,)
            Chance of each row by another member, to weigh open ones by at first.

        Returns
        -------
        time_invariant, full : LogisticPosterior
            The same where no block drifts.
        targets : Targets
        """
        full, targets = self._fit_full(X, labels, p)
        if self._keep is None:
            self._keep = ~drifting_blocks(X, self._widths)
            self._steady = self._full if self._keep.all() else self._regression(self._keep)
        if self._keep.all():
            return full, full, targets
        chosen = np.flatnonzero(np.repeat(self._keep, self._widths))
        small = _fitted(self._steady, X[:, chosen], targets).posterior
        return small.widened(chosen, X.shape[1]), full, targets

    def rules(
        self, X: csr_array, values: Floats, targets: Targets, encoder: Encoder
    ) -> tuple[RuleEnsemble, float] | None:
        """Learn rules for what the time-invariant regression, fitted before, leaves unexplained.

        Fields that say when rather than what take no part, nor do pairs, which rules find themselves.
        """
        from decision_model.regression.rule_learning import RuleData, learn_rules, refitted

        if self._keep is None:
            return None
        fields = encoder.encoding().fields
        usable = (self._keep & ~of_pairs(encoder))[fields.blocks]
        if usable.sum() < 2:
            return None
        chosen = np.flatnonzero(np.repeat(self._keep, self._widths))
        used = X if len(chosen) == X.shape[1] else X[:, chosen]
        data = RuleData(used, values, fields.sizes, usable, targets)
        answer = np.flatnonzero(targets.weight > 0)
        some = answer[_evenly(len(answer), MOST_RULE_ROWS)]
        steady, data = self._steady, data if len(some) == X.shape[0] else data.take(some)
        if len(some) < len(answer):
            steady = refitted(steady, data.X, data.targets, SOLVER_FINAL_TOLERANCE)
        found = learn_rules(data, steady, self._seed)
        if found is None:
            return None
        rules, gain = found
        shift = np.zeros(X.shape[1] + 1)
        shift[np.r_[0, chosen + 1]] = rules.shift
        return replace(rules, shift=shift), gain

    def _regression(self, keep: NDArray[np.bool_]) -> BlockLogisticRegression:
        from decision_model.regression.classifier import BlockLogisticRegression

        return BlockLogisticRegression(
            self._widths[keep], self._terms[keep], warm_start=True, random_state=self._seed
        )

    def _fit_full(
        self, X: csr_array, labels: Labels, p: Floats
    ) -> tuple[LogisticPosterior, Targets]:
        """Fit to closed decisions, then by turns weigh the open ones and fit again."""
        targets = Targets(labels.won.astype(np.float64), labels.lost.astype(np.float64))
        if not labels.open.any():
            return _fitted(self._full, X, targets).posterior, targets
        from decision_model.delays.open_decisions import learn_timing, pool_alike_delays

        delays = X[:, np.flatnonzero(np.repeat(self._timed, self._widths))]
        widths = self._widths[self._timed]
        timing = kept = self._timing
        some = _evenly(X.shape[0], MOST_OPEN_ROUND_ROWS)
        for left in reversed(range(OPEN_ROUNDS if kept is None else 1)):
            timing = kept or learn_timing(delays, labels, p, widths, timing, seed=self._seed)
            targets = pool_alike_delays(timing, delays, labels).targets(delays, labels, p)
            if left and len(some) < X.shape[0]:  # only the last fit is kept
                full = _fitted(self._full, X[some], targets.take(some), covariance=False)
            else:
                full = _fitted(self._full, X, targets, covariance=not left)
            p = sigmoid(full.intercept_[0] + X @ full.coef_[0])
        self._timing = timing
        return full.posterior, targets


def _fitted(
    regression: BlockLogisticRegression, X: csr_array, targets: Targets, *, covariance: bool = True
) -> BlockLogisticRegression:
    rows, won, weight = targets.as_rows()
    used = X if len(rows) == X.shape[0] else X[rows]
    tolerance = SOLVER_FINAL_TOLERANCE if covariance else SOLVER_TOLERANCE
    regression.set_params(covariance=covariance, tol=tolerance)
    return regression.fit(used, won, weight, classes=(False, True))


def _evenly(n: int, most: int) -> NDArray[np.intp]:
    """Choose at most so many of n rows, evenly spaced."""
    return np.unique(np.linspace(0, max(n - 1, 0), min(n, most)).astype(np.intp))[:n]


def drifting_blocks(X: csr_array, widths: NDArray[np.intp]) -> NDArray[np.bool_]:
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


def of_pairs(encoder: Encoder) -> NDArray[np.bool_]:
    """Tell which blocks join two fields that have blocks of their own."""
    return np.array([how == "pair" for how, _, _ in encoder.parts], dtype=bool)


def of_terms(encoder: Encoder) -> NDArray[np.bool_]:
    """Tell which blocks are vocabularies, in which a few of many columns matter."""
    return np.array([block.kind == _TERMS for _, _, block in encoder.parts], dtype=bool)
