"""Logistic regression, a scikit-learn classifier, in which every block of columns has its own shrinkage."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from decision_model.hyperparameters import (
    INTERCEPT_PRIOR,
    SHRINKAGE_LEAST_ROWS,
    SHRINKAGE_ROUNDS,
    SHRINKAGE_WORK,
    SOLVER_FINAL_TOLERANCE,
    SOLVER_STEPS,
    SOLVER_TOLERANCE,
)
from decision_model.regression.gram import (
    Gram,
    factored,
    inverse,
    log_determinant,
    solution,
    variances,
)
from decision_model.regression.posterior import LogisticPosterior, moderated, sigmoid
from decision_model.regression.shrinkage import State, shrinkage

if TYPE_CHECKING:
    from sklearn.utils import Tags

Floats = NDArray[np.float64]


class BlockLogisticRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Bayesian logistic regression for two classes, with one strength of shrinkage per block of columns.

    Weights of block b have the prior N(0, 1/α_b); the α_b have a Gamma(1, b0) prior and are found by maximising
    the evidence: given the α, the weights make one Newton step; given the weights and their covariance (of the
    Laplace approximation), each log α moves mostly by MacKay's fixed point, partly by EM [1]_, and is extrapolated:
    nine rounds then lead to where forty plain ones do. With few decisions each block's own evidence is weak and the
    prior of the α would decide; prior variances are then averaged over several b0, each weighted by its evidence [4]_.
    Last, `sklearn.linear_model.LogisticRegression` solves for
    the weights, on columns divided by √α.

    In a sparse block, such as a vocabulary, most columns are useless and a few are not. There every
    weight has a Student t prior of two degrees of freedom instead, a Gaussian with a precision of its own about
    that of the block, found by EM [2]_. The prior of the intercept is conjugate: a few decisions of either
    class that have no columns [3]_.

    Parameters
    ----------
    blocks : sequence of int, optional
        Columns per block, in order; by default all columns are one block.
    sparse_blocks : sequence of bool, optional
        Blocks in which few columns matter; by default none.
    rounds : int, default 10
        Most updates of the shrinkage; usually it has settled after seven to nine.
    warm_start : bool, default False
        Keep the shrinkage of the previous fit and start from its weights: for targets that changed a little.
    precision : sequence of float, optional
        Of each weight's prior where it is known already, nan where it is to be found.
    covariance : bool, default True
        Whether to work out `covariance_`; the weights alone are found in a fraction of the time.
    tol : float
        Largest mean gradient of the weights that are kept, on scaled columns.
    random_state : int, default 0
        Chooses the rows the shrinkage is learnt on, where there are many.

    Attributes
    ----------
    classes_ : ndarray, shape (2,)
    coef_ : ndarray, shape (1, P)
    intercept_ : ndarray, shape (1,)
    precision_ : ndarray, shape (P,)
        Of each weight's prior.
    covariance_ : ndarray, shape (P + 1, P + 1)
        Of (intercept, weights); not there where it was not asked for.
    n_iter_ : int
        Updates of the shrinkage made.

    References
    ----------
    .. [1] Bishop, Pattern Recognition and Machine Learning (2006), sections 3.5.2, 4.4 and 4.5.2.
    .. [2] Tipping, Sparse Bayesian learning and the relevance vector machine, Journal of Machine Learning
       Research 1 (2001), section 5.1.
    .. [3] Greenland, Mansournia, Penalization, bias reduction, and default priors in logistic and related
       categorical and survival regressions, Statistics in Medicine 34 (2015).
    .. [4] MacKay, Hyperparameters: optimize, or integrate out?, in Maximum Entropy and Bayesian Methods (1996).

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 6))
    >>> y = np.where(X[:, 0] + X[:, 1] > 0, "won", "lost")
    >>> fitted = BlockLogisticRegression(blocks=[2, 4]).fit(X, y)
    >>> fitted.predict([[2.0, 1.0, 0.0, 0.0, 0.0, 0.0]]).tolist()
    ['won']
    >>> bool(fitted.precision_[2] > 10 * fitted.precision_[0])  # the second block is useless
    True
    """

    _state: State  # of the previous fit

    def __init__(
        self,
        blocks: Sequence[int] | NDArray[np.intp] | None = None,
        sparse_blocks: Sequence[bool] | NDArray[np.bool_] | None = None,
        *,
        rounds: int = SHRINKAGE_ROUNDS,
        warm_start: bool = False,
        precision: Sequence[float] | Floats | None = None,
        covariance: bool = True,
        tol: float = SOLVER_FINAL_TOLERANCE,
        random_state: int = 0,
    ) -> None:
        self.blocks = blocks
        self.sparse_blocks = sparse_blocks
        self.rounds = rounds
        self.warm_start = warm_start
        self.precision = precision
        self.covariance = covariance
        self.tol = tol
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike | csr_array,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        classes: ArrayLike | None = None,
        start: ArrayLike | None = None,
    ) -> Self:
        """Fit weights and shrinkage.

        Parameters
        ----------
        X : array or sparse matrix, shape (N, P)
            Finite numbers.
        y : array, shape (N,)
            Two classes.
        sample_weight : array, shape (N,), optional
            Evidence of each row, at least 0; a row of weight 2 counts like two rows. By default 1 each.
        classes : array, shape (2,), optional
            Both classes, where `y` may lack one (or has no rows at all).
        start : array, shape (P + 1,), optional
            Intercept and weights to search from; they save time and change nothing else.

        Raises
        ------
        ValueError
            Where there are not two classes, or the blocks do not add up to the columns.
        """
        if classes is None:
            X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
            check_classification_targets(y)
            found = np.unique(y)
            if len(found) > 2:
                kind = type_of_target(y)
                raise ValueError(
                    f"Only binary classification is supported. The type of the target is {kind}."
                )
            if len(found) < 2:
                raise ValueError(f"Two classes are needed; y has one class only, {found[0]!r}.")
        else:
            X = validate_data(
                self,
                X,
                accept_sparse="csr",
                dtype=np.float64,
                ensure_min_samples=0,
                ensure_min_features=0,
            )
            found = np.sort(np.asarray(classes))
        design = csr_array(X)
        weight = (
            _check_sample_weight(sample_weight, design, dtype=np.float64, ensure_non_negative=True)
            if design.shape[0]
            else np.zeros(0)
        )
        self.classes_ = found
        widths = self._widths(design.shape[1])
        sparse = (
            np.zeros(len(widths), bool)
            if self.sparse_blocks is None
            else np.asarray(self.sparse_blocks, bool)
        )
        if sparse.shape != widths.shape:
            raise ValueError(
                f"sparse_blocks has {len(sparse)} entries; there are {len(widths)} blocks."
            )
        positive = np.asarray(np.asarray(y) == found[1], bool)
        with (
            config_context(assume_finite=True, skip_parameter_validation=True),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", ConvergenceWarning)
            first = None if start is None else np.asarray(start, np.float64)
            self._fit(design, positive, weight, widths, sparse, first)
        return self

    def _widths(self, columns: int) -> NDArray[np.intp]:
        if self.blocks is None:
            return np.array([columns], dtype=np.intp) if columns else np.zeros(0, np.intp)
        widths = np.asarray(self.blocks, dtype=np.intp)
        if widths.sum() != columns:
            raise ValueError(f"The blocks have {widths.sum()} columns, X has {columns}.")
        return widths

    def _fit(
        self, X: csr_array, y: NDArray[np.bool_], weight: Floats,
        widths: NDArray[np.intp], sparse: NDArray[np.bool_], start: Floats | None,
    ) -> None:  # fmt: skip
        # Rows without evidence cost time and change nothing.
        used = np.flatnonzero(weight > 0)
        if len(used) < len(weight):
            X, y, weight = X[used], y[used], weight[used]
        chosen = _some_rows(X.shape[0], X.shape[1], self.random_state)
        everything = len(chosen) == X.shape[0]
        part = (
            _Problem(X, y, weight) if everything else _Problem(X[chosen], y[chosen], weight[chosen])
        )
        if self.warm_start and hasattr(self, "_state"):
            state, self.n_iter_ = self._state, 0
        else:
            state, self.n_iter_ = shrinkage(
                part, widths, sparse, self.rounds, self.precision, start
            )
        whole = part if everything else _Problem(X, y, weight)
        state = whole.solve(state, self.tol)
        self._state = state
        self.intercept_, self.coef_ = state.w[:1], state.w[None, 1:]
        self.precision_ = state.precision
        self.__dict__.pop("covariance_", None)
        if self.covariance:
            # The curvature of the rows chosen stands for that of all rows.
            hessian = part.hessian(state, scale=weight.sum() / max(part.weight.sum(), 1e-9))
            self.covariance_ = inverse(hessian)

    @property
    def posterior(self) -> LogisticPosterior:
        """The fitted posterior, in plain NumPy arrays."""
        check_is_fitted(self, "covariance_")
        return LogisticPosterior(
            float(self.intercept_[0]), self.coef_[0], self.precision_, self.covariance_
        )

    def decision_function(self, X: ArrayLike | csr_array) -> Floats:
        """Log-odds of the second class, averaged over the posterior (moderated), shape (N,)."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        return moderated(*self.posterior.log_odds(csr_array(X)))

    def predict_proba(self, X: ArrayLike | csr_array) -> Floats:
        """Probability of either class, shape (N, 2)."""
        p = sigmoid(self.decision_function(X))
        return np.column_stack([1 - p, p])

    def predict(self, X: ArrayLike | csr_array) -> NDArray[Any]:
        """The more probable class of each row, shape (N,)."""
        positive = self.decision_function(X) > 0
        return np.asarray(self.classes_[positive.astype(np.intp)])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.sparse = True
        return tags


class _Problem:
    """Rows to fit, with two more that hold the prior of the intercept."""

    def __init__(self, X: csr_array, y: NDArray[np.bool_], weight: Floats) -> None:
        self.rows, self.columns = X.shape
        self.weight = weight
        ends = np.r_[X.indptr, X.indptr[-1:], X.indptr[-1:]]
        self._X = csr_array((X.data, X.indices, ends), shape=(self.rows + 2, self.columns))
        self._y = np.r_[y, True, False]
        self._weights = np.r_[weight, INTERCEPT_PRIOR]
        self._gram: Gram | None = None

    @property
    def rate(self) -> float:
        """Share of the positive class, prior included."""
        return float(self._weights[self._y].sum() / self._weights.sum())

    def solve(self, state: State, tolerance: float) -> State:
        """Weights at the mode given the precisions: an L2 logistic regression on scaled columns."""
        if not self.columns:
            return State(np.array([np.log(self.rate / (1 - self.rate))]), state.precision)
        scale = 1 / np.sqrt(state.precision)
        data = self._X.data * scale[self._X.indices]
        scaled = csr_array((data, self._X.indices, self._X.indptr), shape=self._X.shape)
        solver = LogisticRegression(
            C=1.0, solver="newton-cg", max_iter=SOLVER_STEPS, tol=tolerance, warm_start=True
        )
        solver.coef_, solver.intercept_ = (state.w[1:] / scale)[None, :], state.w[:1]
        solver.classes_ = np.array([False, True])
        solver.fit(scaled, self._y, sample_weight=self._weights)
        return State(np.r_[solver.intercept_, solver.coef_[0] * scale], state.precision)

    def hessian(self, state: State, scale: float = 1.0) -> Floats:
        """Negative second derivatives of the log posterior at some weights, the rows counted `scale` times.

        Only what is on and above the diagonal; zeros below.
        """
        return self._hessian(sigmoid(self._log_odds(state)), state.precision, scale)

    def newton(self, state: State, first: int) -> tuple[State, Floats]:
        """Move the weights by one Newton step, or to the mode where that step does not lead upwards.

        Returns
        -------
        state : State
        variance : ndarray, shape (P - first,)
            Of the weights from ``first`` on, by the curvature where the step began.
        """
        z = self._log_odds(state)
        chance = sigmoid(z)
        factor = factored(self._hessian(chance, state.precision))
        if factor is None:
            found = self.solve(state, SOLVER_TOLERANCE)
            return found, np.diag(inverse(self.hessian(found)))[first + 1 :]
        left = self._weights * (self._y - chance)
        slope = self._X.T @ left - state.precision * state.w[1:]
        moved = State(state.w + solution(factor, np.r_[left.sum(), slope]), state.precision)
        if self._log_posterior(moved, self._log_odds(moved)) < self._log_posterior(state, z):
            moved = self.solve(state, SOLVER_TOLERANCE)
        return moved, variances(factor, first + 1)

    def log_evidence(self, state: State) -> float:
        """Log marginal likelihood at the mode given the precisions, by Laplace's approximation, up to a constant."""
        volume = np.log(state.precision).sum() - log_determinant(self.hessian(state))
        return float(self._log_posterior(state, self._log_odds(state)) + 0.5 * volume)

    def _log_odds(self, state: State) -> Floats:
        return np.asarray(state.w[0] + self._X @ state.w[1:])

    def _log_posterior(self, state: State, z: Floats) -> float:
        """Of weights that give these log-odds, up to a constant."""
        fit = self._weights[self._y] @ z[self._y] - self._weights @ np.logaddexp(0, z)
        return float(fit - 0.5 * (state.precision @ state.w[1:] ** 2))

    def _hessian(self, chance: Floats, precision: Floats, scale: float = 1.0) -> Floats:
        if self._gram is None:
            self._gram = Gram(self._X, intercept=True)
        curvature = self._weights * chance * (1 - chance)
        curvature[: self.rows] *= scale
        hessian = self._gram.upper(curvature)
        places = np.arange(1, self.columns + 1)
        hessian[places, places] += precision
        return hessian


def _some_rows(n: int, p: int, seed: int) -> NDArray[np.intp]:
    most = max(SHRINKAGE_LEAST_ROWS, int(SHRINKAGE_WORK / max(p, 1) ** 2))
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
