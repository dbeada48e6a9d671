"""Open decisions that wait longest, read by need, are those that reading all of them gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    now = datetime.now(UTC)
    with DecisionLog(home=tmp_path_factory.mktemp("home")) as log:
        for n in range(60):
            log.log_decision(
                f"d-{n:02d}",
                ("golf", "coaching", "never won")[n % 3],
                ("email", "web")[n % 2],
                "Replied",
                timestamp=now - timedelta(days=60 - n // 2),
            )
            if n % 4 == 0 and n % 3 < 2:
                log.won(f"d-{n:02d}", 50.0, occurred_at=now - timedelta(days=58 - n // 2))
        yield log


@pytest.mark.parametrize("only_overdue", [False, True])
@pytest.mark.parametrize("filters", [{}, {"opportunity_type": "Golf", "opportunity_source": "web"}])
def test_they_are_the_first_of_all_that_are_open(log, filters, only_overdue):
    every = log.find_decisions(state="open", **filters)
    overdue = [row["decision_id"] for row in every if row["overdue"]]
    wanted = sorted(
        (row for row in every if row["overdue"] or not only_overdue),
        key=lambda row: (not row["overdue"], row["timestamp"], row["decision_id"]),
    )
    found = log.oldest_open(**filters, only_overdue=only_overdue, limit=7)
    assert [row["decision_id"] for row in found["decisions"]] == [
        row["decision_id"] for row in wanted[:7]
    ]
    assert found["total"] == len(every)
    assert found["overdue"] == len(overdue) > 0
    assert set(overdue) == {
        row["decision_id"] for row in log.find_decisions(overdue=True, **filters)
    }
