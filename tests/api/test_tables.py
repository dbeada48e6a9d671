"""One table value: what people read and what programs read come from the same rows."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_log import DecisionLog
from decision_log.reports.tables.markdown import markdown_table
from decision_log.reports.tables.rates import conversion_table, return_table
from decision_log.reports.tables.scoring import scored_table
from decision_log.reports.tables.table import NOTHING, Column, Table, csv_text, display, json_text
from decision_store.csv_cells import original

CELLS = st.one_of(st.none(), st.floats(-1e9, 1e9), st.integers(-(10**9), 10**9), st.just(math.nan))


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@given(
    values=st.lists(CELLS, max_size=8),
    kind=st.sampled_from(["score", "number", "money", "percent", "share", "hours"]),
)
def test_a_column_is_written_with_one_number_of_decimals(values, kind) -> None:
    texts = display(Column("x", "X", kind), values)
    assert len(texts) == len(values)
    shown = [text for text in texts if text != NOTHING and kind != "hours"]
    digits = {len(text.rstrip(" %").partition(".")[2]) for text in shown}
    assert len(digits) <= 1
    for value, text in zip(values, texts, strict=True):
        assert (text == NOTHING) == (value is None or math.isnan(value))


def test_an_id_of_hundreds_of_digits_is_shown() -> None:
    assert display(Column("id", "Id", "text"), [10**400, 1])[1] == "1"


def test_a_rate_of_one_in_a_hundred_thousand_is_not_rounded_away() -> None:
    assert display(Column("chance", "Chance", "percent"), [0.0055, 0.00064]) == [
        "0.0055 %",
        "0.0006 %",
    ]
    assert display(Column("r", "Range", "range"), [[0.0, 0.0046]]) == ["0.0000–0.0046 %"]


@given(text=st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_csv_gives_every_text_back(text) -> None:
    table = Table("t", (Column("a", "A"), Column("b", "B", "count")), [{"a": text, "b": 1}] * 2)
    rows = list(csv.reader(io.StringIO(csv_text(table), newline="")))
    assert rows[0] == ["a", "b"]
    assert [[original(cell), one] for cell, one in rows[1:]] == [[text, "1"]] * 2
    assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} for cell, _ in rows)


def test_csv_has_every_digit_and_both_ends_of_a_range() -> None:
    columns = (Column("rate", "Chance", "percent"), Column("interval", "Range", "range"))
    rows = [{"rate": 12.3456, "interval": [1.25, 99.875]}, {"rate": None, "interval": None}]
    assert read(csv_text(Table("t", columns, rows))) == [
        {"rate": "12.3456", "interval_low": "1.25", "interval_high": "99.875"},
        {"rate": "", "interval_low": "", "interval_high": ""},
    ]


def test_optional_columns_are_always_in_csv() -> None:
    (row,) = read(csv_text(scored_table([{"id": 7, "adjusted_score": 1.0, "content": "Hi"}])))
    assert (row["id"], row["type"], row["text"]) == ("7", "general", "Hi")


def test_terminal_characters_in_a_text_are_replaced_for_people_and_kept_in_csv() -> None:
    table = Table("t", (Column("a", "A"),), [{"a": "\x1b[2J x"}])
    assert "\x1b" not in table.texts()[0][0]
    assert "\x1b" in csv_text(table)


def test_an_empty_table_says_what_to_do_next() -> None:
    assert "decision-log log" in markdown_table(conversion_table([]))
    assert csv_text(conversion_table([])).startswith("opportunity_type,source_type,")


def test_json_refuses_what_json_does_not_know() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_text([{"a": math.nan}])
    assert json.loads(json_text([{"a": "é"}])) == [{"a": "é"}]


def test_markdown_and_csv_show_the_same_cells(tmp_path, fill) -> None:
    with DecisionLog(home=tmp_path) as log:
        fill(log, 30)
        tables = [
            conversion_table(log.get_conversion_rates()),
            return_table(log.calculate_roi_by_type()),
        ]
    for table in tables:
        rows = read(csv_text(table))
        lines = markdown_table(table).splitlines()[2:]
        assert len(rows) == len(lines) == len(table.rows) == 4
        for row, line in zip(rows, lines, strict=True):
            assert row["opportunity_type"].lower() in line.lower()
            assert f"{float(row['total_revenue']):,.0f}" in line
