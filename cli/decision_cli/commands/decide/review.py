"""Review of open decisions on a terminal: one after the other, one key each, with undo."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import typer

from decision_cli.output.tables import console, plain, show_lines
from decision_log import DecisionLog, DecisionLogError
from decision_log.reports.page.text import duration, excerpt, kind_name, percent
from decision_log.text.money import money_text

KEYS = "w won · l lost · n no answer · z later · u undo · q quit"

MOST_REVIEWED = 500
"""Decisions of one review; those with most expected revenue come first."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What a key recorded: in words, its record, and the decision, which an undo brings back."""

    words: str
    record_id: str
    row: dict[str, Any]


class Review:
    """The open decisions of a log, overdue ones first, and what was recorded about them.

    Parameters
    ----------
    log : DecisionLog
        The log.
    limit : int
        How many decisions at most.
    read_key : callable
        Returns the next key that is pressed.
    """

    def __init__(self, log: DecisionLog, limit: int, read_key: Callable[[], str]) -> None:
        work = log.work_list(limit=limit)
        rows = [*work["overdue"], *work["waiting"]]
        self._log = log
        self._waiting: list[dict[str, Any]] = [dict(row) for row in rows[:limit]]
        self._overdue = {row["decision_id"] for row in work["overdue"]}
        self._recorded: list[_Recorded] = []
        self._left: list[dict[str, Any]] = []
        self._read_key = read_key

    def run(self) -> dict[str, int]:
        """Go through the decisions until none is left or ``q`` is pressed.

        Returns
        -------
        dict
            How many were ``recorded``, put off for ``later``, and are ``left``.
        """
        out = console()
        while self._waiting:
            row = self._waiting[0]
            self._show(row)
            key = self._key()
            if key == "q":
                break
            if key == "u":
                self._undo()
            elif key == "z":
                self._left.append(self._waiting.pop(0))
                out.print("Later: it stays open.\n")
            else:
                self._close(row, key)
        return {
            "recorded": len(self._recorded),
            "later": len(self._left),
            "left": len(self._waiting),
        }

    def _key(self) -> str:
        while True:
            key = self._read_key().lower()
            if key in {"", "\x03", "\x04"}:
                return "q"
            if key in set("wlnzuq"):
                return key

    def _show(self, row: dict[str, Any]) -> None:
        waited = duration(row["waiting_hours"])
        is_overdue = row["decision_id"] in self._overdue
        facts = [
            ("Text", excerpt(row["text"], 280).text),
            ("Did", excerpt(row["action_taken"], 160).text),
            ("Open", f"{waited}, overdue" if is_overdue else waited),
            ("Chance", f"{percent(row['conversion_probability'])} from here on"),
            ("Expected", money_text(row["expected_revenue"], self._log.currency)),
        ]
        who = excerpt(row["sender"], 80).text or row["decision_id"]
        kind = kind_name(row["opportunity_type"], row["opportunity_source"])
        out = console()
        out.print(plain(f"{len(self._waiting)} left · {who} · {kind} · {row['decision_id']}"))
        show_lines([(f"  {name}", value) for name, value in facts if value])
        out.print(KEYS, style="dim")

    def _close(self, row: dict[str, Any], key: str) -> None:
        decision = row["decision_id"]
        who = excerpt(row["sender"], 80).text or decision
        try:
            if key == "w":
                amount = self._amount(decision)
                if amount is None:
                    return
                recorded = self._log.won(decision, amount)
                words = f"{who}: won"
                if amount:
                    words += f", {money_text(amount, self._log.currency)}"
            elif key == "l":
                recorded, words = self._log.lost(decision), f"{who}: lost"
            else:
                recorded = self._log.record_outcome(decision, "conversion", "no answer")
                words = f"{who}: no answer"
        except DecisionLogError as error:
            console().print(plain(f"Not recorded. {error}\n"))
            return
        self._recorded.append(_Recorded(words, recorded.id, self._waiting.pop(0)))
        console().print(plain(f"Recorded. {words}. u takes it back.\n"))

    def _amount(self, decision: str) -> float | None:
        """Ask what a win brought; None where the answer was taken back."""
        while True:
            typed = typer.prompt("Revenue (Enter: none yet)", default="", show_default=False)
            try:
                amount = self._log.read_amount(typed.strip() or 0.0)
                odd = self._log.unusual_amount(decision, amount)
            except DecisionLogError as error:
                console().print(plain(error))
                continue
            if odd is None or typer.confirm(f"{odd}. Record it all the same?"):
                return amount
            return None

    def _undo(self) -> None:
        out = console()
        if not self._recorded:
            out.print("Nothing was recorded in this review yet.\n")
            return
        last = self._recorded[-1]
        try:
            self._log.undo(last.record_id, reason="undone in the review")
        except DecisionLogError as error:
            # It stays the last one: u tries again, or takes back what was recorded before it elsewhere.
            out.print(plain(f"Not taken back: {error}\n"))
            return
        self._recorded.pop()
        self._waiting.insert(0, last.row)
        out.print(plain(f"Taken back. {last.words}.\n"))


def read_key() -> str:
    """Return the next key pressed on this terminal, without waiting for Enter; empty at the end of the input.

    Keys that were pressed before the call count.
    """
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSANOW)
        return os.read(terminal, 1).decode(errors="replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


def review_decisions(log: DecisionLog) -> dict[str, int]:
    """Review the open decisions of a log on this terminal, and say what was done.

    Raises
    ------
    typer.BadParameter
        Standard input or output is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise typer.BadParameter(
            "it needs a terminal; elsewhere record outcomes with 'decision-log won', 'lost' or 'import'",
            param_hint="--review",
        )
    done = Review(log, MOST_REVIEWED, read_key).run()
    out = console()
    if not any(done.values()):
        out.print("No decision is open.")
        return done
    out.print(
        f"{done['recorded']:,} recorded, {done['later']:,} left for later, {done['left']:,} not looked at."
    )
    return done
