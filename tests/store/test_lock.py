"""The lock survives forks, names its holder, and nobody waits for ever for a stopped process."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from decision_store import Store, StoreUnavailable
from decision_store.journal import lock as locking
from decision_store.journal.lock import StoreLock

HOLDER = """
import sys
from pathlib import Path
from decision_store.journal.lock import StoreLock
with StoreLock(Path(sys.argv[1])).held(exclusive=sys.argv[2] == "exclusive"):
    print("held", flush=True)
    sys.stdin.read()
"""


def ended(process):
    for stream in (process.stdin, process.stdout):
        stream.close()
    process.kill()
    process.wait()


@pytest.fixture
def holder(tmp_path):
    """Start another process that holds the lock of a folder."""
    started = []

    def start(folder, kind="exclusive"):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        ended(process)


@pytest.mark.parametrize("kind", ["exclusive", "shared"])
def test_a_stopped_holder_is_named_and_not_waited_for(tmp_path, holder, monkeypatch, kind, caplog):
    monkeypatch.setattr(locking, "WARN_AFTER", 0.05)
    monkeypatch.setattr(locking, "LONGEST_WAIT_STOPPED", 0.1)
    process = holder(tmp_path, kind)
    process.send_signal(signal.SIGSTOP)
    with (
        pytest.raises(StoreUnavailable, match=rf"process {process.pid} \(stopped\).*kill -CONT"),
        StoreLock(tmp_path).held(exclusive=True),
    ):
        pass
    assert f"waiting for process {process.pid}" in caplog.text
    process.send_signal(signal.SIGCONT)
    ended(process)
    with StoreLock(tmp_path).held(exclusive=True):
        pass


def test_a_running_holder_is_waited_for_and_named(tmp_path, holder, monkeypatch, caplog):
    monkeypatch.setattr(locking, "WARN_AFTER", 0.05)
    monkeypatch.setattr(locking, "LONGEST_WAIT_STOPPED", 0.0)
    process = holder(tmp_path)
    named = threading.Event()

    class Named(logging.Handler):
        def emit(self, record):
            if str(process.pid) in record.getMessage():
                named.set()

    locking.logger.addHandler(handler := Named())

    def end():
        assert named.wait(300)
        process.stdin.close()

    ending = threading.Thread(target=end)
    ending.start()
    with StoreLock(tmp_path).held(exclusive=True):
        ending.join()
    locking.logger.removeHandler(handler)
    assert named.is_set()


def test_a_lock_that_was_given_up_is_let_go_when_it_comes(tmp_path, holder, monkeypatch):
    monkeypatch.setattr(locking, "WARN_AFTER", 0.05)
    monkeypatch.setattr(locking, "LONGEST_WAIT", 0.05)
    process = holder(tmp_path)
    with (
        pytest.raises(StoreUnavailable, match="holds it"),
        StoreLock(tmp_path).held(exclusive=False),
    ):
        pass
    ended(process)
    monkeypatch.setattr(locking, "LONGEST_WAIT", 60.0)
    for exclusive in (True, False, True):
        with StoreLock(tmp_path).held(exclusive=exclusive):
            pass


def test_a_child_forked_while_the_lock_is_held_does_not_keep_it(tmp_path):
    lock = StoreLock(tmp_path)
    with lock.held(exclusive=True):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(writing)
            os.read(reading, 1)  # lives on until the parent has tried
            os._exit(0)
        os.close(reading)
    try:
        with lock.held(exclusive=True):  # would hang if the child held it
            pass
    finally:
        os.close(writing)
        os.waitpid(pid, 0)


def test_a_child_forked_in_the_middle_of_a_question_can_ask_itself(store, facts, path):
    store.log_decision(facts.decision("a"))
    store.fold()
    with store._database.reading() as connection:
        connection.execute("SELECT 1").fetchall()
        pid = os.fork()
        if pid == 0:
            try:
                with Store(path) as own:
                    own.log_decision(facts.decision("child"))
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0
    assert facts.ids(store) == ["a", "child"]


def test_lock_files_are_private_and_hold_no_more_than_a_pid_and_a_time(tmp_path):
    with StoreLock(tmp_path).held(exclusive=True):
        pass
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert all(part.isdigit() for part in file.read_text().split())
