"""History of one decision: everything recorded about it, in the order in which the log learnt of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decision_log.log.unknown_ids import similar_ids_named
from decision_store.errors import UnknownDecision

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.records import Moment

Row = dict[str, Any]

_MOMENTS = ("recorded_at", "occurred_at")


def decision_facts(log: Log, decision_id: str, *, as_of: Moment | None = None) -> list[Row]:
    """List the facts about a decision; see :meth:`DecisionLog.get_history`."""
    moment = log.moment(as_of)
    logged = log.ask("logged_decision", decision_id=decision_id).to_pylist()
    if not logged or _aware(logged[0]["recorded_at"]) > moment:
        with similar_ids_named(log):
            raise UnknownDecision(decision_id)
    found = {"as_of": moment, "decision_id": decision_id}
    opportunity = logged[0]["opportunity_id"] or decision_id
    facts = [
        *_decisions(logged[0]),
        *_outcomes(log.ask("decision_outcomes", **found).to_pylist()),
        *_amendments(log.ask("decision_amendments", **found).to_pylist()),
        *_predictions(
            log.ask("opportunity_predictions", as_of=moment, opportunity_id=opportunity).to_pylist()
        ),
    ]
    facts.sort(key=lambda fact: fact["recorded_at"])
    zone = log.settings.zone
    return [
        {**fact, **{name: fact[name].astimezone(zone).isoformat() for name in _MOMENTS}}
        for fact in facts
    ]


def _decisions(row: Mapping[str, Any]) -> Iterator[Row]:
    yield _fact(
        "decision",
        row["decision_id"],
        row["recorded_at"],
        row["timestamp"],
        f"{row['opportunity_type']} from {row['opportunity_source']}: {row['action_taken']}",
        by=row["decision_maker"],
    )


def _outcomes(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        yield _fact(
            "outcome",
            row["outcome_id"],
            row["recorded_at"],
            row["occurred_at"],
            f"{row['outcome_type']} {row['outcome_status']}",
            amount=row["revenue_generated"],
            meaning=row["outcome_meaning"],
            voided=row["voided"],
        )


def _amendments(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        if row["action"] == "correct":
            kind, what = "correction", f"{row['field']} is now {row['value']!r}"
        else:
            kind = str(row["action"])
            what = f"the outcome {row['outcome_id']}" if row["outcome_id"] else "the decision"
        if row["reason"]:
            what += f" ({row['reason']})"
        yield _fact(kind, row["amendment_id"], row["recorded_at"], row["recorded_at"], what)


def _predictions(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        shadow = ", in shadow mode" if row["shadow"] else ""
        yield _fact(
            "prediction",
            row["prediction_id"],
            row["predicted_at"],
            row["predicted_at"],
            f"chance {100 * row['probability']:.0f} %{shadow}",
            by=row["model_version"],
            amount=row["expected_revenue"],
        )


def _fact(
    kind: str, identifier: str, recorded: datetime, occurred: datetime, what: str, **further: Any
) -> Row:
    return {
        "recorded_at": _aware(recorded),
        "occurred_at": _aware(occurred),
        "kind": kind,
        "id": identifier,
        "what": what,
        "amount": None,
        "meaning": None,
        "voided": False,
        "by": None,
        **further,
    }


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
