"""Predictions are kept once, at little cost, and never in the way of scoring."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log import DecisionLog, OpportunityScorer
from decision_log.predicting.prediction_facts import Source, identities
from decision_log.predicting.stated import StatedPredictions
from decision_log.predicting.template import escaped, rendered
from decision_store.errors import StoreUnavailable

END = datetime(2100, 1, 1, tzinfo=UTC)
ITEMS = [
    {"id": "a1", "type": "coaching", "source": "email", "score": 90, "content": "Hi"},
    {"type": "partnership", "source": "twitter", "score": 20},
    {"id": 7, "type": "new", "sender": "é"},
]


def kept(home):
    with DecisionLog(home=home) as log:
        return log.ask("predictions", as_of=END, since=None, until=None).to_pylist()


@pytest.fixture(scope="module")
def home_once(tmp_path_factory, fill):
    home = tmp_path_factory.mktemp("ledger") / "home"
    with DecisionLog(home=home) as log:
        fill(log, 12)
        log.find_decisions()
    (home / "data" / "opportunities.json").write_text(json.dumps(ITEMS))
    return home


@pytest.fixture
def home(home_once, tmp_path):
    """A copy of it, to change at will."""
    return shutil.copytree(home_once, tmp_path / "home")


def test_a_file_scored_twice_is_kept_once(home):
    for _ in range(2):
        with OpportunityScorer(home=home) as scorer:
            scorer.score_file()
    rows = kept(home)
    assert len(rows) == len(ITEMS)
    assert {row["opportunity_id"] for row in rows} >= {"a1", "7"}
    for row in rows:
        assert row["model_version"] == "rates"
        assert 0 < row["low"] <= row["probability"] <= row["high"] < 1
        assert 0 <= row["adjusted_score"] <= 100
    with DecisionLog(home=home) as log:
        assert log.status().rejects == {}


def test_of_a_file_that_has_grown_the_new_predictions_are_kept_beside_the_old(home):
    source = home / "data" / "opportunities.json"
    more = [{"id": "b", "type": "coaching"}, *ITEMS, {"id": "c", "score": 3}]
    for items in (ITEMS, more, more[::-1]):
        source.write_text(json.dumps(items))
        with OpportunityScorer(home=home) as scorer:
            scored = scorer.score_file(top=len(items)).top
    rows = {row["opportunity_id"]: row for row in kept(home)}
    assert len(rows) == len(more)
    for one in scored:
        if "id" in one:
            row = rows[str(one["id"])]
            assert row["adjusted_score"] == one["adjusted_score"]
            assert json.loads(row["score_parts"]) == one["score_parts"]


def test_file_batch_and_single_keep_the_same_prediction(home):
    with OpportunityScorer(home=home) as scorer:
        scorer.score_file()
        scorer.score_opportunities_batch(ITEMS)
        for item in ITEMS:
            scorer.score_opportunity(item)
    assert len(kept(home)) == len(ITEMS)


def test_a_prediction_is_kept_with_its_parts_and_its_moment(home):
    with OpportunityScorer(home=home) as scorer:
        scored = scorer.score_opportunity(ITEMS[0])
    (row,) = kept(home)
    assert row["adjusted_score"] == scored["adjusted_score"]
    assert json.loads(row["score_parts"]) == scored["score_parts"]
    assert row["as_of"] < row["predicted_at"]


def test_the_table_holds_what_was_shown_whichever_way_it_was_asked(trained_home):
    """Reasoning, score parts and similar decisions, of one item, a batch and a file."""
    items = [
        {"id": f"n{n}", "type": kind, "source": source, "score": n, "content": content}
        for n, (kind, source, content) in enumerate(
            [("coaching", "email", "I have a budget"), ("part{low}ner", "fax", "{probability}"),
             ("partnership", "twitter", ""), ("coaching", "email", "a question")]
        )
    ]  # fmt: skip
    (trained_home / "data" / "opportunities.json").write_text(json.dumps(items[1:2]))
    with OpportunityScorer(home=trained_home) as scorer:
        scored = [scorer.score_opportunity(items[0]), *scorer.score_opportunities_batch(items[2:])]
        scored += scorer.score_file().top
        predicted = scorer.predict_outcome({**items[0], "id": "p"})
    rows = {row["opportunity_id"]: row for row in kept(trained_home)}
    assert set(rows) == {*(item["id"] for item in items), "p"}
    for shown in scored:
        row = rows[shown["id"]]
        moved, _, rest = shown["reasoning"].partition(" for how much is known. ")
        assert row["reasoning"] == rest
        assert moved.startswith(f"From {shown['score']} to {shown['adjusted_score']:.0f}: ")
        assert json.loads(row["score_parts"]) == shown["score_parts"]
        cell = shown["type"], shown["source"]
        newest = [f"d-{n}" for n in range(159, -1, -1) if cell_of(trained_home, f"d-{n}") == cell]
        assert json.loads(row["similar_past_decisions"]) == newest[:5]
    row = rows["p"]
    assert row["reasoning"] == predicted["reasoning"].partition(" for how much is known. ")[2]
    assert row["score_parts"] == "{}"
    ids = [one["decision_id"] for one in predicted["similar_decisions"]]
    assert json.loads(row["similar_past_decisions"]) == ids


CELLS: dict[str, dict[str, tuple[str, str]]] = {}


def cell_of(home, decision_id):
    """Type and source of a decision of the log."""
    if str(home) not in CELLS:
        with DecisionLog(home=home) as log:
            CELLS[str(home)] = {
                row["decision_id"]: (row["opportunity_type"], row["opportunity_source"])
                for row in log.decisions_between()
            }
    return CELLS[str(home)].get(decision_id)


FRACTIONS = st.floats(0, 1)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(
    rows=st.lists(
        st.tuples(st.lists(st.sampled_from(["{probability}", "{low}", "{high}", "{revenue}"]) | TEXTS.map(escaped)),
                  FRACTIONS, FRACTIONS, FRACTIONS, st.floats(0, 1e9)),
        min_size=20, max_size=60,
    )
)  # fmt: skip
@settings(max_examples=8)
def test_the_store_renders_a_reasoning_as_the_library_does(temporary_store, rows):
    columns = {
        "prediction_id": [str(n) for n in range(len(rows))],
        "opportunity_id": ["o"] * len(rows),
        "predicted_at": [datetime(2026, 1, 1)] * len(rows),  # noqa: DTZ001  # the store's own form
        "as_of": [datetime(2026, 1, 1)] * len(rows),  # noqa: DTZ001
        "model_version": ["m"] * len(rows),
        "opportunity_type": ["a"] * len(rows),
        "opportunity_source": ["b"] * len(rows),
        "reasoning": ["".join(row[0]) for row in rows],
    }
    for place, name in enumerate(("probability", "low", "high", "expected_revenue"), start=1):
        columns[name] = [row[place] for row in rows]
    with temporary_store() as store:
        store.load(predictions=pa.table(columns))
        found = store.ask("predictions", as_of=END, since=None, until=None).to_pylist()
    for row in found:
        template, *numbers = rows[int(row["prediction_id"])]
        assert row["reasoning"] == rendered("".join(template), *numbers)


def test_new_facts_make_a_new_prediction(home):
    for n in range(2):
        with DecisionLog(home=home) as log:
            log.predict_outcome(ITEMS[0])
            log.log_decision(f"new-{n}", "coaching", "email", "Replied")
    assert len(kept(home)) == 2


def test_no_record_and_as_of_keep_nothing_unless_asked(home):
    with DecisionLog(home=home) as log:
        log.predict_outcome(ITEMS[0], record=False)
        log.predict_outcome(ITEMS[0], as_of="2025-11-05")
        log.scorer(record=False).score_file()
        assert kept(home) == []
        log.predict_outcome(ITEMS[0], as_of="2025-11-05", record=True)
    (row,) = kept(home)
    assert row["as_of"] < datetime(2025, 11, 6)  # noqa: DTZ001  # the store's times are naive UTC


def test_the_first_predictions_are_kept_before_any_decision(tmp_path):
    for _ in range(2):
        with OpportunityScorer(home=tmp_path / "home") as scorer:
            scorer.score_opportunity(ITEMS[0])
    (row,) = kept(tmp_path / "home")
    assert (row["opportunity_id"], row["as_of"].year) == ("a1", 1970)
    with DecisionLog(home=tmp_path / "home") as log:
        log.log_decision("d-1", "coaching", "email", "Replied", opportunity_id="a1")
        log.record_outcome("d-1", "conversion", "success", 10.0)
        (graded,) = log.ask("graded_predictions", as_of=END).to_pylist()
    assert (graded["prediction_id"], graded["state"]) == (row["prediction_id"], "won")


def test_without_recording_scoring_makes_no_log(tmp_path):
    with OpportunityScorer(home=tmp_path / "home", record=False) as scorer:
        scorer.score_opportunity(ITEMS[0])
    assert not (tmp_path / "home").exists()


def test_a_log_that_cannot_be_written_still_scores_and_warns(home, monkeypatch, caplog):
    def refuse(*_, **__):
        raise StoreUnavailable(home, "it is read only", "Nothing to do.")

    with OpportunityScorer(home=home) as scorer:
        monkeypatch.setattr(scorer._log.store, "load", refuse)
        monkeypatch.setattr(scorer._log.store, "log_predictions", refuse)
        assert scorer.score_file().total_opportunities == len(ITEMS)
        scorer.score_opportunity(ITEMS[0])
    assert "3 predictions were made but not kept" in caplog.text
    assert "1 predictions were made but not kept" in caplog.text
    assert kept(home) == []


def test_a_home_that_may_only_be_read_still_scores(open_folder, fill, unprivileged, caplog):
    home = open_folder / "home"
    target = open_folder / "out.json"
    with DecisionLog(home=home) as log:
        fill(log, 12)
        log.get_conversion_rates()
    (home / "data" / "opportunities.json").write_text(json.dumps(ITEMS))
    with OpportunityScorer(home=home) as scorer:
        scorer.score_file(target=target)
    before = kept(home)
    target.chmod(0o666)
    open_folder.chmod(0o777)
    parts = [home, *home.rglob("*")]
    modes = [part.stat().st_mode for part in parts]
    for part in parts:
        part.chmod(0o555 if part.is_dir() else 0o444)
    try:
        with unprivileged(), OpportunityScorer(home=home) as scorer:
            again = [{**item, "content": "another"} for item in ITEMS]
            assert scorer.score_opportunities_batch(again)[0]["conversion_probability"] > 0
            assert scorer.score_file(target=target).total_opportunities == 3
    finally:
        for part, mode in zip(parts, modes, strict=True):
            part.chmod(mode)
    assert "3 predictions were made but not kept" in caplog.text
    assert kept(home) == before


def test_predictions_of_others_do_not_make_a_warm_scorer_learn_again(home, monkeypatch):
    monkeypatch.setattr("decision_log.scoring.current_predictor.LOOK_AGAIN_SECONDS", 0.0)
    with OpportunityScorer(home=home) as warm, OpportunityScorer(home=home) as other:
        first = warm.predictor
        other.score_file()
        assert warm.predictor is first
        with DecisionLog(home=home) as log:
            log.log_decision("one-more", "coaching", "email", "Replied")
        assert warm.predictor is not first


def test_predictions_of_others_are_distinguished_from_facts_without_opening_the_database(
    home, monkeypatch
):
    monkeypatch.setattr("decision_log.scoring.current_predictor.LOOK_AGAIN_SECONDS", 0.0)
    sneaky = {"id": "s", "type": "coaching", "content": '"kind":"decision"'}
    with OpportunityScorer(home=home) as warm, DecisionLog(home=home) as log:
        warm.predict_outcome(ITEMS[0])
        first, before = warm.predictor, log.store.journal_sizes()
        log.predict_outcome(sneaky)
        log.scorer().score_file()
        log.scorer().flush()
        assert log.store.journal_sizes() != before
        assert log.store.only_predictions_since(before)
        with monkeypatch.context() as patch:
            patch.setattr(warm._log.store, "ask", None)
            assert warm.predictor is first
            warm.predict_outcome(ITEMS[0])
        log.log_decision("d-new", "coaching", "email", "Replied", '"kind":"prediction"')
        assert not log.store.only_predictions_since(before)
        assert warm.predictor is not first


def test_what_others_stated_is_read_again_only_once_somebody_states_something(home, monkeypatch):
    with DecisionLog(home=home) as log, OpportunityScorer(home=home) as warm:
        stated = StatedPredictions(log.store, None)
        log.record_prediction("o-1", 0.7, predictor="ann")
        assert stated.known() == {"o-1": {"ann": 0.7}}
        warm.predict_outcome(ITEMS[0])
        warm.flush()
        with monkeypatch.context() as patch:
            patch.setattr(log.store, "ask", None)
            assert stated.known() == {"o-1": {"ann": 0.7}}
        log.record_prediction("o-1", 0.2, predictor='b"o\\b')
        assert stated.known() == {"o-1": {"ann": 0.7, 'b"o\\b': 0.2}}


def test_a_journal_file_that_was_replaced_is_no_proof(home):
    with DecisionLog(home=home) as log:
        sizes = log.store.journal_sizes()
        assert log.store.only_predictions_since(sizes)
        assert not log.store.only_predictions_since(
            {name: size + 1 for name, size in sizes.items()}
        )
        assert not log.store.only_predictions_since({"gone.jl": 1})
        assert not log.store.only_predictions_since({})


def test_identity_depends_on_every_input_but_not_on_their_order():
    source = Source("rates", datetime(2026, 1, 1, tzinfo=UTC))
    items = [{"id": "a", "score": 1}, {"id": "a", "score": 2}, {"id": "b", "score": 1}]
    keys = identities(source, [*items, {"score": 1, "id": "a"}])
    assert keys.take([0]) == keys.take([3])
    others = [
        identities(source._replace(version="m1"), items[:1]),
        identities(source._replace(facts_until=END), items[:1]),
        identities(source._replace(shadow=True), items[:1]),
    ]
    ids = keys.prediction_id + [one.prediction_id[0] for one in others]
    assert len(set(ids)) == 6


def test_items_that_json_does_not_know_can_be_kept(home):
    values = [{1, 2}, float("inf"), "half \ud800", b"x", {"a": {1: 2}}]
    with OpportunityScorer(home=home) as scorer:
        for value in values:
            scorer.score_opportunity({"id": "\0x\ud800", "type": "t\ud800", "extra": value})
    assert [row["opportunity_id"] for row in kept(home)] == ["x?"] * len(values)
