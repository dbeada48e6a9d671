"""Returns of types, and what has changed since a period began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog, DecisionSummaryGenerator

DAY = datetime(2026, 2, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Coaching from two sources, partnerships from one; the last sale is made on the last day."""
    rows = [
        ("a", "coaching", "email", 100.0, 20.0, 0), ("b", "coaching", "email", None, 10.0, 0),
        ("c", "coaching", "twitter", 300.0, 30.0, 1), ("d", "partnership", "email", 50.0, 25.0, 1),
        ("e", "coaching", "email", 80.0, 0.0, 3),
    ]  # fmt: skip
    with DecisionLog(home=tmp_path_factory.mktemp("home")) as log:
        for name, kind, source, paid, cost, day in rows:
            moment = DAY + timedelta(days=day)
            log.log_decision(
                name, kind, source, "Replied", timestamp=moment, recorded_at=moment, cost_usd=cost,
                effort_minutes=30,
            )  # fmt: skip
            if paid is not None:
                later = moment + timedelta(hours=1)
                log.record_outcome(
                    name, "conversion", "success", paid, occurred_at=later, recorded_at=later
                )
        yield log


AS_OF = DAY + timedelta(days=3, hours=8)


def test_returns_by_type_add_up_the_cells_of_each(log):
    cells = log.calculate_roi_by_type(as_of=AS_OF)
    types = {
        row["opportunity_type"]: row for row in log.calculate_roi_by_type(as_of=AS_OF, by="type")
    }
    coaching = types["coaching"]
    assert (coaching["decisions_made"], coaching["won"], coaching["open"]) == (4, 3, 1)
    assert coaching["opportunity_source"] is None
    assert coaching["total_revenue"] == 480.0
    assert coaching["roi"] == pytest.approx((480 - 60) / 60, abs=1e-3)
    assert coaching["revenue_per_hour"] == 240.0
    parts = [row for row in cells if row["opportunity_type"] == "coaching"]
    for key in ("expected_revenue", "total_revenue", "cost", "effort_hours", "closed_deals"):
        assert coaching[key] == pytest.approx(sum(row[key] for row in parts), abs=0.02), key
    for end in (0, 1):
        apart = sum(row["expected_revenue_interval"][end] for row in parts)
        assert coaching["expected_revenue_interval"][end] == pytest.approx(apart, abs=0.02)


def test_a_summary_tells_what_changed_since_the_period_began(log):
    summary = DecisionSummaryGenerator(log=log).generate_daily_summary("2026-02-05", as_of=AS_OF)
    rates = {
        (row["opportunity_type"], row["source_type"]): row for row in summary["conversion_rates"]
    }
    before = {
        (row["opportunity_type"], row["source_type"]): row
        for row in log.get_conversion_rates(as_of="2026-02-05T00:00:00Z")
    }
    email = ("coaching", "email")
    assert rates[email]["change"] == pytest.approx(
        rates[email]["conversion_rate"] - before[email]["conversion_rate"], abs=0.06
    )
    changes = {
        (row["opportunity_type"], row["opportunity_source"]): row["change"]
        for row in summary["roi_breakdown"]
    }
    assert changes == {email: 80.0, ("coaching", "twitter"): 0.0, ("partnership", "email"): 0.0}
