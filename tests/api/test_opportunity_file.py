"""Files of opportunities as they really come, and what is written in their place: all or nothing."""

from __future__ import annotations

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from decision_log import OpportunityScorer
from decision_log.opportunity_file import UnreadableOpportunities, read_opportunities
from decision_log.whole_files import CannotWrite, replacing

ITEM = '{"type": "coaching", "source": "email", "score": 85}'


@pytest.fixture
def score(tmp_path):
    with OpportunityScorer(home=tmp_path / "home") as scorer:

        def score(content, name="in.json"):
            source = tmp_path / name
            if isinstance(content, bytes):
                source.write_bytes(content)
            else:
                source.write_text(content, encoding="utf-8")
            scorer.score_file(source, tmp_path / "out.json")
            return json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))

        yield score


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f'{{"last_updated": "x", "opportunities": [{ITEM}, {ITEM}], "summary": {{}}}}', "a.json"),
        (f"[{ITEM}, {ITEM}]", "a.json"),
        (f"{ITEM}\n{ITEM}\n", "a.jsonl"),
        (f"{ITEM}\n\n{ITEM}", "a.json"),
        (f"\ufeff[{ITEM}, {ITEM}]", "a.json"),
    ],
)
def test_every_known_shape_is_read(score, content, name):
    assert score(content, name)["total_opportunities"] == 2


def test_parquet_is_read(tmp_path):
    pq.write_table(pa.table({"type": ["coaching"], "score": [85.0]}), tmp_path / "a.parquet")
    assert len(read_opportunities(tmp_path / "a.parquet").items) == 1


def test_the_documented_envelope_is_written(score):
    written = score(f"[{ITEM}]")
    assert list(written) == [
        "generated_at", "model_version", "total_opportunities", "average_score",
        "total_predicted_revenue", "priority_breakdown", "data_sources", "opportunities", "rejected",
    ]  # fmt: skip
    assert written["data_sources"] == {"email": 1}
    assert sum(written["priority_breakdown"].values()) == 1


def test_no_items_are_a_valid_result(score):
    written = score("[]")
    assert (written["total_opportunities"], written["average_score"]) == (0, None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ('[{"type": "coaching",}]', "line 1, column 22 is not JSON"),
        ('[\n{"a": 1}\n{"b": 2}\n]', "line 3, column 1 is not JSON"),
        ('{"items": []}', "one object with items; expected"),
        ('{"opportunities": {"a": 1}}', '"opportunities" must be a list'),
        ("42", "it holds int; expected"),
        ('"text"', "it holds str"),
        (b"\xff\xfe[\x00]\x00", "line 1 is not UTF-8"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_leaves_the_old_result(
    score, tmp_path, content, said
):
    (tmp_path / "out.json").write_text("old")
    with pytest.raises(UnreadableOpportunities, match=r"in.json cannot be scored") as caught:
        score(content)
    assert said in str(caught.value)
    assert (tmp_path / "out.json").read_text() == "old"


def test_a_missing_file_a_folder_and_a_forbidden_file_are_told(tmp_path):
    with pytest.raises(UnreadableOpportunities, match="there is no such file"):
        read_opportunities(tmp_path / "none.json")
    with pytest.raises(UnreadableOpportunities, match="it is a folder"):
        read_opportunities(tmp_path)
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(UnreadableOpportunities, match="not a Parquet file"):
        read_opportunities(tmp_path / "a.parquet")
    forbidden = tmp_path / "forbidden.json"
    forbidden.touch(mode=0o000)
    if os.access(forbidden, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(UnreadableOpportunities, match="Permission denied"):
        read_opportunities(forbidden)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("7", "must be an object with named fields, not 7"),
        ("null", "must be an object"),
        ('{"score": -1}', "must lie in [0, 100], not -1"),
        ('{"score": 1e999}', "cannot be read (Number out of range"),
        ('{"score": NaN}', "its score is nan"),
        ('{"context": {"followers": -Infinity}}', "its followers is -inf"),
        ('{"score": "high"}', "must be a number, not 'high'"),
        ('{"type": 3}', "type must be text"),
    ],
)
def test_a_bad_item_is_kept_with_index_and_reason_and_the_others_are_scored(score, bad, reason):
    written = score(f"[{ITEM}, {bad}, {ITEM}]")
    assert written["total_opportunities"] == 2
    (rejected,) = written["rejected"]
    assert rejected["index"] == 1
    assert reason in rejected["reason"]


def test_a_broken_line_costs_only_itself(score):
    written = score(f"{ITEM}\n{{broken\n{ITEM}", "a.jsonl")
    assert written["total_opportunities"] == 2
    assert written["rejected"][0]["index"] == 1


@pytest.mark.parametrize(
    "text", ["⛳️ fore!", "מה שלומך", "\x1b[2J\u202e", "\u0000", '\\ " \n', "x" * 1_000_000]
)
def test_texts_come_back_as_they_were(score, text):
    written = score(json.dumps([{"type": "coaching", "content": text}], ensure_ascii=False))
    assert written["opportunities"][0]["content"] == text


def test_unknown_keys_stay_in_order_and_own_result_keys_are_replaced(score):
    item = {"z": 1, "score": 50, "a": {"deep": [1, 2]}, "adjusted_score": "old", "task_id": None}
    row = score(json.dumps([item]))["opportunities"][0]
    assert list(row)[:4] == ["z", "score", "a", "task_id"]
    assert isinstance(row["adjusted_score"], float)


def test_duplicate_ids_are_all_scored(score):
    items = [{"id": "same", "score": s} for s in (10, 20)]
    assert [row["score"] for row in score(json.dumps(items))["opportunities"]] == [20, 10]


def test_a_large_file_is_written_a_line_an_item_and_is_the_same_json(score, monkeypatch):
    content = json.dumps([{"score": n % 101, "n": n} for n in range(30)])
    small = score(content)
    monkeypatch.setattr("decision_log.scored_file.INDENTED_UP_TO", 10)
    monkeypatch.setattr("decision_log.scored_file.CHUNK", 7)
    large = score(content)
    assert large["opportunities"] == small["opportunities"]


def fail_after(file, error):
    file.write(b"half")
    raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left"), ValueError])
def test_whatever_goes_wrong_no_half_file_and_no_litter_stay(tmp_path, error):
    target = tmp_path / "out.json"
    target.write_text("old")
    expected = CannotWrite if isinstance(error, OSError) else error
    with pytest.raises(expected), replacing(target) as file:
        fail_after(file, error)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_a_target_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(CannotWrite, match="cannot be written"),
        replacing(tmp_path / "file" / "out"),
    ):
        pass
