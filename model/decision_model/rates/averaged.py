"""Rates averaged over half-lives: a fit of the hierarchy for each, weighted by what it foretold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.rates.draws import draw_rates
from decision_model.rates.partial_pooling import Mixtures, PooledRates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class AveragedRates:
    """A mixture of fitted hierarchies over the same C cells.

    Parameters
    ----------
    parts : tuple of PooledRates, length H
    share : ndarray, shape (H,)
        Sums to one.
    """

    parts: tuple[PooledRates, ...]
    share: Floats

    @property
    def won(self) -> Floats:
        """Effective wins of each cell, shape (C,)."""
        return self.mean([part.won for part in self.parts])

    @property
    def lost(self) -> Floats:
        """Effective losses of each cell, shape (C,)."""
        return self.mean([part.lost for part in self.parts])

    @property
    def log_bayes_factor(self) -> float:
        """Evidence for rates that differ between cells against one rate for all, in nats."""
        return float(self.share @ np.array([part.log_bayes_factor for part in self.parts]))

    def mean(self, values: list[Floats]) -> Floats:
        """Average one array of each part."""
        result: Floats = np.tensordot(self.share, np.array(values), axes=1)
        return result

    def posteriors(self, long: Places, short: Places, own: Places) -> Mixtures:
        """Posteriors of the rates of P pairs of levels."""
        return self._mixed([part.posteriors(long, short, own) for part in self.parts])

    def with_and_without_own(
        self, long: Places, short: Places, own: Places
    ) -> tuple[Mixtures, Mixtures]:
        """Posteriors of the rates of P pairs of levels, and those without their own decisions."""
        pairs = [part.with_and_without_own(long, short, own) for part in self.parts]
        return self._mixed([one for one, _ in pairs]), self._mixed([two for _, two in pairs])

    def draws(self, n_draws: int) -> Floats:
        """Draw the rates of all fitted cells from their joint posterior, shape (n_draws, C)."""
        ends = np.round(n_draws * np.cumsum(self.share)).astype(int)
        counts = np.diff(ends, prepend=0)
        parts = [
            draw_rates(part, int(n), seed)
            for seed, (part, n) in enumerate(zip(self.parts, counts, strict=True))
            if n
        ]
        draws = np.concatenate(parts)
        if len(parts) == 1:
            return draws
        shuffled: Floats = draws[np.random.default_rng(5).permutation(len(draws))]
        return shuffled

    def _mixed(self, mixtures: list[Mixtures]) -> Mixtures:
        if len(mixtures) == 1:
            return mixtures[0]
        weight = [share * one.weight for share, one in zip(self.share, mixtures, strict=True)]
        return Mixtures(
            np.concatenate(weight),
            np.concatenate([one.alpha for one in mixtures]),
            np.concatenate([one.beta for one in mixtures]),
        )
