"""Tomorrow's export of the same program: what is new is added, what differs is said or asked, nothing is doubled."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from crm_exports import STYLES, Deal, Style, deals, truth, write

from decision_log import DecisionLog
from decision_log.importing.prepare import ImportDoubtful

WORLD = deals(24)
LATER = timedelta(days=3)
WON = next(deal for deal in WORLD if deal.state == "won" and deal.amount)
LOST = next(deal for deal in WORLD if deal.state == "lost")


def style(name: str) -> Style:
    return next(each for each in STYLES if each.name == name)


def totals(log: DecisionLog) -> dict[str, float]:
    rows = log.get_conversion_rates()
    found = {state: sum(row[state] for row in rows) for state in ("won", "lost", "open")}
    return {**found, "revenue": round(sum(row["total_revenue"] for row in rows), 2)}


def changed(*deals: Deal) -> list[Deal]:
    by_number = {deal.number: deal for deal in deals}
    return [by_number.get(deal.number, deal) for deal in WORLD]


@pytest.fixture(
    params=[
        "hubspot",
        "salesforce",
        "salesforce-de",
        "pipedrive-fr",
        "odoo-without-active",
        "sheet",
    ]
)
def imported(request, tmp_path: Path):
    """Import today's export; return the log, and what imports tomorrow's."""
    written = style(request.param)
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([write(WORLD, written, tmp_path / "today.csv")])
        assert totals(log) == truth(WORLD)

        def tomorrow(world: list[Deal], **further: object) -> list[str]:
            file = write(world, replace(written, **further), tmp_path / "tomorrow.csv")
            report = log.import_history([file])
            assert (report.conflicting, report.rejected) == ((), ())
            return list(report.notes)

        yield log, tomorrow


Imported = tuple[DecisionLog, Callable[..., list[str]]]


def test_another_order_encoding_and_column_change_nothing(imported: Imported) -> None:
    log, tomorrow = imported
    further = {"Utm campaign": lambda deal: f"c{deal.number % 3}"}
    for look in ({"shuffled": True}, {"encoding": "utf-16"}, {"extra": further}):
        notes = tomorrow(WORLD, **look)
        assert totals(log) == truth(WORLD)
    assert any("context of 24" in note for note in notes)


def test_what_ended_otherwise_follows_and_what_was_reopened_or_paid_otherwise_is_named(
    imported: Imported,
) -> None:
    log, tomorrow = imported
    world = changed(
        replace(WON, state="lost", closed=WON.closed + LATER),
        replace(LOST, state="won", amount=99.0, closed=LOST.closed + LATER),
    )
    assert any("2 deals that had ended before ended otherwise" in n for n in tomorrow(world))
    assert {**totals(log), "revenue": 0} == {**truth(world), "revenue": 0}
    before = totals(log)
    notes = tomorrow(changed(replace(WON, state="open"), replace(LOST, state="won", amount=7.0)))
    assert any("1 deal is open in the file but ended in the log" in note for note in notes)
    assert any("amounts of 1 won deal differ" in note and "--void" in note for note in notes)
    assert totals(log) == before


def test_rows_that_are_gone_are_counted_where_the_ids_tell_the_program(imported: Imported) -> None:
    log, tomorrow = imported
    notes = tomorrow(WORLD[3:])
    assert totals(log) == truth(WORLD)
    is_program = not log.find_decisions(limit=1)[0]["decision_id"].startswith("900")
    assert any("3 decisions from" in note for note in notes) is is_program


def test_a_renamed_stage_is_asked_about_unless_another_column_says_how_it_ended(
    imported: Imported,
) -> None:
    log, tomorrow = imported
    words = {"won": "Zorp", "lost": "Closed Lost", "open": "Open"}
    with suppress(ImportDoubtful):
        tomorrow(WORLD, words=words)
    assert totals(log) == truth(WORLD)


def test_a_changed_row_without_an_id_is_asked_about_and_not_counted_twice(tmp_path: Path) -> None:
    written = style("salesforce-de")
    world = changed(replace(WON, kind="other"))
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([write(WORLD, written, tmp_path / "today.csv")])
        with pytest.raises(ImportDoubtful, match=r"would count twice.* is 'other'"):
            log.import_history([write(world, written, tmp_path / "tomorrow.csv")])
        assert totals(log) == truth(WORLD)
        assert log.import_history([tmp_path / "tomorrow.csv"], accept=True).added == 2


def test_a_win_that_was_taken_back_stays_so_until_the_deal_is_won_again(tmp_path: Path) -> None:
    written = style("hubspot")
    again = changed(replace(WON, closed=WON.closed + LATER, amount=5.0))
    with DecisionLog(home=tmp_path / "home") as log:
        file = write(WORLD, written, tmp_path / "a.csv")
        log.import_history([file])
        log.void_outcome(f"hubspot-{9_000_000_000 + WON.number}:won")
        report = log.import_history([file])
        assert any(
            "left out, as they were taken back in the log: 1 outcome" in n for n in report.notes
        )
        assert totals(log)["won"] == truth(WORLD)["won"] - 1
        for added in (1, 0):
            assert log.import_history([write(again, written, tmp_path / "a.csv")]).added == added
            assert totals(log) == truth(again)


# ---- programs without deals ----------------------------------------------------------------------


def rows(path: Path, *lines: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return path


BOOKING = {
    "Event UUID": "b1", "Event Type Name": "Intro", "Invitee Email": "a@b.co", "Canceled": "false",
    "Event Created Date & Time": "2026-05-04 10:00", "Start Date & Time": "2026-05-06 10:00",
}  # fmt: skip


def test_a_booking_that_is_canceled_tomorrow_is_lost_then(tmp_path: Path) -> None:
    more = {**BOOKING, "Event UUID": "b2"}
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([rows(tmp_path / "a.csv", BOOKING, more)])
        assert totals(log)["lost"] == 0
        canceled = {**more, "Canceled": "true"}
        for added in (1, 0):
            report = log.import_history([rows(tmp_path / "b.csv", canceled, BOOKING)])
            assert (report.added, totals(log)["lost"]) == (added, 1)
        report = log.import_history([rows(tmp_path / "c.csv", canceled)])
        assert any(
            "1 decision from calendly in the log is not in this file" in n for n in report.notes
        )


def test_an_answer_that_was_edited_is_named_and_a_new_one_is_added(tmp_path: Path) -> None:
    first = {
        "#": "t1",
        "What do you need?": "Lessons",
        "Email": "a@b.co",
        "Submit Date (UTC)": "2026-05-04 10:00:00",
    }
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([rows(tmp_path / "a.csv", first)])
        edited = {"Email": "a@b.co", **first, "What do you need?": "More lessons"}
        report = log.import_history([rows(tmp_path / "b.csv", edited, {**first, "#": "t2"})])
        assert report.added == 1
        assert any("opportunity_content of 1" in note for note in report.notes)


def test_a_payment_that_is_refunded_tomorrow_adds_the_refund_alone(tmp_path: Path) -> None:
    paid = {
        "id": "ch_1", "Created date (UTC)": "2026-05-06 10:00", "Amount": "100.00", "Amount Refunded": "0.00",
        "Currency": "usd", "Captured": "true", "Status": "Paid", "Customer Email": "", "decision_id (metadata)": "d",
    }  # fmt: skip
    with DecisionLog(home=tmp_path / "home") as log:
        log.log_decision(
            "d", "coaching", "email", "Sent", timestamp="2026-05-04", recorded_at="2026-05-04"
        )
        log.import_history([rows(tmp_path / "a.csv", paid)])
        for back in ("30.00", "30.00", "100.00"):
            report = log.import_history(
                [rows(tmp_path / "b.csv", {**paid, "Amount Refunded": back})]
            )
            assert report.conflicting == ()
        assert (totals(log)["won"], totals(log)["revenue"]) == (0, 0)
