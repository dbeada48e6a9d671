"""The trained model: from decisions and what became of them to predictions for new opportunities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_features import (
    DataDictionary,
    Encoder,
    Labels,
    OpportunityFrame,
    SenderRecords,
    describe,
)
from decision_model.evidence import Evidence
from decision_model.logistic import BayesianLogistic, sigmoid
from decision_model.members import fit_members, forward_rows, logit
from decision_model.pool import LARGEST, Pool
from decision_model.rates import RateModel
from decision_model.revenue_regression import RevenueRegression

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]

FORMAT = 1
LEAST_FORWARD_ROWS = 60
"""With fewer closed decisions nothing is learnt about the weights of the pool."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """For N opportunities; every array has shape (N,).

    Parameters
    ----------
    probability, low, high : ndarray
        P(won) and a 95 % interval for it, fractions.
    revenue_if_won, expected_revenue : ndarray
        E[revenue | won], and that times the probability.
    log_odds : ndarray
        Of the probability.
    """

    probability: Floats
    low: Floats
    high: Floats
    revenue_if_won: Floats
    expected_revenue: Floats
    log_odds: Floats


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """Everything that is needed to score; plain data, no learner.

    Parameters
    ----------
    encoder, records : how an opportunity becomes columns.
    evidence : Evidence
        Of the rates, which are worked out again from it.
    steady, full : BayesianLogistic
        Without and with the fields that say when rather than what; the same where there are none.
    base : float
        Log-odds of the base rate.
    pool : Pool
        Weights of rate, steady, full and base rate.
    revenue : RevenueRegression
    decisions : float
        Closed decisions (and what the open ones are worth) behind it.
    as_of : datetime64[us]
        Facts up to then were used.
    """

    encoder: Encoder
    records: SenderRecords
    evidence: Evidence
    rate: RateModel
    steady: BayesianLogistic
    full: BayesianLogistic
    base: float
    pool: Pool
    revenue: RevenueRegression
    decisions: float
    as_of: np.datetime64

    @classmethod
    def fit(
        cls,
        frame: OpportunityFrame,
        labels: Labels,
        *,
        dictionary: DataDictionary | None = None,
        as_of: np.datetime64 | None = None,
        seed: int = 0,
    ) -> TrainedModel:
        """Train on decisions and what had become of them.

        Parameters
        ----------
        frame, labels : aligned
            In any order; none at all is allowed.
        dictionary : DataDictionary, optional
            Which fields to use; found by `describe` where not given.
        as_of : datetime64, optional
            Moment up to which senders' records are known; the labels' own where not given.
        seed : int
            The same data and seed give the same arrays, byte for byte.
        """
        order = np.argsort(frame.timestamp, kind="stable")
        frame, labels = frame.take(order), labels.take(order)
        if dictionary is None:
            dictionary = describe(frame, labels)
        members = fit_members(frame, labels, dictionary, seed)
        rows = np.arange(len(frame) - members.X.shape[0], len(frame))
        newest, used = frame.take(rows), labels.take(rows)
        weight = float(members.targets.weight.sum())
        pool = Pool.by_evidence(weight, members.gains)
        if weight >= LEAST_FORWARD_ROWS:
            forward = forward_rows(newest, used, members.targets, dictionary, seed)
            pool = Pool.learn(*forward, pool.weights)
        won = np.flatnonzero(used.won)
        revenue = RevenueRegression.fit(
            members.X[won], used.revenue[won], members.encoder.widths, seed=seed
        )
        moment = labels.as_of if as_of is None else as_of
        return cls(
            members.encoder, members.history.records(moment), members.evidence, members.rate,
            members.steady, members.full, members.base, pool, revenue, weight, moment,
        )  # fmt: skip

    def columns_of(self, frame: OpportunityFrame) -> csr_array:
        """Make what the regressions look at, shape (N, P)."""
        return self.encoder.transform(frame, self.records.before(frame))

    def predict(self, frame: OpportunityFrame, *, rate: RateModel | None = None) -> Predictions:
        """Predict N opportunities.

        Parameters
        ----------
        rate : RateModel, optional
            Newer rates than those at training.
        """
        X = self.columns_of(frame)
        cells = (rate or self.rate).predict(list(frame.type), list(frame.source))
        terms = self._terms(X, logit(cells.mean))
        z = self.pool(terms.log_odds)
        probability = sigmoid(z)
        # Laplace's variance is too small while data are few (the priors' strengths are uncertain too); the
        # factor was chosen so that 95 % intervals cover .91 to .96 on simulated logs of 20 to 2,000 decisions.
        factor = np.sqrt(1 + 250 / (100 + self.decisions))
        cell_spread = (logit(cells.high) - logit(cells.low)) / (2 * 1.96)
        spread = (
            np.sqrt(terms.variance) * factor @ self.pool.weights[1:3]
            + self.pool.weights[0] * cell_spread
        )
        low = np.minimum(sigmoid(z - 1.96 * spread), np.minimum(cells.low, probability))
        high = np.maximum(sigmoid(z + 1.96 * spread), np.maximum(cells.high, probability))
        revenue = self.revenue.predict(X)
        return Predictions(probability, low, high, revenue, probability * revenue, z)

    def contributions(
        self, frame: OpportunityFrame, *, rate: RateModel | None = None
    ) -> tuple[tuple[str, ...], Floats]:
        """Take the log-odds apart; the parts add up to `Predictions.log_odds` exactly.

        Returns
        -------
        names : tuple of str
            ``rate``, ``base rate`` (with the intercepts), then one per block of the encoder.
        parts : ndarray, shape (N, len(names))
        """
        X = self.columns_of(frame)
        cells = (rate or self.rate).predict(list(frame.type), list(frame.source))
        terms = self._terms(X, logit(cells.mean))
        block = np.repeat(np.arange(len(self.encoder.widths)), self.encoder.widths)
        parts = np.zeros((len(frame), 2 + len(self.encoder.widths)))
        weights = self.pool.weights
        parts[:, 0] = weights[0] * np.clip(terms.log_odds[:, 0], -LARGEST, LARGEST)
        parts[:, 1] = weights[3] * np.clip(self.base, -LARGEST, LARGEST)
        of_block = _indicator(block, len(self.encoder.widths))
        for place, member in enumerate((self.steady, self.full)):
            share = weights[1 + place] * terms.shrink[:, place]
            parts[:, 1] += share * member.intercept
            parts[:, 2:] += share[:, None] * (
                X.multiply(member.weights[None, :]).tocsr() @ of_block
            )
        return ("rate", "base rate", *self.encoder.blocks), parts

    def _terms(self, X: csr_array, rate: Floats) -> _Terms:
        log_odds = [rate]
        variances, shrinks = [], []
        same = self.full is self.steady
        for member in (self.steady,) if same else (self.steady, self.full):
            mean, variance = member.log_odds(X)
            # Moderation and the cut at the ends, as one factor on the linear predictor.
            shrink = 1 / np.sqrt(1 + np.pi * variance / 8)
            shrink = np.minimum(shrink, LARGEST / np.maximum(np.abs(mean), 1e-9))
            log_odds.append(mean * shrink)
            variances.append(variance)
            shrinks.append(shrink)
        if same:
            log_odds, variances, shrinks = [*log_odds, log_odds[1]], variances * 2, shrinks * 2
        log_odds.append(np.full(X.shape[0], self.base))
        return _Terms(
            np.column_stack(log_odds), np.column_stack(variances), np.column_stack(shrinks)
        )


@dataclass(frozen=True, slots=True)
class _Terms:
    log_odds: Floats  # (N, 4)
    variance: Floats  # (N, 2), of the two regressions
    shrink: Floats  # (N, 2)


def _indicator(block: NDArray[np.intp], width: int) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array(
        (np.ones(len(block)), (np.arange(len(block)), block)), shape=(len(block), width)
    )
