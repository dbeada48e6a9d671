"""Facts with a known answer, asked of a real log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_store.errors import DecisionConflict, InvalidRecord, UnknownDecision

LONG_AGO = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        yield log


def decide(log, name, *, days=0, kind="coaching", source="email", **given):
    moment = LONG_AGO + timedelta(days=days)
    return log.log_decision(
        name, kind, source, "Replied with offer", timestamp=moment, recorded_at=moment, **given
    )


def win(log, name, revenue=100.0, *, days=1, **given):
    moment = LONG_AGO + timedelta(days=days)
    given.setdefault("deal_closed", True)
    return log.record_outcome(
        name, "conversion", "success", revenue, occurred_at=moment, recorded_at=moment, **given
    )


def only(rows):
    assert len(rows) == 1
    return rows[0]


def test_two_outcome_rows_on_one_decision_are_one_win(log):
    decide(log, "d-1")
    win(log, "d-1", 100.0, days=1)
    win(log, "d-1", 50.0, days=2)
    row = only(log.get_conversion_rates())
    assert (row["won"], row["total_decisions"], row["total_revenue"]) == (1, 1, 150.0)
    assert row["observed_rate"] == 100.0


def test_a_pending_decision_is_never_a_loss(log):
    decide(log, "d-1")
    decide(log, "d-2")
    log.record_outcome("d-1", "response", "pending", response_received=True)
    row = only(log.get_conversion_rates())
    assert (row["won"], row["lost"], row["open"]) == (0, 0, 2)
    assert row["observed_rate"] is None
    assert row["total_responses"] == 1


def test_where_only_wins_are_recorded_old_open_decisions_count_as_had_their_chance(log):
    for i in range(10):
        decide(log, f"d-{i}")
    for i in range(3):
        win(log, f"d-{i}")
    row = only(log.get_conversion_rates())
    assert (row["won"], row["lost"], row["open"], row["matured"]) == (3, 0, 7, 10)
    assert row["observed_rate"] == 30.0
    fresh = only(log.get_conversion_rates(as_of=LONG_AGO + timedelta(days=1)))
    assert (fresh["matured"], fresh["observed_rate"]) == (3, None)  # too early to tell


def test_the_sql_view_and_the_rates_agree(log):
    for i in range(12):
        decide(log, f"d-{i}", days=i, kind=("coaching", "partnership")[i % 2])
    win(log, "d-0", 100.0, days=3)
    win(log, "d-0", 50.0, days=4)
    win(log, "d-3", 70.0, days=9)
    log.record_outcome("d-1", "response", "no_conversion", response_received=True)
    view = {row["opportunity_type"]: row for row in log.ask("conversion_metrics").to_pylist()}
    for row in log.get_conversion_rates():
        same = view[row["opportunity_type"]]
        for name in ("total_decisions", "total_responses", "total_revenue", "won", "lost", "open"):
            assert same[name] == row[name]
        assert same["conversion_rate"] == pytest.approx(row["observed_rate"], abs=0.01)
        assert same["matured"] == row["matured"]


def test_the_average_is_the_total_over_all_decisions(log):
    for i in range(4):
        decide(log, f"d-{i}")
    win(log, "d-0", 100.0)
    win(log, "d-0", 100.0, days=3)
    row = only(log.calculate_roi_by_type())
    assert row["avg_revenue_per_decision"] == 200.0 / 4
    assert row["closed_deals"] == 1


def test_return_counts_only_where_the_cost_is_known(log):
    decide(log, "d-1", cost_usd=50.0, effort_minutes=30)
    decide(log, "d-2")
    win(log, "d-1", 200.0)
    win(log, "d-2", 1000.0)
    row = only(log.calculate_roi_by_type())
    assert row["roi"] == pytest.approx((200 - 50) / 50)
    assert row["revenue_per_hour"] == pytest.approx(400.0)
    assert row["cost_known"] == 1


def slow_and_fast(log, seed=0, n=60):
    """Sixty days: cost 20 each; fast pays 100 after two days, slow 300 after forty, both 30 % won."""
    rng = np.random.default_rng(seed)
    final = {"fast": 0.0, "slow": 0.0}
    for kind, revenue, days in (("fast", 100.0, 2), ("slow", 300.0, 40)):
        for i in range(n):
            made = float(rng.uniform(0, 60))
            close = made + days * float(np.exp(rng.normal(0, 0.4)))
            decide(log, f"{kind}{i}", days=made, kind=kind, cost_usd=20.0, effort_minutes=30.0)
            won = rng.random() < 0.3
            final[kind] += revenue * won
            if close > 60:
                continue
            if won:
                win(log, f"{kind}{i}", revenue, days=close)
            else:
                at = LONG_AGO + timedelta(days=close)
                log.record_outcome(
                    f"{kind}{i}", "conversion", "failed", occurred_at=at, recorded_at=at
                )
    return final, LONG_AGO + timedelta(days=60)


def test_open_decisions_are_worth_what_their_age_leaves_and_time_is_one_number(log):
    final, now = slow_and_fast(log)
    rows = {row["opportunity_type"]: row for row in log.calculate_roi_by_type(as_of=now)}
    for kind, revenue in final.items():
        low, high = rows[kind]["expected_roi_interval"]
        assert low <= (revenue - 1200) / 1200 <= high
        assert rows[kind]["roi"] <= low <= rows[kind]["expected_roi"] <= high
    assert rows["slow"]["expected_revenue_per_hour"] > rows["fast"]["expected_revenue_per_hour"]
    rates = {row["opportunity_type"]: row for row in log.get_conversion_rates(as_of=now)}
    for kind, row in rows.items():
        said = log.predict_outcome({"type": kind, "source": "email"}, as_of=now)
        assert row["avg_time_hours"] == rates[kind]["avg_time_to_conversion_hours"]
        assert row["avg_time_hours"] == pytest.approx(said["avg_time_to_close_hours"], abs=0.1)
    assert 20 * 24 < rows["slow"]["avg_time_hours"] < 90 * 24


def test_time_to_close_is_decision_to_occurrence_however_late_it_is_recorded(log):
    for i in range(60):
        made = LONG_AGO + timedelta(days=i)
        log.log_decision(f"d{i}", "coaching", "email", "Replied", timestamp=made, recorded_at=made)
        log.record_outcome(
            f"d{i}", "conversion", "success" if i % 2 else "failed",
            occurred_at=made + timedelta(hours=24), recorded_at=made + timedelta(days=21),
        )  # fmt: skip
    row = only(log.get_conversion_rates(as_of=LONG_AGO + timedelta(days=60)))
    assert row["avg_time_to_conversion_hours"] == pytest.approx(24, rel=0.25)
    assert row["open"] == 20
    assert row["conversion_rate"] == pytest.approx(50, abs=4)


def test_without_costs_there_is_no_return_and_types_that_earned_nothing_stay(log):
    decide(log, "d-1", kind="partnership")
    row = only(log.calculate_roi_by_type())
    assert row["roi"] is None
    assert row["total_revenue"] == 0.0


def test_a_full_refund_takes_the_win_back_and_a_partial_one_lowers_revenue(log):
    for name in ("full", "partial"):
        decide(log, name, kind=name)
        win(log, name, 100.0)
    moment = LONG_AGO + timedelta(days=5)
    for name, amount in (("full", -100.0), ("partial", -30.0)):
        log.record_outcome(name, "refund", "refunded", amount, recorded_at=moment)
    rows = {row["opportunity_type"]: row for row in log.get_conversion_rates()}
    assert (rows["full"]["won"], rows["full"]["total_revenue"]) == (0, 0.0)
    assert (rows["partial"]["won"], rows["partial"]["total_revenue"]) == (1, 70.0)


def test_the_same_decision_twice_is_one_and_another_content_is_refused(log):
    assert log.log_decision("d-1", "coaching", "email", "Replied")
    assert not log.log_decision("d-1", "coaching", "email", "Replied")
    with pytest.raises(DecisionConflict, match="action_taken"):
        log.log_decision("d-1", "coaching", "email", "Ignored")
    assert only(log.get_conversion_rates())["total_decisions"] == 1


def test_an_outcome_of_an_unknown_decision_is_refused(log):
    with pytest.raises(UnknownDecision, match="No decision 'd-9' in the log"):
        log.record_outcome("d-9", "conversion", "success", 10)


def test_the_same_outcome_id_twice_counts_once(log):
    decide(log, "d-1")
    assert win(log, "d-1", outcome_id="o-1")
    assert not win(log, "d-1", outcome_id="o-1")
    assert only(log.get_conversion_rates())["total_revenue"] == 100.0


def test_an_answer_as_of_a_moment_uses_nothing_recorded_later(log):
    decide(log, "d-1")
    decide(log, "d-2", days=10)
    win(log, "d-1", days=20)
    early = only(log.get_conversion_rates(as_of="2025-01-08"))
    assert (early["total_decisions"], early["won"], early["open"]) == (1, 0, 1)
    late = only(log.get_conversion_rates(as_of="2025-03-01"))
    assert (late["total_decisions"], late["won"], late["open"]) == (2, 1, 1)


def test_a_bare_date_as_of_means_its_end(log):
    decide(log, "d-1")
    assert log.get_conversion_rates(as_of="2025-01-06") != []
    assert log.get_conversion_rates(as_of="2025-01-06T08:00") == []


def test_history_in_other_zones_and_over_a_clock_change(tmp_path, monkeypatch):
    monkeypatch.setenv("DECISION_LOG_ZONE", "Europe/Berlin")
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("d-1", "coaching", "email", "Replied", timestamp="2025-03-29 12:00")
        log.record_outcome(
            "d-1", "conversion", "success", 10, deal_closed=True, occurred_at="2025-03-30T12:00"
        )
        # The night of 2025-03-30 has 23 hours in Berlin.
        assert only(log.outcomes_between())["time_to_outcome_hours"] == 23.0


def test_the_full_text_comes_back(log):
    text = "⛳ " + "very long " * 50_000 + "\u202eright to left\u202c"
    decide(log, "d-1", opportunity_content=text, context={"followers": 12, "name": "Zoë"})
    row = only(log.decisions_between())
    assert row["opportunity_content"] == text


def test_many_at_once_count_like_one_by_one(log):
    decisions = [
        {
            "decision_id": f"d-{i}",
            "opportunity_type": "coaching",
            "opportunity_source": "email",
            "action_taken": "Replied",
        }
        for i in range(500)
    ]
    assert log.log_decisions(decisions).added == 500
    assert log.log_decisions(decisions).unchanged == 500
    outcome = {
        "decision_id": "d-7",
        "outcome_type": "conversion",
        "outcome_status": "success",
        "revenue_generated": 10,
    }
    assert log.record_outcomes([outcome]).added == 1
    row = only(log.get_conversion_rates())
    assert (row["total_decisions"], row["won"]) == (500, 1)


def test_one_bad_row_among_many_is_reported_before_anything_is_written(log):
    good = {
        "decision_id": "d-1",
        "opportunity_type": "a",
        "opportunity_source": "b",
        "action_taken": "c",
    }
    with pytest.raises(InvalidRecord):
        log.log_decisions([good, {**good, "decision_id": "d-2", "opportunity_score": -5}])
    assert log.get_conversion_rates() == []


def test_an_empty_log_answers_every_question_and_writes_nothing(tmp_path):
    with DecisionLog(home=tmp_path / "new") as log:
        assert log.get_conversion_rates() == []
        assert log.calculate_roi_by_type() == []
        predicted = log.predict_outcome({"type": "coaching"}, record=False)
        assert predicted["predicted_outcome"] == "unknown"
    assert not (tmp_path / "new").exists()


def test_a_log_may_live_at_any_path(tmp_path):
    path = tmp_path / "elsewhere" / "my.duckdb"
    with DecisionLog(path) as log:
        log.log_decision("d-1", "coaching", "email", "Replied")
    with DecisionLog(path) as log:
        assert only(log.get_conversion_rates())["total_decisions"] == 1


def test_rates_of_an_unchanged_log_are_not_fitted_again(tmp_path, fill, monkeypatch):
    with DecisionLog(home=tmp_path) as log, DecisionLog(home=tmp_path) as other:
        fill(log, 20)
        log.get_conversion_rates()
        first = log.get_conversion_rates()
        with monkeypatch.context() as patch:
            patch.setattr(log.store, "ask", None)
            again = log.get_conversion_rates()
            assert again == first
            again[0]["interval"][0] = again[0]["won"] = -1
            assert log.get_conversion_rates() == first, "a caller may change what he was given"
        other.record_outcome("d-9", "conversion", "success", 70.0)
        assert log.get_conversion_rates() == other.get_conversion_rates() != first


def test_who_decides_is_as_the_settings_say_where_the_caller_does_not(tmp_path):
    (tmp_path / "decision-log.toml").write_text('maker = "ann"\n')
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("a", "coaching", "email", "Sent")
        log.log_decision("b", "coaching", "email", "Sent", decision_maker="bo")
        log.log_decisions([{"decision_id": "c", "opportunity_type": "coaching", "opportunity_source": "email",
                            "action_taken": "Sent"}])  # fmt: skip
        rows = log.find_decisions()
    assert {row["decision_id"]: row["decision_maker"] for row in rows} == {
        "a": "ann", "b": "bo", "c": "ann",
    }  # fmt: skip
