"""People and agents as predictors: kept, graded beside ours, and refused where they make no sense."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog, Models, OpportunityScorer, calibration, train
from decision_log.predicting.external import InvalidPrediction
from decision_store.facts import Prediction

START = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = START + timedelta(days=90)


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        yield log


def close(log, count, *, won, action=lambda _: "Replied"):
    """Decide on opportunities o-0, o-1, … and close each after five hours."""
    moments = [START + timedelta(hours=24 * (n + 1)) for n in range(count)]
    log.log_decisions(
        {
            "decision_id": f"d-{n}", "opportunity_id": f"o-{n}", "opportunity_type": "coaching",
            "opportunity_source": "email", "action_taken": action(n), "timestamp": moment,
            "recorded_at": moment,
        }
        for n, moment in enumerate(moments)
    )  # fmt: skip
    log.record_outcomes(
        {
            "decision_id": f"d-{n}", "outcome_id": f"out-{n}", "outcome_type": "conversion",
            "outcome_status": "success" if won(n) else "failed",
            "occurred_at": moment + timedelta(hours=5), "recorded_at": moment + timedelta(hours=5),
        }
        for n, moment in enumerate(moments)
    )  # fmt: skip


def decide(log, decision_id, **more):
    log.log_decision(
        decision_id=decision_id, opportunity_type="coaching", opportunity_source="email",
        action_taken="Replied", **more,
    )  # fmt: skip


def version(name, n, probability, at, recorded=None):
    return Prediction(
        prediction_id=f"{name}-{n}-{at}", opportunity_id=f"o-{n}", predicted_at=at, as_of=at,
        model_version=name, opportunity_type="coaching", opportunity_source="email",
        probability=probability, recorded_at=recorded or at,
    )  # fmt: skip


def test_what_a_person_predicted_is_graded_beside_the_model_with_its_versions_as_one(log):
    said = [version("Ann Lee", n, 0.75 if n % 4 else 0.25, START) for n in range(40)]
    log.store.log_predictions(said)
    old, new = "m20251201T000000-aaaaaaaa", "m20251220T000000-bbbbbbbb"
    log.store.log_predictions([version(old, n, 0.5, START) for n in range(40)])
    later = START + timedelta(hours=1)
    log.store.log_predictions([version(new, n, 0.7, later) for n in range(20)])
    close(log, 40, won=lambda n: n % 4 > 0)
    rows = {
        row["version"]: row for row in calibration(log=log, as_of=AS_OF, by="predictor")["versions"]
    }
    assert set(rows) == {"Ann Lee", "model"}
    assert rows["Ann Lee"]["graded"] == rows["model"]["graded"] == 40
    assert rows["model"]["expected"] == pytest.approx(20 * 0.7 + 20 * 0.5)  # the newest of each
    assert rows["model"]["opportunities"] == 40
    assert rows["Ann Lee"]["log_loss"]["value"] < rows["model"]["log_loss"]["value"]
    versions = [row["version"] for row in calibration(log=log, as_of=AS_OF)["versions"]]
    assert versions == ["Ann Lee", old, new]


def test_the_same_prediction_twice_counts_once_and_a_change_of_mind_is_kept(log):
    now = datetime.now(UTC)
    for _ in range(2):
        log.record_prediction("o-0", 0.5, predictor="jarvis", predicted_at=now)
    log.record_prediction("o-0", 0.9, predictor="jarvis")
    decide(log, "d-0", opportunity_id="o-0")
    (row,) = calibration(log=log, by="predictor")["versions"]
    assert row["predictions"] == 2
    assert row["graded"] + row["waiting"] == 1


def test_a_prediction_made_after_the_decision_is_not_graded(log):
    close(log, 1, won=lambda _: True)
    log.store.log_predictions([version("jarvis", 0, 1.0, AS_OF - timedelta(days=1))])
    (row,) = calibration(log=log, as_of=AS_OF, by="predictor")["versions"]
    assert (row["graded"], row["waiting"]) == (0, 0)


def test_what_is_entered_after_the_outcome_is_kept_and_counted_but_graded_nowhere(log):
    """An oracle that enters what it knows already, dated before the decision."""
    won = [n % 2 > 0 for n in range(160)]
    close(log, 160, won=lambda n: won[n])
    for n, one in enumerate(won):
        log.record_prediction(f"o-{n}", float(one), predictor="oracle", predicted_at=START)
    late = datetime.now(UTC) + timedelta(days=1)
    answer = calibration(log=log, as_of=late, by="predictor")
    assert answer["sentence"].startswith("No prediction can be graded. 160 were entered after")
    (row,) = answer["versions"]
    assert (row["predictions"], row["graded"], row["waiting"]) == (160, 0, 0)
    assert row["entered_afterwards"] == 160
    assert "160 were entered after the outcome was known" in row["sentence"]
    report = train(log=log)
    shown = Models(log.settings.home.folder).show(report["version"])
    assert "oracle" not in json.dumps(shown)


def test_a_prediction_dated_back_counts_while_the_outcome_has_not_happened(log):
    ago = datetime.now(UTC) - timedelta(days=3)
    later = datetime.now(UTC) + timedelta(days=400)
    for name in ("open", "before", "after"):
        decide(log, name, timestamp=ago)
        log.record_prediction(name, 0.7, predictor="ann", predicted_at=ago)
    # One outcome happened before the prediction was entered, one afterwards.
    log.record_outcome("before", "conversion", "success", occurred_at=ago + timedelta(hours=5))
    log.record_outcome("after", "conversion", "success")
    (row,) = calibration(log=log, as_of=later, by="predictor")["versions"]
    assert row["graded"] + row["waiting"] == 2
    assert row["entered_afterwards"] == 1


def test_an_outcome_dated_by_its_day_alone_does_not_discard_what_was_said_at_once(log):
    moment = datetime.now(UTC)
    log.record_prediction("d", 0.7, predictor="ann")
    decide(log, "d")
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    log.record_outcome("d", "conversion", "success", occurred_at=midnight)
    (row,) = calibration(log=log, as_of=moment + timedelta(days=400), by="predictor")["versions"]
    assert (row["graded"] + row["waiting"], row["entered_afterwards"]) == (1, 0)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"probability": 70.0}, "e.g. 0.7 for 70 %"),
        ({"probability": float("nan")}, "a fraction from 0 to 1"),
        ({"predictor": " "}, "a name of 1 to 100 characters"),
        ({"predictor": "rates"}, "another name than those of our own models"),
        ({"predictor": "m20260101T000000-12345678"}, "another name than those of our own models"),
        ({"opportunity_id": ""}, "not blank"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(log, given, reason):
    call = {"opportunity_id": "o-1", "probability": 0.5, "predictor": "jarvis"} | given
    with pytest.raises(InvalidPrediction, match=reason):
        log.record_prediction(
            call["opportunity_id"], call["probability"], predictor=call["predictor"]
        )


def test_commands_keep_what_an_agent_predicts_and_calibration_shows_it(tmp_path):
    def run(*arguments, code=0):
        result = CliRunner().invoke(app, [*arguments, "--home", str(tmp_path)])
        assert result.exit_code == code, result.output
        return result

    kept = ("--predictor", "jarvis", "--probability", "0.7")
    run("log", "-t", "coaching", "-s", "email", "-a", "Replied", "--id", "d-1", *kept)
    run("predict", "-t", "coaching", "--opportunity-id", "o-2", *kept)
    run("predict", "-t", "coaching", *kept, code=2)
    run("log", "-t", "a", "-s", "b", "-a", "c", "--predictor", "jarvis", code=2)
    assert "jarvis" in run("calibration", "--by", "predictor").stdout
    run("calibration", "--by", "moon", code=2)
    with DecisionLog(home=tmp_path) as log:
        rows = {row["version"]: row for row in calibration(log=log, by="predictor")["versions"]}
    assert rows["jarvis"]["predictions"] == 2
    assert rows["jarvis"]["waiting"] == 1


def test_a_predictor_that_has_shown_worth_moves_what_is_served_and_is_named(log):
    """Jarvis knows what type and source do not say; nobody else does."""
    rng = random.Random(0)
    won = [rng.random() < 0.4 for _ in range(160)]
    said = [0.9 if one == (rng.random() < 0.85) else 0.3 for one in won]
    log.store.log_predictions(version("jarvis", n, p, START) for n, p in enumerate(said))
    close(log, 160, won=lambda n: won[n])
    late = START + timedelta(days=170)
    assert train(log=log, as_of=late)["promoted"]
    for name, p in (("high", 0.9), ("low", 0.3)):
        log.record_prediction(name, p, predictor="jarvis")
    with OpportunityScorer(log=log) as scorer:
        item = {"type": "coaching", "source": "email"}
        high, low, none = (scorer.predict_outcome({**item, "id": i}) for i in ("high", "low", "-"))
    said = [one["conversion_probability"] for one in (low, none, high)]
    assert said == sorted(said)
    assert said[0] < 35
    assert said[2] > 60
    assert "jarvis gives it 90 %, which raises the estimate." in high["reasoning"]
    assert "jarvis gives it 30 %, which lowers the estimate." in low["reasoning"]
    assert "jarvis" not in none["reasoning"]
    made_of = Models(log.settings.home.folder).show("champion")["composition"]
    (jarvis,) = made_of["named"]
    assert (jarvis["name"], jarvis["decisions"]) == ("jarvis", pytest.approx(160, abs=100))
    assert jarvis["weight"] > 0.9
    assert jarvis["lowest"]["becomes"] < jarvis["at"] < jarvis["highest"]["becomes"]
    assert sum(member["weight"] for member in made_of["members"]) == pytest.approx(1)
    part = next(one for one in high["contributions"] if one["field"] == "prediction of jarvis")
    assert (part["value"], part["log_odds"] > 0) == ("jarvis gives it 90 %", True)


def test_a_prediction_made_later_counts_in_a_scorer_that_is_kept_open(log):
    won = [n % 5 in {0, 3} for n in range(160)]
    said = (version("jarvis", n, 0.9 if one else 0.3, START) for n, one in enumerate(won))
    log.store.log_predictions(said)
    close(log, 160, won=lambda n: won[n])
    train(log=log, as_of=START + timedelta(days=170))
    item = {"id": "new", "type": "coaching", "source": "email"}
    with OpportunityScorer(log=log) as scorer:
        before = scorer.predict_outcome(item)["conversion_probability"]
        log.record_prediction("new", 0.9, predictor="jarvis")
        assert scorer.predict_outcome(item)["conversion_probability"] > before + 10


def test_an_action_that_an_item_gives_is_used_and_named(log):
    rng = random.Random(3)
    called = [rng.random() < 0.5 for _ in range(160)]
    won = [rng.random() < (0.85 if one else 0.15) for one in called]
    close(log, 160, won=lambda n: won[n], action=lambda n: "Called" if called[n] else "Wrote")
    train(log=log, as_of=START + timedelta(days=170))
    item = {"type": "coaching", "source": "email"}
    with OpportunityScorer(log=log, record=False) as scorer:
        plain, high, low = (
            scorer.score_opportunity({**item, **more})
            for more in ({}, {"action": "called"}, {"action_taken": "Wrote"})
        )
    chances = [one["conversion_probability"] for one in (low, plain, high)]
    assert chances == sorted(chances)
    assert chances[2] - chances[0] > 25
    assert "The action given, called, raises the estimate." in high["reasoning"]
    assert "The action given" not in plain["reasoning"]
    assert high["action"] == "called"
