"""Import asks on a terminal before it writes: on a real pseudo-terminal, in a process of its own."""

from __future__ import annotations

import signal

import pytest
from terminal import Terminal

from decision_log import DecisionLog

SHEET = """Deal ID,Channel,Kind,Created,Status,Amount
A1,email,coaching,2026-03-01,Won,250
A2,email,coaching,2026-03-02,Lost,
A3,form,coaching,2026-03-03,Open,
"""
AMBIGUOUS = SHEET.replace("2026-03-01", "03/01/2026").replace("2026-03-02", "03/02/2026").replace(
    "2026-03-03", "03/03/2026"
)  # fmt: skip
COLUMNS = [
    "--map", "Deal ID=decision_id", "--map", "Channel=opportunity_source", "--map", "Kind=opportunity_type",
    "--map", "Created=timestamp", "--map", "Status=outcome_status", "--map", "Amount=revenue_generated",
]  # fmt: skip


def states(home):
    with DecisionLog(home=home) as log:
        return {one["decision_id"]: one["state"] for one in log.find_decisions()}


@pytest.fixture
def sheet(tmp_path):
    file = tmp_path / "deals.csv"
    file.write_text(SHEET)
    return file


def test_yes_writes_what_was_shown(home, sheet):
    terminal = Terminal(home, "import", str(sheet), *COLUMNS)
    terminal.wait_for("Import this?")
    assert states(home) == {}
    terminal.press(b"y\n")
    assert terminal.finish() == 0, terminal.text
    assert sorted(states(home).values()) == ["lost", "open", "won"]


@pytest.mark.parametrize("keys", [b"n\n", b"\x03"], ids=["no", "Ctrl-C"])
def test_no_and_an_interruption_write_nothing(home, sheet, keys):
    terminal = Terminal(home, "import", str(sheet), *COLUMNS)
    terminal.wait_for("Import this?")
    terminal.press(keys)
    # A second Ctrl-C may fall into the end of the interpreter, which then dies of the signal itself.
    ends = {1, 130, -signal.SIGINT}
    assert terminal.finish(again=b"\x03" if keys == b"\x03" else None) in ends, terminal.text
    assert "Traceback" not in terminal.text
    assert states(home) == {}


def test_an_ambiguous_date_is_asked_about_and_a_wrong_number_asked_again(home, sheet):
    sheet.write_text(AMBIGUOUS)
    terminal = Terminal(home, "import", str(sheet), *COLUMNS)
    terminal.wait_for("Which")
    assert "?" in terminal.text
    terminal.press(b"9\n")
    terminal.wait_for("Type a number from 1 to ")
    terminal.press(b"2\n")
    terminal.wait_for("Import this?")
    terminal.press(b"\n")
    assert terminal.finish() == 0, terminal.text
    with DecisionLog(home=home) as log:
        days = {str(one["timestamp"])[:10] for one in log.find_decisions()}
    assert days in (
        {"2026-01-03", "2026-02-03", "2026-03-03"},
        {"2026-03-01", "2026-03-02", "2026-03-03"},
    )
