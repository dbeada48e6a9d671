"""Merge statements: how new rows join the stored ones, made from the field table.

`incoming` is the Arrow table of what arrived. A row is added where its id is new, the first of several wins;
is unchanged where the same content is stored; and is a conflict where other content is. `word_meanings` says what
an outcome means whose writer did not say it.
"""

from __future__ import annotations

from dataclasses import dataclass

from decision_store.facts import (
    ALIASES,
    AMENDMENTS,
    DECISIONS,
    DISMISSALS,
    FINDINGS,
    OUTCOMES,
    PREDICTIONS,
)
from decision_store.fields import Field, FieldType, Matching
from decision_store.record_classes import FactTable

# ruff: noqa: S608 - every name in these statements comes from facts.py


@dataclass(frozen=True, slots=True)
class Statements:
    """SQL of one kind.

    Parameters
    ----------
    insert : str
        Adds what is new.
    insert_distinct : str
        The same of rows whose ids all differ, without looking for the first of each.
    conflicts : str
        Finds the places of rows whose id is stored with other content. Where only senders differ (`differs` is
        false), the new and the stored one stand in `senders`.
    unknown_ids : str, optional
        Finds the places of outcomes whose decision is not stored.
    has_history : bool
        Whether the history of decisions follows from the rows.
    """

    insert: str
    insert_distinct: str
    conflicts: str
    unknown_ids: str | None = None
    has_history: bool = False


def _names(facts: FactTable, prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in facts.names)


def _differs(field: Field) -> str:
    name = f'"{field.name}"'
    if field.name == "time_to_outcome_hours":
        # Hours that the fold worked out are not content: the caller gave none.
        return (
            "CASE WHEN s.hours_given THEN i.time_to_outcome_hours IS DISTINCT FROM s.time_to_outcome_hours "
            "ELSE i.time_to_outcome_hours IS NOT NULL END"
        )
    if field.clock:
        return f"(NOT i.unstated AND i.{name} IS DISTINCT FROM s.{name})"
    stored = f"s.{name}::VARCHAR" if field.type is FieldType.JSON else f"s.{name}"
    return f"i.{name} IS DISTINCT FROM {stored}"


_FIRST_OF_EACH = "{first of each}"


def _inserts(insert: str, key: str, among: str = "incoming") -> tuple[str, str]:
    """Return a statement for any rows, and for rows whose ids all differ."""
    first = f"place IN (SELECT min(place) FROM {among} GROUP BY {key})"
    return insert.replace(_FIRST_OF_EACH, first), insert.replace(_FIRST_OF_EACH, "true")


def _new(stored: str, key: str) -> str:
    """Condition of the rows whose id is in no stored row, the first of each id.

    The ids that arrived are looked up in ``stored`` first: of few rows that costs the same in a log of any size.
    """
    return f"""
        {_FIRST_OF_EACH}
        AND {key} NOT IN (SELECT {key} FROM {stored} WHERE {key} IN (SELECT {key} FROM incoming))
    """


def _plain(
    facts: FactTable,
    order: str,
    *,
    every: str | None = None,
    logged: str | None = None,
    sequenced: bool = False,
) -> Statements:
    """Make the statements of a kind; `every` has all its rows, `logged` all as they were recorded."""
    key = facts.key
    names = _names(facts) + (", sequence" if sequenced else "")
    insert = f"""
        INSERT INTO {facts.name} ({names})
        SELECT {names} FROM incoming AS i
        WHERE {_new(every or facts.name, key)}
        ORDER BY "{order}", place
    """
    conflicts = _conflicts(facts, logged or facts.name)
    return Statements(*_inserts(insert, key), conflicts)


def _conflicts(facts: FactTable, stored: str) -> str:
    senders = [field for field in facts.compared if field.matching is Matching.SENDER]
    others = " OR ".join(_differs(field) for field in facts.compared if field not in senders)
    pairs = ", ".join(f"i.{field.name}, s.{field.name}" for field in senders)
    return f"""
        SELECT i.place, {others} AS differs, [{pairs}]::VARCHAR[] AS senders
        FROM incoming AS i JOIN (
            SELECT * FROM {stored} WHERE {facts.key} IN (SELECT {facts.key} FROM incoming)
        ) AS s USING ({facts.key})
        WHERE {" OR ".join(_differs(field) for field in facts.compared)}
        ORDER BY place
    """


def _of_outcomes() -> Statements:
    given = [name for name in OUTCOMES.names if name != "time_to_outcome_hours"]
    names = ", ".join(given)
    inserts = _inserts(
        f"""
            INSERT INTO outcomes ({names}, sequence, time_to_outcome_hours, hours_given,
                opportunity_type, opportunity_source, decision_timestamp, decision_recorded_at,
                decision_has_cost, decision_has_effort)
            WITH owned AS (
                SELECT i.* REPLACE (coalesce(i.outcome_meaning, m.meaning) AS outcome_meaning),
                    d.opportunity_type, d.opportunity_source,
                    d."timestamp" AS decision_timestamp, d.recorded_at AS decision_recorded_at,
                    d.cost_usd IS NOT NULL AS decision_has_cost,
                    d.effort_minutes IS NOT NULL AS decision_has_effort
                FROM incoming AS i JOIN every_decision AS d USING (decision_id)
                LEFT JOIN word_meanings AS m
                    ON m.outcome_type = i.outcome_type AND m.outcome_status = i.outcome_status
                    AND m.known_from <= i.recorded_at AND i.recorded_at < m.known_until
            )
            SELECT {names}, sequence,
                coalesce(
                    time_to_outcome_hours,
                    greatest(0, (epoch_us(occurred_at) - epoch_us(decision_timestamp)) / 3.6e9)
                ),
                time_to_outcome_hours IS NOT NULL,
                opportunity_type, opportunity_source, decision_timestamp, decision_recorded_at,
                decision_has_cost, decision_has_effort
            FROM owned
            WHERE {_new("outcomes", "outcome_id")}
            ORDER BY recorded_at, place
        """,
        "outcome_id",
        "owned",
    )
    return Statements(
        *inserts,
        conflicts=_conflicts(OUTCOMES, "outcomes"),
        unknown_ids="""
            SELECT i.place, true AS differs, []::VARCHAR[] AS senders
            FROM incoming AS i
            WHERE decision_id NOT IN (
                    SELECT decision_id FROM every_decision WHERE decision_id IN (SELECT decision_id FROM incoming)
                )
                -- one that is stored and names another decision is a conflict
                AND outcome_id NOT IN (
                    SELECT outcome_id FROM outcomes WHERE outcome_id IN (SELECT outcome_id FROM incoming)
                )
            ORDER BY place
        """,
        has_history=True,
    )


_POINTS = ("base", "conversion", "revenue", "confidence")


def _of_predictions() -> Statements:
    """Predictions are stored with their score parts as numbers and their reasoning as a template."""
    plain = _plain(PREDICTIONS, "predicted_at")
    kept = [name for name in PREDICTIONS.names if name not in {"score_parts", "reasoning"}]
    names = ", ".join(f'"{name}"' for name in kept)
    points = ", ".join(f"{name}_points" for name in _POINTS)
    values = ", ".join(f"(i.score_parts ->> '$.{name}')::DOUBLE" for name in _POINTS)
    inserts = _inserts(
        f"""
            INSERT INTO predictions ({names}, {points}, reasoning_template)
            SELECT {names}, {values}, reasoning FROM incoming AS i
            WHERE {_new("predictions", "prediction_id")}
            ORDER BY predicted_at, place
        """,
        "prediction_id",
    )
    return Statements(*inserts, plain.conflicts)


STATEMENTS = {
    "decision": _plain(
        DECISIONS, "timestamp", every="every_decision", logged="logged_decisions", sequenced=True
    ),
    "amendment": _plain(AMENDMENTS, "recorded_at", sequenced=True),
    "outcome": _of_outcomes(),
    "alias": _plain(ALIASES, "recorded_at"),
    "dismissal": _plain(DISMISSALS, "recorded_at"),
    "finding": _plain(FINDINGS, "recorded_at"),
    "prediction": _of_predictions(),
}
