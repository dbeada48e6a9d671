"""Regressions of a trained model, with and without rules: means, variances and parts of their log-odds in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import LARGEST_LOG_ODDS
from decision_model.trained.rule_tables import RuleTables
from decision_model.trained.weighted_sums import QuadraticForms, WeightedSums

if TYPE_CHECKING:
    from decision_features.encoded import Encoded, Places
    from decision_features.tables import Encoding
    from decision_model.regression.posterior import LogisticPosterior
    from decision_model.trained.parameters import Parameters

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RegressionSums:
    """What the K regressions of a pool say of N opportunities.

    Parameters
    ----------
    means, variances : ndarray, shape (K, N)
        Of the log-odds: the means are moderated and cut at the ends, the variances are those of the posterior.
    parts : ndarray, shape (N, 1 + B + Q)
        What the intercepts, each of B blocks and the rules on each of Q pairs of blocks add to the pool.
    revenue : ndarray, shape (N,)
        Weighted sum of the columns for the revenue.
    """

    means: Floats
    variances: Floats
    parts: Floats
    revenue: Floats


class PooledRegressions:
    """The time-invariant regression, the full one, and the time-invariant one with rules.

    Where the first two are the same they are one. Everything that is a weighted sum of columns is one of the sums of
    one `WeightedSums`: (intercept and blocks) of each regression, the revenue, and for x' C x, taken apart below, what
    is linear in the entries.

    Parameters
    ----------
    model : Parameters
    encoding : Encoding
        Of its encoder.

    Attributes
    ----------
    shares : list of float
        Of each regression in the pool.
    pairs : tuple of (int, int)
        The Q pairs of blocks that rules name.
    """

    def __init__(self, model: Parameters, encoding: Encoding) -> None:
        pool = model.pool.weights.tolist()
        widths = model.encoder.widths
        self._size = 1 + len(widths)
        posteriors = [model.time_invariant]
        self.shares = [pool[1] + pool[2]]
        if model.full is not model.time_invariant:
            posteriors.append(model.full)
            self.shares = pool[1:3]
        self._variances = [_Variance(one, encoding.places) for one in posteriors]
        weights = [np.r_[one.intercept, one.weights] for one in posteriors]
        self._posterior_of = list(range(len(posteriors)))
        self.pairs: tuple[tuple[int, int], ...] = ()
        self._rules: RuleTables | None = None
        if model.rules is not None and pool[4] > 0:
            self.shares.append(pool[4])
            weights.append(weights[0] + model.rules.shift)
            self._posterior_of.append(0)
            self._rules = RuleTables(model.rules)
            self._name_pairs(self._rules, encoding.fields.blocks)
        self._share_of = np.array(self.shares)[:, None]
        block = np.repeat(np.arange(1, self._size), widths)
        of_columns = np.zeros((len(block), len(weights), self._size))
        for number, one in enumerate(weights):
            of_columns[np.arange(len(block)), number, block] = one[1:]
        constants = np.zeros((len(weights), self._size))
        constants[:, 0] = [one[0] for one in weights]
        self._sums = WeightedSums(
            np.hstack(
                [
                    of_columns.reshape(len(block), constants.size),
                    model.revenue.weights[:, None],
                    *(one.of_columns for one in self._variances),
                ]
            ),
            np.concatenate([constants.ravel(), [0.0], *(one.constants for one in self._variances)]),
            encoding.places,
            (len(weights), self._size),
        )

    def _name_pairs(self, rules: RuleTables, blocks: NDArray[np.intp]) -> None:
        """Tell where what rules on a pair of fields add belongs: to a block, or to a pair of blocks."""
        both = [(int(blocks[first]), int(blocks[second])) for first, second in rules.pairs]
        named = [(min(pair), max(pair)) for pair in both]
        self.pairs = tuple(sorted({pair for pair in named if pair[0] != pair[1]}))
        place = {pair: number for number, pair in enumerate(self.pairs)}
        columns = [1 + a if a == b else self._size + place[a, b] for a, b in named]
        self._of_rules = np.array(columns, np.intp)

    def __call__(self, encoded: Encoded) -> RegressionSums:
        """Sum for N opportunities."""
        starts = encoded.starts
        sums = self._sums(encoded, starts)
        k = len(self.shares)
        own = sums[:, : k * self._size].reshape(len(sums), k, self._size)
        means = own.sum(axis=2).T
        if self._rules is not None:
            by_pair = self._rules(encoded.values)
            means[-1] += by_pair.sum(axis=0)
        at = k * self._size + 1
        variances = np.empty((len(self._variances), len(sums)))
        for row, one in zip(variances, self._variances, strict=True):
            row[:] = one(encoded, starts, sums[:, at : at + one.size])
            at += one.size
        variances = variances.take(self._posterior_of, axis=0)
        shrink = _shrink(means, variances)
        means *= shrink
        shrink *= self._share_of
        parts = np.zeros((len(sums), self._size + len(self.pairs)))
        np.einsum("kn,nkb->nb", shrink, own, out=parts[:, : self._size])
        if self._rules is not None:
            parts[:, self._of_rules] += (shrink[-1] * by_pair).T
        return RegressionSums(means, variances, parts, sums[:, k * self._size])


def _shrink(means: Floats, variances: Floats) -> Floats:
    """Moderation and the cut at the ends, as one factor on the log-odds."""
    shrink = 1 / np.sqrt(1 + np.pi / 8 * variances)
    return np.asarray(np.minimum(shrink, LARGEST_LOG_ODDS / np.maximum(np.abs(means), 1e-9)))


class _Variance:
    """Variance of one regression's log-odds: x' C x of a row x of table and entries, with the intercept's 1.

    The table's columns are few and dense, the entries few out of hundreds. With t the table, e the entries as a row, c
    the covariances with the intercept and a its variance, it is (a + 2 c'x) + t' (C_tt t + 2 C_te e) + e' C_ee e: the
    last is looked up, and the brackets are weighted sums of columns.

    Attributes
    ----------
    of_columns : ndarray, shape (P, 1 + D)
        Weights of the sums.
    constants : ndarray, shape (1 + D,)
        What is added to them.
    size : int
        1 + D, the number of sums.
    """

    def __init__(self, posterior: LogisticPosterior, places: Places) -> None:
        own = posterior.covariance[1:, 1:]
        self._forms = QuadraticForms(places.extended_both_ways(own))
        with_table = 2 * own[:, places.of_table]
        with_table[places.of_table] /= 2
        self.of_columns = np.column_stack([2 * posterior.covariance[1:, 0], with_table])
        self.size = self.of_columns.shape[1]
        self.constants = np.zeros(self.size)
        self.constants[0] = posterior.covariance[0, 0]

    def __call__(self, encoded: Encoded, starts: NDArray[np.intp], sums: Floats) -> Floats:
        """Return the variances of N rows, shape (N,)."""
        between = np.einsum("nd,nd->n", encoded.table, sums[:, 1:])
        return np.asarray(np.maximum(sums[:, 0] + between + self._forms(encoded, starts), 0.0))
