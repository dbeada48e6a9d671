"""Overview of a summary: counts and revenue, and the sentences that say them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def performance_text(summary: Mapping[str, Any], *, started: bool) -> str:
    """Say in a few sentences what the overview counts; nothing that it does not count.

    Parameters
    ----------
    summary : mapping
        With ``overview``, ``period`` and ``conversion_rates``.
    started : bool
        False where the period lies in the future.
    """
    seen = summary["overview"]
    if not started:
        return f"This {summary['period']} has not started yet."
    sentences = [
        f"{_number(seen['decisions_made'], 'decision')} made and "
        f"{_number(seen['outcomes_recorded'], 'outcome')} recorded this {summary['period']}."
    ]
    if seen["won"] or seen["lost"] or seen["reversed"]:
        reversed_ = f", {seen['reversed']} won earlier and now reversed" if seen["reversed"] else ""
        sentences.append(f"{seen['won']} won, {seen['lost']} lost{reversed_}.")
    if seen["refunded"]:
        sentences.append(
            f"Revenue {seen['revenue']:,.2f} USD: {seen['revenue_received']:,.2f} received, "
            f"{seen['refunded']:,.2f} refunded."
        )
    elif seen["revenue"]:
        sentences.append(f"Revenue {seen['revenue']:,.2f} USD.")
    if seen["pending_revenue"]:
        sentences.append(f"Pending, for open decisions: {seen['pending_revenue']:,.2f} USD.")
    if seen["received_not_won"]:
        sentences.append(
            f"Received for decisions that were not won: {seen['received_not_won']:,.2f} USD."
        )
    if seen["total_decisions"]:
        sentences.append(
            f"The log holds {_number(seen['total_decisions'], 'decision')}: "
            f"{seen['total_won']} won, {seen['total_lost']} lost, {seen['total_open']} open."
        )
    else:
        sentences.append("The log is empty.")
    sentences.extend(_best_rate(summary["conversion_rates"]))
    return " ".join(sentences)


def _best_rate(rates: Iterable[Row]) -> Iterable[str]:
    """Name the cell whose rate is surely highest: the highest low end of its interval."""
    decided = [row for row in rates if row["won"] and not row["immature"]]
    if decided:
        best = max(decided, key=lambda row: row["interval"][0])
        yield (
            f"Best rate with evidence: {best['opportunity_type']} from {best['source_type']}, "
            f"{best['conversion_rate']:.0f} % (95 %: {best['interval'][0]:.0f} to "
            f"{best['interval'][1]:.0f} %; {best['won']} won, {best['lost']} lost, "
            f"{best['open']} open)."
        )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
