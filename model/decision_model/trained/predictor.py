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
from decision_model.regression.posterior import LogisticPosterior, sigmoid
from decision_model.regression.rules import Conditions
from decision_model.trained.cell_log_odds import CellLogOdds
from decision_model.trained.mixture import NormalMixture
from decision_model.trained.named_predictors import shifts

if TYPE_CHECKING:
    from decision_features import OpportunityFrame
    from decision_features.tables import Encoding
    from decision_model.rates.model import RateModel
    from decision_model.regression.rules import RuleEnsemble
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


ENTRIES_ALIKE = 4
"""Rows whose numbers of entries are equal up to here are looked up together: each group costs some calls."""

STRIPES = 3
"""Parts into which the entries of a row are cut to look up little more than half of a symmetric matrix."""

FEW_ROWS = 64
"""Rows whose entries are looked up one by one."""

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
        widths = model.encoder.widths
        rules = model.rules if model.pool.weights[4] > 0 else None
        self._rules = None if rules is None else _Rules(model, rules, self._encoding)
        self.pairs: tuple[tuple[int, int], ...] = () if self._rules is None else self._rules.pairs
        blocks = model.encoder.blocks
        named = tuple(f"{blocks[first]} with {blocks[second]}" for first, second in self.pairs)
        self.first_stated = 2 + len(blocks) + len(named)
        """Place of the first part that is no field: of an action given, or of a named predictor."""
        stated = tuple(f"prediction of {one.name}" for one in model.named)
        given = () if model.actions is None else (ACTION,)
        self.names = ("rate", "base rate", *blocks, *named, *given, *stated)
        same = model.full is model.time_invariant
        self._regressions = [
            _Regression(member, self.places, widths)
            for member in ((model.full,) if same else (model.time_invariant, model.full))
        ]
        shares = model.pool.weights[1:3]
        self._shares = np.array([shares.sum()]) if same else shares
        self._revenue = _Linear(model.revenue.weights, self.places)
        base = min(max(float(model.base), -LARGEST_LOG_ODDS), LARGEST_LOG_ODDS)
        self._base = base, self._base_variance()
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
        pool = model.pool.weights
        base, base_variance = self._base
        parts = np.zeros((len(frame), len(self.names)))
        parts[:, 0] = pool[0] * rate_mean
        parts[:, 1] = pool[3] * base
        own = slice(2, 2 + len(model.encoder.parts))
        mixture = NormalMixture()
        mixture.add(pool[0], rate_mean, rate_variance + model.spread**2)
        mixture.add(pool[3], np.full(len(frame), base), base_variance)
        starts = encoded.starts
        for place, (share, regression) in enumerate(
            zip(self._shares.tolist(), self._regressions, strict=True)
        ):
            blocks = regression.blocks(encoded)
            variance = regression.variance(encoded, starts)
            mean = regression.intercept + blocks.sum(axis=1)
            shrink = _shrink(mean, variance)
            spread = self._regression_variance(variance)
            mixture.add(share, shrink * mean, spread)
            parts[:, 1] += share * shrink * regression.intercept
            parts[:, own] += share * shrink[:, None] * blocks
            if place == 0 and self._rules is not None:  # rules add to the time-invariant one
                added, of_pairs = self._rules(encoded)
                blocks += added
                intercept = regression.intercept + self._rules.intercept
                mean = intercept + blocks.sum(axis=1) + of_pairs.sum(axis=1)
                shrink = pool[4] * _shrink(mean, variance)
                mixture.add(pool[4], shrink * mean / pool[4], spread)
                parts[:, 1] += shrink * intercept
                parts[:, own] += shrink[:, None] * blocks
                parts[:, own.stop : own.stop + len(self.pairs)] += shrink[:, None] * of_pairs
        revenue = model.revenue.from_linear(self._revenue(encoded))
        ends = mixture.interval()
        if model.named or model.actions is not None:
            added = self._stated(parts.sum(axis=1), frame)
            parts[:, len(self.names) - added.shape[1] :] = added
            ends = (ends[0] + added.sum(axis=1), ends[1] + added.sum(axis=1))
        z = parts.sum(axis=1)
        probability = sigmoid(z)
        low, high = (sigmoid(end) for end in ends)
        predictions = Predictions(probability, low, high, revenue, probability * revenue, z)
        return ExplainedPredictions(predictions, parts, encoded)

    def _stated(self, z: Floats, frame: OpportunityFrame) -> Floats:
        """What the action given, if actions tell anything, and each named predictor add to the log-odds."""
        model = self._model
        of_named = shifts(model.named, z, frame)
        if model.actions is None:
            return of_named
        return np.column_stack([model.actions.shift(frame.action), of_named])

    def _regression_variance(self, variance: Floats) -> Floats:
        """Variance of one opportunity's log-odds about those of a regression.

        Laplace's is too small while data are few, as the shrinkage is uncertain, too; and some of the spread to be
        expected between opportunities has not been found yet. Neither touches what is not known of the level.
        """
        decisions, spread = self._model.decisions, self._model.spread
        widening = WIDENING_DECISIONS / (WIDENING_OFFSET + decisions)
        expected = SPREAD_PRIOR_DECISIONS / max(decisions, 1.0)
        unfound = expected * max(SPREAD_PRIOR**2 - spread**2, 0.0)
        return variance + widening * np.maximum(variance - self._level_variance, 0.0) + unfound

    @property
    def _level_variance(self) -> float:
        """Variance of the log-odds of the share won."""
        p = float(sigmoid(np.array(self._model.base)))
        decisions = self._model.decisions + sum(INTERCEPT_PRIOR)
        return 1 / (decisions * p * (1 - p))

    def _base_variance(self) -> float:
        """Variance of one opportunity's log-odds about those of the base rate.

        That of the base rate, and that between opportunities: not to know which one it is means to know less.
        """
        return self._level_variance + self._model.spread**2


def _shrink(mean: Floats, variance: Floats) -> Floats:
    """Moderation and the cut at the ends, as one factor on the log-odds."""
    shrink = 1 / np.sqrt(1 + np.pi * variance / 8)
    return np.asarray(np.minimum(shrink, LARGEST_LOG_ODDS / np.maximum(np.abs(mean), 1e-9)))


class _Blocks:
    """What the columns of each block add to a weighted sum."""

    def __init__(self, weights: Floats, places: Places, widths: NDArray[np.intp]) -> None:
        self._size = len(widths)
        block = np.repeat(np.arange(self._size), widths)
        # A usual row lies in one block: that of its columns.
        of_usual = [block[np.flatnonzero(row)[0]] for row in places.usual]
        self._block = np.concatenate([block, np.array(of_usual, np.intp)])
        self._weights = places.extended(weights)
        table = places.of_table
        self._table_weights = np.zeros((len(table), self._size))
        self._table_weights[np.arange(len(table)), block[table]] = weights[table]

    def __call__(self, encoded: Encoded) -> Floats:
        """Return the sums of N rows by block, shape (N, B)."""
        size = self._size
        keys = encoded.rows * size + self._block[encoded.places]
        added = encoded.weights * self._weights[encoded.places]
        others = np.bincount(keys, added, minlength=len(encoded) * size)
        return np.asarray(encoded.table @ self._table_weights + others.reshape(len(encoded), size))


class _Rules:
    """What rules, and the weights that change with them, add to the time-invariant regression."""

    def __init__(self, model: Parameters, rules: RuleEnsemble, encoding: Encoding) -> None:
        self.intercept = float(rules.shift[0])
        self._conditions = Conditions(rules)
        self._shift = _Blocks(rules.shift[1:], encoding.places, model.encoder.widths)
        pairs, which = rules.pairs()
        blocks = encoding.fields.blocks
        both = [(int(blocks[first]), int(blocks[second])) for first, second in pairs]
        named = [(min(pair), max(pair)) for pair in both]
        # A rule on one field is a part of that field's block; of two on the same pair of blocks one part is made.
        self.pairs = tuple(sorted({pair for pair in named if pair[0] != pair[1]}))
        place = {pair: number for number, pair in enumerate(self.pairs)}
        to_blocks = np.zeros((len(rules), len(model.encoder.parts)))
        to_pairs = np.zeros((len(rules), len(self.pairs)))
        for row, (pair, weight) in enumerate(zip(which.tolist(), rules.weights, strict=True)):
            first, second = named[pair]
            if first == second:
                to_blocks[row, first] = weight
            else:
                to_pairs[row, place[first, second]] = weight
        self._to_both = np.concatenate([to_blocks, to_pairs], axis=1)

    def __call__(self, encoded: Encoded) -> tuple[Floats, Floats]:
        """Return what is added to each block and by each pair of fields, shapes (N, B) and (N, Q)."""
        added = self._conditions(encoded.values).astype(np.float64) @ self._to_both
        shift = self._shift(encoded)
        blocks = shift.shape[1]
        return shift + added[:, :blocks], added[:, blocks:]


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
        self.blocks = _Blocks(member.weights, places, widths)
        table = places.of_table
        own = member.covariance[1:, 1:]
        wide = places.extended_both_ways(own)
        self._others = wide.ravel()
        self._size_of_others = len(wide)
        self._between = wide[:, table]
        self._table = own[np.ix_(table, table)]
        cross = member.covariance[1:, 0]
        self._cross = _Linear(cross, places)
        self._corner = float(member.covariance[0, 0])

    def variance(self, encoded: Encoded, starts: NDArray[np.intp]) -> Floats:
        """Variance of N rows' log-odds, shape (N,).

        x' C x, taken apart: the table's columns are few and dense, so that is one product of matrices; of the
        others each row has a handful out of hundreds, and only those are looked up.
        """
        table, rows, places, weights = encoded.table, encoded.rows, encoded.places, encoded.weights
        own = self._looked_up(places, weights, starts)
        dense = np.einsum("nd,nd->n", table @ self._table, table)
        # Few rows have few entries; of many rows nearly every column occurs, and one product is faster.
        between = (
            np.einsum("md,md->m", self._between[places], table[rows])
            if len(table) < FEW_ROWS
            else (table @ self._between.T)[rows, places]
        )
        twice = self._cross(encoded) + np.bincount(rows, weights * between, minlength=len(table))
        return np.asarray(np.maximum(self._corner + dense + own + 2 * twice, 0.0))

    def _looked_up(
        self, places: NDArray[np.intp], weights: Floats, starts: NDArray[np.intp]
    ) -> Floats:
        """Give x' C x of each row's entries; rows with about equally many are done together, the gaps weigh nothing."""
        if len(starts) == 2:
            of_entries = self._others[places[:, None] * self._size_of_others + places]
            return np.array([weights @ of_entries @ weights])
        answer = np.zeros(len(starts) - 1)
        sizes = np.diff(starts)
        alike = -(-sizes // ENTRIES_ALIKE) * ENTRIES_ALIKE
        places, weights = np.append(places, 0), np.append(weights, 0.0)
        for size in sorted(set(alike[sizes > 0].tolist())):
            equal = np.flatnonzero(alike == size)
            for some in np.array_split(equal, 1 + len(equal) * size**2 // MOST_COVARIANCES_AT_ONCE):
                number = np.arange(size)
                at = np.where(number < sizes[some, None], starts[some, None] + number, -1)
                answer[some] = self._squared(places[at], weights[at])
        return answer

    def _squared(self, places: NDArray[np.intp], weights: Floats) -> Floats:
        """Give x' C x of N rows of K entries each, shape (N, K): C is symmetric, so that half of it is looked up."""
        first, size = places * self._size_of_others, places.shape[1]
        answer = np.zeros(len(places))
        for start in range(0, size, step := -(-size // STRIPES)):
            here, before = slice(start, start + step), slice(0, start)
            of_here = self._sums(first[:, here], places[:, here], weights[:, here])
            if start:
                of_here += 2 * self._sums(first[:, here], places[:, before], weights[:, before])
            answer += (of_here * weights[:, here]).sum(axis=1)
        return answer

    def _sums(self, first: NDArray[np.intp], places: NDArray[np.intp], weights: Floats) -> Floats:
        """Sum covariances of N rows' entries with others of theirs by the weights of these, shape (N, K)."""
        found = self._others.take(first[:, :, None] + places[:, None, :])
        return np.asarray((found @ weights[:, :, None])[:, :, 0])
