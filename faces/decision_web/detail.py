"""One decision or opportunity in detail: chance and reasons, the text, similar ones, history."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from decision_log import DecisionLogError
from decision_log.reports.page.text import (
    Excerpt,
    day,
    duration,
    excerpt,
    kind_name,
    money,
    percent,
)
from decision_web.desk import Desk

Row = Mapping[str, Any]

REASONS = 3
"""Reasons shown on either side; the rest is added up in one row, so that the parts make the whole."""

MATERIAL = 0.05
"""Log-odds below which a reason is not named."""

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Reason:
    """What one field adds; ``share`` is its length in percent of the longest."""

    side: str
    text: str
    weight: str
    share: float


@dataclass(frozen=True, slots=True)
class Similar:
    """A past decision like it, of the same type and source."""

    id: str
    state: str
    text: Excerpt
    days: str
    revenue: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something in the history; ``text`` is ours, ``quoted`` may be other people's."""

    when: datetime
    text: str
    quoted: Excerpt
    undo_id: str = ""

    @property
    def shown(self) -> str:
        """Its moment, in the log's zone."""
        return f"{self.when.day} {self.when:%b %H:%M}"


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything that is shown of one item."""

    id: str
    kind: str
    state: str
    who: Excerpt
    what: str
    meta: str
    text: Excerpt
    action: Excerpt
    chance: float | None
    low: float
    high: float
    usual: float | None
    start: str
    reasons: tuple[Reason, ...]
    reasoning: Excerpt
    expected: str
    expected_range: str
    waiting: str
    settled: str
    revenue: str
    similar: tuple[Similar, ...]
    history: tuple[Event, ...]


def read_detail(desk: Desk, identifier: str) -> Detail | None:
    """Return a decision or a scored opportunity in detail; None where no such id is known."""
    return desk.answers.get(("detail", identifier), lambda: _read(desk, identifier))


def _read(desk: Desk, identifier: str) -> Detail | None:
    with desk.use() as log:
        try:
            found = log.get_decision(identifier)
        except DecisionLogError:
            pass
        else:
            return _of_decision(desk, found)
        try:
            opportunity = log.get_opportunity(identifier)
        except DecisionLogError:
            return None
        return _of_opportunity(desk, identifier, opportunity)


def _of_decision(desk: Desk, found: Mapping[str, Any]) -> Detail:
    row = found["decision"]
    item = {
        "type": row["opportunity_type"],
        "source": row["opportunity_source"],
        "content": row["opportunity_content"],
        "sender": row["sender"],
        "context": row["context"],
    }
    if row["opportunity_score"] is not None:
        item["score"] = row["opportunity_score"]
    decided = datetime.fromisoformat(row["timestamp"])
    maker = excerpt(row["decision_maker"], 40).text
    meta = f"decided {day(decided)}" + (f" by {maker}" if maker else "")
    return _detail(
        desk,
        item,
        id=row["decision_id"],
        kind="decision",
        state=row["state"],
        meta=meta,
        action=excerpt(row["action_taken"], 280),
        waiting=duration(row["hours"]),
        settled=_settled(row),
        revenue=money(row["revenue"]) if row["state"] == "won" else "",
        history=_history(found, decided),
    )


def _of_opportunity(desk: Desk, identifier: str, opportunity: Row) -> Detail:
    score = opportunity.get("score")
    return _detail(
        desk,
        opportunity,
        id=identifier,
        kind="opportunity",
        state="",
        meta=f"came with score {score:.0f}"
        if isinstance(score, int | float)
        else "came without a score",
        action=Excerpt(""),
        waiting="",
        settled="",
        revenue="",
        history=(),
    )


def _detail(desk: Desk, item: Row, **known: Any) -> Detail:
    predicted = desk.predicted(item)
    kind = str(item.get("type") or item.get("opportunity_type") or "general")
    source = str(item.get("source") or item.get("opportunity_source") or "unknown")
    text = "\n".join(str(item[key]) for key in ("subject", "content") if item.get(key))
    values = {} if predicted is None else _predicted(predicted)
    return Detail(
        who=excerpt(str(item.get("sender") or ""), 80),
        what=kind_name(kind, source),
        text=excerpt(text, LONGEST_TEXT),
        **{**_UNKNOWN, **values},
        **known,
    )


_UNKNOWN: dict[str, Any] = {
    "usual": None,
    "chance": None,
    "low": 0.0,
    "high": 0.0,
    "start": "",
    "reasons": (),
    "reasoning": Excerpt(""),
    "expected": "?",
    "expected_range": "",
    "similar": (),
}


def _predicted(row: Row) -> dict[str, Any]:
    low, high = row["interval"]
    least, most = row["revenue_interval"]
    return {
        "usual": row["usual_probability"] if row["similar_count"] else None,
        "chance": row["conversion_probability"],
        "low": low,
        "high": high,
        "start": percent(100.0 / (1.0 + math.exp(-row["base_log_odds"])))
        if row["contributions"]
        else "",
        "reasons": tuple(_reasons(row["contributions"])),
        "reasoning": excerpt(row["reasoning"], 500),
        "expected": money(row["predicted_revenue"]),
        "expected_range": f"{money(least)} to {money(most)}",
        "similar": tuple(_similar(one) for one in row["similar_decisions"]),
    }


def _reasons(parts: Sequence[Row]) -> list[Reason]:
    """Return the strongest reasons on either side, and the sum of all others."""
    by_weight = sorted(parts, key=lambda part: -abs(part["log_odds"]))
    listed = [
        part
        for sign in (1, -1)
        for part in [p for p in by_weight if p["log_odds"] * sign >= MATERIAL][:REASONS]
    ]
    rest = math.fsum(part["log_odds"] for part in parts) - math.fsum(p["log_odds"] for p in listed)
    longest = max([abs(part["log_odds"]) for part in listed] + [abs(rest), 1e-9])
    rows = [(part["log_odds"], excerpt(part["value"], 120).text) for part in listed]
    if abs(rest) >= 0.005:
        rows.append((rest, "everything else together"))
    return [
        Reason(
            side="For" if odds > 0 else "Against",
            text=text,
            weight=_weight(odds),
            share=round(50.0 * abs(odds) / longest, 2),
        )
        for odds, text in rows
    ]


def _weight(log_odds: float) -> str:
    size = abs(log_odds)
    return "strong" if size >= 1.0 else "some" if size >= 0.3 else "slight"


def _similar(row: Row) -> Similar:
    return Similar(
        id=row["decision_id"],
        state=row["state"],
        text=excerpt(row["content"] or row["action_taken"], 120),
        days=f"{row['hours'] / 24:,.0f}",
        revenue=money(row["revenue"]) if row["revenue"] else "–",
    )


def _settled(row: Row) -> str:
    settled = row["settled_hours"]
    return "" if settled is None else f"19 of 20 such wins take at most {duration(settled)}"


def _history(found: Mapping[str, Any], decided: datetime) -> tuple[Event, ...]:
    row = found["decision"]
    events = [Event(decided, "Decided:", excerpt(row["action_taken"], 200))]
    for outcome in found["outcomes"]:
        amount = outcome["revenue_generated"]
        said = f"{excerpt(outcome['outcome_type'], 40).text}: {excerpt(outcome['outcome_status'], 40).text}"
        text = said + (f", {money(amount)}" if amount else "")
        if outcome["voided"]:
            text += " (taken back)"
        events.append(
            Event(
                _moment(outcome["occurred_at"]),
                text,
                excerpt(outcome["notes"], 200),
                "" if outcome["voided"] else outcome["outcome_id"],
            )
        )
    events += [
        Event(_moment(one["recorded_at"]), f"{one['action']} {one['field']}".strip(), Excerpt(""))
        for one in found["corrections"]
        if one["action"] == "correct"
    ]
    events += [
        Event(
            _moment(one["predicted_at"]),
            f"{excerpt(one['model_version'], 40).text} said {percent(100 * one['probability'])}",
            Excerpt(""),
        )
        for one in found["predictions"]
        if one["probability"] is not None
    ]
    return tuple(sorted(events, key=lambda event: event.when))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
