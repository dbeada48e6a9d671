"""The simple methods that a trained model must beat, judged on the same decisions.

* `BaseRate`: the share won of all that has closed.
* `BaseScore`: logistic regression on the aggregator's base score alone.
* `LastRows`: the predecessor's rule, the mean of the last 20 outcome rows of the cell.
* `OdooScoring`: Odoo's predictive lead scoring on type, source and context.

All of them take the log as its people would read it: only closed decisions count. What an open one
is worth is a question for models.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from decision_model.evaluation.naive_bayes_scoring import Lead, NaiveBayesScoring
from decision_model.hyperparameters import (
    LONGEST_CHOICE,
)
from decision_model.inputs.history import cells_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_features import OpportunityFrame
    from decision_model.inputs.history import History


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Baseline(Protocol):
    """What a baseline can do."""

    def fit(self, history: History) -> Self:
        """Learn from what is known."""
        ...

    def predict(self, frame: OpportunityFrame) -> NDArray[np.float64]:
        """Return P(won) of each, fractions, shape (N,)."""
        ...


class BaseRate:
    """(won + 1/2) / (closed + 1): the share of closed decisions that were won, Jeffreys' mean.

    The halves keep it away from 0 and 1, and give 0.5 to an empty log.
    """

    def fit(self, history: History) -> Self:
        """Count."""
        self.rate_ = float((history.won.sum() + 0.5) / (history.closed.sum() + 1.0))
        return self

    def predict(self, frame: OpportunityFrame) -> NDArray[np.float64]:
        """Return the same rate for all."""
        return np.full(len(frame), self.rate_)


class BaseScore:
    """Logistic regression on the base score; the base rate where there is no score.

    The slope has a N(0, 2.5²) prior on the standardised score, which keeps it finite where the
    score parts wins from losses completely (Gelman et al., Ann. Appl. Stat. 2 (2008), use the scale
    2.5 likewise); the intercept has none but half a decision of each kind at the mean score.
    """

    def fit(self, history: History) -> Self:
        """Fit by Newton's method; closed decisions with a score count."""
        self.rate_ = BaseRate().fit(history).rate_
        score = history.frame.score
        used = history.closed & np.isfinite(score)
        won, known = history.won[used], score[used]
        self.mean_ = float(known.mean()) if known.size else 0.0
        self.scale_ = float(known.std()) or 1.0 if known.size else 1.0
        z = np.r_[(known - self.mean_) / self.scale_, 0.0, 0.0]
        self.intercept_, self.slope_ = _logistic(
            z, np.r_[won, 1.0, 0.0], np.r_[np.ones(won.size), 0.5, 0.5]
        )
        return self

    def predict(self, frame: OpportunityFrame) -> NDArray[np.float64]:
        """Return P(won) by score."""
        score = frame.score
        z = (np.where(np.isfinite(score), score, self.mean_) - self.mean_) / self.scale_
        return np.where(np.isfinite(score), _sigmoid(self.intercept_ + self.slope_ * z), self.rate_)


class LastRows:
    """The predecessor's rule: the mean of the last outcome rows of the same cell.

    Counted as it counted: a row that is pending, or a mere response, is not a conversion, and a
    decision with several rows counts several times. Only rows recorded before the decision was made
    are looked at, so a history that goes on after it does no harm: fitted as of a cut-off the rule
    knows what the other methods know, fitted on the whole log it is the rule as it ran live.

    Parameters
    ----------
    rows : int
        How many, at most.
    """

    def __init__(self, rows: int = 20) -> None:
        if rows < 1:
            raise ValueError(f"rows must be at least 1, but it is {rows}")
        self.rows = rows

    def fit(self, history: History) -> Self:
        """Sort the outcome rows of every cell by when they were recorded."""
        self.rate_ = BaseRate().fit(history).rate_
        cells: dict[tuple[str, str], list[int]] = defaultdict(list)
        recorded, converted = history.rows.recorded_at, history.rows.converted
        names = history.cells
        for row in np.argsort(recorded, kind="stable").tolist():
            cells[names[history.rows.decision[row]]].append(row)
        self.cells_ = {
            cell: (recorded[rows], np.r_[0.0, np.cumsum(converted[rows])])
            for cell, rows in cells.items()
        }
        return self

    def predict(self, frame: OpportunityFrame) -> NDArray[np.float64]:
        """Return the mean of the last rows; the base rate where the cell has none yet."""
        found = np.full(len(frame), self.rate_)
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, cell in enumerate(cells_of(frame)):
            places[cell].append(place)
        for cell, asked in places.items():
            if cell not in self.cells_:
                continue
            recorded, running = self.cells_[cell]
            last = np.searchsorted(recorded, frame.timestamp[asked], side="left")
            first = np.maximum(last - self.rows, 0)
            some = last > 0
            means = (running[last] - running[first])[some] / (last - first)[some]
            found[np.array(asked)[some]] = means
        return found


class OdooScoring:
    """Odoo's predictive lead scoring on type, source and the fields of ``context``.

    There are no teams and one stage. Odoo's fields are choices from a list, so texts of at most 50
    characters that are no dates, and truth values, are values of their field; entries of lists are
    tags; nested fields are named ``outer.inner``; null is missing.

    Parameters
    ----------
    number_bins : int, default=0
        0 leaves numbers out, as Odoo does. Otherwise numbers fall into so many bins of equal
        weight, unless a field has no more different values than that. With many correlated numbers
        naive Bayes counts the same evidence often, so this makes it a weaker opponent.
    ignore : sequence of str
        Context fields to leave out, such as one that is only known afterwards.
    """

    def __init__(self, number_bins: int = 0, ignore: Sequence[str] = ()) -> None:
        self.number_bins = number_bins
        self.ignore = frozenset(ignore)

    def fit(self, history: History) -> Self:
        """Count the closed decisions."""
        self.rate_ = BaseRate().fit(history).rate_
        closed = np.flatnonzero(history.closed).tolist()
        attributes = list(self._attributes(history.frame.take(closed)))
        self.edges_ = _bin_edges(attributes, self.number_bins) if self.number_bins else {}
        leads = [self._lead(found) for found in attributes]
        self.model_ = NaiveBayesScoring().fit(leads, (history.won[closed] > 0.0).tolist())
        return self

    def predict(self, frame: OpportunityFrame) -> NDArray[np.float64]:
        """Return the probability Odoo would show; the base rate where it shows none."""
        shown = [self.model_.percent(self._lead(found)) for found in self._attributes(frame)]
        return np.array([self.rate_ if p is None else p / 100.0 for p in shown], dtype=np.float64)

    def _attributes(self, frame: OpportunityFrame) -> Iterable[dict[str, object]]:
        columns = zip(frame.type.tolist(), frame.source.tolist(), frame.context, strict=True)
        for kind, source, context in columns:
            kept = {key: value for key, value in context.items() if key not in self.ignore}
            yield {"\0type": kind, "\0source": source, **kept}

    def _lead(self, attributes: Mapping[str, object]) -> Lead:
        values: dict[str, str | None] = {}
        tags: list[str] = []
        for name, value in attributes.items():
            if isinstance(value, list | tuple):
                tags += [f"{name}={entry}" for entry in dict.fromkeys(map(str, value))]
            elif isinstance(value, int | float) and not isinstance(value, bool):
                if self.number_bins:
                    values[name] = self._binned(name, float(value))
            elif isinstance(value, bool) or _is_choice(str(value)):
                values[name] = str(value)
        return Lead(values, tags=tuple(tags))

    def _binned(self, name: str, value: float) -> str:
        if name not in self.edges_:
            return str(value)
        return str(int(np.searchsorted(self.edges_[name], value, side="right")))


def _is_choice(text: str) -> bool:
    return len(text) <= LONGEST_CHOICE and not _DATE.match(text)


def _bin_edges(rows: Sequence[Mapping[str, object]], bins: int) -> dict[str, NDArray[np.float64]]:
    """Return the inner quantiles of every field with more different numbers than bins."""
    numbers: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                numbers[name].append(float(value))
    return {
        name: np.unique(np.quantile(values, np.arange(1, bins) / bins))
        for name, values in numbers.items()
        if len(set(values)) > bins
    }


def _sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))


def _logistic(
    z: NDArray[np.float64], won: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """Return intercept and slope at the maximum of the posterior, by damped Newton steps."""
    design = np.column_stack([np.ones_like(z), z])
    precision = np.array([0.0, 1.0 / 2.5**2])

    def loss(beta: NDArray[np.float64]) -> float:
        margin = design @ beta
        fit = weight @ (np.logaddexp(0.0, margin) - won * margin)
        return float(fit + 0.5 * precision @ beta**2)

    beta, reached = np.zeros(2), loss(np.zeros(2))
    for _ in range(100):
        p = _sigmoid(design @ beta)
        gradient = design.T @ (weight * (p - won)) + precision * beta
        hessian = (design * (weight * p * (1.0 - p))[:, np.newaxis]).T @ design + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        # The loss is convex, so halving finds a smaller one unless this is the minimum.
        while (ahead := loss(beta - step)) > reached + 1e-12 and np.abs(step).max() > 1e-10:
            step = step / 2.0
        beta, reached = beta - step, min(ahead, reached)
        if np.abs(step).max() < 1e-9:
            break
    return float(beta[0]), float(beta[1])
