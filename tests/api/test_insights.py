"""What `find_insights` says, and what it keeps to itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log import DecisionLog
from decision_log.reports.comparisons.comparing import compare_cells
from decision_log.reports.comparisons.insights import find_insights, insight_rows
from decision_model import Evidence, RateModel

Row = dict[str, Any]


def rate(
    source: str,
    kind: str,
    won: int,
    lost: int,
    *,
    open_: int = 0,
    interval: tuple[float, float] | None = None,
    immature: bool = False,
) -> Row:
    """A row as `get_conversion_rates` gives it; by default with the interval of Beta(1, 1)."""
    n = won + lost
    mean = 100 * (won + 1) / (n + 2)
    half = 196 * (mean / 100 * (1 - mean / 100) / (n + 3)) ** 0.5
    return {
        "source_type": source,
        "opportunity_type": kind,
        "total_decisions": n + open_,
        "conversion_rate": round(mean, 2),
        "interval": list(interval or (max(0.0, mean - half), min(100.0, mean + half))),
        "won": won,
        "lost": lost,
        "open": open_,
        "immature": immature,
    }


def earning(row: Row, revenue: float, per_hour: float | None = None) -> Row:
    """The row of `calculate_roi_by_type` that belongs to a rate."""
    return {
        "opportunity_type": row["opportunity_type"],
        "opportunity_source": row["source_type"],
        "decisions_made": row["total_decisions"],
        "total_revenue": revenue,
        "won": row["won"],
        "lost": row["lost"],
        "open": row["open"],
        "effort_known": 0 if per_hour is None else row["total_decisions"],
        "effort_hours": revenue / per_hour if per_hour else None,
        "revenue_per_hour": per_hour,
        "expected_revenue_per_hour": per_hour,
        "expected_revenue_per_hour_interval": None
        if per_hour is None
        else [0.7 * per_hour, 1.4 * per_hour],
    }


def insights_of_rows(rates: list[Row], roi: list[Row]) -> list[Row]:
    """Insights of closed decisions with these counts; each win pays the same within a cell."""
    if not rates:
        return find_insights([], [])
    won, lost, still = (
        np.array([row[key] for row in rates], float) for key in ("won", "lost", "open")
    )
    paid = {
        (row["opportunity_type"], row["opportunity_source"]): row["total_revenue"] for row in roi
    }
    revenue = np.array([paid.get((r["opportunity_type"], r["source_type"]), 0.0) for r in rates])
    each = np.log(np.maximum(revenue / np.maximum(won, 1), 1e-9))
    earns = (revenue > 0) & (won > 0)
    nothing = Evidence.from_counts(
        tuple(row["opportunity_type"] for row in rates),
        tuple(row["source_type"] for row in rates),
        won=won,
        lost=lost,
    )
    log = replace(
        nothing, open=still, paid=np.where(earns, won, 0.0), revenue=np.where(earns, revenue, 0.0),
        sum_log_revenue=np.where(earns, won * each, 0.0),
        sum_log_revenue_squared=np.where(earns, won * (each**2 + 0.25), 0.0),
    )  # fmt: skip
    model = RateModel.fit(log)
    return find_insights(rates, roi, compare_cells(model, rates, roi))


def of_type(insights: list[Row], kind: str) -> list[Row]:
    return [insight for insight in insights if insight["insight_type"] == kind]


def test_an_empty_log_says_nothing() -> None:
    assert insights_of_rows([], []) == []


def test_one_cell_alone_is_compared_with_nothing() -> None:
    only = rate("email", "coaching", 30, 10)
    assert insights_of_rows([only], [earning(only, 900.0)]) == []


def test_a_cell_far_above_the_others_is_named_with_rate_interval_and_counts() -> None:
    rates = [
        rate("email", "coaching", 60, 20),
        rate("twitter", "coaching", 20, 80),
        rate("twitter", "partnership", 15, 60),
    ]
    (best,) = of_type(insights_of_rows(rates, []), "best_cell")
    assert (best["opportunity_source"], best["opportunity_type"]) == ("email", "coaching")
    assert best["data_points"] == 80
    low, high = best["interval"]
    assert 40 < low < 55 < high < 65  # 75 % against 20 %
    assert best["confidence_score"] >= 0.95
    assert "Based on 255 decisions, 80 of them of coaching from email." in best["description"]
    assert best["status"] == "supported"


def test_a_cell_far_below_the_others_is_named() -> None:
    rates = [
        rate("email", "coaching", 40, 60),
        rate("email", "partnership", 42, 58),
        rate("twitter", "feedback", 2, 98),
    ]
    (worst,) = of_type(insights_of_rows(rates, []), "worst_cell")
    assert worst["opportunity_type"] == "feedback"


def test_equal_cells_are_not_ranked_and_that_is_reported_with_their_number() -> None:
    rates = [rate("email", "coaching", 10, 20), rate("twitter", "coaching", 9, 21)]
    insights = insights_of_rows(rates, [])
    assert [insight["insight_type"] for insight in insights] == ["no_clear_source"]
    assert "Based on 60 decisions" in insights[0]["description"]
    assert insights[0]["status"] == "emerging"


def test_a_perfect_record_of_four_decisions_is_not_praised() -> None:
    rates = [rate("email", "coaching", 4, 0), rate("twitter", "partnership", 20, 80)]
    assert of_type(insights_of_rows(rates, []), "best_cell") == []


def test_a_source_is_not_blamed_for_the_types_it_brings() -> None:
    """Simpson's paradox: twitter is equal in each type but brings mostly the hard one."""
    rates = [
        rate("email", "easy", 160, 40),
        rate("email", "hard", 2, 18),
        rate("twitter", "easy", 16, 4),
        rate("twitter", "hard", 20, 180),
    ]
    insights = insights_of_rows(rates, [])
    assert of_type(insights, "best_source") == []
    assert len(of_type(insights, "no_clear_source")) == 1


def test_a_source_that_is_better_in_every_type_is_named_with_its_difference() -> None:
    rates = [
        rate("email", "coaching", 60, 40),
        rate("email", "partnership", 40, 60),
        rate("twitter", "coaching", 30, 70),
        rate("twitter", "partnership", 10, 90),
    ]
    (best,) = of_type(insights_of_rows(rates, []), "best_source")
    assert best["opportunity_source"] == "email"
    low, high = best["interval"]
    assert 15 < low < 29.6 < high < 45


def test_an_immature_cell_is_named_as_too_early_to_judge() -> None:
    rates = [rate("email", "partnership", 1, 0, open_=12, immature=True)]
    (waiting,) = of_type(insights_of_rows(rates, []), "immature")
    assert "12 of 13 decisions are still open" in waiting["description"]


def test_only_the_immature_cells_with_most_open_decisions_are_named() -> None:
    rates = [rate("email", f"type {i}", 1, 1, open_=i, immature=True) for i in range(3, 9)]
    named = of_type(insights_of_rows(rates, []), "immature")
    assert [insight["opportunity_type"] for insight in named] == ["type 8", "type 7", "type 6"]


def test_a_type_that_earned_nothing_is_reported_once_with_the_bounds_of_its_rate() -> None:
    rates = [
        rate("email", "feedback", 0, 12),
        rate("twitter", "feedback", 0, 20),
        rate("email", "coaching", 9, 9),
    ]
    roi = [earning(rates[0], 0.0), earning(rates[1], 0.0), earning(rates[2], 500.0)]
    (nothing,) = of_type(insights_of_rows(rates, roi), "no_revenue")
    assert nothing["opportunity_type"] == "feedback"
    assert nothing["data_points"] == 32
    assert nothing["interval"][0] == 0.0


def test_a_type_that_is_still_open_is_not_said_to_have_earned_nothing() -> None:
    rates = [rate("email", "partnership", 0, 1, open_=20)]
    assert of_type(insights_of_rows(rates, [earning(rates[0], 0.0)]), "no_revenue") == []


def test_a_cell_without_revenue_is_named_where_its_type_earns_elsewhere() -> None:
    rates = [rate("email", "coaching", 10, 10), rate("twitter", "coaching", 0, 15)]
    roi = [earning(rates[0], 4000.0), earning(rates[1], 0.0)]
    (nothing,) = of_type(insights_of_rows(rates, roi), "no_revenue")
    assert nothing["opportunity_source"] == "twitter"


def test_hours_that_pay_far_more_are_named_and_a_little_more_are_not() -> None:
    rates = [rate("email", kind, 40, 40) for kind in ("a", "b", "c")]
    far, little = (
        [earning(row, 900.0, per_hour) for row, per_hour in zip(rates, hourly, strict=True)]
        for hourly in ((300.0, 60.0, 50.0), (62.0, 60.0, 58.0))
    )
    best = of_type(insights_of_rows(rates, far), "revenue_per_hour")[0]
    assert (best["opportunity_type"], best["opportunity_source"]) == ("a", "email")
    assert best["interval"][0] > 55.0
    assert of_type(insights_of_rows(rates, little), "revenue_per_hour") == []


def test_the_closest_source_is_named_with_how_many_more_decisions_would_decide_it() -> None:
    rates = [rate("email", "coaching", 24, 26), rate("twitter", "coaching", 17, 33)]
    (still,) = of_type(insights_of_rows(rates, []), "no_clear_source")
    assert "more decisions would decide it if the difference stays as it is" in still["description"]


def test_immature_cells_are_not_compared() -> None:
    rates = [
        rate("email", "coaching", 30, 2, open_=60, immature=True),
        rate("twitter", "coaching", 5, 30),
        rate("web", "coaching", 6, 30),
    ]
    assert not any(
        "email" in one["title"]
        for one in insights_of_rows(rates, [])
        if one["insight_type"] != "immature"
    )


counts = st.integers(0, 200)


@settings(max_examples=15, deadline=None)
@given(
    cells=st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), counts, counts, counts),
        unique_by=lambda cell: cell[:2],
        max_size=9,
    )
)
def test_whatever_the_counts_every_insight_has_its_keys_and_a_probability(
    cells: list[tuple[str, str, int, int, int]],
) -> None:
    rates = [rate(s, t, won, lost, open_=open_ + 1) for s, t, won, lost, open_ in cells]
    roi = [earning(row, 10.0 * row["won"], float(row["won"])) for row in rates]
    for insight in insights_of_rows(rates, roi):
        assert insight["title"]
        assert insight["description"]
        assert 0.0 <= insight["confidence_score"] <= 1.0
        assert insight["data_points"] >= 0


# -- the table -----------------------------------------------------------------------------------


def stored(log):
    """All rows of the table, the active ones first."""
    rows = log.ask("insights").to_pylist()
    return [(row["insight_type"], row["title"]) for row in rows]


def test_generated_insights_are_the_active_rows_of_the_table(tmp_path, fill):
    with DecisionLog(home=tmp_path) as log:
        fill(log, 120)
        found = log.generate_insights()
        assert found
        assert sorted(stored(log)) == sorted((one["insight_type"], one["title"]) for one in found)
        before = log.store.token()
        assert log.generate_insights() == found
        assert log.store.token() == before, "unchanged findings write nothing"
        log.generate_insights(as_of="2025-11-02")
        assert len(stored(log)) == len(found)


def test_findings_that_no_longer_hold_become_inactive_and_may_come_back(tmp_path, fill):
    first, second = (
        {"insight_type": "t", "title": title, "description": "d", "confidence_score": 0.9, "data_points": 3}
        for title in ("first", "second")
    )  # fmt: skip
    with DecisionLog(home=tmp_path) as log:
        fill(log, 3)
        for findings in ([first], [second], [], [first, second]):
            log.store.replace_insights(insight_rows(findings))
            assert [title for _, title in stored(log)] == [one["title"] for one in findings]


def test_a_log_of_over_a_thousand_cells_is_compared_too(tmp_path):
    """Fewer draws are taken of many cells than of the times to close, and all are compared together."""
    logged, outcomes = [], []
    for n in range(1_200):
        moment = datetime(2025, 11, 1, tzinfo=UTC) + timedelta(hours=n)
        kind = ("coaching", "golf")[n % 2]
        logged.append(
            {
                "decision_id": f"d-{n}", "opportunity_type": kind, "opportunity_source": f"form {n // 2}",
                "action_taken": "Replied", "timestamp": moment, "recorded_at": moment,
            }
        )  # fmt: skip
        later = moment + timedelta(days=3 + n % 2)
        outcomes.append(
            {
                "decision_id": f"d-{n}", "outcome_type": "conversion", "occurred_at": later, "recorded_at": later,
                "outcome_status": "success" if n % 5 == 0 else "failed",
            }
        )  # fmt: skip
    with DecisionLog(home=tmp_path) as log:
        log.log_decisions(logged)
        log.record_outcomes(outcomes)
        log.generate_insights()


def test_insights_of_an_empty_log_make_no_log(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        assert log.generate_insights() == []
    assert not (tmp_path / "home").exists()
