"""Amounts of currencies whose sums are counted in millions: every answer is about them as about small ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decision_log import DecisionLog

AMOUNT = 3_000_000.0


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DecisionLog]:
    home: Path = tmp_path_factory.mktemp("large")
    with DecisionLog(home=home) as log:
        for number in range(4):
            log.log_decision(f"d-{number}", "villa", "agent", "Replied")
        log.won("d-0", AMOUNT)
        log.won("d-1", 2_000 * AMOUNT)
        log.lost("d-2")
        yield log


def test_a_win_of_millions_is_counted_in_rates_and_returns(log: DecisionLog) -> None:
    (rate,), (earned,) = log.get_conversion_rates(), log.calculate_roi_by_type()
    assert rate["total_revenue"] == earned["total_revenue"] == 2_001 * AMOUNT
    assert log.get_group_rates("source")[0]["total_revenue"] == 2_001 * AMOUNT


def test_squares_of_large_amounts_are_summed_exactly(log: DecisionLog) -> None:
    (row,) = log.ask("payments", as_of=log.moment()).to_pylist()
    assert row["paid_revenue_squared"] == AMOUNT**2 * (1 + 2_000**2)
    assert row["largest_revenue"] == 2_000 * AMOUNT
