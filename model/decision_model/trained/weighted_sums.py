"""Weighted sums of encoded columns: many at once, and quadratic forms of the sparse part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decision_features.encoded import Encoded, Places

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]

SUMMED_TOGETHER, SQUARED_TOGETHER = 1 << 16, 1 << 15
"""Numbers that are looked up at once: few enough to stay in the cache of a processor core beside what is looked up."""


class WeightedSums:
    """S weighted sums of the columns of each row, in one pass over its entries.

    Parameters
    ----------
    of_columns : ndarray, shape (P, S)
        Weights of each column.
    constants : ndarray, shape (S,)
        What every row has besides.
    places : Places
        What the parts of an `Encoded` are in terms of the P columns.
    sections : tuple of (int, int)
        Number and size of the groups of sums that come first; a column counts in one sum of each, in the same place.
    """

    def __init__(
        self, of_columns: Floats, constants: Floats, places: Places, sections: tuple[int, int]
    ) -> None:
        self._of_table = np.ascontiguousarray(of_columns[places.of_table])
        self._of_places = places.extended(of_columns)
        self._constants = constants
        number, self._size = sections
        self._first = number * self._size
        rows = len(self._of_places)
        by_section = self._of_places[:, : self._first].reshape(rows, *sections)
        self._in_section = np.abs(by_section).max(axis=1).argmax(axis=1)
        self._weights = [
            by_section[np.arange(rows), section, self._in_section] for section in range(number)
        ]
        self._others = np.ascontiguousarray(self._of_places[:, self._first :])

    def __call__(self, encoded: Encoded, starts: Positions) -> Floats:
        """Return the sums of N rows, shape (N, S).

        Parameters
        ----------
        starts : ndarray of intp, shape (N + 1,)
            `Encoded.starts`.
        """
        sums = encoded.table @ self._of_table
        sums += self._constants
        places, weights = encoded.places, encoded.weights
        if len(sums) == 1:
            sums += weights @ self._of_places[places]
            return sums
        shape = len(sums), self._size
        keys = encoded.rows * self._size
        keys += self._in_section.take(places)
        for section, of_places in enumerate(self._weights):
            added = np.bincount(keys, weights * of_places.take(places), shape[0] * shape[1])
            sums[:, section * self._size :][:, : self._size] += added.reshape(shape)
        self._add_others(sums[:, self._first :], places, weights, starts)
        return sums

    def _add_others(
        self, sums: Floats, places: Positions, weights: Floats, starts: Positions
    ) -> None:
        """Add the sums behind the sections: of rows with as many entries one product of matrices each, together."""
        sizes = np.diff(starts)
        order = np.argsort(sizes, kind="stable")
        ascending = sizes[order]
        begin = int(ascending.searchsorted(0, side="right"))
        while begin < len(order):
            size = int(ascending[begin])
            most = max(1, SUMMED_TOGETHER // (size * sums.shape[1]))
            end = min(begin + most, int(ascending.searchsorted(size, side="right")))
            some = order[begin:end]
            at = starts[some][:, None] + np.arange(size)
            of_entries = self._others[places[at]]
            sums[some] += np.matmul(weights[at][:, None, :], of_entries)[:, 0]
            begin = end


class QuadraticForms:
    """x' C x of the entries of each row, which are few out of many columns: only those of C are looked up.

    Parameters
    ----------
    symmetric : ndarray, shape (P + E, P + E)
        C, of the columns and the usual rows of `Places`.
    """

    def __init__(self, symmetric: Floats) -> None:
        self._flat = symmetric.ravel()
        self._size = len(symmetric)

    def __call__(self, encoded: Encoded, starts: Positions) -> Floats:
        """Return the forms of N rows, shape (N,).

        Parameters
        ----------
        starts : ndarray of intp, shape (N + 1,)
            `Encoded.starts`.
        """
        places, weights = encoded.places, encoded.weights
        if len(encoded) == 1:
            of_entries = self._flat.take((places * self._size)[:, None] + places)
            return np.array([weights @ of_entries @ weights])
        sizes = np.diff(starts)
        # Longest rows first: those that have a further entry are then always the first ones.
        order = np.argsort(-sizes, kind="stable")
        answer = np.empty(len(sizes))
        begin, longest = 0, -sizes[order]
        while begin < len(order):
            step = max(1, SQUARED_TOGETHER // max(1, -int(longest[begin])))
            some = order[begin : begin + step]
            answer[some] = self._descending(places, weights, starts[some], sizes[some])
            begin += step
        return answer

    def _descending(
        self, places: Positions, weights: Floats, firsts: Positions, sizes: Positions
    ) -> Floats:
        """Do rows of ever fewer entries: each entry with those before it, twice, and with itself."""
        size = int(sizes[0]) if len(sizes) else 0
        answer = np.zeros(len(sizes))
        if not size:
            return answer
        at = np.minimum(firsts + np.arange(size)[:, None], len(places) - 1)
        here, weight = places[at], weights[at]
        line = here * self._size
        rows = np.searchsorted(-sizes, -np.arange(size), side="left")
        for number, n in enumerate(rows.tolist()):
            entry, row = weight[number, :n], line[number, :n]
            of_itself = self._flat.take(row + here[number, :n]) * entry
            if number:
                before = self._flat.take(row + here[:number, :n])
                of_itself += 2 * np.einsum("kn,kn->n", before, weight[:number, :n])
            answer[:n] += entry * of_itself
        return answer
