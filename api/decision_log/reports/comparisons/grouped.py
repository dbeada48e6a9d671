"""Rates by one factor alone: source, type, maker, action or month; and like-with-like comparisons of its levels."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from decision_features import Labels
from decision_log.evidence import states_of, text_column
from decision_log.reports.comparisons.comparing import Cells, Comparison, adjusted
from decision_log.rows import percent, rate_percent
from decision_model.inputs.history import utc64
from decision_model.rates.cells import evidence_of_columns
from decision_model.rates.model import RateModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from numpy.typing import NDArray

    from decision_log.log.reading import Reading
    from decision_log.results import GroupRate

    Floats = NDArray[np.float64]

By = Literal["source", "type", "maker", "action", "month"]

GROUPS: tuple[By, ...] = ("source", "type", "maker", "action", "month")

COMPARED = frozenset({"source", "type", "maker", "action"})
"""Groups whose levels are compared; months differ by time itself."""

ERROR = 0.04
"""At most so many logs without any difference are shown one between the levels of a group."""

LEAST_OVERLAP = 0.25
"""Share of a level's decisions in strata that others have, below which nothing is compared."""

UNKNOWN = "(unknown)"
_JOIN = " · "


@dataclass(frozen=True, slots=True)
class Grouped:
    """A rate model whose cells are strata crossed with the levels of a group.

    Parameters
    ----------
    model : RateModel
        Its types are strata (a type from a source), its sources the levels.
    level, stratum : tuple of str, length C
        Of each cell.
    random : bool
        Whether strata hold decisions whose action was drawn with equal known probability.
    """

    model: RateModel
    level: tuple[str, ...]
    stratum: tuple[str, ...]
    responses: Floats
    random: bool = False

    def rows(self) -> list[dict[str, Any]]:
        """One row per cell, as comparisons take it."""
        cells = self.model.cells
        return [
            {
                "level": level, "stratum": stratum, "won": float(cells.won[i]), "lost": float(cells.lost[i]),
                "open": float(cells.open[i]), "immature": bool(cells.immature[i]),
                "total_decisions": float(cells.won[i] + cells.lost[i] + cells.open[i]),
            }
            for i, (level, stratum) in enumerate(zip(self.level, self.stratum, strict=True))
        ]  # fmt: skip


def current_group_rates(log: Reading, by: By) -> list[GroupRate]:
    """Return the rate of each level by what is known now; for unchanged facts they are worked out once an hour.

    They rest on what the rates of now rest on.
    """
    fit, answers = log.rate_fits.with_answers()

    def found() -> list[dict[str, Any]]:
        return [dict(row) for row in group_rates(log, by, fit.as_of)]

    kept = answers.made("group_rates", found, by=by, zone=str(log.settings.zone))
    return cast("list[GroupRate]", deepcopy(kept))


def group_rates(log: Reading, by: By, moment: datetime) -> list[GroupRate]:
    """Return the rate of each level of a group, most decisions first; months in order.

    The rate and its interval are those of the level's own decisions together, from the joint posterior of
    its cells; ``difference`` is standardised to the mix that the level and the others share.
    """
    grouped = grouped_model(log, by, moment)
    if not grouped.level:
        return []
    compared = {one.level: one for one in compare_levels(grouped, by)} if by in COMPARED else {}
    levels = list(dict.fromkeys(grouped.level))
    draws = grouped.model.draws()
    earned = grouped.model.revenue_draws(draws)
    rows = [_row(grouped, by, name, draws, earned, compared, len(levels)) for name in levels]
    if by == "month":
        return sorted(rows, key=lambda row: row["group"])
    return sorted(rows, key=lambda row: -row["total_decisions"])


@dataclass(frozen=True, slots=True)
class Columns:
    """Decisions and how they ended, as columns of length N in time order.

    ``base`` is the rate model of the log, whose delays hold for every part of its types.
    """

    texts: Mapping[str, NDArray[np.object_]]
    decided: NDArray[np.datetime64]
    received: NDArray[np.datetime64]
    responded: Floats
    drawn: Floats
    effort_hours: Floats
    labels: Labels
    base: RateModel | None = None

    def take(self, rows: NDArray[np.intp]) -> Columns:
        """Rows by position."""
        return Columns(
            {name: values[rows] for name, values in self.texts.items()},
            self.decided[rows], self.received[rows], self.responded[rows], self.drawn[rows],
            self.effort_hours[rows], self.labels.take(rows), self.base,
        )  # fmt: skip


def read_columns(log: Reading, moment: datetime) -> Columns:
    """Read every decision known at a moment."""
    table = log.ask("group_rows", as_of=moment)
    texts = {name: text_column(table, name) for name in _TEXTS}
    decided, received, learnt = (
        np.asarray(table.column(name).to_numpy(), dtype="datetime64[us]")
        for name in ("timestamp", "received_at", "learnt_at")
    )
    labels = Labels.from_columns(
        state=states_of(table),
        decided_at=decided,
        closed_at=learnt,
        revenue=table.column("revenue").to_numpy(),
        as_of=utc64(moment),
    )
    responded, drawn, minutes = (
        table.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
        for name in ("responded", "action_probability", "effort_minutes")
    )
    base = log.rate_model(moment)
    return Columns(texts, decided, received, responded, drawn, minutes / 60.0, labels, base)


def grouped_model(log: Reading, by: By, moment: datetime) -> Grouped:
    """Fit the rate model to strata crossed with the levels of a group."""
    return grouped_columns(read_columns(log, moment), by, log.settings.zone)


def grouped_columns(columns: Columns, by: By, zone: tzinfo) -> Grouped:
    """Fit the rate model to strata crossed with the levels of a group, of these decisions."""
    kind, source = columns.texts["opportunity_type"], columns.texts["opportunity_source"]
    if by == "source":
        return crossed(columns, source, kind)
    if by == "type":
        return crossed(columns, kind, source, level_is_type=True)
    level = _levels(by, columns, zone)
    stratum = joined(kind, source)
    if by == "action" and (drawn := _propensity(level, columns.drawn)) is not None:
        stratum = np.array(
            [f"{a}{_JOIN}{p}" for a, p in zip(stratum, drawn, strict=True)], dtype=object
        )
        return crossed(columns, level, stratum, random=True)
    return crossed(columns, level, stratum, in_time=by != "month")


def joined(kind: NDArray[np.object_], source: NDArray[np.object_]) -> NDArray[np.object_]:
    """Name the stratum of each decision by its type and source."""
    return np.array([f"{a}{_JOIN}{b}" for a, b in zip(kind, source, strict=True)], dtype=object)


def crossed(
    columns: Columns,
    level: NDArray[np.object_],
    stratum: NDArray[np.object_],
    *,
    level_is_type: bool = False,
    random: bool = False,
    in_time: bool = True,
) -> Grouped:
    """Fit the rate model to given strata and levels; ``in_time``: whether rates may change in time."""
    types, sources = (level, stratum) if level_is_type else (stratum, level)
    senders = np.array([one or None for one in columns.texts["sender"]], dtype=object)
    evidence = evidence_of_columns(types, sources, senders, columns.labels)
    if not in_time:
        evidence = replace(evidence, slices=None)
    kinds = dict(zip(types, columns.texts["opportunity_type"], strict=True))
    model = RateModel.fit(evidence, earlier=columns.base, part_of=kinds)
    names = model.names
    place = {name: i for i, name in enumerate(names)}
    cell = np.fromiter((place[pair] for pair in zip(types, sources, strict=True)), dtype=np.intp)
    first, second = ([str(pair[k]) for pair in names] for k in (0, 1))
    strata, levels = (second, first) if level_is_type else (first, second)
    return Grouped(
        model,
        tuple(levels),
        tuple(strata),
        np.bincount(cell, columns.responded, len(names)).astype(np.float64),
        random,
    )


def compare_levels(grouped: Grouped, family: str) -> list[Comparison]:
    """Compare the levels of a group like with like; each p-value holds for all of its levels."""
    found = level_candidates(grouped, family)
    return adjusted(found, weights={family: 1.0}, error=ERROR)


def level_candidates(grouped: Grouped, family: str) -> list[Any]:
    """Collect the levels of a group that can be compared with the others."""
    of_cell = {i: row for i, row in enumerate(grouped.rows()) if not row["immature"]}
    if not of_cell:
        return []
    cells = Cells.of(of_cell, grouped.model.comparison_draws())
    found = cells.levels(family, "level", "stratum", both_of_two=True)
    return [one for one in found if one.overlap >= LEAST_OVERLAP]


_TEXTS = ("opportunity_type", "opportunity_source", "decision_maker", "action_taken", "sender")


def _levels(by: By, columns: Columns, zone: tzinfo) -> NDArray[np.object_]:
    if by == "month":
        moments = [one.replace(tzinfo=UTC).astimezone(zone) for one in columns.decided.tolist()]
        return np.array([f"{one:%Y-%m}" for one in moments], dtype=object)
    column = columns.texts["decision_maker" if by == "maker" else "action_taken"]
    return np.array([one or UNKNOWN for one in column], dtype=object)


def _propensity(level: NDArray[np.object_], chance: Floats) -> list[str] | None:
    """Return the probability of the first of two actions in tenths; None where it is not known of all."""
    names = sorted(set(level.tolist()))
    if len(names) != 2 or not np.isfinite(chance).all():
        return None
    first = np.where(level == names[0], chance, 1.0 - chance)
    return [f"{one:.1f}" for one in first]


def _row(
    grouped: Grouped,
    by: By,
    name: str,
    draws: Floats,
    earned: Floats,
    compared: dict[str, Comparison],
    n_levels: int,
) -> GroupRate:
    cells = grouped.model.cells
    mine = np.array([level == name for level in grouped.level], dtype=np.bool_)
    n = np.where(mine, cells.won + cells.lost + cells.open, 0.0)
    share, total = n / n.sum(), round(float(n.sum()))
    evidence = grouped.model.evidence
    rates, money = draws @ share, earned @ share
    one = compared.get(name)
    low, high = (float(end) for end in np.quantile(rates, (0.025, 0.975)))
    revenue = float(evidence.revenue[mine].sum())
    return {
        "group": name,
        "by": by,
        "total_decisions": total,
        "won": round(float(cells.won[mine].sum())),
        "lost": round(float(cells.lost[mine].sum())),
        "open": round(float(cells.open[mine].sum())),
        "response_rate": percent(grouped.responses[mine].sum() / max(total, 1)),
        "conversion_rate": rate_percent(share @ cells.mean),
        "interval": [rate_percent(low), rate_percent(high)],
        "immature": bool(n[cells.immature].sum() > 0.5 * n.sum()),
        "total_revenue": round(revenue, 2),
        "avg_revenue_per_decision": round(revenue / max(total, 1), 2),
        "expected_revenue_per_decision": round(float(share @ cells.revenue), 2),
        "expected_revenue_interval": [round(float(end), 2) for end in np.quantile(money, (0.025, 0.975))],
        "difference": None if one is None else round(one.difference[0], 1),
        "difference_interval": None if one is None else [round(end, 1) for end in one.difference[1:]],
        "overlap": None if one is None else round(one.overlap, 3),
        "supported": one is not None and one.p <= ERROR,
        "compared": _words(one, by, n_levels, random=grouped.random),
    }  # fmt: skip


def _words(one: Comparison | None, by: By, n_levels: int, *, random: bool) -> str:
    """Say what the comparison with the others shows."""
    if by not in COMPARED or n_levels < 2:
        return ""
    if one is None:
        return "not comparable: they saw different leads, or too few are closed"
    low, high = one.difference[1:]
    how = "drawn at random" if random else "same leads compared"
    if one.p <= ERROR:
        word = "more" if one.sign > 0 else "fewer"
        return f"{abs(one.difference[0]):.0f} points {word} (95 %: {low:.0f} to {high:.0f}), {how}"
    return f"no difference shown ({low:.0f} to {high:.0f} points), {how}"
