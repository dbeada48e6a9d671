"""Grid of the hyperparameters of the rate model: spread of the types, of the sources, and of the cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import (
    KAPPA_CENTRE,
    KAPPA_GRID,
    KAPPA_SPREAD,
    SIGMA_CENTRE,
    SIGMA_GRID,
    SIGMA_SPREAD,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIGMAS = np.array(SIGMA_GRID)
KAPPAS = np.array(KAPPA_GRID)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Settings of the hyperparameters, shape (G,) each, and the log of their prior weight."""

    sigma_type: Floats
    sigma_source: Floats
    kappa: Floats
    log_prior: Floats

    @classmethod
    @cache
    def grid(cls) -> Nodes:
        """All combinations, with lognormal priors about moderate values."""
        rows = np.array(list(product(SIGMAS, SIGMAS, KAPPAS)))
        log_prior = (-0.5 * (np.log(rows[:, :2] / SIGMA_CENTRE) / SIGMA_SPREAD) ** 2).sum(
            1
        ) - 0.5 * (np.log(rows[:, 2] / KAPPA_CENTRE) / KAPPA_SPREAD) ** 2
        return cls(rows[:, 0], rows[:, 1], rows[:, 2], log_prior)

    @classmethod
    def widest(cls) -> Nodes:
        """Those with the widest effects: cells are hardly pulled towards each other."""
        every = cls.grid()
        widest = (every.sigma_type == SIGMAS.max()) & (every.sigma_source == SIGMAS.max())
        return every.take(np.flatnonzero(widest))

    def take(self, chosen: NDArray[np.intp]) -> Nodes:
        """Pick some of the nodes."""
        return Nodes(
            self.sigma_type[chosen],
            self.sigma_source[chosen],
            self.kappa[chosen],
            self.log_prior[chosen],
        )

    def places(self, grid: Nodes) -> NDArray[np.intp]:
        """Where they stand on the three axes of a grid that holds them, shape (G, 3)."""
        axes = zip(grid._settings(), self._settings(), strict=True)
        return np.stack([np.searchsorted(np.unique(axis), values) for axis, values in axes], axis=1)

    def _settings(self) -> tuple[Floats, Floats, Floats]:
        return self.sigma_type, self.sigma_source, self.kappa
