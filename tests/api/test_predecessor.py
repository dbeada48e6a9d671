"""The predecessor's numbers, ours, and why they differ: docs/how-to/coming-from-the-predecessor.md."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from decision_log import DecisionLog

FILE = Path(__file__).parents[1] / "data" / "predecessor.db"


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    with DecisionLog(home=tmp_path_factory.mktemp("home")) as log:
        log.import_history([FILE])
        yield log


@pytest.fixture(scope="module")
def ours(log):
    return {(r["source_type"], r["opportunity_type"]): r for r in log.get_conversion_rates()}


@pytest.fixture(scope="module")
def theirs():
    connection = sqlite3.connect(f"file:{FILE}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    rows = connection.execute("SELECT * FROM conversion_metrics").fetchall()
    yield {(row["source_type"], row["opportunity_type"]): dict(row) for row in rows}
    connection.close()


def test_importing_it_twice_gives_the_same_counts(log, ours):
    again = log.import_history([FILE])
    assert (again.added, again.unchanged) == (0, 645)
    assert {
        (r["source_type"], r["opportunity_type"]): r for r in log.get_conversion_rates()
    } == ours


def test_decisions_and_revenue_agree_in_every_cell(ours, theirs):
    assert ours.keys() == theirs.keys()
    for cell, row in theirs.items():
        assert ours[cell]["total_decisions"] == row["total_decisions"]
        assert ours[cell]["total_revenue"] == pytest.approx(row["total_revenue"], abs=0.01)


def test_its_rate_is_winning_rows_per_decision_open_ones_included(ours, theirs):
    with closing(sqlite3.connect(f"file:{FILE}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT opportunity_source, opportunity_type, sum(customer_acquired) FROM outcomes "
            "JOIN decisions USING (decision_id) GROUP BY 1, 2"
        ).fetchall()
    for source, kind, winning_rows in rows:
        cell = (source, kind)
        assert theirs[cell]["conversion_rate"] == pytest.approx(
            100 * winning_rows / theirs[cell]["total_decisions"]
        )
        assert ours[cell]["won"] <= winning_rows


def test_the_examples_of_the_page(ours, theirs):
    golf, partners = ("email", "golf_coaching"), ("twitter", "partnership")
    assert theirs[golf]["conversion_rate"] == pytest.approx(115.4, abs=0.05)
    assert [ours[golf][k] for k in ("won", "lost", "open")] == [26, 0, 0]
    assert theirs[partners]["conversion_rate"] == pytest.approx(20.5, abs=0.05)
    assert [ours[partners][k] for k in ("won", "lost", "open")] == [7, 0, 32]
    assert (theirs[golf]["total_responses"], theirs[golf]["total_decisions"]) == (41, 26)


def test_no_rate_of_ours_leaves_0_to_100_and_each_lies_in_its_interval(ours):
    for row in ours.values():
        low, high = row["interval"]
        assert 0 <= low <= row["conversion_rate"] <= high <= 100
