"""Sums and quadratic forms of encoded rows are those of the plain matrix, whatever rows stand together."""

from __future__ import annotations

import numpy as np
import pytest

from decision_features.encoded import Encoded, Places
from decision_model.trained.weighted_sums import QuadraticForms, WeightedSums

WIDTH = 40
PLACES = Places(of_table=np.array([3, 17]), usual=np.zeros((1, WIDTH)))
PLACES.usual[0, 20:24] = [0.4, 0.3, 0.2, 0.1]


def encoded(sizes: list[int], seed: int) -> tuple[Encoded, np.ndarray]:
    """Rows of so many entries, one of them the usual row where there are three, and the plain matrix."""
    rng = np.random.default_rng(seed)
    free = np.delete(np.arange(WIDTH), [3, 17, 20, 21, 22, 23])
    rows, places, plain = [], [], np.zeros((len(sizes), WIDTH))
    for row, size in enumerate(sizes):
        here = np.sort(rng.choice(free, size, replace=False))
        if size == 3:
            here[-1] = WIDTH
        rows += [row] * size
        places += here.tolist()
    weights = rng.normal(size=len(rows))
    table = rng.normal(size=(len(sizes), 2))
    plain[:, PLACES.of_table] = table
    for row, place, weight in zip(rows, places, weights, strict=True):
        plain[row] += weight * (PLACES.usual[0] if place == WIDTH else np.eye(WIDTH)[place])
    ours = Encoded(table, np.array(rows, int), np.array(places, int), weights, np.zeros((0, 0)))
    return ours, plain


@pytest.mark.parametrize("sizes", [[4], [0], [0, 0], [3, 0, 5, 5, 1, 0, 3, 30], [2] * 300, []])
def test_rows_of_any_number_of_entries_have_the_sums_and_forms_of_the_matrix(
    sizes: list[int],
) -> None:
    ours, plain = encoded(sizes, len(sizes))
    rng = np.random.default_rng(1)
    block = np.repeat(np.arange(1, 5), 10)  # the usual row lies in one block, as it always does
    of_columns = np.zeros((WIDTH, 2 * 5 + 3))
    of_columns[np.arange(WIDTH), block] = rng.normal(size=WIDTH)
    of_columns[np.arange(WIDTH), 5 + block] = rng.normal(size=WIDTH)
    of_columns[:, 10:] = rng.normal(size=(WIDTH, 3))
    constants = rng.normal(size=13)
    sums = WeightedSums(of_columns, constants, PLACES, (2, 5))(ours, ours.starts)
    np.testing.assert_allclose(sums, plain @ of_columns + constants, atol=1e-12)

    symmetric = np.cov(rng.normal(size=(WIDTH, 60)))
    forms = QuadraticForms(PLACES.extended_both_ways(symmetric))(ours, ours.starts)
    plain[:, PLACES.of_table] = 0
    np.testing.assert_allclose(forms, np.einsum("np,pq,nq->n", plain, symmetric, plain), atol=1e-12)
