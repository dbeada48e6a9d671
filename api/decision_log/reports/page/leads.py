"""Leads and open decisions of a page: those that wait for an answer or an outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from decision_log.reports.page.text import Excerpt, duration, excerpt, kind_name, money
from decision_log.reports.page.times import TypeTimes
from decision_log.reports.work.worklist import unanswered

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.reports.work.open_decisions import OpenDecisions

Row = dict[str, Any]

SHOWN = 6
"""Leads, overdue decisions and other open ones that are shown whole."""

_REASON = re.compile(r"(For|Against) it: (.+?)\.(?= Against it:| Alike| Of | The |$)")
_PLAIN_ID = re.compile(r"[A-Za-z0-9._:-]{1,60}")
"""Ids that may stand in a command to be copied; any other could hold words of the shell."""


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
    reasons: tuple[tuple[str, str], ...]
    why: str
    command: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An open decision; the chance in percent, as long as it is open by now."""

    id: str
    kind: str
    sender: Excerpt
    waiting: str
    hours: float
    chance: float
    expected: str
    overdue: bool
    times: TypeTimes | None


def leads_to_answer(
    log: Log, as_of: datetime, currency: str
) -> tuple[tuple[Lead, ...], Sequence[Row]]:
    """Return the scored opportunities without a decision: the best whole, and the rows of the others."""
    rows = unanswered(log, _scored(log), as_of)
    return tuple(_lead(row, currency) for row in rows[:SHOWN]), rows[SHOWN:]


def _scored(log: Log) -> list[Row]:
    """Read the scored file; one that cannot be read holds nothing to answer."""
    try:
        document = orjson.loads(log.settings.home.scored.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return []
    items = document.get("opportunities", []) if isinstance(document, dict) else document
    return [item for item in items if isinstance(item, dict) and item.get("interval")]


def _lead(item: Row, currency: str) -> Lead:
    low, high = item["interval"]
    given = str(item.get("id", ""))
    reasoning = str(item.get("reasoning") or "")
    reasons = tuple((name, excerpt(text, 200).text) for name, text in _REASON.findall(reasoning))
    return Lead(
        id=excerpt(given, 60).text,
        kind=kind_name(str(item.get("type") or "general"), str(item.get("source") or "unknown")),
        sender=excerpt(str(item.get("sender") or ""), 80),
        content=excerpt(str(item.get("content") or item.get("subject") or "")),
        chance=item["conversion_probability"],
        low=low,
        high=high,
        usual=(item.get("historical_data") or {}).get("conversion_rate"),
        expected=money(item.get("predicted_revenue"), currency),
        score=item["adjusted_score"],
        reasons=reasons,
        why="" if reasons else excerpt(reasoning, 400).text,
        command=f'decision-log log --from {given} --action "…"'
        if _PLAIN_ID.fullmatch(given)
        else "",
    )


def waiting_rows(
    still_open: OpenDecisions, times: Mapping[str, TypeTimes], currency: str
) -> tuple[WaitingRow, ...]:
    """Return the open decisions with most expected revenue: overdue ones first, then the others.

    Parameters
    ----------
    still_open : OpenDecisions
        Of `decision_log.reports.work.worklist.open_decisions`.
    times : mapping of str to TypeTimes
        How long wins take, by type.
    """
    found = still_open.first(SHOWN)
    return tuple(
        WaitingRow(
            id=excerpt(row["decision_id"], 60).text,
            kind=kind_name(row["opportunity_type"], row["opportunity_source"]),
            sender=excerpt(row["sender"], 80),
            waiting=duration(row["waiting_hours"]),
            hours=row["waiting_hours"],
            chance=100 * row["chance"],
            expected=money(row["expected_revenue"], currency),
            overdue=row["overdue"],
            times=times.get(row["opportunity_type"]),
        )
        for row in (*found[True], *found[False])
    )
