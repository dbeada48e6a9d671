"""Markdown writer of summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decision_log.reports.summary.text import period_title
from decision_log.reports.tables.markdown import LONGEST_NOTE, markdown_section, plain
from decision_log.reports.tables.period import (
    change_table,
    decision_table,
    overview_table,
    waiting_table,
)
from decision_log.reports.tables.rates import conversion_table, return_table
from decision_log.reports.tables.table import Table


def render_markdown(summary: Mapping[str, Any]) -> str:
    """Write the report of one day or week; the same summary gives the same text."""
    sections = [
        f"# Decisions of {period_title(summary)}",
        "\n".join(
            f"- {plain(line, LONGEST_NOTE)}" for line in summary["performance_summary"].splitlines()
        ),
        *map(markdown_section, _tables(summary)),
        _insights(summary["insights"]),
        f"*As of {summary['as_of'][:16].replace('T', ' ')} UTC. Rates use won, lost and open "
        "decisions; an open one counts only for as much of its chance as has passed.*",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _tables(summary: Mapping[str, Any]) -> list[Table]:
    return [
        overview_table(summary["overview"]),
        change_table(summary["changes"]),
        decision_table(summary["decisions"]),
        waiting_table(summary["waiting"]),
        conversion_table(summary["conversion_rates"]),
        return_table(summary["roi_breakdown"]),
    ]


def _insights(insights: Sequence[Mapping[str, Any]]) -> str:
    if not insights:
        return ""
    lines = [
        f"- **{plain(insight['title'], 200)}.** {plain(insight['description'], 600)}"
        for insight in insights
    ]
    return "## What the evidence says\n\n" + "\n".join(lines)
