"""Encoded opportunities: a table of the numbers, and a sparse matrix of all else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class Encoded:
    """N opportunities in P columns, and E *usual rows* behind them.

    A usual row stands for a whole row of columns: for the shares of a category's levels where its value is not
    known. So each opportunity has one entry there instead of one for each level.

    Parameters
    ----------
    table : ndarray of float64, shape (N, D)
        The columns of numbers, all of them.
    rows, places : ndarray of intp, shape (M,)
        Where the other columns are not zero, rows ascending; places from P on are usual rows.
    weights : ndarray of float64, shape (M,)
        What they are there.
    values : ndarray of float64, shape (N, F)
        The fields that are numbers, nan where missing, then those that are categories, by code: 0 for what has no
        column, otherwise the place of the column in its block, from 1 on. See `Fields`.
    """

    table: NDArray[np.float64]
    rows: NDArray[np.intp]
    places: NDArray[np.intp]
    weights: NDArray[np.float64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def starts(self) -> NDArray[np.intp]:
        """Where each row's entries begin, and where the last one's end; shape (N + 1,)."""
        if len(self) == 1:
            return np.array([0, len(self.rows)])
        return np.searchsorted(self.rows, np.arange(len(self) + 1))


@dataclass(frozen=True, slots=True)
class Fields:
    """What the F columns of `Encoded.values` are.

    Parameters
    ----------
    blocks : ndarray of intp, shape (F,)
        Block of the encoder that each belongs to.
    sizes : ndarray of int64, shape (F,)
        Number of codes; 0 for a number.
    """

    blocks: NDArray[np.intp]
    sizes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """What the parts of `Encoded` are in terms of an encoder's P columns.

    Parameters
    ----------
    of_table : ndarray of intp, shape (D,)
        Columns that the table holds.
    usual : ndarray of float64, shape (E, P)
        The usual rows.
    """

    of_table: NDArray[np.intp]
    usual: NDArray[np.float64]

    @property
    def width(self) -> int:
        """Columns P."""
        return int(self.usual.shape[1])

    def extended(self, of_columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Append to something with P rows (weights, say) what it is for the usual rows."""
        return np.concatenate([of_columns, self.usual @ of_columns])

    def extended_both_ways(self, symmetric: NDArray[np.float64]) -> NDArray[np.float64]:
        """Append to a symmetric matrix, shape (P, P), what it is for the usual rows; shape (P + E, P + E)."""
        width = self.width
        wide = np.empty((width + len(self.usual),) * 2)
        wide[:width, :width] = symmetric
        np.matmul(self.usual, symmetric, out=wide[width:, :width])
        wide[:width, width:] = wide[width:, :width].T
        np.matmul(wide[width:, :width], self.usual.T, out=wide[width:, width:])
        return wide

    def as_csr(self, encoded: Encoded) -> csr_array:
        """Make the plain sparse matrix, shape (N, P)."""
        from scipy.sparse import csr_array

        n, size = len(encoded), self.width + len(self.usual)
        starts = encoded.starts
        others = csr_array((encoded.weights, encoded.places, starts), shape=(n, size))
        rows, columns = np.nonzero(encoded.table)
        numbers = csr_array(
            (
                encoded.table[rows, columns],
                self.of_table[columns],
                np.searchsorted(rows, np.arange(n + 1)),
            ),
            shape=(n, self.width),
        )
        plain = others[:, : self.width] + numbers
        if len(self.usual) and others[:, self.width :].nnz:
            plain = plain + others[:, self.width :] @ csr_array(self.usual)
        return csr_array(plain)
