"""``today --review``: open decisions one after the other, a key for each, with undo."""

from __future__ import annotations

import resource
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from terminal import Terminal

from decision_cli.commands.decide.review import Review
from decision_log import DecisionLog


@pytest.fixture(scope="module")
def waiting_once(tmp_path_factory):
    home = tmp_path_factory.mktemp("waiting") / "home"
    now = datetime.now(UTC)
    with DecisionLog(home=home) as log:
        for n in range(8):
            at = now - timedelta(days=20 - n)
            log.log_decision(
                f"d-{n}",
                "golf",
                "email",
                "Replied",
                f"Lesson {n}?",
                timestamp=at,
                sender=f"pat {n}",
            )
        for n in range(5):
            log.won(f"d-{n}", 100.0, occurred_at=now - timedelta(days=14 - n))
    return home


@pytest.fixture
def waiting(waiting_once, home):
    return shutil.copytree(waiting_once, home, dirs_exist_ok=True)


def reviewed(home, keys):
    pressed = iter(keys)
    with DecisionLog(home=home) as log:
        done = Review(log, 10, lambda: next(pressed)).run()
        states = {row["decision_id"]: row["state"] for row in log.find_decisions()}
    return done, [states[f"d-{n}"] for n in (5, 6, 7)]


def test_a_key_records_each_and_those_put_off_stay_open(waiting):
    done, states = reviewed(waiting, "lzn")
    assert done == {"recorded": 2, "later": 1, "left": 0}
    assert sorted(states) == ["lost", "lost", "open"]


def test_undo_takes_back_the_last_one_and_brings_it_back_first(waiting):
    done, states = reviewed(waiting, "lluz?Xz")
    assert states.count("lost") == 1
    assert states.count("open") == 2
    assert done["recorded"] == 1


def test_an_undo_that_fails_says_so_and_keeps_what_it_would_take_back(waiting, capsys):
    def keys():
        yield "l"
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # nothing can be written
        yield "u"
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert "Not taken back" in capsys.readouterr().out
        yield from "uq"

    done, states = reviewed(waiting, keys())
    assert done["recorded"] == 0
    assert states == ["open"] * 3


def test_an_interruption_leaves_what_was_recorded(waiting):
    done, states = reviewed(waiting, "l\x03")
    assert done == {"recorded": 1, "later": 0, "left": 2}
    assert sorted(states) == ["lost", "open", "open"]


def test_on_a_terminal_a_win_asks_for_its_revenue_and_says_what_was_done(waiting):
    terminal = Terminal(waiting, "today", "--review")
    terminal.wait_for("q quit")
    terminal.press(b"w")
    terminal.wait_for("Revenue")
    terminal.press(b"9,90x\n")
    terminal.wait_for("9,90x")
    terminal.press(b"120\n")
    terminal.wait_for("won, $120")
    terminal.press(b"q")
    assert terminal.finish() == 0, terminal.text
    assert "1 recorded, 0 left for later, 2 not looked at." in terminal.text
    with DecisionLog(home=waiting) as log:
        revenue = [row["revenue"] for row in log.find_decisions(state="won")]
    assert sorted(revenue) == [100.0] * 5 + [120.0]


def test_without_a_terminal_it_is_refused_with_what_to_do_instead(waiting, run):
    assert "decision-log won" in run("today", "--review", code=2).stderr
    assert "--csv" in run("today", "--review", "--csv", code=2).stderr
