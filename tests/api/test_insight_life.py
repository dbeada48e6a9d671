"""What was found is tested again on later decisions alone: confirmed, or taken back openly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_log.reports.comparisons.comparing import Comparison
from decision_log.reports.comparisons.insights import insights_of
from decision_log.reports.comparisons.life import (
    DECISIVE,
    MOST_TESTED,
    Life,
    _tested,
    lives,
    log_ratio,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
FOUND = START + timedelta(days=80)


def log_decisions(log, seed, n, first_day, chance, **fields):
    """Log ``n`` decisions over 60 days, closed after two days; ``chance`` of winning by source."""
    rng = np.random.default_rng(seed)
    sources = list(chance)
    decisions, outcomes = [], []
    for i in range(n):
        made = START + timedelta(days=first_day + 60 * i / n)
        source, name = sources[rng.integers(len(sources))], f"d{first_day}-{i}"
        won = rng.random() < chance[source]
        more = {key: make(rng, made) for key, make in fields.items()}
        decisions.append(
            {
                "decision_id": name, "opportunity_type": ("coaching", "partnership")[i % 2],
                "opportunity_source": source, "action_taken": "Replied", "timestamp": made,
                "recorded_at": made, **more,
            }
        )  # fmt: skip
        closed = made + timedelta(days=2)
        outcomes.append(
            {
                "decision_id": name, "outcome_id": f"o{name}", "outcome_type": "conversion",
                "outcome_status": "success" if won else "failed", "occurred_at": closed,
                "recorded_at": closed,
            }
        )  # fmt: skip
    log.log_decisions(decisions)
    log.record_outcomes(outcomes)


def of_source(insights, status=None):
    return [
        one for one in insights
        if one["insight_type"] in {"best_source", "worst_source"}
        and (status is None or one["status"] == status)
    ]  # fmt: skip


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        log_decisions(log, 1, 240, 0, {"email": 0.6, "twitter": 0.2})
        (found,) = of_source(insights_of(log, FOUND, store=log.store))
        assert found["status"] == "supported"
        assert "Not yet tested on later decisions" in found["description"]
        yield log


def test_a_difference_that_stays_is_confirmed_by_later_decisions_alone(log):
    log_decisions(log, 2, 200, 81, {"email": 0.6, "twitter": 0.2})
    (found,) = of_source(insights_of(log, FOUND + timedelta(days=70), store=log.store))
    assert found["status"] == "confirmed"
    assert "Confirmed on 200 decisions made since 22 March 2026" in found["description"]
    rows = [row for row in log.ask("insights").to_pylist() if row["insight_type"] == "best_source"]
    assert [(row["status"], row["later_decisions"]) for row in rows] == [("confirmed", 200)]
    assert rows[0]["generated_at"] == FOUND.replace(tzinfo=None), "stored once, when it was found"


def test_a_difference_that_later_decisions_contradict_is_taken_back_and_not_repeated(log):
    log_decisions(log, 3, 200, 81, {"email": 0.3, "twitter": 0.3})
    later = FOUND + timedelta(days=70)
    insights = insights_of(log, later, store=log.store)
    (back,) = of_source(insights)
    assert back["status"] == "retracted"
    assert back["title"].startswith("Taken back: email is won more often")
    assert "that speaks against it" in back["description"]
    (again,) = of_source(insights_of(log, later + timedelta(days=1), store=log.store))
    assert again["status"] == "retracted"
    assert of_source(insights_of(log, later + timedelta(days=60), store=log.store)) == []
    (before,) = of_source(insights_of(log, FOUND + timedelta(hours=1)))
    assert before["status"] == "supported", "as of an earlier moment nothing was taken back"


def test_a_retraction_is_in_the_next_summary(log, monkeypatch):
    from decision_log import DecisionSummaryGenerator

    log_decisions(log, 3, 200, 81, {"email": 0.3, "twitter": 0.3})
    later = FOUND + timedelta(days=70)
    insights_of(log, later, store=log.store)
    summary = DecisionSummaryGenerator(log=log).generate_daily_summary(
        later + timedelta(days=1), as_of=later + timedelta(days=1)
    )
    assert [one["status"] for one in of_source(summary["insights"])] == ["retracted"]


def test_makers_replies_and_times_are_compared_and_labelled_as_observed(tmp_path):
    def received(rng, made):
        return made - timedelta(hours=float(rng.exponential(5.0)))

    with DecisionLog(home=tmp_path) as log:
        for day, maker, chance in ((0, "ann", 0.65), (0.01, "bob", 0.2)):
            log_decisions(
                log, 5, 150, day, {"email": chance}, received_at=received,
                decision_maker=lambda rng, made, maker=maker: maker,
            )  # fmt: skip
        found = insights_of(log, FOUND)
    (maker,) = [one for one in found if one["insight_type"] == "maker"]
    assert maker["title"] == "ann wins more often than bob on the same kinds of leads"
    assert "observed, not tried out at random" in maker["description"]
    assert not [one for one in found if one["insight_type"] == "latency"]


def comparison(effect, error):
    return Comparison(
        "source", "email", None, None, "percent", 0, 0, (0, 0, 0), (1, 1, 1), 0.5, 50, 50, 0, 1.0, 0,
        effect, error,
    )  # fmt: skip


def test_the_ratio_is_that_of_two_thirds_of_the_effect_against_none():
    d, error, later = 10.0, 3.0, 4.0
    exponents = [-((later - mean) ** 2) / 2 / error**2 for mean in (2 * d / 3, 0.0)]
    assert log_ratio(comparison(later, error), d) == pytest.approx(exponents[0] - exponents[1])


def test_daily_looks_confirm_a_difference_that_is_not_there_in_at_most_one_of_twenty():
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(2000, 300)).cumsum(1) / np.arange(1, 301)
    wrong = np.zeros(2000, dtype=bool)
    for k in range(1, 300):
        error = 1 / np.sqrt(k + 1)
        expected = 2 / 3 * 0.6
        ratio = (noise[:, k] * expected - expected**2 / 2) / error**2
        wrong |= ratio >= DECISIVE
    assert 0.0 < wrong.mean() <= 0.05


def test_what_was_retracted_takes_no_test_from_what_still_stands():
    def stored(number, status):
        moment = FOUND + timedelta(days=number)
        return {
            "insight_type": "best_source", "title": "", "subject": f"source\ts{number}\t\t+", "status": status,
            "status_since": moment, "effect": 20.0, "generated_at": moment,
        }  # fmt: skip

    rows = [stored(0, "supported"), *(stored(i, "retracted") for i in range(1, MOST_TESTED + 1))]
    asked = []
    lives([], rows, FOUND + timedelta(days=99), lambda since: asked.append(since) or [])
    assert sorted(asked) == [FOUND, *(FOUND + timedelta(days=i) for i in range(2, MOST_TESTED + 1))]


def test_all_that_stands_is_tested_though_it_was_found_at_many_moments():
    tested = _tested(
        Life(f"source\ts{i}\t\t+", "supported", FOUND + timedelta(days=i), FOUND, 20.0)
        for i in range(3 * MOST_TESTED)
    )
    assert len(tested) == 3 * MOST_TESTED
    assert len(set(tested.values())) == MOST_TESTED
    assert all(start >= found for found, start in tested.items())


def test_a_rebuilt_database_goes_on_with_the_tests_of_insights(log):
    later = FOUND + timedelta(days=70)
    log_decisions(log, 2, 200, 81, {"email": 0.6, "twitter": 0.2})
    insights_of(log, later, store=log.store)
    before = log.ask("claims", as_of=later).to_pylist()
    home = log.settings.home
    log.close()
    home.database.unlink()
    with DecisionLog(home=home.folder) as again:
        assert again.ask("claims", as_of=later).to_pylist() == before
        (found,) = of_source(insights_of(again, later + timedelta(days=1)))
    assert found["status"] == "confirmed"
