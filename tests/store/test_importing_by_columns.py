"""A foreign table is read by its distinct values: each row gives what it gives where no value is shared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_store.importing import ImportOptions, read_history
from decision_store.importing.cells import encoded
from decision_store.importing.cells.encoded import SPACES, Column, combined
from decision_store.importing.history import History

NOW = datetime(2026, 2, 10, tzinfo=UTC)


def plain(cls: type[Column], parts: Sequence[Any]) -> Column:
    """Return a column that holds each row's value by itself, as Python has it."""
    return cls([value for part in parts for value in encoded.pieces(part)])


def facts(history: History) -> tuple[Any, ...]:
    tables = history.decisions.to_pylist(), history.outcomes.to_pylist()
    return *tables, history.rejected, history.notes, history.understood, history.deals


cells = {
    "Deal ID": st.sampled_from(["1", "2", "3", "4", "", " 5 "]),
    "Deal Type": st.sampled_from(["a", "b ", "", "-", "n/a", "N/A"]),
    "Lead Source": st.sampled_from(["x", "none", "None", "\x1fy"]),
    "Message": st.sampled_from(["hello", "", " two\nlines ", "\u00a0padded\u3000", "\u2013"]),
    "Email": st.sampled_from(["Bo <bo@x.org>", "bo@x.org", "bo", "a@b.c, d@e.f", "\u00e9@x.org", ""]),
    "Created": st.sampled_from(
        ["2026-01-05", "2026-01-05T09:00:00Z", "2026-01-05 09:00", "05.01.2026", "soon", "", "2027-05-05"]
    ),
    "Status": st.sampled_from(["won", "lost", "open", "Won ", "xyzzy", "", "reversed"]),
    "Amount": st.sampled_from(["10", "12.50", "", "-", "1_000", "nan", "\u20ac 5", "x", " 7 ", "1,234.50"]),
    "Currency": st.sampled_from(["EUR", "", "usd"]),
    "Closed": st.sampled_from(["2026-01-05", "2026-01-07T10:00:00Z", "2026-12-24", "", "never", "0000-00-00"]),
    "Lost reason": st.sampled_from(["", "price"]),
    "Score": st.sampled_from(["50", "101", "", "?"]),
    "Plan": st.sampled_from(["free", "1", "1.5", "true", ""]),
}  # fmt: skip
tables = st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=12)


@settings(max_examples=30)
@given(tables, st.sampled_from([{}, {"USD": 2.0}]))
def test_a_table_gives_what_its_rows_give(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], rates: dict[str, float]
) -> None:
    path = tmp_path_factory.getbasetemp() / "deals.parquet"
    pq.write_table(pa.Table.from_pylist(rows * 2), path)  # twice, so that values repeat themselves
    options = ImportOptions(layout="sheet", currency="EUR", rates=rates)
    by_columns = read_history([path], options=options, now=NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Column, "of", classmethod(plain))
        by_rows = read_history([path], options=options, now=NOW)
    assert facts(by_columns) == facts(by_rows)


columns_of_tables = st.integers(1, 6).flatmap(
    lambda rows: st.lists(
        st.lists(st.sampled_from(["", "a", "b", None]), min_size=rows, max_size=rows),
        min_size=1,
        max_size=4,
    )
)


@given(columns_of_tables)
def test_columns_put_together_have_the_values_of_each_row(lists: list[list[str | None]]) -> None:
    columns = [Column(pa.array(each, pa.string())).repeated() for each in lists]
    assert list(combined(columns)) == list(zip(*lists, strict=True))


def test_white_space_is_what_python_takes_for_it() -> None:
    assert "".join(sign for sign in map(chr, range(0x110000)) if sign.isspace()) == SPACES


def deals(path: Path, amounts: list[Any], **columns: list[Any]) -> Path:
    rows = len(amounts)
    table = {
        "Deal ID": [str(n) for n in range(rows)],
        "Created": [datetime(2026, 1, 5, tzinfo=UTC)] * rows,
        "Status": ["won"] * rows,
        "Amount": amounts,
    }
    pq.write_table(pa.table(table | columns), path)
    return path


def test_amounts_without_a_sign_are_converted_too(tmp_path: Path) -> None:
    path = deals(tmp_path / "a.parquet", ["100", "50.5"], Currency=["EUR", "USD"])
    options = ImportOptions(currency="USD", rates={"EUR": 1.5})
    outcomes = read_history([path], options=options, now=NOW).outcomes
    assert outcomes.column("revenue_generated").to_pylist() == [150.0, 50.5]


def test_decimal_amounts_of_a_typed_file_are_amounts(tmp_path: Path) -> None:
    path = deals(tmp_path / "a.parquet", [Decimal("12.50"), None])
    outcomes = read_history([path], now=NOW).outcomes
    assert outcomes.column("revenue_generated").to_pylist() == [12.5, 0.0]
