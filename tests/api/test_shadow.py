"""A challenger predicts in the shadow: kept once, shown to nobody, in nobody's way."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog, OpportunityScorer
from decision_log.models.versions import (
    challenge_model,
    clear_challenger,
    promote_model,
    rollback_model,
)
from decision_model.artifacts import registry

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
END = datetime(2100, 1, 1, tzinfo=UTC)
ITEMS = [
    {"id": "a1", "type": "coaching", "source": "email", "score": 90, "content": "I have a budget"},
    {"id": "a2", "type": "partnership", "source": "twitter", "score": 20, "sender": "s3"},
    {"id": "a3", "type": "new", "content": "é" * 50, "context": {"plan": "paid"}},
    {"type": "coaching", "score": None},
]


def kept(home, *, shadow):
    with DecisionLog(home=home) as log:
        rows = log.ask("predictions", as_of=END, since=None, until=None).to_pylist()
    return [row for row in rows if row["shadow"] is shadow]


def models_of(home):
    with DecisionLog(home=home) as log:
        return log.settings.home.models


def challenger_of(home):
    return registry.read_aliases(models_of(home)).challenger


def write_items(home, items=ITEMS):
    (home / "data" / "opportunities.json").write_text(json.dumps(items))


def all_answers(home):
    """Everything people can be shown of these items, as of a fixed moment."""
    write_items(home)
    with OpportunityScorer(home=home, as_of=AS_OF, record=True) as scorer:
        answers = [
            [scorer.score_opportunity(one) for one in ITEMS],
            scorer.score_opportunities_batch(ITEMS),
            [scorer.predict_outcome(one) for one in ITEMS],
            scorer.generate_scoring_report(ITEMS),
        ]
        scorer.score_file()
    written = (home / "data" / "opportunities_scored.json").read_text()
    return json.dumps(answers), re.sub(r'"generated_at": "[^"]*"', "", written)


def test_answers_are_byte_identical_with_and_without_a_challenger(trained_home, challenged_home):
    assert all_answers(trained_home) == all_answers(challenged_home)
    assert kept(trained_home, shadow=True) == []
    said = (kept(home, shadow=False) for home in (trained_home, challenged_home))
    answer, also_told = ([(r["prediction_id"], r["probability"]) for r in rows] for rows in said)
    assert sorted(answer) == sorted(also_told)


def test_each_opportunity_is_predicted_once_in_the_shadow_however_often_it_is_scored(
    challenged_home,
):
    write_items(challenged_home)
    for _ in range(2):
        with OpportunityScorer(home=challenged_home) as scorer:
            scorer.score_file()
            scorer.score_opportunities_batch(ITEMS)
            for one in ITEMS:
                scorer.score_opportunity(one)
                scorer.predict_outcome(one)
    shown, tried = (kept(challenged_home, shadow=shadow) for shadow in (False, True))
    assert len(shown) == len(tried) == len(ITEMS)
    pairs = {row["inputs_hash"]: row for row in shown}
    for row in tried:
        beside = pairs[row["inputs_hash"]]
        assert row["model_version"] == challenger_of(challenged_home) != beside["model_version"]
        assert row["opportunity_id"] == beside["opportunity_id"]
        assert row["as_of"] == beside["as_of"]
        assert row["adjusted_score"] is None
        assert 0 < row["low"] <= row["probability"] <= row["high"] < 1
    assert [r["probability"] for r in tried] != [
        pairs[r["inputs_hash"]]["probability"] for r in tried
    ]
    with DecisionLog(home=challenged_home) as log:
        assert log.status().rejects == {}


def test_file_and_single_scoring_say_the_same_in_the_shadow(challenged_home, tmp_path):
    import shutil

    other = shutil.copytree(challenged_home, tmp_path / "other")
    write_items(challenged_home)
    with OpportunityScorer(home=challenged_home, as_of=AS_OF, record=True) as scorer:
        scorer.score_file()
    with OpportunityScorer(home=other, as_of=AS_OF, record=True) as scorer:
        for one in ITEMS:
            scorer.score_opportunity(one)
    found = [
        {row["prediction_id"]: row["probability"] for row in kept(home, shadow=True)}
        for home in (challenged_home, other)
    ]
    assert found[0].keys() == found[1].keys()
    assert list(found[0].values()) == pytest.approx([found[1][key] for key in found[0]], abs=1e-12)


def test_what_it_says_in_the_shadow_is_what_it_would_say_if_it_served(challenged_home):
    with OpportunityScorer(home=challenged_home, as_of=AS_OF, record=True) as scorer:
        scorer.score_opportunities_batch(ITEMS)
    promote_model(models_of(challenged_home), "challenger", why="a test")
    with OpportunityScorer(home=challenged_home, as_of=AS_OF, record=True) as scorer:
        scorer.score_opportunities_batch(ITEMS)
    tried = {row["inputs_hash"]: row for row in kept(challenged_home, shadow=True)}
    version = next(iter(tried.values()))["model_version"]
    answer = [row for row in kept(challenged_home, shadow=False) if row["model_version"] == version]
    # The version that serves now is kept as shown, though it had predicted the same in shadow mode before.
    assert len(answer) == len(tried) == len(ITEMS)
    for row in answer:
        for name in ("probability", "low", "high", "expected_revenue", "confidence"):
            assert row[name] == pytest.approx(tried[row["inputs_hash"]][name], abs=1e-12), name


def test_what_is_not_kept_is_not_tried_either(challenged_home):
    write_items(challenged_home)
    with OpportunityScorer(home=challenged_home, record=False) as scorer:
        scorer.score_file()
        scorer.score_opportunity(ITEMS[0])
    assert kept(challenged_home, shadow=True) == []


def test_it_is_tried_beside_the_rates_where_they_serve(challenged_home):
    rollback_model(models_of(challenged_home), why="a test")
    with OpportunityScorer(home=challenged_home) as scorer:
        assert scorer.score_opportunity(ITEMS[0])["model_version"] == "rates"
    (row,) = kept(challenged_home, shadow=True)
    assert row["model_version"] == challenger_of(challenged_home)


def test_a_challenger_that_knows_the_future_is_not_asked(challenged_home):
    with OpportunityScorer(home=challenged_home, as_of="2025-12-01", record=True) as scorer:
        scorer.score_opportunity(ITEMS[0])
    assert len(kept(challenged_home, shadow=False)) == 1
    assert kept(challenged_home, shadow=True) == []


def test_a_warm_scorer_notices_that_a_challenger_was_cleared_and_chosen(
    challenged_home, monkeypatch
):
    monkeypatch.setattr("decision_log.scoring.current_predictor.LOOK_AGAIN_SECONDS", 0.0)
    models, version = models_of(challenged_home), challenger_of(challenged_home)
    clear_challenger(models, why="a test")
    with OpportunityScorer(home=challenged_home) as scorer:
        scorer.score_opportunity(ITEMS[0])
        challenge_model(models, version, why="a test")
        scorer.score_opportunity(ITEMS[1])
        clear_challenger(models, why="a test")
        scorer.score_opportunity(ITEMS[2])
    assert [row["opportunity_id"] for row in kept(challenged_home, shadow=True)] == ["a2"]


@pytest.mark.parametrize("harm", ["torn", "gone", "aliases"])
def test_a_damaged_challenger_disturbs_nothing_and_is_warned_of_once(
    trained_home, challenged_home, harm, caplog
):
    folder = models_of(challenged_home) / challenger_of(challenged_home)
    if harm == "torn":
        (folder / "arrays.npz").write_bytes((folder / "arrays.npz").read_bytes()[:-9])
    elif harm == "gone":
        folder.rename(folder.with_name("elsewhere"))
    else:
        path = models_of(challenged_home) / "aliases.json"
        answer = json.loads(path.read_text())
        path.write_text(json.dumps({**answer, "challenger": "m-other"}))
        trained_home = None  # then the champion is not known either, and the rates serve
    answers = all_answers(challenged_home)
    assert kept(challenged_home, shadow=True) == []
    assert len(kept(challenged_home, shadow=False)) == len(ITEMS)
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 1
    if trained_home:
        assert "nothing is tried beside" in caplog.text
        assert answers == all_answers(trained_home)


def test_a_challenger_that_fails_while_predicting_disturbs_nothing(
    trained_home, challenged_home, monkeypatch, caplog
):
    def fail(*_, **__):
        raise FloatingPointError("no such number")

    monkeypatch.setattr("decision_log.predicting.frame.opportunity_frame", fail)
    assert all_answers(challenged_home) == all_answers(trained_home)
    assert kept(challenged_home, shadow=True) == []
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 1
    assert "no such number" in caplog.text


def test_an_item_answered_again_is_not_predicted_again(challenged_home, monkeypatch):
    with OpportunityScorer(home=challenged_home, as_of=AS_OF, record=True) as scorer:
        scorer.score_opportunity(ITEMS[0])
        monkeypatch.setattr("decision_log.predicting.frame.opportunity_frame", None)
        scorer.score_opportunity(ITEMS[0])
    assert len(kept(challenged_home, shadow=True)) == 1


def test_without_a_challenger_models_are_not_looked_into(trained_home, monkeypatch):
    rollback_model(models_of(trained_home), why="a test")
    (trained_home / "artifacts" / "models" / "aliases.json").unlink()
    monkeypatch.setattr("decision_log.predicting.shadow.usable_challenger", None)
    with OpportunityScorer(home=trained_home) as scorer:
        scorer.score_opportunity(ITEMS[0])
    assert len(kept(trained_home, shadow=False)) == 1


def test_decisions_made_after_both_predicted_are_graded_as_pairs(challenged_home):
    """From scoring to the comparison: the same opportunities, each side by what it had said."""
    from decision_log.models.calibration import calibration

    items = [{**ITEMS[0], "id": f"n{n}", "score": n} for n in range(60)]
    with DecisionLog(home=challenged_home) as log:
        log.scorer().score_opportunities_batch(items)
        log.scorer().flush()
        later = datetime.now(UTC)
        for n, one in enumerate(items):
            log.log_decision(
                f"d-{one['id']}", "coaching", "email", "Replied", opportunity_id=one["id"],
                timestamp=later, recorded_at=later,
            )  # fmt: skip
            state = "success" if n % 3 else "failed"
            log.record_outcome(f"d-{one['id']}", "conversion", state, occurred_at=later)
        answer = calibration(log, later + timedelta(days=90))
        shown = {
            row["opportunity_id"]: row["probability"] for row in kept(challenged_home, shadow=False)
        }
        tried = {
            row["opportunity_id"]: row["probability"] for row in kept(challenged_home, shadow=True)
        }
    (row,) = answer["versions"]
    assert row["serves"]
    assert row["predictions"] == row["graded"] == 60
    found = answer["challenger"]
    assert found["version"] == challenger_of(challenged_home)
    assert (found["predictions"], found["graded"], found["waiting"], found["won"]) == (
        60,
        60,
        0,
        40,
    )

    def brier(said):
        return sum((said[f"n{n}"] - bool(n % 3)) ** 2 for n in range(60)) / 60

    assert found["served"]["brier"]["value"] == pytest.approx(brier(shown))
    assert found["tried"]["brier"]["value"] == pytest.approx(brier(tried))
    assert found["difference"]["brier"]["value"] == pytest.approx(brier(tried) - brier(shown))
    assert row["brier"] == found["served"]["brier"]
