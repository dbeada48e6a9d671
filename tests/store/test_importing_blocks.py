"""Files are read in blocks: where one ends makes no difference, and no row changes another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_store.importing import read_history
from decision_store.importing.cells.columnar import pieces as pieces_of
from decision_store.importing.readers import csv_rows, json_lines
from decision_store.importing.readers.csv_files import read_csv

NOW = datetime(2026, 2, 10, tzinfo=UTC)


def csv_of(path: Path) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]], list[int]]:
    raw = read_csv(path)
    rows: list[tuple[int, list[str]]] = []
    unreadable: list[tuple[int, str]] = []
    for batch in raw.batches:
        cells = zip(*map(pieces_of, batch.columns.values()), strict=True)
        rows += zip(batch.row_numbers, map(list, cells), strict=True)
        unreadable += batch.unreadable
    return rows, sorted(unreadable), raw.footers


pieces = st.sampled_from(
    ["a,b,c\n", "1,2,3\n", "\n", ",,\n", '"x\ny",2,3\n', '"x\n\n""y""",2,3\n', '"a"b,2,3\n', "1,2\n", '"open,2,3\n',
     "1,2,3,,\n", "'=1,2,3\n", "1,2,3\r\n", "total,,9\n", "remark\n"]
)  # fmt: skip


@given(st.lists(pieces, max_size=12))
def test_the_blocks_in_which_a_csv_file_is_read_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text("one,two,three\n" + "".join(parts), newline="")
    found = []
    for lines, size in ((1, 1), (3, 20), (20_000, 60), (20_000, 8 << 20)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_rows, "BLOCK_LINES", lines)
            patch.setattr(csv_rows, "BLOCK_BYTES", size)
            found.append(csv_of(path))
    assert found[:3] == [found[3]] * 3


plain_pieces = st.sampled_from(
    ["1,2,3\n", '"a,b",2,"c ""d"" e"\n', '"",,x\n', ",,\n", '"",""\n', "'=1,'tis,3\n", "é,ß,\u2028\n", " a , b ,\t\n",
     "1,2,3\r\n", '"a" ,2,3\n', 'a"b,2,3\n', "1,2\n", "1,2,3,\n", "\ufeff,2,3\n", "x\0,2,3\n", "1\r2,3,4\n",
     "NULL,NA,nan\n", "total,,9\n"]
)  # fmt: skip


@given(st.lists(plain_pieces, max_size=30), st.booleans())
def test_csv_parsed_by_columns_holds_the_cells_that_python_reads(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], ends_open: bool
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    text = "one,two,three\n" + "".join(parts)
    path.write_text(text.removesuffix("\n") if ends_open else text, newline="", encoding="utf-8")
    found = []
    for by_columns in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_rows, "BLOCK_LINES", 4)
            patch.setattr(csv_rows, "BLOCK_BYTES", 25)
            if not by_columns:
                patch.setattr(csv_rows, "plain_columns", lambda *_: None)
            found.append(csv_of(path))
    assert found[0] == found[1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_plain_csv_is_parsed_by_columns_wherever_its_header_is(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "a.csv"
    text = "\r\n\r\none,two\r\n" + "".join(f'"a,\u00e9",{place}\r\n' for place in range(50))
    path.write_text(text, newline="", encoding=encoding)
    first = next(read_csv(path).batches)
    assert all(isinstance(column, pa.Array) for column in first.columns.values())
    rows = [(4 + place, ["a,\u00e9", str(place)]) for place in range(50)]
    assert csv_of(path) == (rows, [], [])


def test_a_quoted_text_over_several_lines_is_numbered_by_its_first(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,b,c\n1,"x\ny",3\n2,"open,3\n4,5,6\n', newline="")
    rows, unreadable, _ = csv_of(path)
    assert rows == [(2, ["1", "x\ny", "3"]), (5, ["4", "5", "6"])]
    assert unreadable == [(4, "quotes do not match (unexpected end of data)")]


def rows_of(run: json_lines.Run) -> list[dict[str, Any]]:
    """Return the rows of a run without what is missing, sorted by name."""
    columns = run.columns
    rows = (
        run.items
        if columns is None
        else [
            dict(zip(columns, values, strict=True))
            for values in zip(*(column.to_pylist() for column in columns.values()), strict=True)
        ]
    )
    return [{k: row[k] for k in sorted(row) if row[k] is not None} for row in rows]


@given(
    st.lists(
        st.sampled_from(
            [b'{"a": 1}', b"", b"  ", b'{"a": [1', b"2]}", b"[1]", b'{"a": 1},{"a": 2}', b'{"items": [{"a": 1}]}',
             b'{"a": 123456789012345678901234}', b'{"b": NaN}', b"\xff", b'{"a": "x\\ny"}', b'{"a": 2, "b": null}',
             b'{"a": 1.0}', b'{"a": 2.5}', b'{"a": 1e2}', b'{"a": "1.0"}', b'{"a": true}', b"{}", b'{"b": 1, "a": 3}',
             b'{"a": 1, "a": 2}', b'{"a": 1}{"a": 2}', b'{"a": -0}', b'{"a": 1.0e400}', b'{"a": 9223372036854775808}',
             b'{"\\u0061": 7}', b'{"a": "\\ud800"}', b'{"a": "\xc3\xa9"}', b'{"a": "\xff"}', b'{"a": "\t"}',
             b'{"a": 1}\0',
             b'{"object": "charge"}', b'{"b": "\\"a\\": 1.5", "a": 4}', b'{"a": 5}\r', b' {"a": 6}', b'{"a": 1}\r2']
        ),
        max_size=8,
    )
)  # fmt: skip
def test_the_blocks_in_which_lines_of_json_are_read_make_no_difference(lines: list[bytes]) -> None:
    content = b"\n".join(lines)

    def read(size: int) -> tuple[list[str], list[tuple[int, str]]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_lines, "_BLOCK_BYTES", size)
            runs = list(json_lines.runs_of_lines(content))
        rows = [repr(pair) for run in runs for pair in zip(run.numbers, rows_of(run), strict=True)]
        return rows, [each for run in runs for each in run.unreadable]

    assert read(1) == read(1 << 20)
    assert read(40) == read(1 << 20)


def test_plain_lines_of_json_are_read_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_BLOCK_BYTES", 20)
    lines = [b'{"a": %d, "b": "x", "c": 1.0}' % place for place in range(5)]
    first, *others = json_lines.runs_of_lines(b"\n".join(lines))
    assert first.items == [{"a": 0, "b": "x", "c": 1.0}]
    assert [run.columns is not None for run in others] == [True] * 4
    assert [row for run in others for row in rows_of(run)][3] == {"a": 4, "b": "x", "c": 1.0}


def test_attributes_of_one_decision_are_not_those_of_another(tmp_path: Path) -> None:
    contexts = ['{"a":1}', '{"b":[1,2.5]}', "{}", '{"a":{"c":null}}', '{"n":1.0}']
    rows = [
        {"decision_id": f"d{place}", "timestamp": "2026-01-05T09:00:00Z", "opportunity_type": "x",
         "opportunity_source": "y", "action_taken": "z", "context": orjson.Fragment(text)}
        for place, text in enumerate(contexts)
    ]  # fmt: skip
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    found = read_history([path], now=NOW).decisions
    assert found.column("context").to_pylist() == contexts
