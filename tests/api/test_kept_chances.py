"""Chances of open decisions that a server keeps while the rates stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from decision_log import DecisionLog
from decision_log.rate_fits import utc_now
from decision_log.reports.work.open_decisions import KeptChances


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        for n in range(12):
            at = utc_now() - timedelta(days=40 - 3 * n)
            log.log_decision(
                f"d-{n}", ("coaching", "golf")[n % 2], "email", "Replied", timestamp=at
            )
            if n < 5:
                log.won(f"d-{n}", 100.0, occurred_at=at + timedelta(hours=5))
        yield log


def listed(log):
    work = log.work_list(limit=50)
    return {row["decision_id"]: row for row in (*work["waiting"], *work["overdue"])}


def test_they_are_those_without_keeping_also_for_decisions_that_came_later(log):
    log.rate_fits.patience = 60.0
    log.rate_fits.recent()
    log.rate_fits._start = lambda: None  # the fit stays
    plain = listed(log)
    log.kept_chances = KeptChances()
    assert listed(log).keys() == plain.keys()
    log.log_decision("new", "golf", "email", "Replied")
    log.lost("d-7")
    kept = listed(log)
    log.kept_chances = None
    assert kept.keys() == plain.keys() - {"d-7"} | {"new"}
    for name, row in listed(log).items():
        for field in ("conversion_probability", "expected_revenue"):
            assert kept[name][field] == pytest.approx(row[field], abs=0.05)


def test_another_fit_replaces_them(log):
    log.kept_chances = KeptChances()
    before = listed(log)["d-11"]["conversion_probability"]
    for n in (5, 7, 9):
        log.lost(f"d-{n}")
    after = listed(log)["d-11"]["conversion_probability"]
    log.kept_chances = None
    assert before != after == listed(log)["d-11"]["conversion_probability"]
