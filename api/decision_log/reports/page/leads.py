"""What to do: scored opportunities that wait for an answer, and open decisions that wait for an outcome."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from decision_log.reports.page.text import Excerpt, duration, excerpt, kind_name, money

if TYPE_CHECKING:
    from decision_log.log import Log

Row = dict[str, Any]

SHOWN = 6
"""Leads and open decisions that are shown whole."""

LATE = 0.9
"""A decision is overdue once it is open for longer than this share of the wins of its type took."""

FEWEST_WINS = 5
"""Below this many wins of a type nothing of it is called overdue."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A scored opportunity that nobody has answered yet; chances in percent."""

    id: str
    kind: str
    sender: Excerpt
    content: Excerpt
    chance: float
    low: float
    high: float
    usual: float | None
    expected: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An open decision."""

    id: str
    kind: str
    sender: Excerpt
    waiting: str
    usual: str
    overdue: bool


def leads_to_answer(log: Log, as_of: datetime) -> tuple[tuple[Lead, ...], int]:
    """Return the best scored opportunities without a decision, and how many more there are."""
    try:
        document = orjson.loads(log.settings.home.scored.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return (), 0
    items = document.get("opportunities", []) if isinstance(document, dict) else document
    answered = {
        str(row[key])
        for row in log.decisions_between(as_of=as_of)
        for key in ("opportunity_id", "decision_id")
        if row[key]
    }
    open_items = [
        item for item in items if isinstance(item, dict) and str(item.get("id", "")) not in answered
    ]
    open_items.sort(key=lambda item: -(item.get("expected_value") or 0.0))
    return tuple(map(_lead, open_items[:SHOWN])), max(len(open_items) - SHOWN, 0)


def _lead(item: Row) -> Lead:
    low, high = item["interval"]
    return Lead(
        id=excerpt(str(item.get("id", "")), 60).text,
        kind=kind_name(str(item.get("type") or "general"), str(item.get("source") or "unknown")),
        sender=excerpt(str(item.get("sender") or ""), 80),
        content=excerpt(str(item.get("content") or "")),
        chance=item["conversion_probability"],
        low=low,
        high=high,
        usual=(item.get("historical_data") or {}).get("conversion_rate"),
        expected=money(item.get("expected_value")),
        score=item["adjusted_score"],
        why=excerpt(item.get("reasoning"), 400).text,
    )


def waiting_decisions(log: Log, as_of: datetime) -> tuple[tuple[WaitingRow, ...], int]:
    """Return the open decisions that wait longest, overdue ones first, and how many are overdue."""
    rows = log.decisions_between(as_of=as_of)
    took: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row["state"] == "won":
            took[row["opportunity_type"]].append(row["hours"])
    limits = {
        kind: sorted(hours)[min(round(LATE * len(hours)), len(hours) - 1)]
        for kind, hours in took.items()
        if len(hours) >= FEWEST_WINS
    }
    still = [row for row in rows if row["state"] == "open"]
    late = {
        row["decision_id"]
        for row in still
        if row["hours"] > limits.get(row["opportunity_type"], float("inf"))
    }
    still.sort(key=lambda row: (row["decision_id"] not in late, row["timestamp"]))
    shown = tuple(
        WaitingRow(
            id=excerpt(row["decision_id"], 60).text,
            kind=kind_name(row["opportunity_type"], row["opportunity_source"]),
            sender=excerpt(row["sender"], 80),
            waiting=duration((as_of - row["timestamp"].astimezone(UTC)).total_seconds() / 3600),
            usual=duration(limits.get(row["opportunity_type"])),
            overdue=row["decision_id"] in late,
        )
        for row in still[: 2 * SHOWN]
    )
    return shown, len(late)
