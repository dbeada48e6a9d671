"""A trained model made ready to serve: what it says of opportunities, and what that is made of, in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_features.encoded import Encoded, Places
from decision_model.hyperparameters import LARGEST_LOG_ODDS, MOST_COVARIANCES_AT_ONCE
from decision_model.regression.posterior import LogisticPosterior, logit, sigmoid

if TYPE_CHECKING:
    from decision_features import OpportunityFrame
    from decision_model.rates.model import RateModel, RatePrediction
    from decision_model.trained.model import TrainedModel

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
class Told:
    """What a model says of N opportunities, and why.

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
    """Predicts with a `TrainedModel`, keeping what is the same for every opportunity.

    Parameters
    ----------
    model : TrainedModel
    """

    def __init__(self, model: TrainedModel) -> None:
        self._model = model
        self._encoding = model.encoder.encoding()
        self.places = self._encoding.places
        widths = model.encoder.widths
        self.names = ("rate", "base rate", *model.encoder.blocks)
        same = model.full is model.steady
        self._regressions = [
            _Regression(member, self.places, widths)
            for member in ((model.full,) if same else (model.steady, model.full))
        ]
        shares = model.pool.weights[1:3]
        self._shares = np.array([shares.sum()]) if same else shares
        self._revenue = _Linear(model.revenue.weights, self.places)

    @property
    def attributes(self) -> frozenset[str]:
        """Context keys that the model looks at."""
        return self._encoding.attributes

    def told(self, frame: OpportunityFrame, *, rate: RateModel | None = None) -> Told:
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
        parts = np.empty((len(frame), len(self.names)))
        parts[:, 0] = pool[0] * np.clip(logit(cells.mean), -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
        parts[:, 1] = pool[3] * np.clip(model.base, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
        parts[:, 2:] = 0.0
        spread = np.zeros(len(frame))
        starts = encoded.starts
        for share, regression in zip(self._shares.tolist(), self._regressions, strict=True):
            blocks = regression.blocks(encoded)
            variance = regression.variance(encoded, starts)
            mean = regression.intercept + blocks.sum(axis=1)
            # Moderation and the cut at the ends, as one factor on the linear predictor.
            shrink = 1 / np.sqrt(1 + np.pi * variance / 8)
            shrink = share * np.minimum(shrink, LARGEST_LOG_ODDS / np.maximum(np.abs(mean), 1e-9))
            parts[:, 1] += shrink * regression.intercept
            parts[:, 2:] += shrink[:, None] * blocks
            spread += share * np.sqrt(variance)
        revenue = model.revenue.from_linear(self._revenue(encoded))
        return Told(self._predictions(parts.sum(axis=1), spread, cells, revenue), parts, encoded)

    def _predictions(
        self, z: Floats, spread: Floats, cells: RatePrediction, revenue: Floats
    ) -> Predictions:
        """Turn log-odds and their spread into probabilities with intervals."""
        probability = sigmoid(z)
        # Laplace's variance is too small while data are few (the priors' strengths are uncertain too); the
        # factor was chosen so that 95 % intervals cover .91 to .96 on simulated logs of 20 to 2,000 decisions.
        factor = np.sqrt(1 + 250 / (100 + self._model.decisions))
        cell_spread = (logit(cells.high) - logit(cells.low)) / (2 * 1.96)
        width = 1.96 * (factor * spread + self._model.pool.weights[0] * cell_spread)
        low = np.minimum(sigmoid(z - width), np.minimum(cells.low, probability))
        high = np.maximum(sigmoid(z + width), np.maximum(cells.high, probability))
        return Predictions(probability, low, high, revenue, probability * revenue, z)


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
