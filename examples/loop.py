"""The whole loop in one small program: decide, record, learn, score.

Run it with ``python examples/loop.py``. It works in a temporary folder.
"""

from __future__ import annotations

import sys
import tempfile

from decision_log import DecisionLog, DecisionSummaryGenerator, OpportunityScorer

DECIDED = [
    ("d-1", "coaching", "email", "Replied with offer", "I need a coach before May", 72),
    ("d-2", "coaching", "email", "Replied with offer", "Do you coach juniors?", 64),
    ("d-3", "coaching", "twitter", "Sent price list", "Any free tips?", 35),
    ("d-4", "partnership", "email", "Scheduled call", "Would you join our podcast?", 58),
]
INBOX = [
    {"type": "coaching", "source": "twitter", "score": 60, "content": "Only comparing prices"},
    {"type": "coaching", "source": "email", "score": 60, "content": "Can I start this week?"},
    {"type": "partnership", "source": "email", "content": "We would like to work with you"},
]


def main() -> None:
    """Log, record, ask and score, and print what comes out."""
    tell = sys.stdout.write
    with tempfile.TemporaryDirectory() as home:
        with DecisionLog(home=home) as log:
            for decision_id, kind, source, action, content, score in DECIDED:
                log.log_decision(decision_id, kind, source, action, content, score)
            log.record_outcome("d-1", "conversion", "success", 400.0, customer_acquired=True)
            log.record_outcome("d-2", "conversion", "success", 250.0, customer_acquired=True)
            log.record_outcome("d-2", "refund", "refunded", -100.0, notes="one lesson cancelled")
            log.record_outcome("d-3", "conversion", "failed")
            for row in log.get_conversion_rates():
                low, high = row["interval"]
                tell(
                    f"{row['opportunity_type']} from {row['source_type']}: "
                    f"{row['conversion_rate']:.0f} % ({low:.0f} to {high:.0f}), "
                    f"{row['won']} won, {row['lost']} lost, {row['open']} open\n"
                )
        with OpportunityScorer(home=home) as scorer:
            for item in scorer.score_opportunities_batch(INBOX):
                tell(f"{item['adjusted_score']:5.1f}  {item['content']}\n")
        with DecisionSummaryGenerator(home=home) as summaries:
            tell(summaries.generate_daily_summary()["performance_summary"] + "\n")


if __name__ == "__main__":
    main()
