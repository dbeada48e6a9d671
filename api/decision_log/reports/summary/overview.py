"""Overview of a summary: counts and revenue, the top outcome, and what came true of predictions."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from decision_log.models.calibration import VERSION
from decision_log.predicting.estimate import RATES_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from decision_log.log import Log
    from decision_log.results import ConversionRate

Row = dict[str, Any]


def overview_of(summary: Mapping[str, Any], rates: Iterable[ConversionRate]) -> Row:
    """Count the decisions, outcomes and changes of a summary, and add up its revenue."""
    received = refunded = 0.0
    for outcome in summary["outcomes"]:
        received += max(outcome["revenue_generated"], 0.0)
        refunded -= min(outcome["revenue_generated"], 0.0)
    changes = summary["changes"]
    totals = Counter[str]()
    for row in rates:
        totals.update(
            {
                "total_decisions": row["total_decisions"],
                "won": row["won"],
                "lost": row["lost"],
                "open": row["open"],
            }
        )
    return {
        "decisions_made": len(summary["decisions"]),
        "outcomes_recorded": len(summary["outcomes"]),
        "customers": _decisions_with(summary["outcomes"], "customer_acquired"),
        "deals": _decisions_with(summary["outcomes"], "deal_closed"),
        "responses": sum(bool(row["response_received"]) for row in summary["outcomes"]),
        "won": len(changes["won"]),
        "lost": len(changes["lost"]),
        "reversed": len(changes["reversed"]),
        "revenue": round(received - refunded, 2),
        "revenue_received": round(received, 2),
        "refunded": round(refunded, 2),
        "total_decisions": totals["total_decisions"],
        "total_won": totals["won"],
        "total_lost": totals["lost"],
        "total_open": totals["open"],
    }


def _decisions_with(outcomes: Iterable[Row], flag: str) -> int:
    return len({row["decision_id"] for row in outcomes if row[flag]})


def top_outcome(outcomes: Iterable[Row]) -> Row | None:
    """Return the outcome that brought most, with its time from the decision; None without revenue."""
    best = max(outcomes, key=lambda row: row["revenue_generated"], default=None)
    if best is None or best["revenue_generated"] <= 0:
        return None
    names = ("decision_id", "outcome_id", "opportunity_type", "opportunity_source")
    hours = (best["occurred_at"] - best["decision_timestamp"]) / timedelta(hours=1)
    return {
        **{name: best[name] for name in names},
        "revenue": round(best["revenue_generated"], 2),
        "hours": round(hours, 2) if hours >= 0 else None,
    }


def came_true(log: Log, changes: Iterable[Row], as_of: datetime) -> Row | None:
    """Compare what was predicted of the decisions that were won or lost now with how they ended."""
    ended = {row["decision_id"]: row["state"] for row in changes if row["state"] != "open"}
    if not ended:
        return None
    last: dict[str, Row] = {}
    for row in log.ask("graded_predictions", as_of=as_of).to_pylist():
        earlier = last.get(row["decision_id"])
        ours = row["model_version"] == RATES_VERSION or VERSION.match(row["model_version"])
        if (
            row["decision_id"] in ended
            and ours
            and (earlier is None or earlier["predicted_at"] < row["predicted_at"])
        ):
            last[row["decision_id"]] = row
    if not last:
        return None
    return {
        "decided": len(last),
        "won": sum(ended[decision_id] == "won" for decision_id in last),
        "expected": round(math.fsum(row["probability"] for row in last.values()), 2),
    }
