"""Resource: the week so far, in counts and findings, as JSON."""

from __future__ import annotations

import json
from typing import Any

from decision_log import DecisionSummaryGenerator
from decision_mcp.session import Session

URI = "decision-log://week"

_COUNTS = (
    "decisions_made", "outcomes_recorded", "responses", "won", "lost", "reversed", "revenue",
    "revenue_received", "refunded", "total_decisions", "total_won", "total_lost", "total_open",
)  # fmt: skip


def week_json(session: Session) -> str:
    """Return this week's counts, its money and what the evidence supports; no texts."""

    def answer() -> str:
        log, names = session.log, session.names
        summary = DecisionSummaryGenerator(log=log).generate_weekly_summary()
        overview: dict[str, Any] = dict(summary["overview"])
        found = log.generate_insights(name=names.name)
        return json.dumps(
            {
                "week": summary.get("week"),
                "since": summary["since"],
                "until": summary["until"],
                "as_of": summary["as_of"],
                "currency": log.settings.currency,
                **{name: overview[name] for name in _COUNTS},
                "insights": [{"title": i["title"], "description": i["description"]} for i in found],
            },
            ensure_ascii=False,
            indent=1,
        )

    return session.kept("week", answer)
