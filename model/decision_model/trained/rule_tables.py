"""Rules as tables: what those on a pair of fields add, by the intervals in which their values lie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from decision_model.regression.rules import HALVES, RuleEnsemble, distinct

Floats = NDArray[np.float64]


class RuleTables:
    """Sums of the weights of the rules that hold, one for each pair of fields that rules name.

    A rule asks only between which bounds a value lies. So each field has a few classes of values that no rule tells
    apart, and each pair of fields a table by the classes of both.

    Parameters
    ----------
    rules : RuleEnsemble

    Attributes
    ----------
    pairs : tuple of (int, int)
        The Q pairs of fields, as `RuleEnsemble.pairs` gives them; of one field, twice the same.
    """

    def __init__(self, rules: RuleEnsemble) -> None:
        self.pairs, which = rules.pairs()
        used = sorted({field for pair in self.pairs for field in pair})
        row = {field: place for place, field in enumerate(used)}
        self._bounds: list[tuple[int, int, Floats]] = []
        self._codes: list[tuple[int, int, NDArray[np.intp]]] = []
        examples: dict[int, Floats] = {}
        for field in used:
            if rules.sizes[field]:
                class_of_code, examples[field] = _classes_of_codes(rules, field)
                self._codes.append((row[field], field, class_of_code))
            else:
                bounds = np.append(_bounds(rules, rules.fields == field), np.inf)
                examples[field] = np.append(bounds, np.nan)
                self._bounds.append((row[field], field, bounds))
        tables = [
            _table(rules, np.flatnonzero(which == number), pair, examples)
            for number, pair in enumerate(self.pairs)
        ]
        self._first = np.array([row[first] for first, _ in self.pairs], np.intp)
        # Of one field alone the table is one column, that of a row of zeros behind all fields.
        second = [len(used) if a == b else row[b] for a, b in self.pairs]
        self._second = np.array(second, np.intp)
        self._width = np.array([[table.shape[1]] for table in tables], np.intp)
        sizes = [0, *(table.size for table in tables)]
        self._offset = np.cumsum(sizes)[:-1, None]
        self._flat = np.concatenate([table.ravel() for table in tables])
        self._fields = len(used)

    def __call__(self, values: Floats) -> Floats:
        """Look up the sums for N opportunities, `Encoded.values` of shape (N, F) to (Q, N)."""
        classes = np.zeros((self._fields + 1, len(values)), np.intp)
        for row, field, bounds in self._bounds:
            classes[row] = bounds.searchsorted(values[:, field])
        for row, field, class_of_code in self._codes:
            classes[row] = class_of_code[values[:, field].astype(np.intp)]
        at = classes[self._first]
        at *= self._width
        at += classes[self._second]
        at += self._offset
        return self._flat.take(at)


def _bounds(rules: RuleEnsemble, asked: NDArray[np.bool_]) -> Floats:
    """Return the different finite bounds of some conditions, ascending."""
    every = np.concatenate([rules.low[asked], rules.high[asked]])
    return distinct(every[np.isfinite(every)])


def _classes_of_codes(rules: RuleEnsemble, field: int) -> tuple[NDArray[np.intp], Floats]:
    """Return the class of each code of a category, and a code of each class."""
    start = int(rules.sizes[:field].sum())
    ranks = rules.ranks[:, start : start + rules.sizes[field]]
    between = np.zeros(ranks.shape[1], np.intp)
    for half in range(HALVES):
        bounds = _bounds(rules, (rules.fields == field) & (rules.half == half)[:, None])
        between = between * (len(bounds) + 1) + bounds.searchsorted(ranks[half])
    found = distinct(between)
    classes = found.searchsorted(between)
    codes = np.zeros(len(found))
    codes[classes] = np.arange(len(classes))
    return classes, codes


def _table(
    rules: RuleEnsemble,
    some: NDArray[np.intp],
    pair: tuple[int, int],
    examples: dict[int, Floats],
) -> Floats:
    """Ask some rules about each class of one field with each of another; of one field alone the table is one column."""
    first, second = pair
    others = np.zeros(1) if first == second else examples[second]
    values = np.zeros((len(examples[first]), len(others), len(rules.sizes)))
    if first != second:
        values[:, :, second] = others
    values[:, :, first] = examples[first][:, None]
    own = replace(
        rules,
        **{
            name: getattr(rules, name)[some]
            for name in ("fields", "low", "high", "missing", "half")
        },
        weights=rules.weights[some],
    )
    return own.added(values.reshape(-1, len(rules.sizes))).reshape(values.shape[:2])
