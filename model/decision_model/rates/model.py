"""Rates, revenue and time to close of every cell, known or new, with their uncertainty."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.follow_up import ample_types
from decision_model.delays.posterior import fit_delays
from decision_model.delays.recorded import recorded_by
from decision_model.hyperparameters import (
    AMPLE_OPEN_SHARE,
    FALSE_CHANGE_PROBABILITY,
    HOURS_INTERVAL,
    IMMATURE_CONFIDENCE,
    RATE_INTERVAL,
)
from decision_model.level import share_won, shift_to
from decision_model.quantiles import mixture_quantile
from decision_model.rates.additive import Layout
from decision_model.rates.averaged import AveragedRates
from decision_model.rates.breaks import break_evidence
from decision_model.rates.forgetting import Forgetting, learn_forgetting
from decision_model.rates.model_draws import ModelDraws
from decision_model.rates.new_pairs import pairs_without_cell
from decision_model.rates.partial_pooling import PooledRates, empty_log
from decision_model.rates.pending import (
    OpenShares,
    both_errors,
    of_own_cells,
    recording_lag,
    still_won,
)
from decision_model.rates.prediction import CellRates, RatePrediction, confidence
from decision_model.rates.revenue import RevenueModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from decision_model.delays.of_types import TypeDelays
    from decision_model.delays.posterior import DelayPosterior
    from decision_model.inputs.evidence import Evidence

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]
    Pair = tuple[str | None, str | None]


class RateModel(ModelDraws):
    """Rates of all cells of a log, learnt by partial pooling; for pairs never seen as well.

    Make it with ``RateModel.fit``.

    Examples
    --------
    >>> from decision_model.inputs.evidence import Evidence
    >>> log = Evidence.from_counts(("job", "job"), ("mail", "web"), won=[90, 9], lost=[30, 80])
    >>> model = RateModel.fit(log)
    >>> model.cells.mean.round(1)
    array([0.7, 0.1])
    >>> model.predict(["job", "gig"], ["mail", "fax"]).evidence > 10
    array([ True, False])
    """

    __slots__ = (
        "_ample",
        "_break_evidence",
        "_cell_index",
        "_cells",
        "_delays",
        "_evidence",
        "_forgetting",
        "_hours",
        "_layout",
        "_level_shift",
        "_lock",
        "_means",
        "_open_shares",
        "_pooled",
        "_recent_decisions",
        "_recent_open",
        "_revenue",
        "_row_of",
        "_rows",
        "_timing",
        "_type_index",
    )

    def __init__(
        self,
        evidence: Evidence,
        earlier: RateModel | None = None,
        part_of: Mapping[str, str] | None = None,
        delays: TypeDelays | None = None,
    ) -> None:
        self._evidence = evidence
        self._layout = Layout.of(evidence.types, evidence.sources, evidence.decisions)
        self._cell_index: dict[Pair, int] = {
            cell: i for i, cell in enumerate(zip(evidence.types, evidence.sources, strict=True))
        }
        self._type_index: dict[str | None, int] = {
            name: i for i, name in enumerate(dict.fromkeys(evidence.types))
        }
        group = np.array([self._type_index[name] for name in evidence.types], dtype=np.intp)
        self._ample = np.append(ample_types(evidence, group, len(self._type_index)), True)
        if earlier is not None:
            parts = ((part_of or {}).get(str(name), name) for name in self._type_index)
            self._delays = earlier._delays_of(parts)
        elif delays is not None:
            self._delays = delays.later(map(str, self._type_index), evidence, group)
        else:
            self._delays = fit_delays(evidence, group, len(self._type_index))
        self._pooled = self._fit_rates(group)
        self._revenue = RevenueModel.fit(self._layout, evidence)
        self._level_shift: float | None = None
        self._means: Floats | None = None
        self._cells: CellRates | None = None
        self._rows: CellRates | None = None
        self._row_of: dict[Pair, int] = dict(self._cell_index)
        self._lock = threading.RLock()

    @classmethod
    def fit(
        cls,
        evidence: Evidence,
        *,
        earlier: RateModel | None = None,
        part_of: Mapping[str, str] | None = None,
        delays: TypeDelays | None = None,
    ) -> RateModel:
        """Learn from a log; deterministic, and possible with an empty one.

        Parameters
        ----------
        evidence : Evidence
        earlier : RateModel, optional
            Of the same log a little earlier, or of its types as a whole: its delays are kept, which saves
            a third of the time or more.
        part_of : mapping, optional
            The type of ``earlier`` that each type is a part of, where it has another name.
        delays : TypeDelays, optional
            Learnt from the same log a little earlier; only types of which clearly more is known now are fitted again.
        """
        return cls(evidence, earlier, part_of, delays)

    @property
    def cells(self) -> CellRates:
        """The prediction for each cell of the evidence, in its order; worked out when first asked for."""
        with self._lock:
            if self._cells is None:
                self._learn_rest()
                layout, every = self._layout, np.arange(len(self._evidence.types))
                self._cells = self._predicted(layout.long, layout.short, every, self._group())
                self._rows = self._cells
            return self._cells

    def mean(self, types: Sequence[str], sources: Sequence[str]) -> Floats:
        """Mean of `predict` alone, shape (N,): a fraction of the work."""
        pairs = _pairs(types, sources)
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._cell_index]
        row_of_new = {pair: -i for i, pair in enumerate(new, 1)}
        of_new, _ = (
            self._pooled.posteriors(*self._places(new)).moments() if new else (np.zeros(0), 0)
        )
        means = np.concatenate([self._means_of_cells(), of_new[::-1]])
        rows = [self._cell_index.get(pair) for pair in pairs]
        filled = (
            row_of_new[pair] if row is None else row for pair, row in zip(pairs, rows, strict=True)
        )
        return means[np.fromiter(filled, np.intp, len(rows))]

    @property
    def level_shift(self) -> float:
        """What the log-odds of all rates lack to say, on average over the decisions of their cells, the share won.

        The normal prior of the overall log-odds pulls rates of a log with 0 won of 200 to .9 %; beside other
        predictions that pull is taken out.
        """
        if self._level_shift is None:
            won, lost, mean = self._pooled.won, self._pooled.lost, self._means_of_cells()
            share = share_won(float(won.sum()), float(lost.sum()))
            self._level_shift = shift_to(share, np.log(mean) - np.log1p(-mean), won + lost)
        return self._level_shift

    def predict(self, types: Sequence[str], sources: Sequence[str]) -> RatePrediction:
        """Predict for N pairs of names; a type or source never seen is answered from the others.

        A pair's answer does not depend on what else is asked for.

        Raises
        ------
        ValueError
            Where the two are not of one length.
        """
        pairs = _pairs(types, sources)
        row_of = {pair: self._row_of.get(pair, -1) for pair in pairs}
        new = [pair for pair, row in row_of.items() if row < 0]
        if new:
            row_of.update(zip(new, self._rows_of_new(new), strict=True))
        rows = self.cells if self._rows is None else self._rows
        return rows.take(np.array([row_of[pair] for pair in pairs], dtype=np.intp))

    def open_chances(
        self, types: Sequence[str], sources: Sequence[str], hours: Floats
    ) -> tuple[Floats, Floats]:
        """Return what N open decisions may still bring, by their age.

        Parameters
        ----------
        types, sources : sequence of str, length N
            Their cells.
        hours : ndarray, shape (N,)
            How long each is open, hours.

        Returns
        -------
        chance : ndarray, shape (N,)
            P(won in the end | open so long), a fraction.
        revenue : ndarray, shape (N,)
            Expected revenue: that chance times the revenue per win.
        """
        rates = self.predict(types, sources)
        new_type = len(self._type_index)
        group = np.array([self._type_index.get(t, new_type) for t in types], dtype=np.intp)
        won_by, lost_by = recorded_by(self._delays, group, hours)
        chance = still_won(rates.mean, won_by, lost_by)
        per_win = rates.revenue / np.maximum(rates.mean, 1e-12)
        return chance, chance * per_win

    @property
    def log_bayes_factor(self) -> float:
        """Evidence for rates that differ between cells against one rate for all, in nats."""
        return self._pooled.log_bayes_factor

    @property
    def evidence(self) -> Evidence:
        """What it was fitted to."""
        return self._evidence

    @property
    def names(self) -> list[Pair]:
        """Type and source of each fitted cell, in the order of `cells` and of draws."""
        return list(self._cell_index)

    @property
    def half_life(self) -> float:
        """Hours after which a decision counts half; inf where not forgetting predicts as well."""
        return self._forgetting.half_life

    @property
    def changed(self) -> bool:
        """Whether the log shows clearly that rates change (`FALSE_CHANGE_PROBABILITY`)."""
        return bool(self._break_evidence > -np.log(FALSE_CHANGE_PROBABILITY))

    def _delays_of(self, types: Iterable[str | None]) -> DelayPosterior:
        """Give the delays of these types and, last, of a new one."""
        new_type = len(self._type_index)
        return self._delays.take([self._type_index.get(name, new_type) for name in (*types, None)])

    def _rows_of_new(self, pairs: Sequence[Pair]) -> list[int]:
        """Predict pairs that are no cells, once each.

        All names never seen are one, so that at most (types + 1) (sources + 1) rows are ever kept. Most are worked out
        together at the first question.
        They are replaced as a whole: another thread reads either the old ones or the new.
        """
        layout = self._layout
        kinds: list[Pair] = [
            (t if t in layout.type_level else None, s if s in layout.source_level else None)
            for t, s in pairs
        ]
        with self._lock:
            if len(self._row_of) == len(self._cell_index):
                self._extend(pairs_without_cell(layout, self._cell_index))
            self._extend([kind for kind in dict.fromkeys(kinds) if kind not in self._row_of])
        return [self._row_of[kind] for kind in kinds]

    def _fit_rates(self, group: NDArray[np.intp]) -> AveragedRates:
        """Fit the hierarchy for each half-life that counts, and read off what open decisions tell."""
        forgetting = self._forgetting = self._learn_forgetting(group)
        scenarios, share = self._scenarios(), forgetting.weight
        recent = [self._forgotten(half_life) for half_life in forgetting.half_lives]
        parts: list[PooledRates] = []
        timing = np.zeros_like(scenarios.log_weight)
        for part_share, evidence in zip(share, recent, strict=True):
            counts, pooled = self._fit_one(evidence, scenarios, parts[-1] if parts else None)
            timing += part_share * counts.weight
            parts.append(pooled)
        self._recent_open = share @ np.array([one.open for one in recent])
        self._recent_decisions = share @ np.array([one.decisions for one in recent])
        self._timing = timing
        return AveragedRates(tuple(parts), share)

    def _learn_rest(self) -> None:
        """Read off what only predictions of cells need: hours until a win, and what is still open."""
        group, scenarios, timing = self._group(), self._scenarios(), self._timing
        tail = (1 - HOURS_INTERVAL) / 2
        won = self._evidence.won.sum() > 0
        lag = recording_lag(self._evidence, group, len(self._type_index))
        self._hours = tuple(
            scenarios.quantile(level, timing) * (1 - lag) if won else np.full(len(timing), np.nan)
            for level in (0.5, tail, 1 - tail)
        )
        self._open_shares = OpenShares.of(self._evidence, scenarios, group)

    def _learn_forgetting(self, group: NDArray[np.intp]) -> Forgetting:
        """Weigh half-lives by how well each predicts, and look for a break."""
        slices = self._evidence.slices
        self._break_evidence = 0.0
        if slices is None or not slices.cell.size:
            return Forgetting.none()
        recorded = self._recorded(slices)
        self._break_evidence = break_evidence(slices, *recorded)
        return learn_forgetting(slices, *recorded, group)

    def _means_of_cells(self) -> Floats:
        """Mean rate of each cell, shape (C,)."""
        if self._means is None:
            layout, every = self._layout, np.arange(len(self._evidence.types))
            self._means, _ = self._pooled.posteriors(layout.long, layout.short, every).moments()
        return self._means

    def _places(self, pairs: Sequence[Pair]) -> tuple[Places, Places, Places]:
        """Return the levels of pairs, and the fitted cells that they are or -1."""
        long, short = self._layout.levels([t for t, _ in pairs], [s for _, s in pairs])
        own = np.array([self._cell_index.get(pair, -1) for pair in pairs], dtype=np.intp)
        return long, short, own

    def _extend(self, pairs: list[Pair]) -> None:
        """Add the predictions of pairs to the rows that are kept."""
        if not pairs:
            return
        rows = self.cells if self._rows is None else self._rows
        new_type = len(self._type_index)
        kind = np.array([self._type_index.get(t, new_type) for t, _ in pairs], dtype=np.intp)
        self._rows = rows.extended(self._predicted(*self._places(pairs), kind))
        self._row_of.update({pair: len(rows.mean) + i for i, pair in enumerate(pairs)})

    def _predicted(self, long: Places, short: Places, own: Places, kind: Places) -> RatePrediction:
        """Predict pairs by their levels, the cells they are, and their types."""
        won, lost = of_own_cells(self._pooled.won, own), of_own_cells(self._pooled.lost, own)
        rate, without = self._pooled.with_and_without_own(long, short, own)
        mean, _ = rate.moments()
        tail = (1 - RATE_INTERVAL) / 2
        low = mixture_quantile(tail, rate.weight, rate.alpha, rate.beta)
        high = mixture_quantile(1 - tail, rate.weight, rate.alpha, rate.beta)
        lent = np.maximum(without.size() - empty_log().size(), 0)
        per_win, log_sd = self._revenue.predict(long, short, own)
        revenue = mean * per_win
        upper = (1 + log_sd / 2) * self._revenue.upper_widening(own)
        own_won, own_lost, own_open = (
            of_own_cells(count, own)
            for count in (self._evidence.won, self._evidence.lost, self._evidence.open)
        )
        n = of_own_cells(self._recent_decisions, own)
        fresh = (won + lost < n / 2) | ~self._ample[kind]
        immature = (of_own_cells(self._recent_open, own) > AMPLE_OPEN_SHARE * n) & fresh
        sure = confidence(won + lost, lent)
        median, early, late = self._hours
        pending = self._open_shares.pending_revenue(
            own, (mean, low, high), per_win, log_sd, self._revenue.spread(own)
        )
        return RatePrediction(
            mean=mean,
            low=low,
            high=high,
            evidence=won + lost + lent,
            confidence=np.where(immature, np.minimum(sure, IMMATURE_CONFIDENCE), sure),
            revenue=revenue,
            revenue_low=revenue * np.exp(-both_errors(np.log(mean / low), log_sd)),
            revenue_high=revenue * np.exp(both_errors(np.log(high / mean), log_sd * upper)),
            hours=median[kind],
            hours_low=early[kind],
            hours_high=late[kind],
            pending=pending[0],
            pending_low=pending[1],
            pending_high=pending[2],
            immature=immature,
            won=own_won,
            lost=own_lost,
            open=own_open,
            paid=of_own_cells(self._evidence.paid, own),
            longest_hours=of_own_cells(self._evidence.follow_up, own),
        )


def _pairs(types: Sequence[str], sources: Sequence[str]) -> list[tuple[str, str]]:
    if len(types) != len(sources):
        raise ValueError("types and sources must be of one length.")
    return list(zip(types, sources, strict=True))
