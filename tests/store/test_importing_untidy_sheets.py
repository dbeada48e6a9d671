"""Sheets as people keep them: placeholders, repeated ids, wrong files, amounts in every writing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from decision_store.errors import ImportFailed
from decision_store.importing import History, ImportOptions, read_history

NOW = datetime(2026, 11, 26, tzinfo=UTC)
HEAD = "Ref;Date received;Channel;Outcome;Closed on;Deal value"


def sheet(rows: list[tuple[str, ...]]) -> str:
    return "\n".join([HEAD, *(";".join(row) for row in rows)])


def rows_with(amounts: list[str], state: str = "won", closed: str = "2026-04-01") -> str:
    return sheet(
        [
            (f"{n}", "2026-03-14", "web", state, closed, amount)
            for n, amount in enumerate(amounts, start=1)
        ]
    )


def read(content: str | bytes, folder: Path, name: str = "s.csv", **options: object) -> History:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_history([path], now=NOW, options=ImportOptions(**options))  # type: ignore[arg-type]


def revenue(history: History) -> list[float]:
    return history.outcomes["revenue_generated"].to_pylist()


@pytest.mark.parametrize(
    ("written", "amounts"),
    [
        (["120.50", "80"], [120.5, 80.0]),
        (["1,234.50", "80.00"], [1234.5, 80.0]),
        (["1.234,50", "80,00"], [1234.5, 80.0]),
        (["1\u00a0234,50 €", "80,00 €"], [1234.5, 80.0]),
        (["1\u202f234,50", "1\u2009000,00"], [1234.5, 1000.0]),
        (["1'234.50 CHF", "80.00 CHF"], [1234.5, 80.0]),
        (["(120.50)", "80.00"], [-120.5, 80.0]),
        (["120.50-", "80.00"], [-120.5, 80.0]),
        (["$ 120.50", "$80"], [120.5, 80.0]),
        (["120.50 USD", "80 USD"], [120.5, 80.0]),
        (["1,5k", "2,5k"], [1500.0, 2500.0]),
        (["1.5k", "0.8k"], [1500.0, 800.0]),
        (["1,20,100.00", "80.00"], [120_100.0, 80.0]),
        (["1.2 Mio. €", "0.8 Mio. €"], [1_200_000.0, 800_000.0]),
        (["50,-", "1.234,-"], [50.0, 1234.0]),
        (["50.-", "1'234.-"], [50.0, 1234.0]),
    ],
)
def test_amounts_are_read_in_every_writing(
    written: list[str], amounts: list[float], tmp_path: Path
) -> None:
    history = read(rows_with(written), tmp_path)
    assert (history.rejected, history.questions) == ((), ())
    assert revenue(history) == amounts
    assert not [note for note in history.understood[0].notes if "no amounts" in note]


@pytest.mark.parametrize(
    "empty", ["-", "–", "n/a", "N/A", "NULL", "#N/A", r"\N", "none", "k.A.", "?"]
)
def test_a_placeholder_is_no_amount_and_no_date(empty: str, tmp_path: Path) -> None:
    history = read(rows_with(["120.50", empty], closed=empty), tmp_path)
    assert history.rejected == ()
    assert revenue(history) == [120.5, 0.0]
    assert (
        "3 dates and numbers such as '-' or 'n/a' are taken as missing"
        in history.understood[0].notes
    )


def test_a_date_of_zeros_is_missing(tmp_path: Path) -> None:
    text = rows_with(["1"], state="open", closed="0000-00-00 00:00:00")
    assert read(text, tmp_path).rejected == ()


def test_none_is_a_value_of_an_attribute(tmp_path: Path) -> None:
    text = "Ref;Date received;Channel;Coupon\n1;2026-03-14;web;none\n2;2026-03-14;web;-"
    contexts = read(text, tmp_path).decisions["context"].to_pylist()
    assert contexts == ['{"Coupon":"none"}', "{}"]


def test_a_row_whose_id_stands_before_with_other_content_is_refused_with_its_outcome(
    tmp_path: Path,
) -> None:
    rows = [
        ("1", "2026-03-14", "web", "won", "2026-04-01", "120"),
        ("1", "2026-05-14", "fair", "lost", "2026-06-01", "80"),
    ]
    history = read(sheet(rows), tmp_path)
    assert [(row.row_number, row.kind) for row in history.rejected] == [(3, "decisions")]
    assert history.outcomes["outcome_status"].to_pylist() == ["won"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "a web page"),
        (b"\xef\xbb\xbf  <!DOCTYPE html>\n<html>", "a web page"),
        (b"<?xml version='1.0'?><Workbook/>", "it is XML"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"{\\rtf1\\ansi", "a text document"),
        (b"PK\x03\x04....[Content_Types].xml....", "an Excel workbook"),
        (b"PK\x03\x04....deals.csv....", "a zip archive"),
        (b"\x1f\x8b\x08", "compressed"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_its_content(
    content: bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ImportFailed, match=message):
        read(content, tmp_path)


def test_headings_without_rows_are_reported(tmp_path: Path) -> None:
    assert read(HEAD, tmp_path).understood[0].notes == ("it has headings, but no rows",)


def test_a_second_status_column_is_no_attribute_or_flagged(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "Ref,Date,Status,Status,Final word\n1,2026-01-05,won,won,won\n2,2026-01-06,lost,lost,lost\n"
    )
    (found,) = read_history([path], now=NOW).understood
    uses = {each.column: each.use for each in found.columns}
    assert uses["Status (2)"] == "left out: tells the answer"
    assert uses["Final word"] == "context, may tell the answer"


def test_columns_beyond_four_hundred_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    names = [f"c{number}" for number in range(450)]
    path.write_text(f"Ref,Date,Status,{','.join(names)}\n1,2026-01-05,won,{','.join('x' * 450)}\n")
    history = read_history([path], now=NOW)
    notes = [note for each in history.understood for note in each.notes] + list(history.notes)
    assert any("50 columns beyond the first 400" in note for note in notes)
    assert any("… and 360 more" in note for note in notes)


@pytest.mark.parametrize(
    ("cells", "won"), [(("checked", ""), 1), (("☑", "☐"), 1), (("Won", "Lost"), 1)]
)
def test_a_column_for_won_is_read_as_yes_no_or_a_status(
    cells: tuple[str, str], won: int, tmp_path: Path
) -> None:
    rows = [f"{n},Open,2026-03-14,{cell},web" for n, cell in enumerate(cells)]
    history = read("\n".join(["Ref,Stage,Created,Won?,Source", *rows]), tmp_path)
    assert history.outcomes["outcome_status"].to_pylist().count("won") == won


def test_a_text_in_the_column_for_won_that_says_nothing_known_is_asked_about(
    tmp_path: Path,
) -> None:
    content = "Ref,Stage,Created,Won?,Source\n1,Open,2026-03-14,mañana,web\n"
    found = read(content, tmp_path)
    assert ["mañana" in question.text for question in found.questions] == [True]
    settled = read(content, tmp_path, values={"mañana": "won"})
    assert settled.outcomes["outcome_status"].to_pylist() == ["won"]


@pytest.mark.parametrize("heading", ["value_currency", "Deal value > Currency", "Valuta contratto"])
def test_a_column_of_currency_codes_beside_the_amount_is_the_currency(
    heading: str, tmp_path: Path
) -> None:
    content = f"id,status,value,{heading},created\n1,won,9,GBP,2026-03-14\n2,won,9,EUR,2026-03-14\n"
    found = read(content, tmp_path)
    assert "several currencies (EUR, GBP)" in found.questions[0].text


def test_deals_of_zoho_are_read_as_a_sheet(tmp_path: Path) -> None:
    content = (
        "Record Id,Deal Name,Stage,Amount,Closing Date,Created Time,Lead Source,Reason For Loss\n"
        'zcrm_1,Site,Closed Won,"12,500.00",2026-03-15,2026-02-01 09:12:00,Web Download,\n'
        'zcrm_2,Audit,Closed Lost,"3,200.00",2026-03-20,2026-02-05 11:00:00,Cold Call,Price\n'
    )
    history = read(content, tmp_path)
    assert history.outcomes["outcome_status"].to_pylist() == ["Closed Won", "Closed Lost"]
    assert revenue(history)[0] == 12_500.0


def test_amounts_of_a_month_are_noted_to_count_once(tmp_path):
    text = (
        "Ref;Date received;Channel;Outcome;Closed on;Deal value;value_period\n"
        "1;2026-03-14;web;won;2026-04-01;50;monthly\n2;2026-03-15;web;won;2026-04-01;90;one_time\n"
    )
    (note,) = [one for one in read(text, tmp_path).understood[0].notes if "value_period" in one]
    assert note.startswith("amounts by value_period: 1 monthly; each counts once")


def test_an_outcome_whose_type_and_status_contradict_each_other_is_asked_about(tmp_path):
    text = (
        "decision_id,outcome_type,outcome_status\n"
        "a,canceled,failed\nb,cancellation,failed\nc,conversion,success\n"
    )
    history = read(text, tmp_path)
    (question,) = history.understood[0].questions
    assert question.text.startswith("'cancellation' with the status 'failed' (1 row) contradicts")
