"""Import asks on a terminal before it writes: on a real pseudo-terminal, in a process of its own."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

import pytest

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
SECONDS = 60


class Terminal:
    """A command on a pseudo-terminal: what it prints, and keys to press."""

    def __init__(self, home, *arguments):
        self._own, other = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "decision_cli", *arguments],
            stdin=other, stdout=other, stderr=other, start_new_session=True, close_fds=True,
            preexec_fn=_take_the_terminal,  # noqa: PLW1509
            env={**os.environ, "DECISION_LOG_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "120"},
        )  # fmt: skip
        os.close(other)
        self.text = ""

    def wait_for(self, words):
        """Read until the words stand there."""
        limit = time.monotonic() + SECONDS
        while words not in self.text:
            assert time.monotonic() < limit, self.text
            assert self._read(), self.text

    def press(self, keys):
        os.write(self._own, keys)

    def finish(self, again=None):
        """Read to the end and return the exit code.

        With `again` that key is pressed whenever nothing follows for a second: Python notices an interruption that
        comes just before a read begins only when something else is typed.
        """
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            if again and not self._has_more(within=1):
                self.press(again)
            elif not self._read():
                break
        os.close(self._own)
        return self._process.wait(SECONDS)

    def _has_more(self, within):
        return bool(select.select([self._own], [], [], within)[0])

    def _read(self):
        if not self._has_more(within=SECONDS):
            return False
        try:
            some = os.read(self._own, 65536)
        except OSError:  # Linux reports the end of the other side as an error
            return False
        self.text += some.decode(errors="replace")
        return bool(some)


def _take_the_terminal():
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


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
    assert terminal.finish(again=b"\x03" if keys == b"\x03" else None) in {1, 130}, terminal.text
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
