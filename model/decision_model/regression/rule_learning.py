"""Learning of rules: leaves of small trees on what a regression leaves unexplained, found and weighed apart."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from decision_model.hyperparameters import (
    RULE_COPY_COSINE,
    RULE_FOLDS,
    RULE_LEAF_ROWS,
    RULE_LEARNING_RATE,
    RULE_LEAVES,
    RULE_ORDER_PRIOR,
    RULE_RIDGE,
    RULE_TREES,
    RULES_PER_HALF,
    SOLVER_TOLERANCE,
)
from decision_model.regression.classifier import BlockLogisticRegression
from decision_model.regression.posterior import Targets, sigmoid
from decision_model.regression.rules import HALVES, RuleEnsemble, by_rank

Floats = NDArray[np.float64]
Condition = tuple[float, float, bool]  # low, high, whether missing fulfils it


@dataclass(frozen=True, slots=True)
class RuleData:
    """What rules are learnt from: N decisions with evidence.

    Parameters
    ----------
    X : csr_array, shape (N, P)
        Columns of the regression.
    values : ndarray, shape (N, F)
        Numbers of fields, nan where missing, and codes of categories.
    sizes : ndarray of int, shape (F,)
        Codes of each field; 0 for a number.
    usable : ndarray of bool, shape (F,)
        Fields that a rule may name.
    targets : Targets
    """

    X: csr_array
    values: Floats
    sizes: NDArray[np.int64]
    usable: NDArray[np.bool_]
    targets: Targets

    def take(self, rows: NDArray[np.intp]) -> RuleData:
        """Take the given rows."""
        return replace(
            self, X=self.X[rows], values=self.values[rows], targets=self.targets.take(rows)
        )


def learn_rules(
    data: RuleData, regression: BlockLogisticRegression, seed: int
) -> tuple[RuleEnsemble, float] | None:
    """Find rules and fit their weights together with those of the regression's columns.

    The margins of the regression are predicted out of fold. Trees on its working residuals are grown on one half of
    the decisions, and their leaves are columns of the other half only: rules found and weighed on the same rows would
    ruin the model.

    Parameters
    ----------
    data : RuleData
    regression : BlockLogisticRegression
        Fitted to these decisions, with ``warm_start``; its shrinkage is kept.
    seed : int
        Of folds and halves.

    Returns
    -------
    (RuleEnsemble, float) or None
        The rules, and their log Bayes factor against none; None where no tree has found a split.
    """
    weight = data.targets.weight
    p = sigmoid(_margins(data, regression, seed))
    information = np.maximum(weight * p * (1 - p), 1e-6)
    residual = (data.targets.won - weight * p) / information
    half = np.random.default_rng([seed, 1]).integers(HALVES, size=len(weight))
    found = []
    for side in range(HALVES):
        rows = np.flatnonzero(half == side)
        found.append(_grown(data.take(rows), residual[rows], information[rows], side, seed))
    rules = _joined(found, data)
    if not len(rules):
        return None
    # A rule is weighed on the half that has not grown it; in new decisions both halves' rules hold.
    Z = rules.holds(data.values) * (half[:, None] != rules.half)
    return _weighed(rules, Z, data, regression, seed)


def _margins(data: RuleData, regression: BlockLogisticRegression, seed: int) -> Floats:
    """Log-odds of each row by a regression that was fitted without its fold."""
    fold = np.random.default_rng([seed, 0]).integers(RULE_FOLDS, size=data.X.shape[0])
    margins = np.zeros(data.X.shape[0])
    for k in range(RULE_FOLDS):
        own, other = np.flatnonzero(fold == k), np.flatnonzero(fold != k)
        fitted = refitted(regression, data.X[other], data.targets.take(other), SOLVER_TOLERANCE)
        margins[own] = fitted.intercept_[0] + data.X[own] @ fitted.coef_[0]
    return margins


def refitted(
    regression: BlockLogisticRegression, X: csr_array, targets: Targets, tolerance: float
) -> BlockLogisticRegression:
    """Fit a copy of a regression to other decisions, with the shrinkage of the first fit."""
    again = copy.copy(regression)
    again.set_params(covariance=False, tol=tolerance)
    rows, won, weight = targets.as_rows()
    again.fit(X[rows], won, weight, classes=(False, True))
    return again


def _grown(
    data: RuleData, residual: Floats, information: Floats, side: int, seed: int
) -> RuleEnsemble:
    """Grow trees on one half, and keep its most telling leaves as rules, without near-copies."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    starts = np.cumsum(data.sizes) - data.sizes
    ranks = np.zeros((HALVES, int(data.sizes.sum())))
    ranks[side] = _ranks(data, residual * information, information)
    ranked = by_rank(data.values, data.sizes, ranks[side], starts)
    # A field without any value on this half splits nothing, and scikit-learn cannot bin it.
    fields = np.flatnonzero(data.usable & ~np.isnan(data.values).all(axis=0))
    n = len(residual)
    leaf_rows = RULE_LEAF_ROWS if n >= 50 * RULE_LEAF_ROWS else max(10, n // 30)
    trees = HistGradientBoostingRegressor(
        max_iter=RULE_TREES, max_leaf_nodes=RULE_LEAVES, learning_rate=RULE_LEARNING_RATE,
        min_samples_leaf=leaf_rows, l2_regularization=RULE_RIDGE, interaction_cst="pairwise",
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    if len(fields):
        trees.fit(ranked[:, fields], residual, sample_weight=information)
    grown = trees._predictors if len(fields) else []
    leaves = [leaf for (tree,) in grown for leaf in _leaves(tree.nodes, fields)]
    rules = _as_rules([leaf for leaf in leaves if leaf], side, ranks, data)
    Z = rules.holds(data.values).astype(np.float64)
    telling = np.abs((residual * information) @ Z) / np.sqrt(np.maximum(information @ Z, 1e-9))
    return _take(rules, _different(Z, np.argsort(-telling, kind="stable")))


def _ranks(data: RuleData, residual: Floats, information: Floats) -> Floats:
    """Rank the codes of each category by their mean residual, rare ones drawn to zero."""
    found = []
    for field, size in enumerate(data.sizes.tolist()):
        if size:
            code = data.values[:, field].astype(np.intp)
            total = np.bincount(code, information, size) + RULE_ORDER_PRIOR
            mean = np.bincount(code, residual, size) / total
            found.append(np.argsort(np.argsort(mean, kind="stable"), kind="stable"))
    return np.concatenate([np.zeros(0), *found]).astype(np.float64)


def _leaves(nodes: Any, fields: NDArray[np.intp]) -> list[dict[int, Condition]]:
    """Return the conditions of each leaf of a tree, by field."""
    found: list[dict[int, Condition]] = []

    def walk(place: int, conditions: dict[int, Condition]) -> None:
        node = nodes[place]
        if node["is_leaf"]:
            found.append(conditions)
            return
        field, at = int(fields[int(node["feature_idx"])]), float(node["num_threshold"])
        missing_left = bool(node["missing_go_to_left"])
        low, high, missing = conditions.get(field, (-np.inf, np.inf, True))
        left = (low, min(high, at), missing and missing_left)
        right = (max(low, at), high, missing and not missing_left)
        walk(int(node["left"]), {**conditions, field: left})
        walk(int(node["right"]), {**conditions, field: right})

    walk(0, {})
    return found


def _as_rules(
    leaves: list[dict[int, Condition]], side: int, ranks: Floats, data: RuleData
) -> RuleEnsemble:
    every: Condition = (-np.inf, np.inf, True)
    places, conditions = [], []
    for leaf in leaves:
        named = [*sorted(leaf.items()), (len(data.sizes), every)][:2]
        places.append([field for field, _ in named])
        conditions.append([condition for _, condition in named])
    shape = np.array(conditions, dtype=np.float64).reshape(len(leaves), 2, 3)
    return RuleEnsemble(
        fields=np.array(places, np.int64).reshape(len(leaves), 2),
        low=shape[:, :, 0], high=shape[:, :, 1], missing=shape[:, :, 2].astype(np.uint8),
        half=np.full(len(leaves), side, np.int64), ranks=ranks, sizes=data.sizes,
        weights=np.zeros(len(leaves)), shift=np.zeros(data.X.shape[1] + 1),
    )  # fmt: skip


def _different(Z: Floats, order: NDArray[np.intp]) -> NDArray[np.intp]:
    """Choose columns in this order, without those that are nearly another's copy."""
    products = Z.T @ Z
    norm = np.sqrt(np.maximum(np.diag(products), 1e-9))
    cosine = products / np.outer(norm, norm)
    kept: list[int] = []
    for place in order.tolist():
        if len(kept) == RULES_PER_HALF:
            break
        if cosine[place, kept].max(initial=0.0) <= RULE_COPY_COSINE:
            kept.append(place)
    return np.array(kept, np.intp)


def _take(rules: RuleEnsemble, rows: NDArray[np.intp]) -> RuleEnsemble:
    chosen = {
        name: getattr(rules, name)[rows]
        for name in ("fields", "low", "high", "missing", "half", "weights")
    }
    return replace(rules, **chosen)


def _joined(found: list[RuleEnsemble], data: RuleData) -> RuleEnsemble:
    """Put the rules of both halves together."""
    joined = {
        name: np.concatenate([getattr(one, name) for one in found])
        for name in ("fields", "low", "high", "missing", "half", "weights")
    }
    ranks = np.sum([one.ranks for one in found], axis=0)
    return replace(found[0], **joined, ranks=ranks, sizes=data.sizes)


def _weighed(
    rules: RuleEnsemble,
    Z: NDArray[np.bool_],
    data: RuleData,
    regression: BlockLogisticRegression,
    seed: int,
) -> tuple[RuleEnsemble, float]:
    """Fit the weights of columns and rules together; only the shrinkage of the rules is new."""
    columns = data.X.shape[1]
    sparse = regression.sparse_blocks
    joint = BlockLogisticRegression(
        [*np.asarray(regression.blocks), len(rules)],
        [*np.asarray(sparse), False],
        precision=np.r_[regression.precision_, np.full(len(rules), np.nan)],
        random_state=seed,
    )
    rows, won, weight = data.targets.as_rows()
    design = csr_array(hstack([data.X, csr_array(Z).astype(np.float64)], format="csr"))
    before = np.r_[regression.intercept_, regression.coef_[0]]
    start = np.r_[before, np.zeros(len(rules))]
    joint.fit(design[rows], won, weight, classes=(False, True), start=start)
    weights = np.r_[joint.intercept_, joint.coef_[0]]
    found = replace(
        rules, weights=weights[columns + 1 :] / HALVES, shift=weights[: columns + 1] - before
    )
    return found, joint.posterior.only(np.arange(columns, len(weights) - 1)).log_bayes_factor
