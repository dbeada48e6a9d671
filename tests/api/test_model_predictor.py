"""The champion predicts: with the rates, with reasons, never with the future, never stopping scoring."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log import DecisionLog, OpportunityScorer
from decision_log.doctor import diagnose
from decision_log.models.versions import promote_model, rollback_model
from decision_log.opportunity import read_opportunity
from decision_log.predicting.champion import load_champion
from decision_model.artifacts.artifact import _manifest_hash

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEEN = {
    "type": "coaching",
    "source": "email",
    "score": 95,
    "content": "I have a budget for lessons",
}
IDLE = {**KEEN, "score": 5, "content": "I have a question for lessons"}
UNNEEDED = ["sklearn", "pandas", "joblib", "scipy.sparse", "scipy.stats", "scipy.optimize"]
ODD = [
    {}, {"score": "70", "content": 7, "sender": None}, {"content": "x" * 100_000, "plan": ["a", 1]},
    {"type": "neu", "source": "Füße", "context": {"plan": "paid"}, "budget": {"usd": [1]}},
    {"type": "  ", "content": "\x00\u202e", "plan": float("nan"), "sender": "s1"},
]  # fmt: skip


@pytest.fixture(scope="module")
def model_scorer(made_once):
    with OpportunityScorer(home=made_once, as_of=AS_OF) as scorer:
        yield scorer


def version_of(log):
    return load_champion(log.settings.home.models)[0]


def test_the_champion_is_used_and_looks_at_more_than_the_cell(made_once):
    with (
        OpportunityScorer(home=made_once, as_of=AS_OF) as scorer,
        DecisionLog(home=made_once) as log,
    ):
        keen, idle = (scorer.score_opportunity(item) for item in (KEEN, IDLE))
        assert keen["model_version"] == idle["model_version"] == version_of(log)
    assert keen["conversion_probability"] > idle["conversion_probability"] + 10
    assert keen["historical_data"] == idle["historical_data"]
    for row in (keen, idle):
        low, high = row["interval"]
        assert 0 <= low <= row["conversion_probability"] <= high <= 100


def test_reasons_name_the_field_the_value_and_the_side_truly(made_once):
    with OpportunityScorer(home=made_once, as_of=AS_OF) as scorer:
        keen, idle = (scorer.score_opportunity(item)["reasoning"] for item in (KEEN, IDLE))
    assert "decisions about coaching from email" in keen
    assert "The model gives this one" in keen
    for_it, against = keen.partition("For it: ")[2], idle.partition("Against it: ")[2]
    assert "base score 95" in for_it.partition("Against")[0]
    assert "base score 5" in against
    assert "'budget" in for_it or "budget'" in for_it


@pytest.mark.parametrize("item", [KEEN, IDLE, *ODD[:2], ODD[3]])
def test_base_and_contributions_sum_exactly_to_the_log_odds(made_once, item):
    with DecisionLog(home=made_once) as log:
        said = log.predict_outcome(item, as_of=AS_OF)
        exact = log.scorer(AS_OF).predictor.estimate([read_opportunity(item)])[0].probability
    total = said["base_log_odds"] + math.fsum(part["log_odds"] for part in said["contributions"])
    assert total == pytest.approx(math.log(exact / (1 - exact)), abs=1e-9)
    sizes = [abs(part["log_odds"]) for part in said["contributions"]]
    assert sizes == sorted(sizes, reverse=True)
    assert all(part["value"] for part in said["contributions"])
    json.dumps(said)


def test_the_rates_have_no_contributions_but_the_base_holds_all(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("d", "coaching", "email", "Replied")
        said = log.predict_outcome(KEEN)
    assert said["contributions"] == []
    p = said["conversion_probability"] / 100
    assert said["base_log_odds"] == pytest.approx(math.log(p / (1 - p)), abs=1e-2)


def test_odd_items_are_estimated_and_do_not_depend_on_their_neighbours(made_once):
    items = [read_opportunity(item) for item in [KEEN, *ODD, IDLE] * 3]
    with OpportunityScorer(home=made_once, as_of=AS_OF) as scorer:
        together = scorer.predictor.estimate(items)
        sentences = together.sentences()
        for one, estimate, sentence in zip(items, together, sentences, strict=True):
            alone = scorer.predictor.estimate([one])[0]
            assert alone.probability == pytest.approx(estimate.probability, abs=1e-12)
            assert alone.reasoning == estimate.reasoning == sentence
        assert len(scorer.predictor.estimate([])) == 0


scripts = st.text(st.characters(codec="utf-8"), max_size=30)
asked_items = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["coaching", "partnership", "neu", None]),
        "source": st.sampled_from(["email", "twitter", None]),
        "score": st.one_of(st.none(), st.integers(0, 100), st.floats(0, 100)),
        "content": st.one_of(
            scripts,
            st.lists(
                st.sampled_from(["budget", "question", "lessons", "{low}", "東京都", "Straße"])
            ).map(" ".join),
        ),
        "sender": st.sampled_from(["s1", "s2", "nobody", None]),
        "plan": st.sampled_from(["paid", "free", None]),
        "action_taken": st.sampled_from(["Replied", "ignored"]),
    },
)


@settings(max_examples=25, deadline=None)
@given(st.lists(asked_items, max_size=12))
def test_single_batch_and_file_agree(model_scorer, tmp_path_factory, drawn):
    items = [{**item, "n": n} for n, item in enumerate(drawn)]
    folder = tmp_path_factory.mktemp("files")
    (folder / "in.json").write_text(json.dumps(items))
    model_scorer.score_file(folder / "in.json", folder / "out.json")
    batch = model_scorer.score_opportunities_batch(items)
    assert json.loads((folder / "out.json").read_text())["opportunities"] == batch
    of_a_batch = {"expected_value_rank", "expected_value_share"}
    for row in batch:
        alone = model_scorer.score_opportunity(items[row["n"]])
        assert alone == {key: row[key] for key in row if key not in of_a_batch}
        said = model_scorer.predict_outcome(items[row["n"]])
        assert said["conversion_probability"] == pytest.approx(
            row["conversion_probability"], abs=0.06
        )
        assert row["reasoning"] in said["reasoning"]


def test_a_model_that_knows_the_future_is_not_asked(made_once):
    with DecisionLog(home=made_once) as log:
        before = log.predict_outcome(KEEN, as_of=AS_OF - timedelta(seconds=1))
        assert before["model_version"] == "rates"
        assert log.predict_outcome(KEEN, as_of=AS_OF)["model_version"] == version_of(log)


def test_a_damaged_champion_leaves_the_rates_and_says_so(trained_home, caplog):
    with DecisionLog(home=trained_home) as log:
        arrays = log.settings.home.models / version_of(log) / "arrays.npz"
        arrays.write_bytes(b"PK" + arrays.read_bytes()[2:-9])
        assert log.predict_outcome(KEEN)["model_version"] == "rates"
        assert "damaged" in caplog.text
        diagnosis = diagnose(log)
    assert diagnosis["model"] == "rates"
    assert any("damaged" in problem for problem in diagnosis["problems"])


def test_a_warm_scorer_notices_another_champion(trained_home, monkeypatch):
    monkeypatch.setattr("decision_log.scoring.current_predictor.LOOK_AGAIN_SECONDS", 0.0)
    with DecisionLog(home=trained_home) as log:
        models, version = log.settings.home.models, version_of(log)
        scorer = log.scorer()
        assert scorer.score_opportunity(KEEN)["model_version"] == version
        rollback_model(models, why="a test")
        assert scorer.score_opportunity(KEEN)["model_version"] == "rates"
        promote_model(models, version, why="a test")
        assert scorer.score_opportunity(KEEN)["model_version"] == version


def test_new_outcomes_move_the_prediction_without_training(trained_home, monkeypatch):
    monkeypatch.setattr("decision_log.scoring.current_predictor.LOOK_AGAIN_SECONDS", 0.0)
    with DecisionLog(home=trained_home) as log:
        before = log.scorer().score_opportunity(KEEN)
        for n in range(60):
            log.log_decision(f"new-{n}", "coaching", "email", "Replied")
            log.record_outcome(f"new-{n}", "conversion", "failed")
        after = log.scorer().score_opportunity(KEEN)
    assert after["model_version"] == before["model_version"]
    assert after["conversion_probability"] < before["conversion_probability"]


def test_a_cold_score_imports_no_learner(trained_home):
    (trained_home / "data" / "opportunities.json").write_text(json.dumps([KEEN, IDLE] * 5))
    program = (
        "import sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from decision_log import OpportunityScorer\n"
        f"with OpportunityScorer(home={str(trained_home)!r}) as scorer:\n"
        "    scored = scorer.score_file()\n"
        "assert scored.total_opportunities == 10 and scored.model_version != 'rates', scored\n"
        f"print([m for m in {UNNEEDED!r} if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_cold_prediction_of_an_unchanged_log_imports_no_masked_arrays(trained_home):
    program = (
        "import sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from decision_log import DecisionLog\n"
        f"with DecisionLog(home={str(trained_home)!r}) as log:\n"
        f"    assert log.predict_outcome({KEEN!r})['model_version'] != 'rates'\n"
        "print([m for m in ('numpy.ma', 'duckdb', 'scipy') if m in sys.modules])\n"
    )
    for expected in (None, "[]"):  # the first one fits the rates and keeps them
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert expected in {None, done.stdout.strip()}


def test_a_file_too_large_for_memory_is_scored_as_a_small_one(made_once, tmp_path, monkeypatch):
    items = [{**KEEN, "n": n, "score": n} for n in range(40)] + [{}, {"type": 7}]
    (tmp_path / "in.json").write_text(json.dumps(items))
    with OpportunityScorer(home=made_once, as_of=AS_OF) as scorer:
        scorer.score_file(tmp_path / "in.json", tmp_path / "small.jsonl")
        monkeypatch.setattr("decision_log.scoring.json_rows.MOST_IN_MEMORY", 10_000)
        monkeypatch.setattr("decision_log.scoring.part.CHUNK", 7)
        scored = scorer.score_file(tmp_path / "in.json", tmp_path / "new" / "large.jsonl")
    assert (scored.total_opportunities, len(scored.rejected)) == (41, 1)
    small = (tmp_path / "small.jsonl").read_bytes()
    assert (tmp_path / "new" / "large.jsonl").read_bytes() == small
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["large.jsonl"]


def test_no_text_of_two_hundred_is_one_sided(made_once):
    """Where the estimate is away from its kind's rate, something named speaks in that direction."""
    rng = np.random.default_rng(5)
    words = ["budget", "question", "lessons", "now", "maybe", "hello", "partner", "price"]
    items = [
        {
            "type": str(rng.choice(["coaching", "partnership", "other"])),
            "source": str(rng.choice(["email", "twitter", "fax"])),
            "score": float(rng.uniform(0, 100)),
            "content": " ".join(rng.choice(words, rng.integers(0, 9))),
        }
        for _ in range(200)
    ]
    with OpportunityScorer(home=made_once, record=False) as scorer:
        scored = [scorer.score_opportunity(item) for item in items]
    for row in scored:
        moved = row["conversion_probability"] - row["historical_data"]["conversion_rate"]
        start = rf"From {row['score']:.0f} to {row['adjusted_score']:.0f}: |Stays at [0-9]+: "
        assert re.match(start, row["reasoning"]), row
        if abs(moved) > 2.1:
            assert ("For it: " if moved > 0 else "Against it: ") in row["reasoning"], row
        assert len(re.findall(r"% to \d", row["reasoning"])) == 1, row  # one interval
        said = re.search(r"(?:For|Against) it: .*", row["reasoning"])
        assert not said or not re.search(
            r"\b(type|source) |coaching from", said[0]
        )  # all of its kind share them
        assert not re.search(r"score \d{2,}\.\d\d", row["reasoning"])  # rounded for people


def test_the_doctor_names_a_field_that_the_setting_no_longer_allows(trained_home):
    with DecisionLog(home=trained_home) as log:
        models = log.settings.home.models
        place = models / version_of(log) / "manifest.json"
        manifest = json.loads(place.read_text()) | {"recipe": {"allow": ["context.coupon"]}}
        manifest["sha256"]["manifest"] = _manifest_hash(manifest)
        place.write_text(json.dumps(manifest))
        (remark,) = [one for one in diagnose(log)["remarks"] if "context.coupon" in one]
    assert "train --exclude FIELD" in remark
    (trained_home / "decision-log.toml").write_text('allow = ["context.coupon"]')
    with DecisionLog(home=trained_home) as log:
        assert not [one for one in diagnose(log)["remarks"] if "context.coupon" in one]
