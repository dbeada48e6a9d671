"""Cache of answers: a new process predicts on an unchanged log without the database, and never says anything else."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog, DecisionSummaryGenerator
from decision_log.answer_cache import AnswerCache
from decision_log.rate_cache import RateCache
from decision_log.rate_fits import hour_of
from decision_log.reports.comparisons import grouped, insights

ITEM = {"type": "coaching", "source": "email", "content": "Hi"}


@pytest.fixture
def home(tmp_path, fill):
    with DecisionLog(home=tmp_path) as log:
        fill(log, 30)
        log.predict_outcome(ITEM)
    return tmp_path


def cache_of(home):
    return home / "data" / "decision_log.answers-cache"


def opens_the_database(home, item):
    with DecisionLog(home=home) as log:
        log.predict_outcome(item)
        return log.store._opened is not None


def test_an_unchanged_log_is_predicted_from_without_its_database(home):
    assert not opens_the_database(home, ITEM)
    other = {**ITEM, "source": "twitter"}
    assert opens_the_database(home, other)
    assert not opens_the_database(home, other)
    assert not opens_the_database(home, ITEM)


def test_rates_of_an_unchanged_log_are_shown_without_its_database(home):
    with DecisionLog(home=home) as log:
        rows = log.get_conversion_rates()
    with DecisionLog(home=home) as log:
        assert log.get_conversion_rates() == rows
        assert log.store._opened is None
    cache_of(home).unlink()
    with DecisionLog(home=home) as log:
        assert log.get_conversion_rates() == rows
        assert log.store._opened is not None


def test_rates_of_an_unchanged_log_are_shown_without_the_fitted_model(home, monkeypatch):
    with DecisionLog(home=home) as log:
        rows = log.get_conversion_rates()
    with monkeypatch.context() as patched, DecisionLog(home=home) as log:
        patched.setattr(RateCache, "read", None)  # reading it would fail
        assert log.get_conversion_rates() == rows
    with DecisionLog(home=home) as log:
        log.log_decision("newest", "coaching", "email", "Replied")
        changed = log.get_conversion_rates()
    assert sum(r["total_decisions"] for r in changed) == 1 + sum(r["total_decisions"] for r in rows)
    with DecisionLog(home=home) as log:
        assert log.get_conversion_rates() == changed


def test_rates_are_not_kept_for_a_fact_that_arrived_while_they_were_read(home, monkeypatch):
    with DecisionLog(home=home) as log:
        fits, answers, written = log.rate_fits, log.rate_fits.answers, []

        def after_a_fact():
            if not written:
                written.append(log.log_decision("late", "coaching", "email", "Replied"))
            return answers()

        monkeypatch.setattr(fits, "answers", after_a_fact)
        shown = log.get_conversion_rates()
    with DecisionLog(home=home) as log:
        assert log.get_conversion_rates() == shown
        assert sum(row["total_decisions"] for row in shown) == len(log.find_decisions())


def test_the_answer_is_that_of_the_database(home):
    with DecisionLog(home=home) as cached:
        predicted = cached.predict_outcome(ITEM, record=False)
    cache_of(home).unlink()
    with DecisionLog(home=home) as fresh:
        assert fresh.predict_outcome(ITEM, record=False) == predicted
    assert predicted["similar_decisions"]


def test_new_facts_are_seen(home):
    with DecisionLog(home=home) as log:
        log.log_decision("newest", "coaching", "email", "Replied", opportunity_content="Hi")
    with DecisionLog(home=home) as log:
        similar = log.predict_outcome(ITEM)["similar_decisions"]
    assert "newest" in {row["decision_id"] for row in similar}


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-9], lambda b: b"{}", lambda b: b.replace(b"e", b"f")]
)
def test_a_damaged_cache_is_ignored_and_replaced(home, damage):
    cache_of(home).write_bytes(damage(cache_of(home).read_bytes()))
    assert opens_the_database(home, ITEM)
    assert not opens_the_database(home, ITEM)


def test_it_is_private_and_forgotten(home):
    assert stat.S_IMODE(cache_of(home).stat().st_mode) == 0o600
    with DecisionLog(home=home) as log:
        log.forget(decision_id="d-3")
    assert not cache_of(home).exists()


def test_what_was_read_before_a_fact_is_not_saved_after_it(home):
    cache_of(home).unlink()
    with DecisionLog(home=home) as reader, DecisionLog(home=home) as writer:
        reader.predict_outcome(ITEM)
        writer.forget(decision_id="d-3")
    assert not cache_of(home).exists()


def test_answers_hold_until_a_fact_that_is_waiting_becomes_known(home):
    now = datetime.now(UTC)
    with DecisionLog(home=home) as log:
        for seconds, found in ((3600, True), (-1, False)):
            cache_of(home).unlink(missing_ok=True)
            first = AnswerCache(log.store, hour_of(now), now + timedelta(seconds=seconds))
            rows = first.rows("names")
            first.save()
            again = AnswerCache(log.store, hour_of(now), None)
            assert bool(again._known) == found
            assert again.rows("names") == rows


def summarised(home):
    """Summarise today; give also the times at which rates were fitted."""
    with DecisionLog(home=home) as log:
        summary = DecisionSummaryGenerator(log=log).generate_daily_summary()
        return summary, log.rate_fits.generation


def without_clock(summary):
    """What of a summary does not change from minute to minute."""
    waiting = [
        {**row, "waiting_hours": 0, "hours": 0, "delay_hours": 0} for row in summary["waiting"]
    ]
    return {**summary, "as_of": "", "generated_at": "", "waiting": waiting}


def test_a_summary_of_an_unchanged_log_fits_and_compares_nothing_again(home, monkeypatch):
    (
        home / "data" / "decision_log.rates-cache"
    ).unlink()  # after midnight it has the rates of today's start
    first, fits = summarised(home)
    assert fits > 0
    monkeypatch.setattr(insights, "insights_of", None)
    again, fits = summarised(home)
    assert fits == 0
    assert without_clock(again) == without_clock(first)
    with DecisionLog(home=home) as log:
        assert log.generate_insights() == first["insights"]


def test_insights_of_new_facts_replace_those_before(home):
    with DecisionLog(home=home) as log:
        before = log.generate_insights()
        for number in range(40):
            log.log_decision(f"lost-{number}", "coaching", "fax", "Replied")
            log.lost(f"lost-{number}")
        now = log.generate_insights()
        assert now != before
        assert now == insights.insights_of(log, log.rate_fits.at().as_of)


@pytest.mark.parametrize("by", ["source", "month"])
def test_rates_by_group_of_an_unchanged_log_are_worked_out_once(home, by, monkeypatch):
    with DecisionLog(home=home) as log:
        rows = log.get_group_rates(by)
        rows[0]["interval"].clear()  # what a caller does with them is its own affair
        rows = log.get_group_rates(by)
        assert len(rows[0]["interval"]) == 2
    monkeypatch.setattr(grouped, "group_rates", None)
    with DecisionLog(home=home) as log:
        assert log.get_group_rates(by) == rows


def test_months_of_another_zone_are_other_answers(home, monkeypatch):
    with DecisionLog(home=home) as log:
        of_utc = log.get_group_rates("month")
    monkeypatch.setenv("DECISION_LOG_ZONE", "America/New_York")
    with DecisionLog(home=home) as log:
        rows = log.get_group_rates("month")
        assert rows == grouped.group_rates(log, "month", log.rate_fits.at().as_of)
    assert rows != of_utc


def test_insights_name_the_currency_that_the_log_has_now(home, monkeypatch):
    with DecisionLog(home=home) as log:
        for number in range(60):
            log.log_decision(f"large-{number}", "contract", "email", "Replied")
            log.won(f"large-{number}", 9_000.0 + number)
        assert any("$" in row["description"] for row in log.generate_insights())
    monkeypatch.setenv("DECISION_LOG_CURRENCY", "EUR")
    with DecisionLog(home=home) as log:
        described = [row["description"] for row in log.generate_insights()]
    assert any("€" in text for text in described)
    assert not any("$" in text for text in described)
