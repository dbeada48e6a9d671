"""The invented log: believable, reproducible, true to its rates, and no danger to a real one."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from decision_log import DecisionLog, calibration
from decision_log.demo.world import (
    TRUE_RATES,
    DemoRefused,
    DemoWorld,
    build_world,
    demo_opportunities,
    make_demo,
)
from decision_log.settings import Home

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 2, 8, 18, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return build_world(now=NOW)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    make_demo(home, now=NOW)
    return home


# -- the world -----------------------------------------------------------------------------------


def test_it_holds_800_decisions_of_400_days(world: DemoWorld) -> None:
    assert len(world.decisions) == 800
    assert all(NOW - timedelta(days=401) <= d.timestamp <= NOW for d in world.decisions)
    assert len({decision.decision_maker for decision in world.decisions}) == 2


def test_one_seed_gives_the_same_facts_at_any_hour_and_on_any_day(world: DemoWorld) -> None:
    assert build_world(now=NOW) == world
    assert build_world(now=NOW.replace(hour=3, minute=59)) == world
    assert build_world(now=NOW, seed=1) != world
    later = build_world(now=NOW + timedelta(days=10, hours=-5))
    for before, after in zip(world.decisions, later.decisions, strict=True):
        assert after.timestamp - before.timestamp == timedelta(days=10)
        assert after.opportunity_content == before.opportunity_content
    assert len(later.outcomes) == len(world.outcomes)


def test_an_agent_predicted_every_opportunity_that_was_decided_on(world: DemoWorld) -> None:
    decided = {decision.opportunity_id: decision for decision in world.decisions}
    assert len(decided) == len(world.predictions) == 800
    for prediction in world.predictions:
        assert prediction.predicted_at <= decided[prediction.opportunity_id].timestamp
        assert 0.0 <= (prediction.probability or 0.0) <= 1.0


def test_the_agent_is_graded_and_the_model_answers_with_reasons_from_the_text(made: Path) -> None:
    with DecisionLog(home=made) as log:
        assert "Trained a first model" in log.refresh_model()
        (row,) = calibration(log=log, as_of=NOW, by="predictor")["versions"]
        lead = {"type": "golf_coaching", "source": "email"}
        eager, idle = (
            log.predict_outcome({**lead, "content": f"My slice is back. {text}"}, record=False)
            for text in (
                "I can pay $300 and need it before Friday.",
                "Just curious for now. Any free tips?",
            )
        )
    assert row["version"] == "jarvis"
    assert row["graded"] > 400
    assert eager["model_version"].startswith("m")
    assert eager["conversion_probability"] > idle["conversion_probability"] + 15
    assert "'free'" in idle["reasoning"] or "'just'" in idle["reasoning"]


def test_nearly_all_texts_differ(world: DemoWorld) -> None:
    assert len({decision.opportunity_content for decision in world.decisions}) >= 740


def test_some_senders_come_back(world: DemoWorld) -> None:
    letters = Counter(decision.sender for decision in world.decisions)
    assert 50 <= sum(count > 1 for count in letters.values()) <= 400


def test_nothing_is_recorded_after_now_and_no_outcome_before_its_decision(
    world: DemoWorld,
) -> None:
    decided = {d.decision_id: d for d in world.decisions}
    assert all(d.recorded_at <= NOW for d in world.decisions)
    for outcome in world.outcomes:
        assert outcome.recorded_at <= NOW
        assert outcome.occurred_at >= decided[outcome.decision_id].timestamp


def test_cost_and_effort_are_known_for_most_but_not_all(world: DemoWorld) -> None:
    for name in ("cost_usd", "effort_minutes"):
        known = sum(getattr(decision, name) is not None for decision in world.decisions)
        assert 600 <= known < 800


def test_some_customers_buy_again_and_one_refund_is_full_and_one_partial(
    world: DemoWorld,
) -> None:
    paid: dict[str, list[float]] = {}
    for outcome in world.outcomes:
        if outcome.revenue_generated:
            paid.setdefault(outcome.decision_id, []).append(outcome.revenue_generated)
    assert any(len(sums) > 1 and min(sums) > 0 for sums in paid.values())
    left = sorted(round(sum(sums), 2) for sums in paid.values() if min(sums) < 0)
    assert len(left) == 2
    assert left[0] == 0.0
    assert left[1] > 0.0


def test_most_recent_partnerships_are_still_open(world: DemoWorld) -> None:
    settled = {o.decision_id for o in world.outcomes if o.outcome_status != "pending"}
    recent = [
        decision.decision_id
        for decision in world.decisions
        if decision.opportunity_type == "partnership"
        and decision.timestamp > NOW - timedelta(days=14)
    ]
    assert recent
    assert sum(decision_id not in settled for decision_id in recent) >= 0.8 * len(recent)


def test_some_losses_are_never_recorded(world: DemoWorld) -> None:
    lost = {d.decision_id for d in world.decisions} - world.won_in_the_end
    answer = {
        o.decision_id for o in world.outcomes if o.outcome_status in {"failed", "no_conversion"}
    }
    assert 0.4 * len(lost) < len(answer) < 0.8 * len(lost)


@pytest.mark.slow
def test_every_cell_is_won_as_often_as_its_true_rate_says() -> None:
    """4.5 standard errors in 11 cells: one seed in 10,000 would fail by chance."""
    world = build_world(now=NOW, seed=7, decisions=30_000)
    count, won = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for decision in world.decisions:
        cell = (decision.opportunity_source, decision.opportunity_type)
        count[cell] += 1
        won[cell] += decision.decision_id in world.won_in_the_end
    assert set(count) == set(TRUE_RATES)
    for cell, rate in TRUE_RATES.items():
        error = (rate * (1 - rate) / count[cell]) ** 0.5
        assert abs(won[cell] / count[cell] - rate) < 4.5 * error, cell


def test_words_of_urgency_and_budget_and_the_base_score_go_with_winning() -> None:
    world = build_world(now=NOW, seed=7, decisions=6_000)
    won = world.won_in_the_end
    coaching = [d for d in world.decisions if d.opportunity_type.endswith("coaching")]
    hot = [d.decision_id in won for d in coaching if "urgent" in d.opportunity_content]
    cool = [d.decision_id in won for d in coaching if "ust curious" in d.opportunity_content]
    assert sum(hot) / len(hot) > 1.5 * sum(cool) / len(cool)
    winners = [
        d.opportunity_score for d in coaching if d.decision_id in won and d.opportunity_score
    ]
    losers = [
        d.opportunity_score for d in coaching if d.decision_id not in won and d.opportunity_score
    ]
    assert sum(winners) / len(winners) > sum(losers) / len(losers) + 3


# -- the inbox -----------------------------------------------------------------------------------


def test_the_inbox_is_what_an_aggregator_writes() -> None:
    inbox = demo_opportunities(now=NOW)
    items = inbox["opportunities"]
    assert set(inbox) == {"last_updated", "total_opportunities", "opportunities", "summary"}
    assert 25 <= len(items) == inbox["total_opportunities"] <= 30
    assert sum("score" not in item for item in items) == 1
    assert "linkedin" in {item.get("source") for item in items}
    assert sum("source" not in item for item in items) == 1
    optional = {
        "id", "url", "subject", "revenue_potential", "action_required", "influence_score",
        "raw_score", "ease", "time_required", "task_id",
    }  # fmt: skip
    assert optional <= {key for item in items for key in item}
    assert any(len(item["timestamp"]) == len("2026-02-08") for item in items)


# -- in a folder ---------------------------------------------------------------------------------


def test_the_folder_holds_the_log_and_the_opportunities(made: Path) -> None:
    world = build_world(now=NOW)
    with DecisionLog(home=made) as log:
        assert len(log.decisions_between(as_of=NOW)) == 800
        assert len(log.outcomes_between(as_of=NOW)) == len(world.outcomes)
    inbox = json.loads(Home(made).opportunities.read_text(encoding="utf-8"))
    assert inbox == demo_opportunities(now=NOW)


def test_won_lost_and_open_all_occur_and_the_full_refund_counts_as_lost(made: Path) -> None:
    with DecisionLog(home=made) as log:
        decisions = log.decisions_between(as_of=NOW)
        refunds = [o for o in log.outcomes_between(as_of=NOW) if o["outcome_type"] == "refund"]
    states = Counter(row["state"] for row in decisions)
    assert min(states["won"], states["lost"], states["open"]) >= 40
    state = {row["decision_id"]: (row["state"], row["revenue"]) for row in decisions}
    refunded = sorted(state[outcome["decision_id"]] for outcome in refunds)
    assert refunded[0] == ("lost", pytest.approx(0.0))
    assert refunded[1][0] == "won"


def test_a_month_ago_less_was_known(made: Path) -> None:
    with DecisionLog(home=made) as log:
        then = log.decisions_between(as_of=NOW - timedelta(days=30))
    assert 600 < len(then) < 790


def test_the_rates_learnt_from_it_cover_the_true_ones(made: Path) -> None:
    """Eleven 95 % intervals: nine or more cover with probability 0.98 if they keep their word."""
    with DecisionLog(home=made) as log:
        rates = log.get_conversion_rates(as_of=NOW)
    covered = sum(
        row["interval"][0]
        <= 100 * TRUE_RATES[row["source_type"], row["opportunity_type"]]
        <= row["interval"][1]
        for row in rates
    )
    assert len(rates) == len(TRUE_RATES)
    assert covered >= 9


def test_making_it_again_replaces_it(tmp_path: Path) -> None:
    make_demo(tmp_path, now=NOW, seed=1)
    report = make_demo(tmp_path, now=NOW, seed=2)
    assert report.written
    with DecisionLog(home=tmp_path) as log:
        decisions = log.decisions_between(as_of=NOW)
    expected = {
        d.decision_id: d.opportunity_content for d in build_world(now=NOW, seed=2).decisions
    }
    assert {d["decision_id"]: d["opportunity_content"] for d in decisions} == expected


def test_a_demo_that_someone_logged_into_is_kept(tmp_path: Path) -> None:
    make_demo(tmp_path, now=NOW)
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("mine", "coaching", "email", "Replied")
    report = make_demo(tmp_path, now=NOW, seed=2)
    assert not report.written
    assert report.decisions == 801
    assert report.seed != 2
    with DecisionLog(home=tmp_path) as log:
        assert "mine" in {row["decision_id"] for row in log.decisions_between()}


def test_a_real_log_is_never_touched(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("real", "coaching", "email", "Replied")
    with pytest.raises(DemoRefused, match=r"not a demo.*--home"):
        make_demo(tmp_path, now=NOW)
    with DecisionLog(home=tmp_path) as log:
        assert [row["decision_id"] for row in log.decisions_between()] == ["real"]


def test_a_real_opportunities_file_is_never_touched(tmp_path: Path) -> None:
    file = Home(tmp_path).opportunities
    file.parent.mkdir()
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(DemoRefused, match=r"opportunities\.json"):
        make_demo(tmp_path, now=NOW)
    assert file.read_text(encoding="utf-8") == "[]"
