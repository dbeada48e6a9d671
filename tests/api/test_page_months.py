"""Revenue by month of the decision: what was received, and each month's part of what is still expected."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog
from decision_log.reports.page.months import month_bars, revenue_by_month
from decision_log.reports.work.worklist import open_decisions

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    with DecisionLog(home=tmp_path_factory.mktemp("home")) as log:
        made = [("golf", datetime(2025, 3, 3, 9, tzinfo=UTC), 70.0)]
        made += [("golf", datetime(2026, 9, 2 + n, 9, tzinfo=UTC), 50.0) for n in range(6)]
        made += [("golf", datetime(2026, 10, 5, 9, tzinfo=UTC), 200.0)]
        made += [("golf", datetime(2026, 10, 20, 9, tzinfo=UTC), None)]
        made += [("golf", datetime(2026, 11, 19, 9, tzinfo=UTC), None)]
        made += [("coaching", datetime(2026, 9, 9, 9, tzinfo=UTC), 80.0)]
        made += [("coaching", datetime(2026, 11, 18, 9, tzinfo=UTC), None)]
        for n, (kind, at, revenue) in enumerate(made):
            log.log_decision(f"d-{n}", kind, "email", "Replied", timestamp=at, recorded_at=at)
            if revenue is not None:
                later = at + timedelta(days=2)
                log.won(f"d-{n}", revenue, occurred_at=later, recorded_at=later)
        # Received in November for a decision of October: it counts where the decision does.
        later = NOW - timedelta(days=3)
        log.record_outcome("d-7", "payment", "paid", 30.0, occurred_at=later, recorded_at=later)
        yield log


@pytest.fixture(scope="module")
def months(log):
    found = revenue_by_month(
        log, log.calculate_roi_by_type(as_of=NOW), open_decisions(log, NOW), NOW
    )
    return {(one.since.year, one.since.month): one for one in found}


def test_revenue_counts_in_the_month_of_its_decision(months):
    received = {month: one.received for month, one in months.items() if one.received}
    assert received == {(1, 1): 70.0, (2026, 9): 380.0, (2026, 10): 230.0}
    assert list(months)[-1] == (2026, 11)
    assert len(months) == 13


def test_what_is_still_expected_adds_up_to_that_of_the_returns(log, months):
    returns = log.calculate_roi_by_type(as_of=NOW)
    ahead = {
        row["opportunity_type"]: row["expected_revenue"] - row["total_revenue"] for row in returns
    }
    assert min(ahead.values()) > 1.0
    assert sum(one.still for one in months.values()) == pytest.approx(sum(ahead.values()))
    _, per_decision = log.rate_model(NOW).open_chances(
        ["golf", "golf"],
        ["email", "email"],
        [(NOW - datetime(2026, month, day, 9, tzinfo=UTC)) / timedelta(hours=1)
         for month, day in ((10, 20), (11, 19))],
    )  # fmt: skip
    share = per_decision[0] / per_decision.sum()
    assert share < 0.5  # the older one has had most of its chance
    assert months[2026, 10].still == pytest.approx(share * ahead["golf"])
    assert months[2026, 11].still == pytest.approx((1 - share) * ahead["golf"] + ahead["coaching"])
    assert months[2026, 9].still == 0.0 == months[2026, 9].high - months[2026, 9].received


def test_the_range_of_a_month_adds_its_cells_as_independent(log, months):
    rows = {row["opportunity_type"]: row for row in log.calculate_roi_by_type(as_of=NOW)}
    above = {
        kind: row["expected_revenue_interval"][1] - row["expected_revenue"]
        for kind, row in rows.items()
    }
    ahead = rows["golf"]["expected_revenue"] - rows["golf"]["total_revenue"]
    share = 1 - months[2026, 10].still / ahead
    november = months[2026, 11]
    assert november.high - november.received - november.still == pytest.approx(
        math.hypot(share * above["golf"], above["coaching"])
    )


def test_bars_say_so_far_and_in_the_end_and_what_was_decided_before(log):
    returns, still_open = log.calculate_roi_by_type(as_of=NOW), open_decisions(log, NOW)
    shown = month_bars(log, returns, still_open, NOW, "USD")
    assert [bar.label for bar in shown.bars] == ["Sep", "Oct", "Nov"]
    september, october, november = shown.bars
    assert september.text == "September $380"
    assert not september.has_still
    assert october.text.startswith("October $230 so far, about $")
    assert november.text.startswith("November $0 so far, about $")
    for bar in (october, november):
        assert bar.has_still
        assert bar.height + bar.still_height > 0
        assert bar.high <= bar.still_top <= bar.low
    assert shown.earlier == "Decided before: $70 received."
