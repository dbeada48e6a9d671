"""A scored batch told in plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from decision_log.terminal_text import safe_text

BEST_TOLD = 10


def scoring_report(scored: Sequence[Mapping[str, Any]]) -> str:
    """Tell totals, tiers and the best of a scored batch.

    Parameters
    ----------
    scored : sequence of dict
        As :meth:`OpportunityScorer.score_opportunities_batch` gives them, best first.

    Examples
    --------
    >>> scoring_report([])
    'No opportunities to score.'
    """
    if not scored:
        return "No opportunities to score."
    scores = [row["adjusted_score"] for row in scored]
    revenue = sum(row["predicted_revenue"] for row in scored)
    tiers = Counter(row["recommendation"] for row in scored)
    lines = [
        f"{len(scored)} opportunities, average score {sum(scores) / len(scores):.1f}, "
        f"expected revenue {revenue:,.0f} USD in all.",
        "",
        *(f"{count:>5}  {tier}" for tier, count in tiers.items()),
        "",
        f"The best {min(BEST_TOLD, len(scored))}:",
    ]
    for place, row in enumerate(scored[:BEST_TOLD], start=1):
        who = safe_text(str(row.get("sender") or "someone"))
        cell = safe_text(f"{row.get('type') or 'general'} from {row.get('source') or 'unknown'}")
        low, high = row["interval"]
        lines += [
            f"{place:>3}. {row['adjusted_score']:5.1f}  {who}: {cell}",
            f"       {row['conversion_probability']:.0f} % ({low:.0f} to {high:.0f} %), "
            f"{row['predicted_revenue']:,.0f} USD expected. {row['recommendation']}",
            f"       {safe_text(row['reasoning'])}",
        ]
    return "\n".join(lines)
