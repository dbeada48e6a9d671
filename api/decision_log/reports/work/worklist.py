"""Lists to work from: decisions that match, one decision with its history, and today's work."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from decision_log.log.unknown_ids import similar_ids_named
from decision_log.reports.work.open_decisions import (
    KeptChances,
    OpenDecisions,
    ages,
    are_overdue,
)
from decision_store.errors import InvalidRecord, UnknownDecision
from decision_store.names import name_key
from decision_store.timestamps import parse_timestamp

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.records import Moment
    from decision_model.rates.model import RateModel

Row = dict[str, Any]

STATES = ("won", "lost", "open")
LISTED = 10


def find_decisions(log: Log, *, as_of: Moment | None = None, **filters: Any) -> list[Row]:
    """List the decisions that match, newest first; see :meth:`DecisionLog.find_decisions`."""
    moment = log.moment(as_of)
    return [_in_zone(log, row) for row in _found(log, moment, log.settled_ages(as_of), **filters)]


def oldest_open(
    log: Log,
    *,
    opportunity_type: str | None = None,
    opportunity_source: str | None = None,
    only_overdue: bool = False,
    limit: int | None = None,
) -> Row:
    """Return the open decisions that wait longest, overdue ones first; see :meth:`DecisionLog.oldest_open`."""
    moment, settled = log.moment(), log.settled_ages()
    table = log.ask(
        "open_decisions",
        as_of=moment,
        type_key=None if opportunity_type is None else name_key(opportunity_type),
        source_key=None if opportunity_source is None else name_key(opportunity_source),
    ).sort_by([("timestamp", "ascending"), ("decision_id", "ascending")])
    overdue = are_overdue(table, ages(table, moment), settled)
    places = overdue.nonzero()[0] if only_overdue else (~overdue).argsort(kind="stable")
    ids = table.column("decision_id").take(places[:limit]).to_pylist()
    rows = _rows_of(log, moment, settled, ids)
    return {
        "decisions": [_in_zone(log, rows[identifier]) for identifier in ids if identifier in rows],
        "total": table.num_rows,
        "overdue": int(overdue.sum()),
    }


def count_overdue(log: Log, *, as_of: Moment | None = None) -> int:
    """Count the open decisions that are past the settled age of their type."""
    moment, settled = log.moment(as_of), log.settled_ages(as_of)
    table = log.ask("open_decisions", as_of=moment, type_key=None, source_key=None)
    return int(are_overdue(table, ages(table, moment), settled).sum())


def _rows_of(
    log: Log, moment: datetime, settled: Mapping[str, float | None], ids: list[str]
) -> dict[str, Row]:
    """Return the whole rows of some decisions by their ids."""
    found = _found(log, moment, settled, decision_ids=ids) if ids else []
    return {row["decision_id"]: row for row in found}


def _found(
    log: Log,
    moment: datetime,
    settled: Mapping[str, float | None],
    *,
    state: str | None = None,
    overdue: bool | None = None,
    opportunity_type: str | None = None,
    opportunity_source: str | None = None,
    sender: str | None = None,
    text: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    decision_ids: list[str] | None = None,
    limit: int | None = None,
) -> list[Row]:
    rows: list[Row] = log.ask(
        "found_decisions",
        as_of=moment,
        settled_types=list(settled),
        settled_hours=list(settled.values()),
        since=None if since is None else log.start(since),
        until=None if until is None else log.moment(until),
        decision_ids=decision_ids,
        state=state,
        overdue=overdue,
        type_key=None if opportunity_type is None else name_key(opportunity_type),
        source_key=None if opportunity_source is None else name_key(opportunity_source),
        sender=None if sender is None else sender.lower(),
        text=None if text is None else text.lower(),
        limit=limit,
    ).to_pylist()
    return [{**row, "timestamp": row["timestamp"].replace(tzinfo=UTC)} for row in rows]


def decision_history(log: Log, decision_id: str, *, as_of: Moment | None = None) -> Row:
    """Return one decision with its outcomes, corrections and predictions; see :meth:`DecisionLog.get_decision`."""
    moment = log.moment(as_of)
    found = _found(log, moment, log.settled_ages(as_of), decision_ids=[decision_id])
    if not found:
        with similar_ids_named(log):
            raise UnknownDecision(decision_id)
    opportunity = found[0]["opportunity_id"] or decision_id
    outcomes = log.ask("decision_outcomes", as_of=moment, decision_id=decision_id)
    amendments = log.ask("decision_amendments", as_of=moment, decision_id=decision_id)
    predictions = log.ask("opportunity_predictions", as_of=moment, opportunity_id=opportunity)
    return {
        "decision": _in_zone(log, found[0]),
        "outcomes": [_in_zone(log, row) for row in outcomes.to_pylist()],
        "corrections": [_in_zone(log, row) for row in amendments.to_pylist()],
        "predictions": [_in_zone(log, row) for row in predictions.to_pylist() if not row["shadow"]],
    }


def work_list(
    log: Log,
    scored: Sequence[Row],
    *,
    as_of: Moment | None = None,
    limit: int = LISTED,
    kept: KeptChances | None = None,
) -> Row:
    """Return what to do now, given the scored opportunities; see :meth:`DecisionLog.work_list`."""
    moment = log.moment(as_of)
    midnight = log.start(moment.astimezone(log.settings.zone).date() - timedelta(days=1))
    return {
        **lists_to_do(log, scored, as_of=as_of, limit=limit, kept=kept),
        "new": {
            **log.count_since(midnight, as_of=moment),
            "came_in": _came_in(scored, midnight, moment),
        },
    }


def lists_to_do(
    log: Log,
    scored: Sequence[Row],
    *,
    as_of: Moment | None = None,
    limit: int = LISTED,
    kept: KeptChances | None = None,
) -> Row:
    """Return the lists of the work list, without what is new since yesterday."""
    moment = log.moment(as_of)
    fit = log.rate_fits.recent() if as_of is None else log.rate_fits.at(moment)
    settled = log.settled_ages(None if as_of is None else moment)
    still = _open(log, moment, settled, fit.model, kept if as_of is None else None)
    first = still.first(limit)
    answer = unanswered(log, scored, moment)
    capacity = log.settings.capacity_per_day
    return {
        "as_of": moment.astimezone(log.settings.zone).isoformat(),
        "rates_as_of": fit.as_of.astimezone(log.settings.zone).isoformat(),
        "answer": [_to_answer(rank, row, moment) for rank, row in enumerate(answer[:capacity], 1)],
        "waiting": [_to_close(log, row) for row in first[False]],
        "overdue": [_to_close(log, row) for row in first[True]],
        "totals": {
            "answer": len(answer),
            "waiting": still.count(overdue=False),
            "overdue": still.count(overdue=True),
            "expected_revenue": round(sum(row["predicted_revenue"] for row in answer), 2),
        },
    }


def open_decisions(log: Log, moment: datetime) -> OpenDecisions:
    """Return the open decisions, most expected revenue first, by what was known at a moment."""
    return _open(log, moment, log.settled_ages(moment), log.rate_model(moment))


def _open(
    log: Log,
    moment: datetime,
    settled: Mapping[str, float | None],
    rates: RateModel,
    kept: KeptChances | None = None,
) -> OpenDecisions:
    table = log.ask("open_decisions", as_of=moment, type_key=None, source_key=None)
    return OpenDecisions(
        table, moment, settled, rates, partial(_rows_of, log, moment, settled), kept
    )


def unanswered(log: Log, items: Sequence[Row], moment: datetime) -> list[Row]:
    """Return the scored opportunities that no decision names, most expected revenue first."""
    ids = [str(item["id"]) for item in items if item.get("id") is not None]
    decided = log.ask("decided_opportunities", as_of=moment, ids=ids)
    known = set(decided.column("opportunity_id").to_pylist())
    left = [item for item in items if item.get("id") is None or str(item["id"]) not in known]
    return sorted(left, key=lambda item: -(item.get("predicted_revenue") or 0.0))


def _came_in(items: Sequence[Row], since: datetime, moment: datetime) -> int:
    """Count the scored opportunities that came in since a moment."""
    limit = (moment - since) / timedelta(hours=1)
    waited = (_hours_since(item.get("timestamp"), moment) for item in items)
    return sum(hours is not None and hours <= limit for hours in waited)


def _to_answer(rank: int, item: Mapping[str, Any], moment: datetime) -> Row:
    given = item.get("id")
    return {
        "rank": rank,
        "opportunity_id": None if given is None else str(given),
        "opportunity_type": item.get("type") or "general",
        "opportunity_source": item.get("source") or "unknown",
        "sender": item.get("sender"),
        "text": item.get("subject") or item.get("content"),
        "adjusted_score": item.get("adjusted_score"),
        "conversion_probability": item.get("conversion_probability"),
        "interval": item.get("interval"),
        "expected_revenue": item.get("predicted_revenue"),
        "recommendation": item.get("recommendation"),
        "waiting_hours": _hours_since(item.get("timestamp"), moment),
        "command": None if given is None else _command("log --from", str(given), '--action "…"'),
    }


def _hours_since(given: object, moment: datetime) -> float | None:
    """Return how long ago a time of the input was; None where it has none that can be read."""
    try:
        came = parse_timestamp(given, zone=UTC)  # type: ignore[arg-type]  # whatever the input holds
    except (InvalidRecord, TypeError):
        return None
    return max(round((moment - came) / timedelta(hours=1), 1), 0.0)


def _to_close(log: Log, row: Row) -> Row:
    verb = "lost" if row["overdue"] else "won"
    return {
        "decision_id": row["decision_id"],
        "opportunity_type": row["opportunity_type"],
        "opportunity_source": row["opportunity_source"],
        "sender": row["sender"],
        "text": row["opportunity_content"],
        "action_taken": row["action_taken"],
        "timestamp": iso(log, row["timestamp"]),
        "waiting_hours": round(row["waiting_hours"], 1),
        "conversion_probability": round(100 * row["chance"], 2),
        "expected_revenue": round(row["expected_revenue"], 2),
        "settled_hours": row["settled_hours"],
        "command": _command(verb, row["decision_id"]),
    }


def _in_zone(log: Log, row: Mapping[str, Any]) -> Row:
    """Write moments as ISO 8601 in the log's zone, and read JSON columns."""
    result = {
        key: iso(log, value) if isinstance(value, datetime) else value for key, value in row.items()
    }
    for name in ("context", "score_parts"):
        if isinstance(result.get(name), str):
            result[name] = orjson.loads(result[name])
    return result


def iso(log: Log, moment: datetime) -> str:
    """Write a moment of the store as ISO 8601 in the log's zone."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(log.settings.zone).isoformat(timespec="seconds")


def _command(words: str, identifier: str, *rest: str) -> str:
    """Write a command to act, with the identifier quoted for the shell."""
    return " ".join(["decision-log", words, shlex.quote(identifier), *rest])
