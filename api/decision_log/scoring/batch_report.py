"""Plain-text report on a scored batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from decision_log.opportunity import read_opportunity
from decision_log.scoring.input_checks import InputChecks
from decision_log.text.money import money_text
from decision_log.text.terminal_text import safe_text

BEST_SHOWN = 10


def scoring_report(scored: Sequence[Mapping[str, Any]], currency: str = "USD") -> str:
    """Summarise a scored batch: totals, tiers, the best, warnings and rejected items.

    Parameters
    ----------
    scored : sequence of dict
        As :meth:`OpportunityScorer.score_opportunities_batch` gives them, best first.
    currency : str
        Code of the amounts.

    Examples
    --------
    >>> scoring_report([])
    'No opportunities to score.'
    """
    rejected = [row for row in scored if row["adjusted_score"] is None]
    scored = [row for row in scored if row["adjusted_score"] is not None]
    if not scored and not rejected:
        return "No opportunities to score."
    warnings = [f"Warning: {one}" for one in _warnings(scored)]
    warnings += [
        f"Could not be scored: {safe_text(row['error'])}." for row in rejected[:BEST_SHOWN]
    ]
    if len(rejected) > BEST_SHOWN:
        warnings.append(f"{len(rejected) - BEST_SHOWN:,} more could not be scored.")
    if not scored:
        return "\n".join(warnings)
    scores = [row["adjusted_score"] for row in scored]
    revenue = sum(row["predicted_revenue"] for row in scored)
    tiers = Counter(row["recommendation"] for row in scored)
    lines = [
        f"{len(scored)} opportunities, average score {sum(scores) / len(scores):.1f}, "
        f"expected revenue {money_text(revenue, currency)} in all.",
        "",
        *(f"{count:>5}  {tier}" for tier, count in tiers.items()),
        "",
        f"The best {min(BEST_SHOWN, len(scored))}:",
    ]
    for place, row in enumerate(scored[:BEST_SHOWN], start=1):
        who = safe_text(str(row.get("sender") or "someone"))
        cell = safe_text(f"{row.get('type') or 'general'} from {row.get('source') or 'unknown'}")
        low, high = row["interval"]
        lines += [
            f"{place:>3}. {row['adjusted_score']:5.1f}  {who}: {cell}",
            f"       {row['conversion_probability']:.0f} % ({low:.0f} to {high:.0f} %), "
            f"{money_text(row['predicted_revenue'], currency)} expected. {row['recommendation']}",
            f"       {safe_text(row['reasoning'])}",
        ]
    return "\n".join([*lines, *warnings])


def _warnings(scored: Sequence[Mapping[str, Any]]) -> list[str]:
    checks = InputChecks()
    checks.add(list(map(read_opportunity, scored)))
    return checks.warnings()
