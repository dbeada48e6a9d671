"""An intercept, an effect per type and an effect per source: solving for all of them at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import (
    MAX_SMALL_LEVELS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Effects:
    """Values of the effects for G settings of the hyperparameters.

    ``long`` has shape (G, L), one per level of the axis with more levels. ``short`` has shape
    (G, 1 + M): the intercept, then one per level of the other axis.
    """

    long: Floats
    short: Floats

    @classmethod
    def joined(cls, parts: Sequence[Effects]) -> Effects:
        """Put the effects at several groups of settings together."""
        return cls(
            np.concatenate([one.long for one in parts]),
            np.concatenate([one.short for one in parts]),
        )

    def take(self, chosen: Places) -> Effects:
        """Those at some of the settings."""
        return Effects(self.long[chosen], self.short[chosen])


@dataclass(frozen=True, slots=True)
class Factor:
    """A factored precision matrix of the effects.

    Eliminating the long axis, whose block is diagonal, leaves a dense system of 1 + M unknowns (the
    Schur complement; Boyd and Vandenberghe, Convex Optimization, appendix C.4).
    """

    diagonal: Floats
    coupling: Floats
    reduced: Floats

    def log_determinant(self, chosen: NDArray[np.bool_] | slice = slice(None)) -> Floats:
        """Of the precision matrix, at all settings or those chosen."""
        _, of_reduced = np.linalg.slogdet(self.reduced[chosen])
        return np.asarray(np.log(self.diagonal[chosen]).sum(1) + of_reduced)

    def solve(self, score: Effects) -> Effects:
        """Solve precision times x = score."""
        right = (
            score.short
            - np.matmul((score.long / self.diagonal)[:, None, :], self.coupling)[:, 0, :]
        )
        short = np.linalg.solve(self.reduced, right[..., None])[..., 0]
        pull = np.matmul(self.coupling, short[..., None])[..., 0]
        return Effects((score.long - pull) / self.diagonal, short)

    def draw(self, normal: Callable[[tuple[int, int]], Floats], n: int) -> tuple[Floats, Floats]:
        """Draw ``n`` deviations of the effects of the first setting: (n, L) and (n, 1 + M).

        The short axis from its marginal, whose precision is the Schur complement, then the long one,
        whose elements are independent given it.
        """
        size, diagonal = self.reduced.shape[1], self.diagonal[0]
        root = np.linalg.cholesky(self.reduced[0])
        short: Floats = np.linalg.solve(root.T, normal((size, n))).T.astype(np.float64)
        pull = short @ self.coupling[0].T / diagonal
        return normal((n, len(diagonal))) / np.sqrt(diagonal) - pull, short

    def variance(self, long: Places, short: Places) -> Floats:
        """Variance of intercept + long effect + short effect, shape (G, number of pairs)."""
        covariance: Floats = np.linalg.inv(self.reduced).astype(np.float64)
        ratio = self.coupling / self.diagonal[..., None]
        carried = np.matmul(ratio, covariance)
        own = 1 / self.diagonal + np.einsum("glm,glm->gl", carried, ratio)
        cross = carried[:, :, :1] + carried[:, :, 1:]
        inner = np.diagonal(covariance, axis1=1, axis2=2)
        both = inner[:, :1] + 2 * covariance[:, 0, 1:] + inner[:, 1:]
        result: Floats = own[:, long] - 2 * cross[:, long, short] + both[:, short]
        return np.maximum(result, 1e-12)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which cell has which level on the long and on the short axis.

    Each axis ends with a level that no cell has: what is known about a new type or source.
    """

    type_level: Mapping[str | None, int]
    source_level: Mapping[str | None, int]
    long_is_type: bool
    long: Places
    short: Places
    n_long: int
    n_short: int
    distinct: bool

    @classmethod
    def of(cls, types: tuple[str, ...], sources: tuple[str, ...], weight: Floats) -> Layout:
        """Give every level a number; ``weight`` per cell tells which are rare."""
        type_level: dict[str | None, int] = {name: i for i, name in enumerate(dict.fromkeys(types))}
        source_level: dict[str | None, int] = {
            name: i for i, name in enumerate(dict.fromkeys(sources))
        }
        long_is_type = len(type_level) >= len(source_level)
        fewer = min(len(type_level), len(source_level))
        if long_is_type:
            source_level = _share_rare(source_level, sources, weight)
        else:
            type_level = _share_rare(type_level, types, weight)
        by_type = np.array([type_level[name] for name in types], dtype=np.intp)
        by_source = np.array([source_level[name] for name in sources], dtype=np.intp)
        n_types = max(type_level.values(), default=-1) + 2
        n_sources = max(source_level.values(), default=-1) + 2
        return cls(
            type_level,
            source_level,
            long_is_type=long_is_type,
            long=by_type if long_is_type else by_source,
            short=by_source if long_is_type else by_type,
            n_long=n_types if long_is_type else n_sources,
            n_short=n_sources if long_is_type else n_types,
            # Cells share a place only where rare levels were joined.
            distinct=fewer <= MAX_SMALL_LEVELS,
        )

    def levels(
        self, types: Sequence[str | None], sources: Sequence[str | None]
    ) -> tuple[Places, Places]:
        """Long and short level of any pair of names, known or not."""
        n_types, n_sources = (
            (self.n_long, self.n_short) if self.long_is_type else (self.n_short, self.n_long)
        )
        by_type = np.array([self.type_level.get(t, n_types - 1) for t in types], dtype=np.intp)
        by_source = np.array(
            [self.source_level.get(s, n_sources - 1) for s in sources], dtype=np.intp
        )
        return (by_type, by_source) if self.long_is_type else (by_source, by_type)

    def axes(self, of_type: Floats, of_source: Floats) -> tuple[Floats, Floats]:
        """Order a (type, source) pair of values as (long, short)."""
        return (of_type, of_source) if self.long_is_type else (of_source, of_type)

    def start(self, intercept: Floats) -> Effects:
        """Effects of zero beside the given intercepts, shape (G,)."""
        short = np.zeros((len(intercept), 1 + self.n_short))
        short[:, 0] = intercept
        return Effects(np.zeros((len(intercept), self.n_long)), short)

    def take(self, cells: Places) -> Layout:
        """Keep only some of the cells, with the same levels."""
        return replace(self, long=self.long[cells], short=self.short[cells])

    def linear(self, effects: Effects) -> Floats:
        """Linear predictor of every cell, shape (G, C)."""
        return self.at(effects, self.long, self.short)

    @staticmethod
    def at(effects: Effects, long: Places, short: Places) -> Floats:
        """Linear predictor of any pairs of levels, shape (G, number of pairs)."""
        total: Floats = effects.short[:, :1] + effects.long[:, long] + effects.short[:, 1 + short]
        return total

    def collect(self, per_cell: Floats) -> Floats:
        """Lay (G, C) values out as (G, L, M); cells that share levels add up."""
        table = np.zeros((len(per_cell), self.n_long * self.n_short))
        place = self.long * self.n_short + self.short
        if self.distinct:
            table[:, place] = per_cell
        else:
            np.add.at(table.T, place, per_cell.T)
        return table.reshape(len(per_cell), self.n_long, self.n_short)

    def transpose(self, per_cell: Floats) -> Effects:
        """Sum (G, C) values over the cells of each effect."""
        by_long, by_short = _sums(self.collect(per_cell))
        return Effects(by_long, np.concatenate([per_cell.sum(1)[:, None], by_short], axis=1))

    def factor(
        self, information: Floats, long_precision: Floats, short_precision: Floats, intercept: float
    ) -> Factor:
        """Factor the precision: cell information (G, C) plus priors (G,), (G,) and a scalar."""
        table = self.collect(information)
        by_long, by_short = _sums(table)
        diagonal = by_long + long_precision[:, None]
        coupling = np.concatenate([by_long[..., None], table], axis=2)
        size = 1 + self.n_short
        inner = np.zeros((len(information), size, size))
        every = np.arange(1, size)
        inner[:, 0, 0] = information.sum(1) + intercept
        inner[:, 0, 1:] = inner[:, 1:, 0] = by_short
        inner[:, every, every] = by_short + short_precision[:, None]
        ratio = coupling / diagonal[..., None]
        inner -= np.matmul(coupling.transpose(0, 2, 1), ratio)
        return Factor(diagonal, coupling, inner)


def _sums(table: Floats) -> tuple[Floats, Floats]:
    """Sum (G, L, M) values over M, and over L; as products, which are faster than sums over a short axis."""
    _, n_long, n_short = table.shape
    return np.matmul(table, np.ones(n_short)), np.matmul(np.ones(n_long), table)


def _share_rare(
    level: dict[str | None, int], names: tuple[str, ...], weight: Floats
) -> dict[str | None, int]:
    """Give the levels with the least evidence one common number where there are too many."""
    if len(level) <= MAX_SMALL_LEVELS:
        return level
    total = np.bincount([level[name] for name in names], weight, minlength=len(level))
    rank = np.empty(len(level), dtype=np.intp)
    rank[np.argsort(-total, kind="stable")] = np.arange(len(level))
    return {name: min(int(rank[i]), MAX_SMALL_LEVELS - 1) for name, i in level.items()}
