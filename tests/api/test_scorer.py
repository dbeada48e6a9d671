"""Scoring one, many and a file: the same numbers, the documented keys, true sentences."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log import DecisionLog, OpportunityScorer
from decision_log.demo.world import make_demo
from decision_log.opportunity import InvalidOpportunity
from decision_log.scoring import current_predictor

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COACHING = {"type": "coaching", "source": "email", "score": 85, "content": "Hi"}
DOCUMENTED = {
    "original_score", "adjusted_score", "predicted_revenue", "conversion_probability",
    "prediction_confidence", "historical_data", "recommendation", "reasoning", "score_parts",
    "interval", "expected_value", "model_version",
}  # fmt: skip


@pytest.fixture(scope="module")
def scorer(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    make_demo(home, now=NOW)
    with OpportunityScorer(home=home, as_of=NOW) as scorer:
        yield scorer


def test_every_documented_key_is_there_behind_the_items_own(scorer):
    scored = scorer.score_opportunity({"zeta": 1, **COACHING, "alpha": [1, {"b": None}]})
    assert set(scored) >= DOCUMENTED
    assert list(scored)[:6] == ["zeta", "type", "source", "score", "content", "alpha"]


def test_the_parts_add_up_to_the_score(scorer):
    scored = scorer.score_opportunity(COACHING)
    assert scored["adjusted_score"] == pytest.approx(sum(scored["score_parts"].values()), abs=0.06)
    assert scored["score_parts"]["base"] == 34.0


def test_history_is_reported_and_the_interval_holds_the_probability(scorer):
    scored = scorer.score_opportunity(COACHING)
    low, high = scored["interval"]
    assert 0 < low < scored["conversion_probability"] < high < 100
    assert scored["historical_data"]["sample_size"] > 10
    n = scored["historical_data"]["sample_size"]
    assert f"Of {n} decisions about coaching from email" in scored["reasoning"]


def test_without_any_history_the_reason_says_so(tmp_path):
    with OpportunityScorer(home=tmp_path) as scorer:
        scored = scorer.score_opportunity(COACHING)
    assert ". No history yet" in scored["reasoning"]
    assert scored["prediction_confidence"] == 0.0
    assert scored["historical_data"]["sample_size"] == 0


def test_a_new_cell_is_judged_by_the_others_and_says_so(scorer):
    scored = scorer.score_opportunity({"type": "wedding", "source": "fax", "score": 10})
    assert ". No decision about wedding from fax yet" in scored["reasoning"]


def test_a_missing_score_is_50_and_flagged(scorer):
    scored = scorer.score_opportunity({"type": "coaching", "source": "email"})
    assert (scored["original_score"], scored["score_missing"]) == (None, True)
    assert scored["score_parts"]["base"] == 20.0


def test_a_missing_cell_is_general_from_unknown(scorer):
    assert "general from unknown" in scorer.score_opportunity({"score": 10})["reasoning"]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"score": -1}, r"must lie in \[0, 100\], not -1"),
        ({"score": 1e308}, r"must lie in \[0, 100\]"),
        ({"score": float("nan")}, r"must lie in \[0, 100\], not nan"),
        ({"score": "high"}, "must be a number, not 'high'"),
        ({"score": True}, "must be a number"),
        ({"score": [85]}, "must be a number"),
        ({"type": 7}, "type must be text, not 7"),
        ({"source": {}}, "source must be text"),
        ("coaching", "must be an object with named fields, not 'coaching'"),
        (None, "must be an object"),
    ],
)
def test_an_item_that_cannot_be_scored_says_why(scorer, item, reason):
    with pytest.raises(InvalidOpportunity, match=reason):
        scorer.score_opportunity(item)
    with pytest.raises(InvalidOpportunity, match=f"Opportunity 1 .*{reason}"):
        scorer.score_opportunities_batch([COACHING, item], errors="raise")


def test_a_batch_keeps_its_bad_items_last_with_the_reason(scorer):
    bad = [{"score": "high", "n": 1}, "coaching", {"type": 7, "error": "theirs"}]
    scored = scorer.score_opportunities_batch([bad[0], COACHING, bad[1], bad[2], COACHING])
    assert [row["adjusted_score"] is None for row in scored] == [False, False, True, True, True]
    assert scored[2] == {**bad[0], "adjusted_score": None, "error": scored[2]["error"]}
    assert scored[3]["item"] == "coaching"
    assert scored[4]["input.error"] == "theirs"
    assert all(row["error"].startswith("it") for row in scored[2:])
    with pytest.raises(ValueError, match="errors must be 'keep' or 'raise'"):
        scorer.score_opportunities_batch([], errors="ignore")


def test_items_are_ranked_and_shared_by_expected_value(scorer):
    given_items = [
        {"type": kind, "source": "email", "score": n}
        for n, kind in enumerate(["golf_coaching", "partnership", "coaching"])
    ]
    scored = scorer.score_opportunities_batch(given_items)
    by_rank = sorted(scored, key=lambda row: row["expected_value_rank"])
    assert [row["expected_value_rank"] for row in by_rank] == [1, 2, 3]
    values = [row["expected_value"] for row in by_rank]
    assert values == sorted(values, reverse=True)
    shares = [row["expected_value_share"] for row in by_rank]
    assert shares == pytest.approx([value / sum(values) for value in values], abs=1e-4)


def test_names_of_the_log_are_understood_in_an_item(scorer):
    plain = scorer.score_opportunity({"type": "coaching", "source": "email", "score": 70})
    long = {"opportunity_type": "coaching", "opportunity_source": "email", "opportunity_score": 70}
    found = scorer.score_opportunity(long)
    assert {key: found[key] for key in DOCUMENTED} == {key: plain[key] for key in DOCUMENTED}


def test_a_batch_is_sorted_best_first_with_ties_in_input_order(scorer):
    items = [{**COACHING, "score": s, "n": n} for n, s in enumerate([10, 90, 10, 90, 50])]
    scored = scorer.score_opportunities_batch(items)
    assert [row["n"] for row in scored] == [1, 3, 4, 0, 2]
    assert scorer.score_opportunities_batch([]) == []


def test_a_batch_can_be_ranked_by_money(scorer):
    items = [
        {"type": kind, "source": "email", "score": 50} for kind in ("golf_coaching", "partnership")
    ]
    scored = scorer.score_opportunities_batch(items, rank_by="expected_value")
    values = [row["expected_value"] for row in scored]
    assert values == sorted(values, reverse=True)
    with pytest.raises(ValueError, match="rank_by"):
        scorer.score_opportunities_batch(items, rank_by="luck")


def test_the_report_tells_totals_and_the_best(scorer):
    report = scorer.generate_scoring_report([COACHING, {"sender": "a\x1b[2Jb", "score": 5}])
    assert report.startswith("2 opportunities, average score")
    assert "\x1b" not in report
    assert scorer.generate_scoring_report([]) == "No opportunities to score."


keys = st.text(max_size=5).filter(lambda key: key not in {"type", "source", "score"})
texts = st.text(st.characters(codec="utf-8"), max_size=20)
items = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["coaching", "partnership", "new", "", None]),
        "source": st.sampled_from(["email", "twitter", "fax", None]),
        "score": st.one_of(st.none(), st.integers(0, 100), st.floats(0, 100), st.just("85")),
        "content": texts,
        "reasoning": texts,
        "adjusted_score": st.integers(),
        "interval": st.none(),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(items, st.dictionaries(keys, texts, max_size=3)), max_size=12))
def test_single_batch_and_file_give_the_same_numbers(scorer, tmp_path_factory, drawn):
    given_items = [{**own, **more, "n": n} for n, (own, more) in enumerate(drawn)]
    folder = tmp_path_factory.mktemp("files")
    (folder / "in.json").write_text(json.dumps(given_items), encoding="utf-8")
    scorer.score_file(folder / "in.json", folder / "out.json")
    written = json.loads((folder / "out.json").read_text(encoding="utf-8"))["opportunities"]
    batch = scorer.score_opportunities_batch(given_items)
    assert written == batch
    single = {row["n"]: row for row in map(scorer.score_opportunity, given_items)}
    of_a_batch = {"expected_value_rank", "expected_value_share"}
    for row in batch:
        assert single[row["n"]] == {key: row[key] for key in row if key not in of_a_batch}


def test_what_is_remembered_is_bounded_and_changes_no_number(scorer, tmp_path, monkeypatch):
    given_items = [
        {"type": kind, "source": "email", "score": n / 7, "n": n}
        for n in range(40)
        for kind in ("golf_coaching", "partnership", f"new-{n % 5}")
    ]
    (tmp_path / "in.json").write_text(json.dumps(given_items))
    scorer.score_file(tmp_path / "in.json", tmp_path / "all.jsonl")
    monkeypatch.setattr("decision_log.scoring.kernel.REMEMBERED", 3)
    scorer.score_file(tmp_path / "in.json", tmp_path / "few.jsonl")
    assert (tmp_path / "few.jsonl").read_bytes() == (tmp_path / "all.jsonl").read_bytes()


def test_a_database_elsewhere_can_be_named(tmp_path):
    database = tmp_path / "elsewhere" / "log.duckdb"
    with DecisionLog(database) as log:
        log.log_decision("d-1", "coaching", "email", "Replied")
    with OpportunityScorer(tmp_path / "home", database=database) as scorer:
        assert scorer.score_opportunity(COACHING)["historical_data"]["sample_size"] == 1


def test_a_warm_scorer_learns_what_others_write(tmp_path, monkeypatch):
    monkeypatch.setattr("decision_log.scoring.current_predictor.LOOK_AGAIN_SECONDS", 0.0)
    with OpportunityScorer(home=tmp_path) as scorer, DecisionLog(home=tmp_path) as log:
        assert scorer.score_opportunity(COACHING)["historical_data"]["sample_size"] == 0
        log.log_decision("d-1", "coaching", "email", "Replied")
        assert scorer.score_opportunity(COACHING)["historical_data"]["sample_size"] == 1


def test_without_a_model_an_item_gets_the_rates_of_its_kind_and_each_part_in_words(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        for i in range(20):
            log.log_decision(f"d{i}", "t", "s", "x")
            log.won(f"d{i}", 100.0) if i % 3 == 0 else log.lost(f"d{i}")
        (rates,) = log.get_conversion_rates()
    with OpportunityScorer(home=tmp_path) as scorer:
        scored = scorer.score_opportunity({"type": "t", "source": "s", "score": 80})
        same = scorer.score_opportunity({"type": "t", "source": "s", "score": 53})
    assert scored["conversion_probability"] == rates["conversion_rate"]
    assert scored["interval"] == rates["interval"]
    history = scored["historical_data"]
    assert (history["conversion_rate"], history["sample_size"]) == (rates["conversion_rate"], 20)
    assert history["avg_revenue"] == pytest.approx(rates["conversion_rate"], abs=0.01)  # 100 a win
    assert scored["score_parts"]["conversion"] == pytest.approx(
        0.3 * rates["conversion_rate"], abs=0.01
    )
    first, last = round(scored["original_score"]), round(scored["adjusted_score"])
    assert scored["reasoning"].startswith(
        f"From {first} to {last}: 32 of 40 points for the base score, "
    )
    assert same["reasoning"].startswith(("From 53 to ", "Stays at 53"))


def test_a_scorer_that_stays_open_follows_the_log(tmp_path, monkeypatch):
    monkeypatch.setattr(current_predictor, "LOOK_AGAIN_SECONDS", 0.0)
    item = {"type": "t", "source": "s", "score": 80}
    with DecisionLog(home=tmp_path) as log, OpportunityScorer(home=tmp_path) as scorer:
        seen = []
        for i in range(3):
            log.log_decision(f"d{i}", "t", "s", "x")
            log.won(f"d{i}", 100.0)
            scored = scorer.score_opportunity(item)
            history = scored["historical_data"]
            assert history["sample_size"] == i + 1
            assert history["conversion_rate"] == scored["conversion_probability"]
            seen.append(scored["adjusted_score"])
    assert seen == sorted(set(seen))
