"""History of decisions: what each outcome made of its decision, derived again where outcomes or amendments came.

The macro `history_of` is the definition. Most decisions of a log have one outcome and were never amended; of those,
`_OF_ONE_OUTCOME` says the same without windows, at a tenth of the cost. `Store.status` with ``verify`` compares all
rows with the macro.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FORGET = "DELETE FROM decision_history WHERE decision_id IN (SELECT decision_id FROM incoming)"

_OF_ONE_OUTCOME = """
    INSERT INTO decision_history BY NAME
    WITH single AS (
        SELECT decision_id FROM outcomes WHERE decision_id IN (SELECT decision_id FROM incoming)
        GROUP BY decision_id HAVING count(*) = 1
    ),
    judged AS (
        SELECT *,
            is_win(outcome_meaning, customer_acquired, deal_closed) AS is_win,
            coalesce(outcome_meaning = 'reversed', false) AS is_reversal,
            exact_money(revenue_generated) AS amount
        FROM outcomes SEMI JOIN single USING (decision_id)
    ),
    ruled AS (
        SELECT *,
            CASE WHEN is_reversal THEN least(amount, 0) ELSE amount END AS received,
            CASE
                WHEN is_win AND NOT is_reversal THEN 'won'
                WHEN is_win OR outcome_meaning = 'lost' THEN 'lost'
                ELSE 'open'
            END AS state
        FROM judged
    )
    SELECT
        decision_id, opportunity_type, opportunity_source, decision_timestamp,
        decision_has_cost AS has_cost,
        decision_has_effort AS has_effort,
        greatest(recorded_at, the_beginning(), decision_recorded_at, decision_timestamp) AS known_from,
        'infinity'::TIMESTAMP AS known_until,
        state,
        CASE WHEN state <> 'open' THEN time_to_outcome_hours END AS hours,
        CASE WHEN state <> 'open' THEN occurred_at END AS closed_at,
        CASE WHEN state = 'won' THEN received ELSE 0 END::DOUBLE AS revenue,
        response_received AS responded,
        customer_acquired,
        deal_closed,
        1 AS outcomes,
        recorded_at AS last_recorded,
        CASE WHEN state <> 'open' THEN
            CASE WHEN occurred_at < decision_recorded_at THEN occurred_at ELSE recorded_at END
        END AS closing_recorded_at,
        received::DOUBLE AS received
    FROM ruled
    ORDER BY last_recorded
"""

# After `_OF_ONE_OUTCOME`: those that have no history yet.
_REST = """
    SELECT DISTINCT decision_id FROM incoming
    WHERE decision_id NOT IN (
        SELECT decision_id FROM decision_history WHERE decision_id IN (SELECT decision_id FROM incoming)
    )
"""

_OF_REST = f"""
    INSERT INTO decision_history
    SELECT * FROM history_of((SELECT list(decision_id) FROM ({_REST}))) ORDER BY last_recorded
"""  # noqa: S608 - a statement of ours


def derive_history(connection: DuckDBPyConnection) -> None:
    """Derive the history of the decisions in `incoming` from their outcomes."""
    connection.execute(_FORGET).fetchall()
    (amended,) = connection.execute("SELECT EXISTS (FROM amendments)").fetchall()
    if not amended[0]:
        (derived,) = connection.execute(_OF_ONE_OUTCOME).fetchall()
        (named,) = connection.execute("SELECT count(DISTINCT decision_id) FROM incoming").fetchall()
        if derived[0] == named[0]:
            return
    if connection.execute(f"{_REST} LIMIT 1").fetchall():
        connection.execute(_OF_REST).fetchall()
