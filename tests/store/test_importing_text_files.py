"""CSV and JSON as they really come, and files that are something else."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from decision_store.errors import ImportFailed
from decision_store.importing import History, read_history

NOW = datetime(2026, 2, 9, tzinfo=UTC)
HEAD = "decision_id,timestamp,opportunity_content\n"


def read(tmp_path: Path, content: str | bytes, name: str = "rows.csv", **options: str) -> History:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_history([path], now=NOW, **options)


def contents(history: History) -> list[str]:
    return list(history.decisions["opportunity_content"].to_pylist())


def numbered(history: History) -> list[tuple[int, str]]:
    return [(row.row_number, row.reason) for row in history.rejected]


def test_a_field_may_hold_line_breaks_quotes_separators_and_a_megabyte(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    long = "é" * 1_000_000
    rows = f'{HEAD}a,2026-01-01,"one\r\ntwo\n\nthree, ""quoted"""\nb,2026-01-02,{long}\n'
    history = read(tmp_path, rows)
    assert contents(history) == ['one\r\ntwo\n\nthree, "quoted"', long]
    assert csv.field_size_limit() == limit


def test_the_number_of_a_row_is_the_line_on_which_it_starts(tmp_path: Path) -> None:
    rows = f'{HEAD}a,2026-01-01,"1\n2\n3"\n\nb,soon,x\n,,\nc,2026-01-01,"1\n2"\nd,later,"1\n2"'
    history = read(tmp_path, rows)
    assert contents(history) == ["1\n2\n3", "1\n2"]
    assert [number for number, _ in numbered(history)] == [6, 10]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_empty_lines_and_every_line_end_are_no_trouble(tmp_path: Path, end: str) -> None:
    lines = [
        "",
        "decision_id,timestamp,opportunity_content",
        "",
        "a,2026-01-01,x",
        "",
        "b,2026-01-02,y",
    ]
    history = read(tmp_path, b"\xef\xbb\xbf" + end.join(lines).encode())
    assert contents(history) == ["x", "y"]
    assert history.rejected == ()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(tmp_path: Path, separator: str) -> None:
    rows = f"{HEAD}a,2026-01-01,x\n".replace(",", separator)
    assert contents(read(tmp_path, rows)) == ["x"]


def test_a_spreadsheets_own_line_and_its_spare_separators_are_understood(tmp_path: Path) -> None:
    rows = (
        "sep=;\r\ndecision_id;timestamp;opportunity_content\r\na;2026-01-01;1,5\r\nb;soon;x;;\r\n"
    )
    history = read(tmp_path, rows)
    assert contents(history) == ["1,5"]
    assert [number for number, _ in numbered(history)] == [4]


def test_a_quote_that_is_never_closed_costs_its_own_line(tmp_path: Path) -> None:
    rows = f'{HEAD}a,2026-01-01,x\nb,2026-01-01,"open\nc,2026-01-01,y\nd,2026-01-01,"fine, too"\n'
    history = read(tmp_path, f"{rows}e,2026-01-01,z\n")
    assert contents(history) == ["x", "y", "fine, too", "z"]
    assert numbered(history)[0][0] == 3
    assert "quotes do not match" in numbered(history)[0][1]
    last = read(tmp_path, f'{HEAD}a,2026-01-01,"open\nb,2026-01-01,x\n')
    assert contents(last) == ["x"]


def test_rows_with_too_many_or_too_few_values_are_reported(tmp_path: Path) -> None:
    history = read(tmp_path, f"{HEAD}a,2026-01-01,x,y\nb,2026-01-01\nc,2026-01-01,z\n")
    assert contents(history) == ["z"]
    assert [number for number, _ in numbered(history)] == [2, 3]
    assert "has 4 values for 3 columns" in numbered(history)[0][1]


def test_bytes_of_latin_1_cost_their_own_line(tmp_path: Path) -> None:
    history = read(
        tmp_path, f"{HEAD}a,2026-01-01,caf".encode() + b"\xe9\nb,2026-01-01,caf\xc3\xa9\n"
    )
    assert contents(history) == ["café"]
    assert numbered(history)[0][0] == 2
    assert "opportunity_content must be UTF-8" in numbered(history)[0][1]


def test_numbers_spelt_in_text_are_the_numbers(tmp_path: Path) -> None:
    rows = ["5", " 5.50 ", "+7", "1e1", ".5", "", "  "]
    lines = "".join(f"{i},2026-01-01,{value}\n" for i, value in enumerate(rows))
    history = read(tmp_path, f"decision_id,timestamp,opportunity_score\n{lines}")
    found = history.decisions["opportunity_score"].to_pylist()
    assert found == [5.0, 5.5, 7.0, 10.0, 0.5, None, None]


def test_a_file_with_a_header_only_is_an_empty_history(tmp_path: Path) -> None:
    history = read(tmp_path, HEAD)
    assert (len(history.decisions), history.rejected) == (0, ())


def test_lines_that_are_no_json_objects_are_reported_by_line(tmp_path: Path) -> None:
    rows = (
        b'{"decision_id": "a", "timestamp": "2026-01-01"}\n\n{"decision_id": \n[1]\n"text"\n'
        b'{"decision_id": "\xe9", "timestamp": "2026-01-01"}\n'
        b'{"decision_id": "b", "timestamp": "2026-01-01"}'
    )
    history = read(tmp_path, rows, "rows.jsonl")
    assert history.decisions["decision_id"].to_pylist() == ["a", "b"]
    answer = dict(numbered(history))
    assert list(answer) == [3, 4, 5, 6]
    assert "not valid JSON" in answer[3]
    assert answer[4] == "is not an object but a list"
    assert "not UTF-8 (byte 0xe9)" in answer[6]


def test_json_lines_are_recognised_without_their_suffix(tmp_path: Path) -> None:
    row = '{"decision_id": "%s", "timestamp": "2026-01-01"}\n'
    assert len(read(tmp_path, row % "a" + row % "b", "rows.json").decisions) == 2
    assert len(read(tmp_path, f"[{row % 'a'}]", "rows.txt").decisions) == 1
    assert len(read(tmp_path, "[]", "rows.json").decisions) == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv", b"", "it is empty"),
        ("rows.csv", b" \n\n", "it is empty"),
        ("rows.csv", b"\xef\xbb\xbf\n\n", "it holds no rows"),
        ("rows.csv", b"\x00\x01\x02\x03" * 99, "neither text nor a known format"),
        ("rows.csv", b"PK\x03\x04more", "a zip archive or a spreadsheet"),
        (
            "rows.csv",
            "decision_id,timestamp,é,ü".encode() + b"\xe9\n",
            "header .line 1. is not text in UTF-8",
        ),
        ("rows.csv", b'decision_id,"timestamp\na,b\n', "header .line 1. cannot be read"),
        ("rows.csv", b"decision_id,timestamp,Timestamp\n", "names 'timestamp' more than once"),
        ("rows.csv", b"name,age\nx,3\n", "found 'name', 'age'; decisions need 'timestamp'.*--map"),
        ("rows.csv", b"decision_id,sender\nx,y\n", "outcomes need 'decision_id' and at least one"),
        (
            "rows.json",
            b'{"decisions": [\n{"a": 1},\n{"a" 2}]}',
            "not valid JSON at line 3, column 6",
        ),
        ("rows.json", b'{"a": 1}', "it holds an object with 'a'.*a list of objects"),
        ("rows.json", b'"text"', "a single str"),
        ("rows.json", b'["\n\xe9"]', "line 2 is not UTF-8"),
        (
            "rows.jsonl",
            b"garbage\nmore\n",
            "no line of it holds a JSON object; line 1 is not valid",
        ),
        ("rows.parquet", b"PAR1 and then nothing", "cannot be read as Parquet"),
        ("rows.parquet", b"something else", "no Parquet file: it is damaged, encrypted"),
        ("rows.db", b"something else", "no SQLite database"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_in_one_message(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(ImportFailed, match=message) as caught:
        read(tmp_path, content, name)
    assert caught.value.path == tmp_path / name
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_reported(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="there is no such file"):
        read_history([tmp_path / "nothing.csv"], now=NOW)
    with pytest.raises(ImportFailed, match="it is a folder"):
        read_history([tmp_path], now=NOW)


def test_a_wrong_file_is_reported_before_any_row_of_the_others_is_read(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(f"{HEAD}a,2026-01-01,x\n")
    answer: list[int] = []
    with pytest.raises(ImportFailed):
        read_history(
            [tmp_path / "good.csv", tmp_path / "nothing.csv"],
            now=NOW,
            progress=lambda done, total: answer.append(done),
        )
    assert answer == []
