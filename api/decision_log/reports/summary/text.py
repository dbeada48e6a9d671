"""Text of a summary: one line for each thing that it counts, with a sign at its beginning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from decision_log.reports.tables.columns import kind_text
from decision_log.reports.tables.table import duration
from decision_log.text.money import money_text
from decision_log.text.terminal_text import safe_text

Row = Mapping[str, Any]

NAMES_SHOWN = 5
INSIGHTS_SHOWN = 3


def performance_text(summary: Row, *, started: bool, currency: str) -> str:
    """Say line by line what the overview counts; nothing that it does not count.

    Parameters
    ----------
    summary : mapping
        A summary of :class:`DecisionSummaryGenerator`.
    started : bool
        False where the period lies in the future.
    currency : str
        Code of the amounts.
    """
    if not started:
        return f"This {summary['period']} has not started yet."
    return "\n".join(
        f"{sign} {label}: {text}" if text else f"{sign} {label}"
        for sign, label, text in _lines(summary, currency)
    )


def without_signs(text: str) -> str:
    """Return a summary's text without the signs, for a terminal that cannot show them.

    Examples
    --------
    >>> without_signs("🎯 Decisions: 3")
    'Decisions: 3'
    """
    return "\n".join(
        line if line[:1].isascii() else line.partition(" ")[2] for line in text.splitlines()
    )


def period_title(summary: Row) -> str:
    """Name the period by its days.

    Examples
    --------
    >>> period_title({"period": "day", "date": "2026-02-04"})
    'Wednesday, 4 February 2026'
    >>> period_title({"period": "week", "date": "2026-02-02", "week": "2026-W06"})
    'week 2026-W06: 2 February 2026 to 8 February 2026'
    """
    first = date.fromisoformat(summary["date"])
    if "week" not in summary:
        return f"{first:%A}, {first.day} {first:%B %Y}"
    last = first + timedelta(days=6)
    return f"week {summary['week']}: {first.day} {first:%B %Y} to {last.day} {last:%B %Y}"


def _lines(summary: Row, currency: str) -> Iterator[tuple[str, str, str]]:
    seen = summary["overview"]
    title = period_title(summary)
    yield "📊", title[:1].upper() + title[1:], ""
    yield "🎯", "Decisions", f"{seen['decisions_made']:,}{_compared(summary, 'decisions')}"
    for sign, label, field in (
        ("🧩", "Types", "opportunity_type"),
        ("📥", "Sources", "opportunity_source"),
    ):
        if counts := _names(row[field] for row in summary["decisions"]):
            yield sign, label, counts
    yield "✅", "Outcomes", _outcomes(seen)
    yield "💰", "Revenue", _revenue(summary, currency)
    yield "👥", "Customers", f"{seen['customers']:,}"
    yield "🤝", "Deals", f"{seen['deals']:,}"
    if top := summary["top_outcome"]:
        yield "🏆", "Top outcome", _top(top, currency)
    if seen["total_open"]:
        overdue = f", {seen['overdue']:,} of them overdue" if seen["overdue"] else ""
        yield "⏳", "Open", f"{seen['total_open']:,}{overdue}"
    if true := summary["came_true"]:
        yield (
            "🔮",
            "Came true",
            f"of {true['decided']:,} decided ones that had been given a chance, {true['won']:,} won; "
            f"{true['expected']:.1f} were expected",
        )
    titles = [row["title"] for row in summary["insights"][:INSIGHTS_SHOWN]]
    if titles:
        yield "💡", "Insights", "; ".join(safe_text(one) for one in titles)
    yield from _best_rate(summary["conversion_rates"])
    yield "📚", "The log", _totals(seen)


def _outcomes(seen: Row) -> str:
    parts = [f"{seen['won']} won", f"{seen['lost']} lost"]
    if seen["reversed"]:
        parts.append(f"{seen['reversed']} won earlier and now reversed")
    if seen["responses"]:
        parts.append(f"{seen['responses']} with a response")
    return f"{seen['outcomes_recorded']:,} recorded; {', '.join(parts)}"


def _revenue(summary: Row, currency: str) -> str:
    seen = summary["overview"]
    text = money_text(seen["revenue"], currency, 2)
    if seen["refunded"]:
        received, refunded = (
            money_text(seen[name], currency, 2) for name in ("revenue_received", "refunded")
        )
        text += f" ({received} received, {refunded} refunded)"
    text += _compared(summary, "revenue", currency)
    if seen["pending_revenue"]:
        text += f"; pending, for open decisions: {money_text(seen['pending_revenue'], currency, 2)}"
    if seen["received_not_won"]:
        text += f"; received, not won: {money_text(seen['received_not_won'], currency, 2)}"
    return text


def _compared(summary: Row, name: str, currency: str | None = None) -> str:
    """Compare a count or sum with the usual range, and with the period before."""
    known = summary["comparison"].get(name)
    if not known:
        return ""

    def shown(value: float) -> str:
        return f"{value:,.0f}" if currency is None else money_text(value, currency)

    period = summary["period"]
    parts = []
    if known["usual"] is not None:
        low, high = map(shown, known["usual"])
        parts.append(f"usually {low}" if low == high else f"usually {low} to {high}")
    parts.append(f"{shown(known['before'])} the {period} before")
    return f" ({', '.join(parts)})"


def _top(top: Row, currency: str) -> str:
    kind = kind_text(top["opportunity_type"], top["opportunity_source"])
    when = "" if top["hours"] is None else f", {duration(top['hours'])} after the decision"
    amount = money_text(top["revenue"], currency, 2)
    return f"{amount}, {kind} ({safe_text(top['decision_id'])}){when}"


def _best_rate(rates: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    """Name the cell whose rate is surely highest: the highest low end of its interval."""
    decided = [row for row in rates if row["won"] and not row["immature"]]
    if decided:
        best = max(decided, key=lambda row: row["interval"][0])
        low, high = best["interval"]
        kind = kind_text(best["opportunity_type"], best["source_type"])
        yield (
            "📈",
            "Best rate",
            f"{kind}: {best['conversion_rate']:.0f} %, range {low:.0f}–{high:.0f} % "
            f"({best['won']} won, {best['lost']} lost, {best['open']} open)",
        )


def _totals(seen: Row) -> str:
    if not seen["total_decisions"]:
        return "empty"
    return (
        f"{seen['total_decisions']:,} decisions: {seen['total_won']:,} won, "
        f"{seen['total_lost']:,} lost, {seen['total_open']:,} open"
    )


def _names(names: Iterable[str]) -> str:
    """Count names, most frequent first."""
    counts = Counter(names).most_common()
    shown = [f"{safe_text(name)} {count:,}" for name, count in counts[:NAMES_SHOWN]]
    if len(counts) > NAMES_SHOWN:
        shown.append(f"{len(counts) - NAMES_SHOWN:,} more")
    return ", ".join(shown)
