"""Draws from the posterior of a fitted rate model: of rates, of revenue per decision and of times to close."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.effective import EffectiveCounts, effective_counts
from decision_model.delays.posterior import weights_of
from decision_model.delays.recorded import recorded_by
from decision_model.hyperparameters import (
    BLOCKS_OF_TIME,
    DRAWN_RATES,
    DRAWS_OF_RATES,
    FORGETTING_SLICES,
    RATE_PRIOR,
    ROUGH_AGES_PER_OCTAVE,
    SCENARIOS_OF_CELLS,
    SCENARIOS_PER_CELL,
    STEADY_SHARE,
)
from decision_model.inputs.evidence import OPEN
from decision_model.quantiles import beta_of_moments
from decision_model.rates.additive import Layout
from decision_model.rates.clusters import design_effects
from decision_model.rates.draws import draw_rates
from decision_model.rates.nodes import Nodes
from decision_model.rates.partial_pooling import PooledRates
from decision_model.rates.pending import recording_lag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.delays.posterior import DelayPosterior
    from decision_model.inputs.evidence import Evidence
    from decision_model.inputs.time_slices import TimeSlices
    from decision_model.rates.averaged import AveragedRates
    from decision_model.rates.forgetting import Forgetting
    from decision_model.rates.revenue import RevenueModel

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class CellsInTime:
    """Draws of the rates of cells in blocks of time, for comparisons within a block.

    Parameters
    ----------
    cell, block : ndarray of int, shape (K,)
        Cell as fitted, and block of time; 0 is the newest.
    decisions, closed : ndarray, shape (K,)
        All decisions, and those won or lost.
    rates : ndarray, shape (draws, K)
    """

    cell: Places
    block: Places
    decisions: Floats
    closed: Floats
    rates: Floats

    def take(self, kept: Places) -> CellsInTime:
        """Some of the columns."""
        counts = self.cell[kept], self.block[kept], self.decisions[kept], self.closed[kept]
        return CellsInTime(*counts, self.rates[:, kept])


class ModelDraws:
    """What a `RateModel` draws from its posterior."""

    __slots__ = ()

    _delays: DelayPosterior
    _evidence: Evidence
    _forgetting: Forgetting
    _layout: Layout
    _pooled: AveragedRates
    _revenue: RevenueModel
    _type_index: dict[str | None, int]

    def draws(self) -> Floats:
        """Draw the current rates of the fitted cells from their joint posterior, shape (draws, C)."""
        return self._pooled.draws(_draws_of(len(self._evidence.types)))

    def comparison_draws(self) -> CellsInTime:
        """Draw the rates of the fitted cells for comparisons, of which one asks how often they err.

        They are hardly shrunk (the widest effects), and nothing is forgotten, since a difference between cells
        is not changed by what changes them all. Where they are steady with less probability than `STEADY_SHARE`, cells
        are cut into blocks of time, so that what was decided at another time is not compared.
        """
        decisions = self._evidence.decisions
        if self._forgetting.steady >= STEADY_SHARE:
            cell = np.arange(len(decisions))
            closed = self._evidence.won + self._evidence.lost
            return CellsInTime(cell, np.zeros_like(cell), decisions, closed, self._average_draws())
        return self._draws_in_time()

    def revenue_draws(self, rates: Floats, cell: Places | None = None) -> Floats:
        """Turn draws of rates into draws of the expected revenue of one more decision, USD.

        Revenue per win is lognormal about its expectation and independent between cells.

        Parameters
        ----------
        rates : ndarray, shape (draws, K)
        cell : ndarray of int, shape (K,), optional
            The fitted cell of each column; by default all cells in order.
        """
        every = np.arange(len(self._evidence.types))
        per_win, log_sd = self._revenue.predict(self._layout.long, self._layout.short, every)
        noise = np.random.default_rng(1).standard_normal((len(rates), len(every)))
        drawn = per_win * np.exp(np.minimum(log_sd, 5.0) * noise)
        result: Floats = rates * (drawn if cell is None else drawn[:, cell])
        return result

    def close_draws(self, n_draws: int = 4_000) -> tuple[list[str], Floats]:
        """Draw the logarithm of each type's usual hours until a win occurs, from the posterior of the delays.

        Returns
        -------
        types : list of str, length T
        draws : ndarray, shape (n_draws, T)
            Of the median of the main component, less the usual recording lag.
        """
        names = [str(name) for name in self._type_index]
        lag = recording_lag(self._evidence, self._group(), len(self._type_index))[:-1]
        kept = 1.0 - np.minimum(lag, 1.0 - 1e-6)
        rng = np.random.default_rng(3)
        weight = weights_of(self._delays.log_weight)
        draws = np.empty((n_draws, len(names)))
        for i in range(len(names)):
            chosen = rng.choice(weight.shape[1], size=n_draws, p=weight[i])
            draws[:, i] = self._delays.theta[i, chosen, 0] + np.log(kept[i])
        return names, draws

    def _group(self) -> Places:
        """Type of each cell."""
        return np.array([self._type_index[name] for name in self._evidence.types], dtype=np.intp)

    def _scenarios(self) -> DelayPosterior:
        """Draws of the delays under which cells are judged."""
        per_cell = SCENARIOS_OF_CELLS // max(len(self._evidence.types), 1)
        return self._delays.resampled(int(np.clip(per_cell, *SCENARIOS_PER_CELL)))

    def _fit_one(
        self, evidence: Evidence, scenarios: DelayPosterior, near: PooledRates | None
    ) -> tuple[EffectiveCounts, PooledRates]:
        """Alternate between what open decisions tell and the pooling that both need."""
        layout, group = self._layout, self._group()
        alpha, beta = (np.full(len(group), value) for value in RATE_PRIOR)
        if not evidence.open.sum() > 0:
            counts = effective_counts(evidence, scenarios, group, alpha, beta)
            return counts, PooledRates.fit(layout, counts.won, counts.lost, near=near)
        if near is None:
            # The first round only has to be good enough to pool by.
            first = scenarios.resampled(SCENARIOS_PER_CELL[0] // 2)
            counts = effective_counts(evidence, first, group, alpha, beta)
            near = PooledRates.fit(layout, counts.won, counts.lost)
        without = near.without_own(layout.long, layout.short, np.arange(len(group)))
        alpha, beta = beta_of_moments(*without.moments())
        counts = effective_counts(evidence, scenarios, group, alpha, beta)
        return counts, PooledRates.fit(layout, counts.won, counts.lost, near=near)

    def _recorded(self, slices: TimeSlices) -> tuple[Floats, Floats]:
        """Return shares of wins and losses on record at the age of each row; 1 where nothing is open."""
        waits = np.flatnonzero(slices.decisions > slices.won + slices.lost)
        group = self._group()[slices.cell[waits]]
        won_by, lost_by = np.ones(len(slices.cell)), np.ones(len(slices.cell))
        hours = slices.hours[waits]
        recorded = recorded_by(self._delays, group, hours, ROUGH_AGES_PER_OCTAVE)
        won_by[waits], lost_by[waits] = recorded
        return won_by, lost_by

    def _forgotten(self, half_life: float) -> Evidence:
        """Weight decisions by their age, and those of repeated senders by what they are worth."""
        evidence, slices = self._evidence, self._evidence.slices
        if np.isfinite(half_life) and slices is not None:
            n = len(evidence.types)
            still_open = slices.decisions - slices.won - slices.lost
            open_rows = evidence.delay_state == OPEN
            faded = evidence.delay_count * slices.decay(evidence.delay_hours, half_life)
            evidence = replace(
                evidence,
                won=slices.weighted(slices.won, half_life, n),
                lost=slices.weighted(slices.lost, half_life, n),
                open=slices.weighted(still_open, half_life, n),
                delay_count=np.where(open_rows, faded, evidence.delay_count),
            )
        share = self._independent()
        if share is None:
            return evidence
        return replace(
            evidence,
            won=evidence.won * share,
            lost=evidence.lost * share,
            open=evidence.open * share,
            delay_count=evidence.delay_count * share[evidence.delay_cell],
        )

    def _independent(self) -> Floats | None:
        """Share of each cell's decisions that counts, as those of repeated senders end alike; None for all."""
        evidence = self._evidence
        if evidence.senders is None:
            return None
        return 1 / design_effects(evidence.senders, evidence.won, evidence.lost)

    def _average_draws(self) -> Floats:
        """Draw rates over the whole log, shape (draws, C), as if nothing were forgotten."""
        first = self._pooled.parts[0]
        won, lost = first.won, first.lost
        if np.isfinite(self._forgetting.half_lives[0]):
            counts, _ = self._fit_one(self._forgotten(np.inf), self._scenarios(), first)
            won, lost = counts.won, counts.lost
        widest = PooledRates.fit(self._layout, won, lost, Nodes.widest())
        return draw_rates(widest, _draws_of(len(won)))

    def _draws_in_time(self) -> CellsInTime:
        """Draw the rate of each cell in each block of time."""
        slices = self._evidence.slices
        if slices is None:
            raise ValueError("without slices of time nothing is forgotten")
        wins, losses, _ = slices.effective(*self._recorded(slices))
        block = slices.index * BLOCKS_OF_TIME // FORGETTING_SLICES
        keys, row = np.unique(slices.cell * BLOCKS_OF_TIME + block, return_inverse=True)
        cell, block = np.divmod(keys, BLOCKS_OF_TIME)
        won, lost, decisions, closed = (
            np.bincount(row, values, len(keys)).astype(np.float64)
            for values in (wins, losses, slices.decisions, slices.won + slices.lost)
        )
        share = self._independent()
        weight = np.ones(len(keys)) if share is None else share[cell]
        types = tuple(f"{self._evidence.types[c]}\0{b}" for c, b in zip(cell, block, strict=True))
        sources = tuple(self._evidence.sources[c] for c in cell)
        layout = Layout.of(types, sources, decisions)
        widest = PooledRates.fit(layout, won * weight, lost * weight, Nodes.widest())
        rates = draw_rates(widest, _draws_of(len(keys)))
        return CellsInTime(cell, block, decisions, closed, rates)


def _draws_of(cells: int) -> int:
    return int(np.clip(DRAWN_RATES // max(cells, 1), *DRAWS_OF_RATES))
