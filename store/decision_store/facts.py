"""Which columns does each kind of fact have? The one list that Arrow tables and SQL are made from.

pyarrow is imported only when a schema is asked for: writing a fact must not need it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of facts.

    Parameters
    ----------
    name : str
        As in the database.
    kind : str
        ``text``, ``json``, ``number``, ``flag`` or ``moment`` (naive UTC, microseconds).
    required : bool
        Whether a fact without it is refused.
    default : str, float, bool or None
        What a missing value becomes.
    low, high : float
        Bounds of a number.
    compared : bool
        Whether it belongs to the content: the same id with another value here is a conflict.
    """

    name: str
    kind: str
    required: bool = False
    default: str | float | bool | None = None
    low: float = 0.0
    high: float = math.inf
    compared: bool = True


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of facts; calling it gives its pyarrow schema.

    Examples
    --------
    >>> DECISIONS().field("timestamp").type
    TimestampType(timestamp[us])
    >>> OUTCOMES.key
    'outcome_id'
    """

    name: str
    kind: str
    key: str
    columns: tuple[Column, ...]

    def __call__(self) -> pa.Schema:
        """Return the pyarrow schema of this table's columns."""
        import pyarrow as pa

        types = {
            "text": pa.string(),
            "json": pa.string(),
            "number": pa.float64(),
            "flag": pa.bool_(),
            "moment": pa.timestamp("us"),
        }
        return pa.schema(
            [pa.field(c.name, types[c.kind], nullable=not c.required) for c in self.columns]
        )

    @property
    def compared(self) -> tuple[Column, ...]:
        """The columns that make up the content of a fact."""
        return tuple(c for c in self.columns if c.compared and c.name != self.key)


DECISIONS = FactTable(
    name="decisions",
    kind="decision",
    key="decision_id",
    columns=(
        Column("decision_id", "text", required=True),
        Column("timestamp", "moment", required=True),
        Column("opportunity_type", "text", required=True),
        Column("opportunity_source", "text", required=True),
        Column("opportunity_content", "text", default=""),
        Column("opportunity_score", "number", high=100.0),
        Column("sender", "text", default=""),
        Column("action_taken", "text", required=True),
        Column("decision_maker", "text", default="jarvis"),
        Column("context", "json", default="{}"),
        Column("opportunity_id", "text"),
        Column("received_at", "moment"),
        Column("cost_usd", "number"),
        Column("effort_minutes", "number"),
        Column("action_probability", "number", high=1.0),
        Column("recorded_at", "moment", required=True, compared=False),
    ),
)
"""What was done, by whom, when."""

OUTCOMES = FactTable(
    name="outcomes",
    kind="outcome",
    key="outcome_id",
    columns=(
        Column("outcome_id", "text", required=True),
        Column("decision_id", "text", required=True),
        Column("outcome_type", "text", required=True),
        Column("outcome_status", "text", required=True),
        Column("revenue_generated", "number", default=0.0, low=-1e15, high=1e15),
        Column("customer_acquired", "flag", default=False),
        Column("deal_closed", "flag", default=False),
        Column("response_received", "flag", default=False),
        Column("time_to_outcome_hours", "number"),
        Column("notes", "text", default=""),
        Column("occurred_at", "moment", required=True),
        Column("recorded_at", "moment", required=True, compared=False),
    ),
)
"""What became of it; the columns that a caller gives. The fold adds copies of the decision's own."""

PREDICTIONS = FactTable(
    name="predictions",
    kind="prediction",
    key="prediction_id",
    columns=(
        Column("prediction_id", "text", required=True),
        Column("opportunity_id", "text", required=True),
        Column("predicted_at", "moment", required=True, compared=False),
        Column("as_of", "moment", required=True),
        Column("model_version", "text", required=True),
        Column("opportunity_type", "text", required=True),
        Column("opportunity_source", "text", required=True),
        Column("probability", "number", low=-math.inf, compared=False),
        Column("low", "number", low=-math.inf, compared=False),
        Column("high", "number", low=-math.inf, compared=False),
        Column("expected_revenue", "number", low=-math.inf, compared=False),
        Column("confidence", "number", compared=False),
        Column("inputs_hash", "text", default=""),
        Column("adjusted_score", "number", low=-math.inf, compared=False),
        Column("score_parts", "json", default="{}", compared=False),
        Column("similar_past_decisions", "text", compared=False),
        Column("reasoning", "text", compared=False),
        Column("shadow", "flag", default=False),
    ),
)
"""What a model version said about an opportunity. The first word counts: the same version asked again from
the same facts may say a little else, as open decisions have aged meanwhile, and that is no conflict."""

FACT_TABLES = (DECISIONS, OUTCOMES, PREDICTIONS)
BY_KIND = {table.kind: table for table in FACT_TABLES}
