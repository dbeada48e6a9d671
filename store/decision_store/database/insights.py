"""Table of insights: what the newest generation found is active, earlier findings stay as inactive rows.

A row is stored once, with the moment at which it was first found; later generations change its text and status.
Insights follow from the facts, so their texts are not in the journal: a rebuilt database has none until they are
generated again. Which comparison was found when, and where it stands, are facts (`findings`), which a rebuild keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision_store.database.transactions import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_REQUIRED = (
    "insight_id", "insight_type", "title", "description", "confidence_score", "data_points",
)  # fmt: skip
_OPTIONAL = ("subject", "status", "status_since", "effect", "later_decisions")
_COLUMNS = (*_REQUIRED, *_OPTIONAL)


def differs(stored: Sequence[Mapping[str, Any]], insights: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the active rows are not already these."""
    return {_values(row) for row in stored} != {_values(row) for row in insights}


def replace_active(
    connection: DuckDBPyConnection, insights: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Make these the active insights; one that was found before keeps when that was.

    Parameters
    ----------
    insights : sequence of mapping
        With the columns of the table but ``is_active``; ``generated_at`` (now by default) and what a plain count
        does not have may be missing.
    now : datetime
        Naive UTC.
    """
    ids = [row["insight_id"] for row in insights]
    with transaction(connection):
        connection.execute(
            "UPDATE insights SET is_active = insight_id IN (SELECT unnest(?::VARCHAR[]))", [ids]
        )
        rows = connection.execute("SELECT insight_id FROM insights").fetchall()
        stored = {insight_id for (insight_id,) in rows}
        for row in insights:
            values = [*_values(row)]
            if row["insight_id"] in stored:
                changed = ", ".join(f"{name} = ?" for name in _COLUMNS[1:])
                connection.execute(
                    f"UPDATE insights SET {changed} WHERE insight_id = ?",  # noqa: S608
                    [*values[1:], row["insight_id"]],
                )
            else:
                connection.execute(
                    f"INSERT INTO insights ({', '.join(_COLUMNS)}, generated_at, is_active) "  # noqa: S608
                    f"VALUES ({', '.join('?' * len(_COLUMNS))}, ?, true)",
                    [*values, row.get("generated_at") or now],
                )


def _values(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in _COLUMNS)
