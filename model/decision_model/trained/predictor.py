"""A trained model made ready to serve: what it says of opportunities, and what that is made of, in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    INTERCEPT_PRIOR,
    LARGEST_LOG_ODDS,
    SPREAD_PRIOR,
    SPREAD_PRIOR_DECISIONS,
    WIDENING_DECISIONS,
    WIDENING_OFFSET,
)
from decision_model.regression.posterior import sigmoid
from decision_model.trained.cell_log_odds import CellLogOdds
from decision_model.trained.mixture import mixture_interval
from decision_model.trained.named_predictors import shifts
from decision_model.trained.pooled_regressions import PooledRegressions

if TYPE_CHECKING:
    from decision_features import OpportunityFrame
    from decision_features.encoded import Encoded
    from decision_model.rates.model import RateModel
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
    parts : ndarray, shape (N, 2 + B + Q + K)
        What the rate, the base rate (with the intercepts), each of the encoder's B blocks, the rules on each of
        Q pairs of fields and each of K named predictors add to the log-odds; their sum is `Predictions.log_odds`
        exactly.
    encoded : Encoded
        The columns that the blocks were made of.
    """

    predictions: Predictions
    parts: Floats
    encoded: Encoded


ACTION = "action"
"""Name of the part that an action adds which an opportunity gives."""


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
        self._members = PooledRegressions(model, self._encoding)
        self.pairs = self._members.pairs
        blocks = model.encoder.blocks
        pairs = tuple(f"{blocks[first]} with {blocks[second]}" for first, second in self.pairs)
        self.first_stated = 2 + len(blocks) + len(pairs)
        """Place of the first part that is no field: of an action given, or of a named predictor."""
        stated = tuple(f"prediction of {one.name}" for one in model.named)
        given = () if model.actions is None else (ACTION,)
        self.names = ("rate", "base rate", *blocks, *pairs, *given, *stated)
        weights = model.pool.weights
        self._base = min(max(float(model.base), -LARGEST_LOG_ODDS), LARGEST_LOG_ODDS)
        self._weights = np.array([weights[0], weights[3], *self._members.shares])
        self._cells: CellLogOdds | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Names of the people, agents and other systems whose stated probabilities it uses."""
        return tuple(one.name for one in self._model.named)

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
        if model.hashing is not None:
            frame = model.hashing(frame)
        encoded = self._encoding(frame, model.records.before(frame))
        rates = rate or model.rate
        if self._cells is None or self._cells.rates is not rates:
            self._cells = CellLogOdds(rates)
        rate_mean, rate_variance = self._cells(frame.type.tolist(), frame.source.tolist())
        share_of_rate, share_of_base = self._weights[:2].tolist()
        regressions = self._members(encoded)
        parts = np.zeros((len(frame), len(self.names)))
        parts[:, 1 : self.first_stated] = regressions.parts
        parts[:, 0] = share_of_rate * rate_mean
        parts[:, 1] += share_of_base * self._base
        # One row each of rate, base rate and regressions.
        means = np.empty((len(self._weights), len(frame)))
        variances = np.empty_like(means)
        means[0], variances[0] = rate_mean, rate_variance + model.spread**2
        means[1], variances[1] = self._base, self._base_variance
        means[2:], variances[2:] = regressions.means, self._widened(regressions.variances)
        ends = mixture_interval(self._weights, means, variances)
        z = np.array([parts.sum(axis=1), *ends])  # log-odds of the probability and of both ends
        if model.named or model.actions is not None:
            added = self._stated(z[0], frame)
            parts[:, self.first_stated :] = added
            z = np.array([parts.sum(axis=1), *(z[1:] + added.sum(axis=1))])
        probability, low, high = sigmoid(z)
        revenue = model.revenue.from_linear(regressions.revenue)
        predictions = Predictions(probability, low, high, revenue, probability * revenue, z[0])
        return ExplainedPredictions(predictions, parts, encoded)

    def _stated(self, z: Floats, frame: OpportunityFrame) -> Floats:
        """What the action given, if actions tell anything, and each named predictor add to the log-odds."""
        model = self._model
        of_named = shifts(model.named, z, frame)
        if model.actions is None:
            return of_named
        return np.column_stack([model.actions.shift(frame.action), of_named])

    def _widened(self, variances: Floats) -> Floats:
        """Variances of one opportunity's log-odds about those of regressions, of any shape.

        Laplace's is too small while data are few, as the shrinkage is uncertain, too; and some of the spread to be
        expected between opportunities has not been found yet. Neither touches what is not known of the level.
        """
        widening, unfound = self._widening
        above_level = np.maximum(variances - self._level_variance, 0.0)
        return np.asarray(variances + widening * above_level + unfound)

    @cached_property
    def _widening(self) -> tuple[float, float]:
        """Factor of the variance above the level's, and what is added."""
        decisions, spread = self._model.decisions, self._model.spread
        expected = SPREAD_PRIOR_DECISIONS / max(decisions, 1.0)
        unfound = expected * max(SPREAD_PRIOR**2 - spread**2, 0.0)
        return WIDENING_DECISIONS / (WIDENING_OFFSET + decisions), unfound

    @cached_property
    def _level_variance(self) -> float:
        """Variance of the log-odds of the share won."""
        p = float(sigmoid(np.array(self._model.base)))
        decisions = self._model.decisions + sum(INTERCEPT_PRIOR)
        return 1 / (decisions * p * (1 - p))

    @cached_property
    def _base_variance(self) -> float:
        """Variance of one opportunity's log-odds about those of the base rate.

        That of the base rate, and that between opportunities: not to know which one it is means to know less.
        """
        return self._level_variance + self._model.spread**2
