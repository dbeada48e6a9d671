"""Kept predictions graded: which count, what the table says, and whether times have changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog
from decision_log.models.calibration import calibration
from decision_store.facts import Prediction

START = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        yield log


def predict(log, said):
    """Keep predictions: (opportunity, version, hours after the start, probability)."""
    log.store.log_predictions(
        Prediction(
            prediction_id=f"p{place}",
            opportunity_id=opportunity,
            predicted_at=START + timedelta(hours=hours),
            as_of=START,
            model_version=version,
            opportunity_type="coaching",
            opportunity_source="email",
            probability=probability,
            low=probability,
            high=probability,
            expected_revenue=1.0,
            confidence=0.5,
            inputs_hash="",
            recorded_at=START + timedelta(hours=hours),
        )
        for place, (opportunity, version, hours, probability) in enumerate(said)
    )


def decide(log, opportunities, *, hours=10.0, named=True):
    """Decide on opportunities, and learn what became of them an hour later: a state, or None."""
    moment = START + timedelta(hours=hours)
    log.log_decisions(
        {
            "decision_id": f"d-{one}" if named else one,
            "opportunity_type": "coaching", "opportunity_source": "email",
            "action_taken": "Replied", "timestamp": moment, "recorded_at": moment,
            **({"opportunity_id": one} if named else {}),
        }
        for one in opportunities
    )  # fmt: skip
    later = moment + timedelta(hours=1)
    log.record_outcomes(
        {
            "decision_id": f"d-{one}" if named else one, "outcome_id": f"o-{one}",
            "outcome_type": "conversion", "outcome_status": state, "occurred_at": later,
            "recorded_at": later,
        }
        for one, state in opportunities.items()
        if state
    )  # fmt: skip


def states(won, lost, prefix="a"):
    named = ["success"] * won + ["failed"] * lost
    return {f"{prefix}{place}": state for place, state in enumerate(named)}


def test_of_27_that_we_gave_70_to_80_percent_41_percent_converted(log):
    opportunities = states(11, 16)
    predict(log, [(one, "m1", 1, 0.75) for one in opportunities])
    for day in range(9):  # three a day
        decide(log, dict(list(opportunities.items())[day::9]), hours=10 + 24 * day)
    answer = calibration(log, AS_OF)
    (version,) = answer["versions"]
    (row,) = version["table"]
    assert row["sentence"].startswith("Of 27 that we gave 70–80 %, 41 % converted (95 %: ")
    assert (row["decisions"], row["predicted"]) == (27, 0.75)
    assert row["observed"] == pytest.approx(11 / 27)
    assert version["expected"] == pytest.approx(27 * 0.75)
    assert version["won"] == 11
    assert version["brier"]["value"] == pytest.approx((11 * 0.25**2 + 16 * 0.75**2) / 27)
    assert "it is miscalibrated" in version["sentence"]
    json.dumps(answer, allow_nan=False)


def test_the_last_prediction_no_later_than_the_decision_counts_per_version(log):
    opportunities = states(3, 2)
    said = []
    for one in opportunities:
        said += [(one, "m1", 1, 0.1), (one, "m1", 10, 0.3), (one, "m1", 11, 0.9)]
        said += [(one, "m2", 2, 0.6), (one, "late", 12, 1.0)]
    predict(log, said)
    decide(log, opportunities)
    rows = {row["version"]: row for row in calibration(log, AS_OF)["versions"]}
    assert rows["m1"]["expected"] == pytest.approx(5 * 0.3)
    assert rows["m2"]["expected"] == pytest.approx(5 * 0.6)
    assert rows["m1"]["predictions"] == 15
    assert rows["late"]["graded"] == rows["late"]["waiting"] == 0
    assert "nothing to grade yet" in rows["late"]["sentence"]


def test_a_decision_that_names_no_opportunity_is_known_by_its_own_id(log):
    opportunities = states(2, 2)
    predict(log, [(one, "m1", 1, 0.5) for one in opportunities])
    decide(log, opportunities, named=False)
    assert calibration(log, AS_OF)["versions"][0]["graded"] == 4


def test_open_decisions_wait_until_they_have_matured_whatever_became_of_the_others(log):
    old, new = states(30, 30), states(2, 0, "new") | {f"open{n}": None for n in range(8)}
    predict(log, [(one, "m1", 1, 0.5) for one in old | new])
    decide(log, old)
    just_now = (AS_OF - START) / timedelta(hours=1) - 0.5
    decide(log, dict.fromkeys(new), hours=just_now)
    (version,) = calibration(log, AS_OF)["versions"]
    assert version["graded"] == 60
    assert version["waiting"] == 10


def test_as_of_an_earlier_moment_later_facts_do_not_count(log):
    opportunities = states(5, 5)
    predict(log, [(one, "m1", 1, 0.5) for one in opportunities])
    decide(log, opportunities)
    before = calibration(log, START + timedelta(hours=9))
    assert "No prediction can be graded" in before["sentence"]
    assert before["versions"][0]["graded"] == 0


def test_without_predictions_it_says_how_they_come_about(log):
    answer = calibration(log, AS_OF)
    assert answer["versions"] == []
    assert "No prediction has been kept yet" in answer["sentence"]
    assert "No model serves" in answer["drift"]["sentence"]


def test_drift_names_the_field_that_has_moved(trained_home):
    trained = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with DecisionLog(home=trained_home) as log:
        few = calibration(log, trained + timedelta(days=1))
        assert "from 30 on drift is looked for" in few["drift"]["sentence"]
        log.log_decisions(
            {
                "decision_id": f"new-{n}", "opportunity_type": ("coaching", "partnership")[n % 2],
                "opportunity_source": ("email", "twitter")[n // 2 % 2], "action_taken": "Replied",
                "opportunity_score": n * 37 % 101, "context": {"plan": "enterprise"},
                "opportunity_content": "I have a budget for lessons", "sender": f"s{n % 40}",
                "timestamp": trained + timedelta(hours=n + 1),
                "recorded_at": trained + timedelta(hours=n + 1),
            }
            for n in range(100)
        )  # fmt: skip
        drift = calibration(log, trained + timedelta(days=9))["drift"]
    assert drift["now"] == 100
    assert [one["field"] for one in drift["fields"] if one["alarm"]] == ["context.plan"]
    assert "context.plan" in drift["sentence"]
    assert "train again" in drift["sentence"]
