"""A summary as Markdown, pleasant to read raw and rendered.

Texts that came in from outside are shown as they are: whatever markup, link or table bar they hold
is escaped, so that a message can change neither the report nor what a reader clicks.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROWS_SHOWN = 20
"""Rows of a table; the JSON beside the report holds all of them."""

TEXT_SHOWN = 70
"""Characters of a message."""

_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
# An underscore inside a word is no markup, and names such as golf_coaching stay readable.
_MARKUP = re.compile(r"([\\`*\[\]<>|~&$#]|(?<![^\W_])_|_(?![^\W_]))")
_LINK = re.compile(r"(?i)(?::(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):)")

Column = tuple[str, str]
"""Heading and alignment: ``left`` or ``right``."""


def plain(text: object, limit: int = TEXT_SHOWN) -> str:
    r"""Make any text safe inside a Markdown table: one line, no markup, no links, cut to size.

    Examples
    --------
    >>> plain("a|b\n<b>*now*</b>")
    'a\\|b \\<b\\>\\*now\\*\\</b\\>'
    >>> plain("see https://shop.example", 100)
    'see https\\://shop.example'
    >>> plain("abcdef", 4)
    'abc…'
    """
    line = _SPACE.sub(" ", str(text)).strip()
    if len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return _LINK.sub(lambda found: "\\" + found[0], _MARKUP.sub(r"\\\1", line))


def render_markdown(summary: Mapping[str, Any]) -> str:
    """Write the report of one day or week; the same summary gives the same text."""
    sections = [
        f"# {_title(summary)}",
        plain(summary["performance_summary"], 2000),
        _overview(summary["overview"]),
        _changes(summary["changes"]),
        _decisions(summary["decisions"]),
        _waiting(summary["waiting"]),
        _rates(summary["conversion_rates"]),
        _returns(summary["roi_breakdown"]),
        _insights(summary["insights"]),
        f"*As of {summary['as_of'][:16].replace('T', ' ')} UTC. Rates use won, lost and open "
        "decisions; an open one counts only for as much of its chance as has passed.*",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _title(summary: Mapping[str, Any]) -> str:
    first = date.fromisoformat(summary["date"])
    if "week" not in summary:
        return f"Decisions of {first:%A}, {first.day} {first:%B %Y}"
    last = first + timedelta(days=6)
    return (
        f"Decisions of week {summary['week']}: {first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
    )


def _overview(seen: Mapping[str, Any]) -> str:
    rows = [
        ("Decisions made", f"{seen['decisions_made']:,}"),
        ("Outcomes recorded", f"{seen['outcomes_recorded']:,}"),
        ("Responses", f"{seen['responses']:,}"),
        ("Won / lost / reversed", f"{seen['won']} / {seen['lost']} / {seen['reversed']}"),
        ("Revenue received", _usd(seen["revenue_received"])),
        ("Refunded", _usd(seen["refunded"])),
        ("Revenue", _usd(seen["revenue"])),
    ]
    return _section("Overview", [("", "left"), ("", "right")], rows)


def _changes(changes: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    columns = [
        ("Became", "left"), ("Decision", "left"), ("Type", "left"), ("Source", "left"),
        ("Revenue", "right"), ("Text", "left"),
    ]  # fmt: skip
    rows = [
        (name, *_about(row), _usd(row["revenue"]), plain(row["opportunity_content"]))
        for name in ("won", "lost", "reversed")
        for row in changes[name]
    ]
    return _section("Won and lost", columns, rows)


def _decisions(decisions: Sequence[Mapping[str, Any]]) -> str:
    columns = [
        ("Time", "left"), ("Decision", "left"), ("Type", "left"), ("Source", "left"),
        ("Score", "right"), ("Action", "left"), ("State", "left"), ("Text", "left"),
    ]  # fmt: skip
    rows = [
        (
            row["timestamp"][:16].replace("T", " "),
            *_about(row),
            "–" if row["opportunity_score"] is None else f"{row['opportunity_score']:.0f}",
            plain(row["action_taken"], 30),
            row["state"],
            plain(row["opportunity_content"]),
        )
        for row in decisions
    ]
    return _section("Decisions made", columns, rows)


def _waiting(waiting: Sequence[Mapping[str, Any]]) -> str:
    columns = [
        ("Waiting", "right"), ("Decision", "left"), ("Type", "left"), ("Source", "left"),
        ("Sender", "left"), ("Text", "left"),
    ]  # fmt: skip
    rows = [
        (
            _age(row["waiting_hours"]),
            *_about(row),
            plain(row["sender"], 40),
            plain(row["opportunity_content"]),
        )
        for row in waiting
    ]
    return _section("Open longest, of the last 90 days", columns, rows)


def _rates(rates: Sequence[Mapping[str, Any]]) -> str:
    columns = [
        ("Type", "left"), ("Source", "left"), ("Rate", "right"), ("95 %", "right"),
        ("Won", "right"), ("Lost", "right"), ("Open", "right"), ("", "left"),
    ]  # fmt: skip
    rows = [
        (
            plain(row["opportunity_type"], 40),
            plain(row["source_type"], 40),
            f"{row['conversion_rate']:.1f} %",
            f"{row['interval'][0]:.0f} to {row['interval'][1]:.0f} %",
            row["won"],
            row["lost"],
            row["open"],
            "immature" if row["immature"] else "",
        )
        for row in rates
    ]
    return _section("Conversion rates", columns, rows)


def _returns(returns: Sequence[Mapping[str, Any]]) -> str:
    columns = [
        ("Type", "left"), ("Source", "left"), ("Decisions", "right"), ("Revenue", "right"),
        ("Per decision", "right"), ("Cost", "right"), ("ROI", "right"), ("Per hour", "right"),
    ]  # fmt: skip
    rows = [
        (
            plain(row["opportunity_type"], 40),
            plain(row["opportunity_source"], 40),
            row["decisions_made"],
            _usd(row["total_revenue"]),
            _usd(row["avg_revenue_per_decision"]),
            _usd(row["cost"]),
            "–" if row["roi"] is None else f"{row['roi']:+.0%}",
            _usd(row["revenue_per_hour"]),
        )
        for row in returns
    ]
    table = _section("Return", columns, rows)
    note = "Cost, ROI and revenue per hour use only decisions whose cost or effort is known."
    return f"{table}\n\n{note}" if table else ""


def _insights(insights: Sequence[Mapping[str, Any]]) -> str:
    if not insights:
        return ""
    lines = [
        f"- **{plain(insight['title'], 200)}.** {plain(insight['description'], 600)}"
        for insight in insights
    ]
    return "## What the evidence says\n\n" + "\n".join(lines)


def _section(title: str, columns: Sequence[Column], rows: Sequence[Iterable[object]]) -> str:
    """Write a heading and a table with padded columns; nothing where there are no rows."""
    if not rows:
        return ""
    cells = [[str(cell) for cell in row] for row in rows[:ROWS_SHOWN]]
    widths = [
        max(len(heading), 3, *(len(row[i]) for row in cells))
        for i, (heading, _) in enumerate(columns)
    ]
    rules = [
        "-" * (width - 1) + (":" if side == "right" else "-")
        for width, (_, side) in zip(widths, columns, strict=True)
    ]
    headings = [heading for heading, _ in columns]
    lines = [_line(headings, widths, columns), _line(rules, widths, columns)]
    lines += [_line(row, widths, columns) for row in cells]
    if len(rows) > ROWS_SHOWN:
        lines += ["", f"{len(rows) - ROWS_SHOWN:,} more in the JSON file."]
    return f"## {title}\n\n" + "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    padded = [
        cell.rjust(width) if side == "right" else cell.ljust(width)
        for cell, width, (_, side) in zip(cells, widths, columns, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def _about(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        plain(row["decision_id"], 40),
        plain(row["opportunity_type"], 40),
        plain(row["opportunity_source"], 40),
    )


def _age(hours: float) -> str:
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def _usd(amount: float | None) -> str:
    return "–" if amount is None else f"{amount:,.2f} USD"
