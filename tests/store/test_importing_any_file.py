"""Whatever bytes a file has, its import ends in a history or in one message."""

from __future__ import annotations

import io
import json
import sqlite3
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_store.errors import DecisionLogError
from decision_store.importing import read_history
from decision_store.importing.readers import json_lines

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEADINGS = [
    "id", "decision_id", "Deal Stage", "Status", "Amount", "created", "closed", "outcome_id", "context", "type",
    "Won", "Currency", "opportunity_type", "timestamp", "Close Date", "", "decision_id ",
]  # fmt: skip
CELLS = [
    "won",
    "lost",
    "1,200.50",
    "2026-01-02",
    "03/04/2026",
    "45000",
    "-",
    "1e999",
    "\ud800",
    "=1",
    "{}",
    "€5",
]

HUGE = "9" * 5000
"""More digits than Python turns into a number; HUGE in quotes is written without them below."""

cells = st.sampled_from(CELLS) | st.text(max_size=6)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | cells
    | st.sampled_from([HUGE, 10**25, -(10**400)]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HEADINGS), inner, max_size=4)
    ),
    max_leaves=8,
)
tables = st.lists(st.lists(cells, max_size=6), max_size=5)


@st.composite
def spoilt(draw, whole):
    """A file of which a part is other bytes, or missing."""
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 40)))
    return whole[:start] + draw(st.binary(max_size=12)) + whole[end:]


def csv(headings, rows):
    return "\n".join(",".join(row) for row in [headings, *rows]).encode("utf-8", "surrogatepass")


def a_parquet():
    sink = io.BytesIO()
    row = {"decision_id": ["a"], "opportunity_type": ["x"], "timestamp": [NOW]}
    pq.write_table(pa.table(row), sink)
    return sink.getvalue()


def a_sqlite():
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE decisions (decision_id TEXT, timestamp TEXT)")
    base.execute("INSERT INTO decisions VALUES ('a', '2026-01-01')")
    base.commit()
    return base.serialize()


WHOLE = {"parquet": a_parquet(), "sqlite": a_sqlite()}


def ends(path, content):
    path.write_bytes(content)
    said = "a history"
    try:
        read_history([path], now=NOW)
    except DecisionLogError as error:
        said = str(error)
    assert said


@given(st.sampled_from(["csv", "json", "jsonl", "parquet", "xlsx", "sqlite", "txt"]), st.binary())
def test_any_bytes(tmp_path_factory, suffix, content):
    ends(tmp_path_factory.getbasetemp() / f"any.{suffix}", content)


@given(st.sampled_from(["csv", "txt"]), st.lists(st.sampled_from(HEADINGS), max_size=6), tables)
def test_any_table_of_texts(tmp_path_factory, suffix, headings, rows):
    ends(tmp_path_factory.getbasetemp() / f"table.{suffix}", csv(headings, rows))


@given(st.sampled_from(["json", "jsonl"]), st.lists(values, max_size=3))
def test_any_json(tmp_path_factory, suffix, rows):
    content = json.dumps(rows) if suffix == "json" else "\n".join(map(json.dumps, rows))
    content = content.replace(f'"{HUGE}"', HUGE)
    ends(tmp_path_factory.getbasetemp() / f"any.{suffix}", content.encode())


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
@pytest.mark.parametrize("digits", [19, 25, 400, 5000])
def test_a_whole_number_of_any_size_costs_at_most_its_row(tmp_path, suffix, digits):
    whole = {"decision_id": "a", "opportunity_type": "x", "timestamp": "2026-01-02"}
    rows = [
        whole | {"budget": "9" * digits},
        whole | {"decision_id": "b", "opportunity_score": "9" * digits},
    ]
    rows.append(whole | {"decision_id": "c"})
    path = tmp_path / f"numbers.{suffix}"
    lines = [json.dumps(row).replace(f'"{"9" * digits}"', "9" * digits) for row in rows]
    path.write_text(f"[{','.join(lines)}]" if suffix == "json" else "\n".join(lines))
    history = read_history([path], now=NOW)
    assert history.decisions["decision_id"].to_pylist() == ["a", "c"]
    assert str(9) * digits in str(history.decisions["context"][0])
    assert len(history.rejected) == 1


@given(st.sampled_from(sorted(WHOLE)).flatmap(lambda k: st.tuples(st.just(k), spoilt(WHOLE[k]))))
def test_any_parquet_or_sqlite_file_that_was_damaged(tmp_path_factory, spoilt_file):
    suffix, content = spoilt_file
    ends(tmp_path_factory.getbasetemp() / f"spoilt.{suffix}", content)


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_rows_that_each_have_a_key_of_their_own_are_read_in_parts(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(json_lines, "CELLS_AT_ONCE", 50)
    whole = {"opportunity_type": "x", "timestamp": "2026-01-02"}
    rows = [whole | {"decision_id": f"d{i}", f"key {i}": i} for i in range(40)]
    path = tmp_path / f"wide.{suffix}"
    path.write_text(json.dumps(rows) if suffix == "json" else "\n".join(map(json.dumps, rows)))
    history = read_history([path], now=NOW)
    contexts = map(json.loads, history.decisions["context"].to_pylist())
    assert list(contexts) == [{f"key {i}": i} for i in range(40)]


@pytest.mark.parametrize("blank", [" ", "\t", " , ,", '" "'])
def test_a_last_row_of_blanks_is_no_row(tmp_path, blank):
    path = tmp_path / "blank.csv"
    path.write_text(f"decision_id,opportunity_type,timestamp\na,x,2026-01-02\n{blank}")
    assert read_history([path], now=NOW).decisions["decision_id"].to_pylist() == ["a"]
