"""A trained model made ready to serve: what it says of opportunities, and what that is made of, in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_features.encoded import Encoded, Places
from decision_model.hyperparameters import (
    INTERCEPT_PRIOR,
    LARGEST_LOG_ODDS,
    MOST_COVARIANCES_AT_ONCE,
    SPREAD_PRIOR,
    SPREAD_PRIOR_DECISIONS,
    WIDENING_DECISIONS,
    WIDENING_OFFSET,
)
from decision_model.quantiles import NORMAL_95
from decision_model.regression.posterior import LogisticPosterior, logit, sigmoid
from decision_model.trained.mixture import NormalMixture

if TYPE_CHECKING:
    from decision_features import OpportunityFrame
    from decision_model.rates.model import RateModel, RatePrediction
    from decision_model.trained.parameters import Parameters

Floats = NDArray[np.float64]


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
class ExplainedPredictions:
    """Predictions of N opportunities, with what each block adds.

    Parameters
    ----------
    predictions : Predictions
    parts : ndarray, shape (N, 2 + B)
        What the rate, the base rate (with the intercepts) and each of the encoder's B blocks add to the
        log-odds; their sum is `Predictions.log_odds` exactly.
    encoded : Encoded
        The columns that the blocks were made of.
    """

    predictions: Predictions
    parts: Floats
    encoded: Encoded


class ServedModel:
    """Predicts with a trained model, keeping what is the same for every opportunity.

    Parameters
    ----------
    model : Parameters
        Of the trained model.
    """

    def __init__(self, model: Parameters) -> None:
        self._model = model
        self._encoding = model.encoder.encoding()
        self.places = self._encoding.places
        widths = model.encoder.widths
        self.names = ("rate", "base rate", *model.encoder.blocks)
        same = model.full is model.time_invariant
        self._regressions = [
            _Regression(member, self.places, widths)
            for member in ((model.full,) if same else (model.time_invariant, model.full))
        ]
        shares = model.pool.weights[1:3]
        self._shares = np.array([shares.sum()]) if same else shares
        self._revenue = _Linear(model.revenue.weights, self.places)

    @property
    def attributes(self) -> frozenset[str]:
        """Context keys that the model looks at."""
        return self._encoding.attributes

    def explain(
        self, frame: OpportunityFrame, *, rate: RateModel | None = None
    ) -> ExplainedPredictions:
        """Predict N opportunities and take each prediction apart.

        Parameters
        ----------
        rate : RateModel, optional
            Newer rates than those at training.
        """
        model = self._model
        encoded = self._encoding(frame, model.records.before(frame))
        cells = (rate or model.rate).predict(frame.type.tolist(), frame.source.tolist())
        pool = model.pool.weights
        rate_mean = np.clip(logit(cells.mean), -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
        base = float(np.clip(model.base, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS))
        parts = np.zeros((len(frame), len(self.names)))
        parts[:, 0] = pool[0] * rate_mean
        parts[:, 1] = pool[3] * base
        mixture = NormalMixture()
        mixture.add(pool[0], rate_mean, self._rate_variance(cells))
        mixture.add(pool[3], np.full(len(frame), base), self._base_variance())
        starts = encoded.starts
        for share, regression in zip(self._shares.tolist(), self._regressions, strict=True):
            blocks = regression.blocks(encoded)
            variance = regression.variance(encoded, starts)
            mean = regression.intercept + blocks.sum(axis=1)
            # Moderation and the cut at the ends, as one factor on the linear predictor.
            shrink = 1 / np.sqrt(1 + np.pi * variance / 8)
            shrink = np.minimum(shrink, LARGEST_LOG_ODDS / np.maximum(np.abs(mean), 1e-9))
            mixture.add(share, shrink * mean, self._regression_variance(variance))
            parts[:, 1] += share * shrink * regression.intercept
            parts[:, 2:] += share * shrink[:, None] * blocks
        revenue = model.revenue.from_linear(self._revenue(encoded))
        z = parts.sum(axis=1)
        probability = sigmoid(z)
        low, high = (sigmoid(end) for end in mixture.interval())
        predictions = Predictions(probability, low, high, revenue, probability * revenue, z)
        return ExplainedPredictions(predictions, parts, encoded)

    def _regression_variance(self, variance: Floats) -> Floats:
        """Variance of one opportunity's log-odds about those of a regression.

        Laplace's is too small while data are few, as the shrinkage is uncertain, too; and some of the spread to be
        expected between opportunities has not been found yet.
        """
        decisions, spread = self._model.decisions, self._model.spread
        widening = 1 + WIDENING_DECISIONS / (WIDENING_OFFSET + decisions)
        expected = SPREAD_PRIOR_DECISIONS / max(decisions, 1.0)
        return widening * variance + expected * max(SPREAD_PRIOR**2 - spread**2, 0.0)

    def _base_variance(self) -> float:
        """Variance of one opportunity's log-odds about those of the base rate.

        That of the base rate, and that between opportunities: not to know which one it is means to know less.
        """
        p = float(sigmoid(np.array(self._model.base)))
        decisions = self._model.decisions + sum(INTERCEPT_PRIOR)
        return 1 / (decisions * p * (1 - p)) + self._model.spread**2

    def _rate_variance(self, cells: RatePrediction) -> Floats:
        """Variance of one opportunity's log-odds about those of its cell."""
        of_cell = (logit(cells.high) - logit(cells.low)) / (2 * NORMAL_95)
        return np.asarray(of_cell**2 + self._model.spread**2)


class _Linear:
    """A weighted sum of columns."""

    def __init__(self, weights: Floats, places: Places) -> None:
        self._of_table = weights[places.of_table]
        self._of_places = places.extended(weights)

    def __call__(self, encoded: Encoded) -> Floats:
        """Sum for N rows, shape (N,)."""
        others = encoded.weights * self._of_places[encoded.places]
        return np.asarray(
            encoded.table @ self._of_table
            + np.bincount(encoded.rows, others, minlength=len(encoded))
        )


class _Regression:
    """Mean by block, and variance, of one regression's log-odds."""

    def __init__(self, member: LogisticPosterior, places: Places, widths: NDArray[np.intp]) -> None:
        self.intercept = member.intercept
        self._size = len(widths)
        block = np.repeat(np.arange(self._size), widths)
        # A usual row lies in one block: that of its columns.
        of_usual = [block[np.flatnonzero(row)[0]] for row in places.usual]
        self._block = np.concatenate([block, np.array(of_usual, np.intp)])
        self._weights = places.extended(member.weights)
        table = places.of_table
        self._table_weights = np.zeros((len(table), self._size))
        self._table_weights[np.arange(len(table)), block[table]] = member.weights[table]
        own = member.covariance[1:, 1:]
        wide = places.extended(own)
        self._others = places.extended(wide.T).ravel()
        self._size_of_others = len(wide)
        self._between = np.ascontiguousarray(wide[:, table])
        self._table = own[np.ix_(table, table)]
        cross = member.covariance[1:, 0]
        self._cross = _Linear(cross, places)
        self._corner = float(member.covariance[0, 0])

    def blocks(self, encoded: Encoded) -> Floats:
        """What each block adds to the log-odds of N rows, shape (N, B)."""
        size = self._size
        keys = encoded.rows * size + self._block[encoded.places]
        added = encoded.weights * self._weights[encoded.places]
        others = np.bincount(keys, added, minlength=len(encoded) * size)
        return np.asarray(encoded.table @ self._table_weights + others.reshape(len(encoded), size))

    def variance(self, encoded: Encoded, starts: NDArray[np.intp]) -> Floats:
        """Variance of N rows' log-odds, shape (N,).

        x' C x, taken apart: the table's columns are few and dense, so that is one product of matrices; of the
        others each row has a handful out of hundreds, and only those are looked up.
        """
        table, rows, places, weights = encoded.table, encoded.rows, encoded.places, encoded.weights
        own = self._looked_up(places, weights, starts)
        dense = np.einsum("nd,nd->n", table @ self._table, table)
        between = weights * np.einsum("md,md->m", self._between[places], table[rows])
        twice = self._cross(encoded) + np.bincount(rows, between, minlength=len(encoded))
        return np.asarray(np.maximum(self._corner + dense + own + 2 * twice, 0.0))

    def _looked_up(
        self, places: NDArray[np.intp], weights: Floats, starts: NDArray[np.intp]
    ) -> Floats:
        """Give x' C x of each row's entries; rows with equally many are done together."""
        answer = np.zeros(len(starts) - 1)
        sizes = np.diff(starts)
        for size in np.unique(sizes[sizes > 0]).tolist():
            equal = np.flatnonzero(sizes == size)
            for some in np.array_split(equal, 1 + len(equal) * size**2 // MOST_COVARIANCES_AT_ONCE):
                at = starts[some, None] + np.arange(size)
                place, weight = places[at], weights[at]
                first = place * self._size_of_others
                found = self._others.take(first[:, :, None] + place[:, None, :])
                answer[some] = ((found @ weight[:, :, None])[:, :, 0] * weight).sum(axis=1)
        return answer
