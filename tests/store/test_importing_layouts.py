"""Exports of other programs, whatever their language and formats, give the truth about their deals."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from crm_exports import STYLES, Style, cells, deals, truth, write

from decision_store.importing import History, ImportOptions, read_history
from decision_store.store import Store
from decision_store.vocabulary import Vocabulary

NOW = datetime(2026, 11, 26, tzinfo=UTC)
CRM = Path(__file__).parents[2] / "../shared/data/crm"
WORLD = deals()


def style(name: str) -> Style:
    return next(each for each in STYLES if each.name == name)


def states(history: History) -> dict[str, float]:
    """Count what the read facts say, without the store."""
    vocabulary = Vocabulary()
    rows = history.outcomes.to_pylist()
    found = [vocabulary.meaning(row["outcome_type"], row["outcome_status"]) for row in rows]
    revenue = sum(row["revenue_generated"] for row in rows)
    won, lost = found.count("won"), found.count("lost")
    assert won + lost == len(rows)
    return {
        "won": won,
        "lost": lost,
        "open": history.decisions.num_rows - won - lost,
        "revenue": round(revenue, 2),
    }


@pytest.mark.parametrize("written", STYLES, ids=lambda each: each.name)
def test_an_export_gives_the_truth_without_any_option(written: Style, tmp_path: Path) -> None:
    path = write(WORLD, written, tmp_path / "export.csv")
    history = read_history([path], now=NOW)
    assert history.rejected == ()
    assert history.questions == ()
    assert states(history) == truth(WORLD)
    layout = written.name.partition("-")[0]
    assert [each.layout for each in history.understood] == [layout]
    by_day = {row["timestamp"].date() for row in history.decisions.to_pylist()}
    assert by_day == {deal.created.date() for deal in WORLD}
    ended = {row["occurred_at"].date() for row in history.outcomes.to_pylist()}
    assert ended == {deal.closed.date() for deal in WORLD if deal.state != "open"}


@pytest.mark.parametrize("written", STYLES, ids=lambda each: each.name)
def test_nothing_that_tells_the_answer_gets_into_the_context(
    written: Style, tmp_path: Path
) -> None:
    path = write(WORLD, written, tmp_path / "export.csv")
    for text in read_history([path], now=NOW).decisions["context"].to_pylist():
        attributes = json.loads(text)
        for deal_word in [*written.words.values(), "too expensive"]:
            assert deal_word not in attributes.values()
        assert not {"Amount", "Deal probability", "Won", "Probability (%)"} & set(attributes)


def test_ids_of_a_program_begin_with_its_name(tmp_path: Path) -> None:
    path = write(WORLD[:3], style("hubspot"), tmp_path / "export.csv")
    ids = read_history([path], now=NOW).decisions["decision_id"].to_pylist()
    assert ids == [f"hubspot-{9_000_000_000 + deal.number}" for deal in WORLD[:3]]


def test_a_layout_can_be_stated(tmp_path: Path) -> None:
    path = write(WORLD, style("sheet"), tmp_path / "export.csv")
    history = read_history([path], now=NOW, options=ImportOptions(layout="sheet"))
    assert states(history) == truth(WORLD)


def test_without_ids_a_deal_keeps_its_id_when_it_is_won(tmp_path: Path) -> None:
    written = style("salesforce-de")
    before = [deal for deal in WORLD if deal.state == "open"]
    after = [replace(deal, state="won") for deal in before]
    ids = [
        read_history([write(world, written, tmp_path / "x.csv")], now=NOW).decisions["decision_id"]
        for world in (before, after)
    ]
    assert ids[0].to_pylist() == ids[1].to_pylist()


@pytest.mark.parametrize(
    ("date", "codes"), [("%d/%m/%Y", {"dmy", "mdy"}), ("%d-%m-%y", {"dmy", "mdy", "ymd"})]
)
def test_an_order_of_day_and_month_that_no_value_shows_is_asked(
    date: str, codes: set[str], tmp_path: Path
) -> None:
    made, ended = datetime(2026, 3, 4), datetime(2026, 5, 6)  # noqa: DTZ001
    world = [replace(deal, created=made, closed=ended, state="won") for deal in WORLD[:9]]
    path = write(world, replace(style("sheet"), date=date, footer=""), tmp_path / "x.csv")
    history = read_history([path], now=NOW)
    assert [question.acceptable for question in history.questions] == [False, False]
    assert {code for _, code in history.questions[0].choices} == codes
    stated = ImportOptions(dates={"": "dmy"})
    history = read_history([path], now=NOW, options=stated)
    assert history.questions == ()
    assert {row["timestamp"].month for row in history.decisions.to_pylist()} == {3}


def test_an_amount_that_may_be_thousands_or_decimals_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('Ref,Date,Status,Amount,Source\n1,2026-03-04,won,"1,234",Web\n')
    history = read_history([path], now=NOW)
    assert ["1,234" in question.text for question in history.questions] == [True]
    for sign, value in (("comma", 1.234), ("point", 1234.0)):
        options = ImportOptions(decimal={"Amount": sign})
        history = read_history([path], now=NOW, options=options)
        assert history.outcomes["revenue_generated"].to_pylist() == [value]


def test_an_unknown_status_is_counted_and_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Ref,Date,Status,Source\n1,2026-03-04,won,Web\n2,2026-03-04,zorp,Web\n")
    history = read_history([path], now=NOW)
    assert ["'zorp' (1 row)" in question.text for question in history.questions] == [True]
    history = read_history([path], now=NOW, options=ImportOptions(values={"Zorp": "lost"}))
    assert history.questions == ()
    assert states(history)["lost"] == 1


def test_several_currencies_are_asked_and_converted_by_a_rate(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = [
        "1,2026-03-04,won,$100.00,Web",
        "2,2026-03-04,won,€50.00,Web",
        "3,2026-03-04,lost,£9.00,Web",
    ]
    path.write_text("\n".join(["Ref,Date,Status,Amount,Source", *rows]), encoding="utf-8")
    history = read_history([path], now=NOW)
    assert ["EUR, USD" in question.text for question in history.questions] == [True]
    options = ImportOptions(currency="USD", rates={"EUR": 2.0})
    history = read_history([path], now=NOW, options=options)
    assert history.questions == ()
    assert states(history)["revenue"] == 200.0


def test_a_contradiction_between_columns_is_asked(tmp_path: Path) -> None:
    world = [deal for deal in WORLD if deal.state == "won"][:2]
    path = write(world, style("salesforce"), tmp_path / "x.csv")
    text = path.read_text("cp1252").replace(",true,true", ",true,false")
    path.write_text(text, "cp1252")
    questions = read_history([path], now=NOW).questions
    assert ["contradict" in question.text for question in questions] == [True]


def test_a_future_closing_date_of_an_open_deal_is_no_outcome(tmp_path: Path) -> None:
    world = [deal for deal in WORLD if deal.state == "open"]
    for written in STYLES:
        # A year of two digits may be a day, if no deal is old enough to show it.
        options = ImportOptions(dates={"": "dmy"} if "%y" in written.date else {})
        path = write(world, written, tmp_path / "x.csv")
        history = read_history([path], now=NOW, options=options)
        assert history.outcomes.num_rows == 0
        assert history.decisions.num_rows == len(world)


def test_a_won_deal_with_a_closing_date_in_the_future_is_won_now(tmp_path: Path) -> None:
    world = [deal for deal in WORLD if deal.state == "won"]
    now = datetime(2026, 1, 6, tzinfo=UTC)
    old = [replace(deal, created=datetime(2026, 1, 5)) for deal in world]  # noqa: DTZ001
    history = read_history([write(old, style("hubspot"), tmp_path / "x.csv")], now=now)
    assert history.outcomes.num_rows == len(world)
    assert max(history.outcomes["occurred_at"].to_pylist()) <= now.replace(tzinfo=None)
    assert any("closing date in the future" in note for note in history.understood[0].notes)


@pytest.mark.parametrize("name", ["hubspot", "salesforce", "pipedrive", "excel_de"])
def test_the_exports_of_the_data_set_give_its_truth(name: str, tmp_path: Path) -> None:
    if not CRM.exists():
        pytest.skip("the data set is not here")
    wanted = json.loads((CRM / "truth.json").read_text())[name]
    history = read_history([CRM / f"{name}.csv"], now=NOW)
    assert (history.rejected, history.questions) == ((), ())
    found = states(history)
    assert [found["won"], found["lost"], found["open"]] == [
        wanted["won"],
        wanted["lost"],
        wanted["open"],
    ]
    assert found["revenue"] == wanted["revenue_of_won"]
    with Store(tmp_path / "log.duckdb") as store:
        assert store.load(history.decisions, history.outcomes, None).rejected == ()


def test_cells_cover_every_role_of_every_style() -> None:
    for written in STYLES:
        assert set(written.headings) <= set(cells(WORLD[0], written))


# ---- bookings, forms, and files as they really come -----------------------------------------------

BOOKINGS = """\
User Name,Invitee Name,Invitee Email,Event Type Name,Start Date & Time,Event Created Date & Time,Canceled,\
Cancellation reason,Question 1,Response 1,UTM Source,Marked as No-Show
Ana,Bob,bob@b.com,Intro,2026-03-14 02:30 pm,2026-03-01 09:15 am,No,,Need?,A coach,,No
Ana,Cy,cy@c.com,Intro,2026-03-15 11:30 am,2026-03-02 10:15 am,Yes,no time,Need?,A site,newsletter,No
Ana,Di,di@d.com,Long,2026-03-16 11:30 am,2026-03-03 10:15 am,Yes,Rescheduled by invitee,Need?,Help,,No
Ana,Ed,ed@e.com,Long,2026-03-17 11:30 am,2026-03-03 01:15 pm,No,,Need?,Tips,,Yes
"""
FORM = """\
#,What is your email?,How can we help?,Budget,Other,Other,Response Type,Start Date (UTC),Submit Date (UTC),Network ID
a1,bob@b.com,"A site, soon","5,000.50 €",x,,completed,2026-03-01 09:00:00,2026-03-01 09:04:10,n1
a2,cy@c.com,Coaching for my son and his team,"1,250.00 €",,y,completed,2026-03-02 09:00:00,2026-03-02 09:04:10,n2
"""


def test_bookings_are_decisions_and_canceled_ones_are_lost(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(BOOKINGS)
    history = read_history([path], now=NOW)
    assert (history.rejected, history.questions) == ((), ())
    assert states(history) == {"won": 0, "lost": 2, "open": 2, "revenue": 0}
    rows = history.decisions.to_pylist()
    assert [row["timestamp"].hour for row in rows] == [9, 10, 10, 13]
    assert [row["opportunity_source"] for row in rows][:2] == ["calendly", "newsletter"]
    assert rows[0]["opportunity_content"] == "Need?\nA coach"


def test_responses_of_a_form_are_decisions_with_their_answers(tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    path.write_text(FORM, encoding="utf-8")
    history = read_history([path], now=NOW, zone=ZoneInfo("Asia/Tokyo"))
    assert (history.rejected, history.questions) == ((), ())
    first, second = history.decisions.to_pylist()
    assert first["decision_id"] == "typeform-a1"
    assert first["timestamp"] == datetime(2026, 3, 1, 9, 4, 10)  # noqa: DTZ001 - its heading says UTC
    assert first["sender"] == "bob@b.com"
    assert "How can we help?: A site, soon" in first["opportunity_content"]
    assert json.loads(second["context"])["Budget"] == 1250.0
    assert history.outcomes.num_rows == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_encoding_of_an_office_gives_the_same(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    text = "Ref;Datum;Ergebnis;Quelle;Betrag\n1;26.10.2026;gewonnen;Müller & Söhne;1.000,50 €\n"
    path.write_bytes(text.encode(encoding))
    history = read_history([path], now=NOW)
    assert history.questions == ()
    assert history.decisions["opportunity_source"].to_pylist() == ["Müller & Söhne"]
    assert history.outcomes["revenue_generated"].to_pylist() == [1000.5]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("mac_roman", "Müller, Köln, grüße, Äpfel, Straße, Öl, für, über, schön, könnte"),
        ("cp1251", "Привет мир, оставьте заявку на сайте, спасибо за обращение"),
    ],
)
def test_a_rare_encoding_is_asked_and_can_be_stated(
    encoding: str, text: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(f'Ref,Date,Status,Text\n1,2026-01-02,won,"{text}"\n'.encode(encoding))
    assert any("encoding" in question.text for question in read_history([path], now=NOW).questions)
    history = read_history([path], now=NOW, options=ImportOptions(encoding=encoding))
    assert history.decisions["opportunity_content"].to_pylist() == [text]
    assert history.questions == ()


def test_a_reports_title_and_totals_are_left_out_and_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "Sales report\nAs of 26 November 2026\n\nRef,Date,Status,Source,Amount\n"
        "1,2026-03-04,won,Web,100\n2,2026-03-04,lost,Web,50\n,,,,150\nGrand total,,,,150\n"
    )
    history = read_history([path], now=NOW)
    assert states(history) == {"won": 1, "lost": 1, "open": 0, "revenue": 100}
    assert history.rejected == ()
    notes = " ".join(history.understood[0].notes)
    assert "above the header: 3 lines" in notes
    assert "below the table: 2 lines (7, 8)" in notes


def test_a_last_line_that_was_cut_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Ref,Date,Status,Source\n1,2026-03-04,won,Web\n2,2026-03-04,lost,Web\n3")
    assert [row.row_number for row in read_history([path], now=NOW).rejected] == [4]


def test_ids_shortened_by_a_spreadsheet_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Record ID,Deal Stage,Create Date\n1.43628E+18,Closed Won,2026-03-04\n")
    history = read_history([path], now=NOW)
    assert ["shortened by a spreadsheet" in row.reason for row in history.rejected] == [True]
    assert history.outcomes.num_rows == 0


def test_whole_numbers_of_any_length_stay_exact(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('[{"decision_id": 18446744073709551617, "timestamp": "2026-01-05"}]')
    found = read_history([path], now=NOW).decisions["decision_id"].to_pylist()
    assert found == ["18446744073709551617"]


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["46027", "46028.5"], datetime(2026, 1, 5)),  # noqa: DTZ001
        (["1767225600", "1767312000"], datetime(2026, 1, 1)),  # noqa: DTZ001
        (["1767225600000", "1767312000000"], datetime(2026, 1, 1)),  # noqa: DTZ001
        (["5. Juni 2026", "12. März 2026"], datetime(2026, 6, 5)),  # noqa: DTZ001
        (["Jun 5, 2026 2:11 PM", "Mar 12, 2026 9:00 AM"], datetime(2026, 6, 5, 14, 11)),  # noqa: DTZ001
        (["5 de junio de 2026", "12 de marzo de 2026"], datetime(2026, 6, 5)),  # noqa: DTZ001
        (["2026/6/5 9:05", "2026/3/12 10:00"], datetime(2026, 6, 5, 9, 5)),  # noqa: DTZ001
        (["05.06.26 09:05 Uhr", "31.03.26 10:00 Uhr"], datetime(2026, 6, 5, 9, 5)),  # noqa: DTZ001
    ],
)
def test_a_date_format_is_found_for_the_whole_column(
    texts: list[str], first: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    lines = [f'{number};"{text}";a' for number, text in enumerate(texts)]
    path.write_text("\n".join(["decision_id;timestamp;opportunity_type", *lines]), encoding="utf-8")
    history = read_history([path], now=NOW)
    assert (history.rejected, history.questions) == ((), ())
    assert history.decisions["timestamp"].to_pylist()[0] == first


def test_dates_of_several_formats_in_one_column_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    texts = ["46027", "1767225600000", "05/06/2026", "5.6.2026", "Jun 5 2026"]
    lines = [f"{number},{text},a" for number, text in enumerate(texts)]
    path.write_text("\n".join(["decision_id,timestamp,opportunity_type", *lines]))
    history = read_history([path], now=NOW)
    assert (history.decisions.num_rows, len(history.rejected)) == (0, 5)
