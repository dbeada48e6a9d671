"""Whether a challenger has earned its promotion: what is counted, and what people are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog
from decision_log.models.calibration import calibration
from decision_log.models.train import train
from decision_log.models.versions import clear_challenger
from decision_model.artifacts import registry
from decision_store.facts import Prediction

START = datetime(2026, 4, 1, tzinfo=UTC)
AS_OF = START + timedelta(days=60)


@pytest.fixture
def log(challenged_home):
    with DecisionLog(home=challenged_home) as log:
        yield log


def names(log):
    known = registry.read_aliases(log.settings.home.models)
    return known.champion or "rates", known.challenger


def tell(log, served, tried, won, *, first=0):
    """Keep what both said of some opportunities, and what became of the decisions; None: still open."""
    versions = names(log)
    made, decisions, outcomes = [], [], []
    for n, (one, other, state) in enumerate(zip(served, tried, won, strict=True), start=first):
        made += [
            Prediction(
                prediction_id=f"p{n}-{shadow}", opportunity_id=f"o{n}", predicted_at=START,
                as_of=START, model_version=version, opportunity_type="coaching",
                opportunity_source="email", probability=probability, low=0.0, high=1.0,
                expected_revenue=1.0, confidence=0.5, inputs_hash="", shadow=shadow,
                recorded_at=START,
            )
            for version, probability, shadow in zip(versions, (one, other), (False, True), strict=True)
        ]  # fmt: skip
        # What has not matured was decided on just now.
        moment = AS_OF - timedelta(minutes=5) if state is None else START + timedelta(hours=n + 1)
        decisions.append(
            {
                "decision_id": f"new-{n}", "opportunity_id": f"o{n}", "opportunity_type": "coaching",
                "opportunity_source": "email", "action_taken": "Replied", "timestamp": moment,
                "recorded_at": moment,
            }
        )  # fmt: skip
        if state is not None:
            outcomes.append(
                {
                    "decision_id": f"new-{n}", "outcome_id": f"out-{n}", "outcome_type": "conversion",
                    "outcome_status": "success" if state else "failed",
                    "occurred_at": moment + timedelta(hours=5),
                    "recorded_at": moment + timedelta(hours=5),
                }
            )  # fmt: skip
    log.store.log_predictions(made)
    log.log_decisions(decisions)
    log.record_outcomes(outcomes)


def asked(log):
    return calibration(log, AS_OF)


def mixed(count):
    return [n % 2 == 0 for n in range(count)]


def better(won):
    """Probabilities that are good, and mean what they say: 8 of 10 with 80 % are won."""
    return [0.8 if state != (n % 10 in {0, 1}) else 0.2 for n, state in enumerate(won)]


def test_a_challenger_that_is_better_on_both_counts_has_earned_promotion(log):
    won = mixed(300)
    tell(log, [0.5] * 300, better(won), won)
    found = asked(log)["challenger"]
    assert found["earned"] is True
    assert found["sentence"].startswith(
        f"{found['version']} has earned promotion: on 300 decisions its log loss is 0."
    )
    assert "decision-log models promote challenger" in found["sentence"]
    assert found["difference"]["log_loss"]["high"] < 0
    assert registry.read_aliases(log.settings.home.models).champion == found["against"]


def test_with_too_few_decisions_it_says_how_many_are_missing(log):
    found = asked(log)["challenger"]
    assert "0 decisions can be judged, 50 are needed" in found["sentence"]
    assert "none so far was predicted by both" in found["sentence"]
    won = [*mixed(38), *[None] * 6]
    tell(log, [0.5] * 44, [0.9] * 44, won)
    found = asked(log)["challenger"]
    assert (found["graded"], found["waiting"], found["earned"]) == (38, 6, False)
    assert "38 decisions can be judged, 50 are needed" in found["sentence"]
    assert "of 44 that both had predicted 38 have matured" in found["sentence"]


def test_wins_and_losses_are_both_needed(log):
    tell(log, [0.5] * 60, [0.9] * 60, [n > 2 for n in range(60)])
    found = asked(log)["challenger"]
    assert not found["earned"]
    assert "of 60 judged decisions 57 were won and 3 not" in found["sentence"]


def test_a_challenger_that_is_worse_or_not_shown_better_has_not_earned_it(log):
    won = mixed(60)
    tell(log, better(won), [0.5] * 60, won)
    found = asked(log)["challenger"]
    assert not found["earned"]
    assert "higher than that of" in found["sentence"]
    assert "more would show it" not in found["sentence"]


def test_where_it_looks_better_it_says_how_many_more_would_show_it(log):
    won = mixed(60)
    slightly = [0.53 if state != (n % 5 in {0, 1}) else 0.47 for n, state in enumerate(won)]
    tell(log, [0.5] * 60, slightly, won)
    found = asked(log)["challenger"]
    assert not found["earned"]
    assert found["difference"]["log_loss"]["value"] < 0 < found["difference"]["log_loss"]["high"]
    assert "If it stays so, about " in found["sentence"]


def test_one_that_ranks_better_but_is_worse_calibrated_has_not_earned_it(log):
    won = [n % 4 == 0 for n in range(400)]
    # Knows who wins, but says 45 % where none does: far better in log loss than 25 % for all.
    tell(log, [0.25] * 400, [0.95 if state else 0.42 for state in won], won)
    found = asked(log)["challenger"]
    assert found["difference"]["log_loss"]["high"] < 0
    assert not found["earned"]
    assert "but the calibration part of its Brier score is" in found["sentence"]


def test_the_next_training_promotes_a_challenger_that_has_earned_it(log):
    won = mixed(300)
    tell(log, [0.5] * 300, better(won), won)
    _, challenger = names(log)
    report = train(log, as_of=AS_OF, exclude=["sender"])
    assert report.reason.startswith(f"Promoted the challenger {challenger}, shown to be better: ")
    known = registry.read_aliases(log.settings.home.models)
    assert known.champion == challenger
    assert known.challenger == report.version


def test_what_people_were_shown_is_graded_without_what_was_predicted_in_shadow_mode(log):
    won = mixed(60)
    tell(log, [0.5] * 60, better(won), won)
    champion, challenger = names(log)
    answer = asked(log)
    (row,) = answer["versions"]
    assert (row["version"], row["predictions"], row["expected"]) == (champion, 60, 30.0)
    assert challenger not in answer["sentence"] + row["sentence"]
    # The same version, shown to people once: only that is graded as shown.
    log.store.log_predictions(
        [
            Prediction(
                prediction_id="told", opportunity_id="o1", predicted_at=START, as_of=START,
                model_version=challenger, opportunity_type="coaching", opportunity_source="email",
                probability=0.125, low=0.0, high=1.0, expected_revenue=1.0, confidence=0.5,
                inputs_hash="", recorded_at=START,
            )
        ]
    )  # fmt: skip
    rows = {row["version"]: row for row in asked(log)["versions"]}
    assert (rows[challenger]["predictions"], rows[challenger]["expected"]) == (1, 0.125)
    assert asked(log)["challenger"]["graded"] == 60


def test_without_a_challenger_or_with_a_damaged_one_it_says_so(log):
    models = log.settings.home.models
    champion, challenger = names(log)
    arrays = models / challenger / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:-9])
    found = asked(log)["challenger"]
    assert found["version"] is None
    assert f"{challenger} cannot be used: " in found["problem"] == found["sentence"]
    clear_challenger(models, why="a test")
    found = asked(log)["challenger"]
    assert found["problem"] is None
    assert found["sentence"] == f"No challenger runs in shadow mode beside {champion}."
