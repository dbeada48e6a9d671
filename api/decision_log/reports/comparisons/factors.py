"""Comparisons beyond the cells: makers, actions, reply latency, newer with older decisions, and time to close."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.reports.comparisons.comparing import FEWEST_DECIDED, Candidate, cell_candidates
from decision_log.reports.comparisons.grouped import (
    UNKNOWN,
    crossed,
    grouped_columns,
    joined,
    level_candidates,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from numpy.typing import NDArray

    from decision_log.reports.comparisons.grouped import Columns, Grouped
    from decision_model.rates.model import RateModel

    Floats = NDArray[np.float64]

MOST_ROWS = 100_000
"""The newest decisions that these comparisons look at: more would take many seconds and tell little more."""

FEWEST_CLOSED = 40
"""Won and lost decisions below which these are not looked at: hardly any difference could be supported."""

MOST_LEVELS = 12
"""Makers and actions compared at most, those with most decisions; the others together are one level."""

FEWEST_LATENCIES = 20
"""Decisions with a known time of arrival below which latency is not looked at."""

TIME_NOISE = 0.1
"""Error of the logarithm of a type's time to close that is taken at least: the model of delays is only nearly right."""

QUICK, SLOW = "quick", "slow"
NEWER, OLDER = "the newer half", "the older half"
OTHERS = "(others)"


def factor_candidates(columns: Columns, zone: tzinfo) -> list[Candidate]:
    """Collect what can be compared between makers, actions, quick and slow replies, newer and older decisions.

    Like with like: inside each type from each source. Immature cells take no part.
    """
    n = len(columns.decided)
    if np.count_nonzero(columns.labels.state) < FEWEST_CLOSED:
        return []
    columns = columns.take(np.arange(max(n - MOST_ROWS, 0), n))
    found: list[Candidate] = []
    for family in ("maker", "action"):
        kept = _frequent(columns, family)
        if len(set(kept.texts[_COLUMN[family]].tolist())) > 1:
            found += _known(grouped_columns(kept, family, zone), family)
    found += _two(latency_groups(columns), "latency", QUICK)
    found += _two(half_groups(columns), "trend", NEWER)
    return found


def columns_candidates(columns: Columns, zone: tzinfo) -> list[Candidate]:
    """Collect all that can be compared among some decisions, such as those made after a moment."""
    if not len(columns.decided):
        return []
    kind, source = columns.texts["opportunity_type"], columns.texts["opportunity_source"]
    model = crossed(columns, source, kind).model
    if columns.base is None:
        columns = replace(columns, base=model)
    cells, rows, returns = model.cells, [], []
    place = {pair: i for i, pair in enumerate(model.names)}
    cell = np.array([place[pair] for pair in zip(kind, source, strict=True)], dtype=np.intp)
    known = np.isfinite(columns.effort_hours)
    decisions, efforts = (np.bincount(one, minlength=len(place)) for one in (cell, cell[known]))
    effort_hours = np.bincount(cell[known], columns.effort_hours[known], len(place))
    for i, (type_, source_) in enumerate(model.names):
        counts = {name: round(float(getattr(cells, name)[i])) for name in ("won", "lost", "open")}
        rows.append(
            {
                "opportunity_type": type_, "source_type": source_, **counts,
                "immature": bool(cells.immature[i]), "total_decisions": int(decisions[i]),
            }
        )  # fmt: skip
        returns.append(
            {
                "opportunity_type": type_, "opportunity_source": source_, "won": counts["won"],
                "effort_known": int(efforts[i]), "effort_hours": float(effort_hours[i]),
            }
        )  # fmt: skip
    found = cell_candidates(model, rows, returns)
    return [*found, *time_candidates(model), *factor_candidates(columns, zone)]


def latency_groups(columns: Columns) -> Grouped | None:
    """Split the decisions whose time of arrival is known at the median time to the decision."""
    known, hours = _latencies(columns)
    if known.size < FEWEST_LATENCIES or np.ptp(hours) == 0:
        return None
    chosen = columns.take(known)
    level = np.where(hours <= np.median(hours), QUICK, SLOW).astype(object)
    return crossed(chosen, level, _strata(chosen))


def median_latency(columns: Columns) -> float:
    """Hours within which half of the decisions were made that know when the opportunity came in."""
    _, hours = _latencies(columns)
    return float(np.median(hours)) if hours.size else float("nan")


def _latencies(columns: Columns) -> tuple[NDArray[np.intp], Floats]:
    """Find the decisions that know when the opportunity came in, and the hours from then to the decision."""
    hours = (columns.decided - columns.received) / np.timedelta64(1, "h")
    known = np.flatnonzero(np.isfinite(hours) & (hours >= 0))
    return known, hours[known]


def half_groups(columns: Columns) -> Grouped | None:
    """Split the decisions at their median moment."""
    moments = columns.decided.astype(np.int64)
    if moments.size < 2 * FEWEST_DECIDED or np.ptp(moments) == 0:
        return None
    level = np.where(moments > np.median(moments), NEWER, OLDER).astype(object)
    return crossed(columns, level, _strata(columns), in_time=False)


def time_candidates(model: RateModel) -> Iterable[Candidate]:
    """Compare each type's usual time until a win with that of the other types, open ones taken into account."""
    names, log_hours = model.close_draws()
    noise = np.random.default_rng(4).standard_normal(log_hours.shape)
    log_hours = log_hours + TIME_NOISE * noise
    cells = model.cells
    place = {name: i for i, name in enumerate(names)}
    kind = np.array([place[str(name)] for name in model.evidence.types], dtype=np.intp)
    decisions, won, still = (
        np.bincount(kind, counts, len(names))
        for counts in (cells.won + cells.lost + cells.open, cells.won, cells.open)
    )
    kept = np.flatnonzero(won >= FEWEST_DECIDED).tolist()
    if len(kept) < 2:
        return
    for k in kept if len(kept) > 2 else kept[:1]:
        others = [i for i in kept if i != k]
        weight = decisions[others]
        rest = log_hours[:, others] @ (weight / weight.sum())
        yield Candidate(
            "time", names[k], None, names[others[0]] if len(kept) == 2 else None, "hours",
            np.exp(log_hours[:, k]), np.exp(rest),
            float(decisions[k]), float(weight.sum()), float(still[k]), 1.0,
        )  # fmt: skip


_COLUMN = {"maker": "decision_maker", "action": "action_taken"}


def _strata(columns: Columns) -> NDArray[np.object_]:
    return joined(columns.texts["opportunity_type"], columns.texts["opportunity_source"])


def _frequent(columns: Columns, family: str) -> Columns:
    """Write the names of rare makers or actions as one."""
    names = [one or UNKNOWN for one in columns.texts[_COLUMN[family]]]
    unique, counts = np.unique(np.array(names), return_counts=True)
    most = set(unique[np.argsort(-counts, kind="stable")[:MOST_LEVELS]].tolist())
    texts: dict[str, Any] = dict(columns.texts)
    texts[_COLUMN[family]] = np.array(
        [one if one in most else OTHERS for one in names], dtype=object
    )
    return replace(columns, texts=texts)


def _known(grouped: Grouped, family: str) -> list[Candidate]:
    """Compare levels that have a name; of two the first only."""
    found = [one for one in level_candidates(grouped, family) if one.level not in {UNKNOWN, OTHERS}]
    return found[:1] if len(set(grouped.level)) == 2 else found


def _two(grouped: Grouped | None, family: str, level: str) -> list[Candidate]:
    if grouped is None:
        return []
    return [one for one in level_candidates(grouped, family) if one.level == level]
