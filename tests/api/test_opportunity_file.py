"""Files of opportunities as they really come, and what is written in their place: all or nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_log.scoring.parquet_rows import ADDED_SCHEMA
from decision_log.scoring.reader import UnreadableOpportunities, read_opportunities
from decision_store.durable_files import atomic_write
from decision_store.errors import CannotWrite

ITEM = '{"type": "coaching", "source": "email", "score": 85}'


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f'{{"last_updated": "x", "opportunities": [{ITEM}, {ITEM}], "summary": {{}}}}', "a.json"),
        (f"[{ITEM}, {ITEM}]", "a.json"),
        (f"{ITEM}\n{ITEM}\n", "a.jsonl"),
        (f"{ITEM}\n\n{ITEM}", "a.json"),
        (f"\ufeff[{ITEM}, {ITEM}]", "a.json"),
        (f"\ufeff{ITEM} \r\n \r\n{ITEM}\t\r\n", "a.jsonl"),
    ],
)
def test_every_known_shape_is_read(score, content, name):
    assert score(content, name)["total_opportunities"] == 2


def test_parquet_is_read(tmp_path):
    pq.write_table(pa.table({"type": ["coaching"], "score": [85.0]}), tmp_path / "a.parquet")
    assert len(read_opportunities(tmp_path / "a.parquet").items) == 1


def test_the_documented_envelope_is_written(score):
    written = score('[{"type": "coaching", "source": "email", "score": 85, "content": "Hi"}]')
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
        ('{"n": 1}', "one object with n; expected"),
        ('{"items": []}', "give --map items=opportunities"),
        ('{"items": [NaN]}', "give --map items=opportunities"),
        ('{"opportunities": {"a": 1}}', '"opportunities" must be a list'),
        ("42", "it holds int; expected"),
        ('"text"', "it holds str"),
        (b"\xff[]", "line 1 is not UTF-8"),
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


def test_a_missing_file_and_a_folder_are_reported(tmp_path):
    with pytest.raises(UnreadableOpportunities, match="there is no such file"):
        read_opportunities(tmp_path / "none.json")
    with pytest.raises(UnreadableOpportunities, match="it is a folder"):
        read_opportunities(tmp_path)
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(UnreadableOpportunities, match="not a Parquet file"):
        read_opportunities(tmp_path / "a.parquet")


def test_a_file_that_this_user_may_not_read_is_reported(open_folder, unprivileged):
    forbidden = open_folder / "forbidden.json"
    forbidden.touch(mode=0o000)
    with unprivileged(), pytest.raises(UnreadableOpportunities, match="Permission denied"):
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
        ('{"context": [{"followers": [NaN]}]}', "its followers is nan"),
        ('{"score": ' + "9" * 400 + "}", "must be a number"),
        ('{"score": "8/10"}', "must be a number, not '8/10'"),
        ('{"score": NaN, "content": "cut \\ud83d"}', "its score is nan"),
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


def test_rejected_items_stand_in_the_order_of_the_file_whatever_was_wrong(score):
    """Lines that are no JSON are found while reading, the others while scoring."""
    lines = ['{"score": "high"}', ITEM, "{broken", '{"type": 3}', ITEM, "also broken", "7"]
    written = score("\n".join(lines), "a.jsonl")
    assert [one["index"] for one in written["rejected"]] == [0, 2, 3, 5, 6]


def test_a_score_in_quotes_is_a_score_and_a_missing_one_is_50(score):
    rows = score('[{"score": "85"}, {"score": null}, {"score": ""}, {"score": -0.0}]')
    answer = [(row["original_score"], row["score_parts"]["base"]) for row in rows["opportunities"]]
    assert answer == [(85.0, 34.0), (None, 20.0), (None, 20.0), (0.0, 0.0)]
    assert [row.get("score_missing") for row in rows["opportunities"]] == [None, True, True, None]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_half_a_character_does_not_cost_the_opportunity(score, name):
    cut = '{"type": "coaching", "content": "cut \\ud83d", "\\udc00": "whole \\ud83d\\ude00"}'
    listed = f"[{ITEM}, {cut}]" if name == "a.json" else f"{ITEM}\n{cut}\n"
    (row,) = (r for r in score(listed, name)["opportunities"] if "content" in r)
    assert row["content"] == "cut \ufffd"
    assert row["\ufffd"] == "whole \U0001f600"


def test_lines_with_nan_are_reported_as_such_whatever_the_file_is_called(score):
    for name in ("a.json", "a.jsonl"):
        written = score(f'{{"score": NaN}}\n{ITEM}\n', name)
        assert written["rejected"] == [
            {"index": 0, "reason": "its score is nan, which is no number", "item": {"score": "nan"}}
        ]


@pytest.mark.parametrize("beside", ['{"score": NaN}', "7", '{"interval": 1}'])
@pytest.mark.parametrize("depth", [100, 300, 500, 900])
def test_deep_nesting_never_breaks_a_run(score, depth, beside):
    deep = f'{{"score": 5, "x": {"[" * depth}{"]" * depth}, "reasoning": "old"}}'
    written = score(f"[{ITEM}, {beside}, {deep}]")
    assert written["total_opportunities"] + len(written["rejected"]) == 3


def test_an_item_without_any_key_is_scored(score):
    rows = score("[{}, { \n }]")["opportunities"]
    first, second = ({k: v for k, v in row.items() if "rank" not in k} for row in rows)
    assert first == second
    assert first["recommendation"]
    assert first["insufficient_data"] is True


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


def test_unknown_keys_stay_in_order_and_clashing_ones_are_kept_under_input(score):
    item = {
        "z": 1,
        "score": 50,
        "interval": [1],
        "input.reasoning": 2,
        "reasoning": 3,
        "task_id": None,
    }
    row = score(json.dumps([item]))["opportunities"][0]
    kept = {"z": 1, "score": 50, "input.interval": [1], "input.reasoning": 2,
            "input.input.reasoning": 3, "task_id": None}  # fmt: skip
    assert list(row)[:6] == list(kept)
    assert {key: row[key] for key in kept} == kept
    assert len(row["interval"]) == 2


def test_repeated_ids_are_all_scored_and_counted(scorer, tmp_path):
    items = [{"id": "a", "score": 10}, {"id": 7}, {"id": "a", "score": 20}, {"id": []}, {}]
    (tmp_path / "in.json").write_text(json.dumps(items))
    report = scorer.score_file(tmp_path / "in.json", tmp_path / "out.json")
    assert (report.total_opportunities, report.repeated_ids) == (5, 1)


def test_a_target_in_json_lines_gets_the_items_alone_best_first(scorer, tmp_path):
    (tmp_path / "in.json").write_text('[{"score": 10}, {"score": 90}, {"score": "x"}]')
    scorer.score_file(tmp_path / "in.json", tmp_path / "out.jsonl")
    scorer.score_file(tmp_path / "out.jsonl", tmp_path / "again.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["score"] for line in lines] == [90, 10]
    again = (tmp_path / "again.jsonl").read_text().splitlines()
    rank = "expected_value_rank"  # among equals by place in the input
    first, second = ([{**json.loads(one), rank: 0} for one in some] for some in (lines, again))
    assert first == second


def test_parquet_is_written_from_parquet_only(scorer, tmp_path):
    (tmp_path / "in.json").write_text("[]")
    with pytest.raises(CannotWrite, match=r"name a \.json or \.jsonl file"):
        scorer.score_file(tmp_path / "in.json", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_parquet_keeps_its_columns_with_their_types_and_gets_the_numbers_of_json(scorer, tmp_path):
    table = pa.table(
        {
            "id": [1, 2, 3, 4],
            "score": [10.0, 90.0, 500.0, None],
            "content": ["a", "b", "c", None],
            "reasoning": ["theirs", None, None, None],
            "seen": pa.array([1, 2, 3, 4], pa.timestamp("us", "UTC")),
            "price": pa.array([Decimal("1.50"), None, None, None], pa.decimal128(9, 2)),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    report = scorer.score_file(tmp_path / "in.parquet", tmp_path / "out.parquet")
    scorer.score_file(tmp_path / "in.parquet", tmp_path / "out.json")
    written = pq.ParquetFile(tmp_path / "out.parquet").read()
    assert [one.index for one in report.rejected] == [2]
    assert written["id"].to_pylist() == [2, 4, 1]
    assert written.column_names[:6] == [
        "id",
        "score",
        "content",
        "input.reasoning",
        "seen",
        "price",
    ]
    assert [written.schema.field(n).type for n in ("seen", "price")] == [
        table.schema.field(n).type for n in ("seen", "price")
    ]
    assert written["input.reasoning"].to_pylist() == [None, None, "theirs"]
    for ours, theirs in zip(
        written.to_pylist(),
        json.loads((tmp_path / "out.json").read_text())["opportunities"],
        strict=True,
    ):
        added = {key: theirs.get(key) for key in ADDED_SCHEMA.names}
        assert {key: ours[key] for key in ADDED_SCHEMA.names} == added


def test_parquet_gets_the_columns_that_renaming_makes_beside_those_it_has(scorer, tmp_path):
    table = pa.table(
        {
            "lead_type": ["coaching", "golf"],
            "type": ["theirs", None],
            "score": [{"overall": 10}, {"overall": 90}],
            "answers": [[{"text": "a"}], [{"text": "b"}, {"text": "c"}]],
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    scorer.score_file(
        tmp_path / "in.parquet",
        tmp_path / "out.parquet",
        mapping={
            "lead_type": "type",
            "score.overall": "score",
            "answers.1.text": "content",
            "answers.9.text": "sender",
        },
    )
    written = pq.ParquetFile(tmp_path / "out.parquet").read()
    ours = ["lead_type", "input.type", "input.score", "answers", "type", "score", "content"]
    assert written.column_names[:7] == ours
    assert "sender" not in written.column_names
    assert written.select(["type", "score", "content"]).to_pylist() == [
        {"type": "golf", "score": 90, "content": "c"},
        {"type": "coaching", "score": 10, "content": None},
    ]


def test_parquet_without_rows_has_the_added_columns(scorer, tmp_path):
    pq.write_table(pa.table({"id": pa.array([], pa.int64())}), tmp_path / "in.parquet")
    scorer.score_file(tmp_path / "in.parquet", tmp_path / "out.parquet")
    written = pq.ParquetFile(tmp_path / "out.parquet").read()
    assert (written.num_rows, written.column_names) == (0, ["id", *ADDED_SCHEMA.names])


def test_a_run_stopped_in_the_middle_leaves_the_old_result(scorer, tmp_path, monkeypatch):
    monkeypatch.setattr("decision_log.scoring.part.CHUNK", 2)
    (tmp_path / "in.json").write_text(f"[{ITEM}, {ITEM}, {ITEM}]")
    (tmp_path / "out.json").write_text("old")

    def stop(done, total):
        if done < total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scorer.score_file(tmp_path / "in.json", tmp_path / "out.json", progress=stop)
    assert (tmp_path / "out.json").read_text() == "old"


def test_a_process_killed_while_writing_leaves_the_old_result(tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old")
    script = (
        "import os, signal, sys, pathlib\n"
        "from decision_store.durable_files import atomic_write\n"
        "with atomic_write(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert target.read_text() == "old"


def test_a_large_file_is_written_a_line_an_item_and_is_the_same_json(score, monkeypatch):
    content = json.dumps([{"score": n % 101, "n": n} for n in range(30)])
    small = score(content)
    monkeypatch.setattr("decision_log.scoring.writer.INDENTED_UP_TO", 10)
    monkeypatch.setattr("decision_log.scoring.part.CHUNK", 7)
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
    with pytest.raises(expected), atomic_write(target) as file:
        fail_after(file, error)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_a_target_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(CannotWrite, match="cannot be written"),
        atomic_write(tmp_path / "file" / "out"),
    ):
        pass


def test_empty_standard_input_is_reported(tmp_path):
    script = "from decision_log.scoring.reader import *; read_opportunities(STDIN)"
    done = subprocess.run(
        [sys.executable, "-c", script], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert b"Standard input cannot be scored: it is empty" in done.stderr


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5)
    | st.integers(4300, 5000).map(lambda digits: 10**digits),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["type", "score", "content", "context", "reasoning", "id", "\ud800", "x"]), inner, max_size=4
    ),
    max_leaves=8,
)  # fmt: skip


@given(values=st.lists(JSON_LIKE, max_size=4))
def test_any_json_ends_in_a_result_that_counts_every_item_or_in_one_message(
    scorer, tmp_path_factory, values
):
    folder = tmp_path_factory.mktemp("any")
    with allow_long_integers():
        (folder / "in.json").write_text(json.dumps(values))
    batch = scorer.score_opportunities_batch(values)
    try:
        scorer.score_file(folder / "in.json", folder / "out.json")
    except UnreadableOpportunities as error:
        (folder / "out.json").write_text(json.dumps({"refused": str(error)}))
    assert len(batch) == len(values)
    written = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    if "refused" in written:
        assert "\n" not in written["refused"]
    else:
        assert written["total_opportunities"] + len(written["rejected"]) == len(values)


@contextmanager
def allow_long_integers():
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(limit)


@pytest.mark.parametrize("key", ['it"ems', "back\\slash", "line\nbreak", "data.items"])
def test_the_list_may_stand_under_any_key(tmp_path, key):
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"count": 1, key: [json.loads(ITEM)]}))
    found = read_opportunities(path, envelope=key)
    assert [json.loads(bytes(item)) for item in found.items] == [json.loads(ITEM)]


def test_a_long_plain_csv_file_is_scored_as_the_same_rows_of_json(scorer, tmp_path):
    rows = [
        {"type": "coaching", "source": "email", "score": str(n), "plan": "é"} for n in range(60)
    ]
    lines = ["type,source,score,plan", *(",".join(row.values()) for row in rows)]
    (tmp_path / "in.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "in.json").write_text(json.dumps(rows))
    for kind in ("csv", "json"):
        scorer.score_file(tmp_path / f"in.{kind}", tmp_path / f"{kind}.jsonl")
    found, expected = (
        [json.loads(line) for line in (tmp_path / f"{kind}.jsonl").read_text().splitlines()]
        for kind in ("csv", "json")
    )
    assert found == expected
    assert len(found) == 60
