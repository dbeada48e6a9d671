"""Comparisons of sources, types, cells and returns, like with like, adjusted for all that were tried."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from decision_model.rates.comparisons import adjusted_p, decisions_needed, standardised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from decision_model.rates.model import RateModel
    from decision_model.rates.model_draws import CellsInTime

    Floats = NDArray[np.float64]

ERROR = 0.09
"""At most so many logs without any difference are shown one, over all comparisons together."""

FAMILY_WEIGHTS = {
    "source": 0.50,
    "maker": 0.34,
    "cell": 0.10,
    "type": 0.06,
    "revenue": 0.04,
    "hour": 0.02,
    "action": 0.02,
    "latency": 0.02,
    "trend": 0.02,
    "time": 0.02,
}
"""Shares of `ERROR`; only the ratios among families that a log has matter. Sources and makers have most: people choose
them. In logs of ``benchmarks/statistics/worlds.py`` with seed 4200 these find a source 15 points better in 62 % of 300
decisions and a maker 12 points better in 82 % of 600."""

JOINT_FAMILIES = frozenset({"source", "type", "cell", "revenue", "hour"})
"""Families whose draws are of one posterior, that of the cells."""

FEWEST_DECIDED = 5
"""Won and lost decisions below which nothing is compared."""

MOST_CELLS = 200
"""Cells compared at most; those with most decisions."""

_ENDS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One level beside the others.

    Parameters
    ----------
    family : str
        A key of `FAMILY_WEIGHTS`.
    level : str
        Name of the source, type, maker or action; of a cell, its type.
    source : str or None
        Of a cell.
    rival : str or None
        The other level where there are two only.
    unit : {"percent", "money", "money_per_hour", "hours"}
    value, rest : float
        Standardised to the same mix, of the level and of the others.
    difference, ratio : tuple of three floats
        Value less rest and value over rest: middle and 95 % interval.
    p : float
        Adjusted for all comparisons that were tried.
    decisions, others, open : int
        Decisions of the level and of the others that are compared, and how many of both are open.
    overlap : float
        Share of the level's decisions that can be compared.
    needed : float
        Decisions in all that would decide it if the difference stays as it is; inf where none is seen.
    effect, error : float
        Mean and standard deviation of what is tested: points, or the logarithm of a ratio.
    """

    family: str
    level: str
    source: str | None
    rival: str | None
    unit: str
    value: float
    rest: float
    difference: tuple[float, float, float]
    ratio: tuple[float, float, float]
    p: float
    decisions: int
    others: int
    open: int
    overlap: float
    needed: float
    effect: float = 0.0
    error: float = 1.0

    @property
    def subject(self) -> str:
        """Key of what is claimed, with its direction; the same from day to day."""
        return "\t".join(
            (self.family, self.level, self.source or "", "+" if self.sign > 0 else "-")
        )

    @property
    def supported(self) -> bool:
        """Whether it is reported."""
        return self.p <= ERROR

    @property
    def sign(self) -> int:
        """1 where the level has more, -1 where it has less."""
        return 1 if self.difference[0] >= 0 else -1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A comparison before the others are known: draws of both sides."""

    family: str
    level: str
    source: str | None
    rival: str | None
    unit: str
    own: Floats
    rest: Floats
    decisions: float
    others: float
    open: float
    overlap: float

    @property
    def tested(self) -> Floats:
        """Draws of the difference; of money that of logarithms, as its errors are factors."""
        if self.unit == "percent":
            return self.own - self.rest
        return np.asarray(np.log(np.maximum(self.own, 1e-12) / np.maximum(self.rest, 1e-12)))


def compare_cells(
    model: RateModel, rates: Sequence[Mapping[str, Any]], returns: Iterable[Mapping[str, Any]]
) -> list[Comparison]:
    """Compare sources, types, cells and what they earn.

    Parameters
    ----------
    model : RateModel
        Fitted to the cells of ``rates``.
    rates, returns : sequence of dict
        Rows of ``get_conversion_rates()`` and ``calculate_roi_by_type()``, in any order.

    Returns
    -------
    list of Comparison
        Supported or not, smallest p-value first. Immature cells take no part.
    """
    return adjusted(cell_candidates(model, rates, returns))


def cell_candidates(
    model: RateModel, rates: Sequence[Mapping[str, Any]], returns: Iterable[Mapping[str, Any]]
) -> list[Candidate]:
    """Collect what can be compared between cells; see `compare_cells`."""
    place = {cell: i for i, cell in enumerate(model.names)}
    of_cell = {
        place[row["opportunity_type"], row["source_type"]]: row
        for row in rates
        if not row["immature"]
    }
    if len(of_cell) < 2:
        return []
    timed = model.comparison_draws()
    cells = Cells.of(of_cell, timed)
    found = [*cells.levels("source", "source_type", "opportunity_type")]
    found += cells.levels("type", "opportunity_type", "source_type")
    found += cells.against_the_rest()
    earned = model.revenue_draws(timed.rates, timed.cell)
    if earned.any():
        paid = Cells.of(of_cell, replace(timed, rates=earned), unit="money")
        found += paid.levels("revenue", "opportunity_type", "source_type")
        found += paid.per_hour(returns)
    return found


def adjusted(
    candidates: Sequence[Candidate],
    *,
    weights: Mapping[str, float] = FAMILY_WEIGHTS,
    error: float = ERROR,
) -> list[Comparison]:
    """Give each candidate the p-value that holds for all of them together, smallest first."""
    if not candidates:
        return []
    drawn = min(len(one.tested) for one in candidates)  # of more cells fewer draws are taken
    tested = np.column_stack([one.tested[:drawn] for one in candidates])
    p = adjusted_p(tested, [one.family for one in candidates], weights, JOINT_FAMILIES)
    critical = _critical([one.family for one in candidates], weights, error)
    found = [
        Comparison(
            one.family, one.level, one.source, one.rival, one.unit,
            float(one.own.mean()), float(one.rest.mean()),
            _middle(one.own - one.rest), _middle(one.own / np.maximum(one.rest, 1e-12)),
            float(p[i]), round(one.decisions), round(one.others), round(one.open), one.overlap,
            decisions_needed(tested[:, i], one.decisions + one.others, critical[one.family]),
            float(tested[:, i].mean()), float(tested[:, i].std()),
        )
        for i, one in enumerate(candidates)
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.p)


class Cells:
    """Cells, in blocks of time where rates change, with draws of a figure; and the comparisons between them.

    Parameters
    ----------
    rows : sequence of mapping, length K
        What is known of each cell, such as its names.
    timed : CellsInTime
        K cells and blocks with draws of the rate, or of money.
    unit : {"percent", "money"}
    """

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        timed: CellsInTime,
        *,
        unit: str = "percent",
    ) -> None:
        self.rows = rows
        self.unit = unit
        self.cell, self.block = timed.cell, timed.block
        self.draws = 100 * timed.rates if unit == "percent" else timed.rates
        self.decisions, self.decided = timed.decisions, timed.closed
        self.open = timed.decisions - timed.closed

    @classmethod
    def of(
        cls, of_cell: Mapping[int, Mapping[str, Any]], timed: CellsInTime, *, unit: str = "percent"
    ) -> Cells:
        """Take the cells that are wanted, by their places in the model."""
        kept = np.flatnonzero([int(one) in of_cell for one in timed.cell])
        return cls([of_cell[int(one)] for one in timed.cell[kept]], timed.take(kept), unit=unit)

    def levels(
        self, family: str, factor: str, stratum: str, *, both_of_two: bool = False
    ) -> Iterable[Candidate]:
        """Compare each level of a factor with the others in the same strata.

        Of two levels the first is compared with the second, and only where asked for the other way too.
        """
        level = [row[factor] for row in self.rows]
        strata = [(row[stratum], block) for row, block in zip(self.rows, self.block, strict=True)]
        names = list(dict.fromkeys(level))
        for name in names[:1] if len(names) == 2 and not both_of_two else names:
            both = standardised(level, strata, self.decisions, which=name)
            decided = [self.decided[side > 0].sum() for side in (both.own, both.others)]
            if min(decided) < FEWEST_DECIDED:
                continue
            yield Candidate(
                family, name, None, names[1] if len(names) == 2 else None, self.unit,
                self.draws @ both.own, self.draws @ both.others, both.decisions, both.others_decisions,
                float(self.open[(both.own > 0) | (both.others > 0)].sum()), both.overlap,
            )  # fmt: skip

    def against_the_rest(self) -> Iterable[Candidate]:
        """Compare each cell with all others together, of the same time."""
        size = np.bincount(self.cell, self.decisions)
        every = np.unique(self.cell)
        order = every[np.argsort(-size[every], kind="stable")][:MOST_CELLS]
        blocks = np.bincount(self.block, self.decisions)
        total = np.stack(
            [
                (self.draws * self.decisions)[:, self.block == block].sum(1)
                for block in range(len(blocks))
            ]
        )
        for one in order if len(every) > 2 else order[:1]:
            mine = np.flatnonzero(self.cell == one)
            n, of_block = self.decisions[mine], blocks[self.block[mine]]
            rest = of_block - n
            if self.decided[mine].sum() < FEWEST_DECIDED or rest.sum() <= 0:
                continue
            weight = n * rest / of_block
            weight = weight / weight.sum()
            others = (total[self.block[mine]].T - n * self.draws[:, mine]) / np.maximum(rest, 1e-9)
            row = self.rows[mine[0]]
            yield Candidate(
                "cell", row["opportunity_type"], row["source_type"], None, self.unit,
                self.draws[:, mine] @ weight, others @ weight,
                n.sum(), rest.sum(), float(self.open.sum()), 1.0,
            )  # fmt: skip

    def per_hour(self, returns: Iterable[Mapping[str, Any]]) -> Iterable[Candidate]:
        """Compare what an hour on each cell earns with an hour on the others."""
        known = {
            (row["opportunity_type"], row["opportunity_source"]): row
            for row in returns
            if row["effort_known"] >= FEWEST_DECIDED and row["effort_hours"] and row["won"]
        }
        places = [
            np.flatnonzero(self.cell == one)
            for one in np.unique(self.cell)
            if self._name(one) in known
        ][:MOST_CELLS]
        if len(places) < 2:
            return
        chosen = [known[self._name(self.cell[mine[0]])] for mine in places]
        n = np.array([row["effort_known"] for row in chosen], dtype=np.float64)
        hours = np.array([row["effort_hours"] for row in chosen]) / n
        # Effort differs from decision to decision about as much as its mean.
        noise = np.random.default_rng(2).standard_normal((len(self.draws), len(chosen)))
        effort = hours * np.exp(noise / np.sqrt(n))
        revenue = np.stack(
            [self.draws[:, mine] @ (self.decisions[mine] / self.decisions[mine].sum()) for mine in places],
            axis=1,
        )  # fmt: skip
        for k, row in enumerate(chosen):
            others = np.arange(len(chosen)) != k
            yield Candidate(
                "hour", row["opportunity_type"], row["opportunity_source"], None, "money_per_hour",
                revenue[:, k] / effort[:, k],
                (revenue[:, others] @ n[others]) / (effort[:, others] @ n[others]),
                n[k], float(n[others].sum()), float(self.open[places[k]].sum()), 1.0,
            )  # fmt: skip

    def _name(self, cell: int) -> tuple[str, str]:
        row = self.rows[int(np.flatnonzero(self.cell == cell)[0])]
        return row["opportunity_type"], row["source_type"]


def named(comparisons: Iterable[Comparison], name: Callable[[str], str]) -> list[Comparison]:
    """Return comparisons with their names written by a function."""
    return [
        replace(
            one,
            level=name(one.level),
            source=None if one.source is None else name(one.source),
            rival=None if one.rival is None else name(one.rival),
        )
        for one in comparisons
    ]


def _middle(draws: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(draws, _ENDS)
    return float(np.median(draws)), float(low), float(high)


def _critical(
    families: Sequence[str], weights: Mapping[str, float], error: float
) -> dict[str, float]:
    """Standard deviations that each family asks for, as if its comparisons were independent."""
    present = dict.fromkeys(families)
    total = sum(weights[name] for name in present)
    return {
        name: float(-ndtri(error * weights[name] / total / families.count(name) / 2))
        for name in present
    }


def more_decisions(one: Comparison) -> str | None:
    """Say how many more decisions would decide it; None where no number is meant seriously."""
    so_far = one.decisions + one.others
    if not math.isfinite(one.needed) or one.needed > 20 * so_far:
        return None
    more = max(one.needed - so_far, 1.0)
    digits = 10 ** max(int(math.log10(more)) - 1, 0)
    return f"{math.ceil(more / digits) * digits:,.0f}"
