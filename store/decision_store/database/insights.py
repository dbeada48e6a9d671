"""Table of insights: what the newest generation found is active, earlier findings stay as inactive rows.

Insights follow from the facts, so they are not in the journal: a rebuilt database has none until they are
generated again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision_store.database.transactions import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMNS = ("insight_id", "insight_type", "title", "description", "confidence_score", "data_points")


def replace_active(
    connection: DuckDBPyConnection, insights: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Make these the active insights; one that was found before becomes active again.

    Parameters
    ----------
    insights : sequence of mapping
        With the columns of the table but ``generated_at`` and ``is_active``.
    now : datetime
        When they were generated, naive UTC.
    """
    ids = [row["insight_id"] for row in insights]
    with transaction(connection):
        connection.execute(
            "UPDATE insights SET is_active = insight_id IN (SELECT unnest(?::VARCHAR[]))", [ids]
        )
        rows = connection.execute("SELECT insight_id FROM insights").fetchall()
        stored = {insight_id for (insight_id,) in rows}
        for row in insights:
            if row["insight_id"] not in stored:
                connection.execute(
                    "INSERT INTO insights (insight_id, insight_type, title, description, "
                    "confidence_score, data_points, generated_at, is_active) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, true)",
                    [*(row[name] for name in _COLUMNS), now],
                )
