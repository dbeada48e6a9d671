"""Streams that are closed, full or of another encoding, and interruptions, in real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from decision_log import DecisionLog

LOG = ["log", "-t", "coaching", "-s", "email", "-a", "Replied with offer"]


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory, fill):
    home = tmp_path_factory.mktemp("filled") / "home"
    with DecisionLog(home=home) as log:
        fill(log, 40)
        log.find_decisions()
    return home


@pytest.fixture
def filled(filled_once, home):
    """A copy of it, to change at will."""
    return shutil.copytree(filled_once, home, dirs_exist_ok=True)


@pytest.mark.parametrize(
    ("command", "encoding"),
    [
        *((name, "ascii") for name in ("conversions", "roi", "insights", "summary", "predict")),
        ("conversions", "latin-1"),
        ("conversions", "cp1252"),
    ],
)
def test_an_output_of_another_encoding_gets_similar_characters(filled, process, command, encoding):
    result = process(command, environment={"PYTHONIOENCODING": encoding})
    assert result.returncode == 0, result.stderr
    assert result.stderr == b""
    text = result.stdout.decode(encoding)
    assert "–" not in text or encoding == "cp1252"


def test_json_stays_json_in_every_encoding(home, process):
    assert process(*LOG, "-c", "Grüße – 5 €", "--id", "dé").returncode == 0
    result = process("conversions", "--json", environment={"PYTHONIOENCODING": "ascii"})
    assert json.loads(result.stdout)[0]["total_decisions"] == 1
    result = process(*LOG, "--id", "dé", "--json", environment={"PYTHONIOENCODING": "ascii"})
    assert result.returncode == 1
    assert "dé" in json.loads(result.stdout)["error"]["message"]


def test_a_reader_that_goes_away_is_no_error(filled, process):
    for arguments in (["conversions"], ["conversions", "--json"], ["--help"]):
        reading, writing = os.pipe()
        os.close(reading)
        result = process(*arguments, capture_output=False, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        assert result.stderr == b"", arguments
        assert result.returncode in {0, 1}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_behind_stdout_is_one_message(filled, process):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        for arguments in (["conversions"], ["roi", "--json"], ["--help"]):
            result = process(*arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)
            assert result.returncode == 1
            assert b"Traceback" not in result.stderr
            assert result.stderr.count(b"Error: ") == 1
            assert b"No space left" in result.stderr


def closing(descriptor):
    return lambda: os.close(descriptor)


@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_a_closed_stream_does_not_keep_a_command_from_its_work(filled, process, descriptor):
    for arguments in (["conversions"], LOG):
        result = process(*arguments, capture_output=False, preexec_fn=closing(descriptor))
        assert result.returncode == 0


def test_reading_a_closed_standard_input_is_one_message(home, process):
    result = process(*LOG, "-c", "-", preexec_fn=closing(0))
    assert result.returncode == 2
    assert b"--content" in result.stderr
    assert b"closed" in result.stderr
    assert b"Traceback" not in result.stderr


def test_standard_input_is_read_as_utf8_and_other_bytes_are_refused(home, process):
    assert process(*LOG, "--id", "a", "-c", "-", input="Grüße".encode()).returncode == 0
    with DecisionLog(home=home) as log:
        assert log.decisions_between()[0]["opportunity_content"] == "Grüße"
    result = process(*LOG, "-c", "-", input="Grüße".encode("latin-1"))
    assert result.returncode == 2
    assert b"0xfc" in result.stderr
    assert b"Traceback" not in result.stderr


STOPPING = """
import os, signal, sys
{before}
from decision_cli.main import main
main(["conversions", "--home", sys.argv[1]])
"""


def interrupted(home, before):
    return subprocess.run(
        [sys.executable, "-c", STOPPING.format(before=before), str(home)],
        capture_output=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    "module",
    ["typer", "decision_cli.app", "decision_cli.commands.learn.reporting", "duckdb", "numpy"],
)
def test_an_interruption_while_a_library_loads_shows_no_traceback(filled, module):
    before = f"""
class Stop:
    def find_spec(self, name, *_):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stop())
"""
    result = interrupted(filled, before)
    assert result.returncode == 130
    assert b"Traceback" not in result.stderr
    assert result.stderr in {b"", b"Interrupted; acknowledged writes are safe.\n"}


def test_an_interruption_that_a_library_turns_into_its_own_error_is_still_one(filled):
    before = """
import decision_log
def fail(*_, **__):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        import time
        while True: time.sleep(0.001)
    except KeyboardInterrupt:
        raise SystemError("a C extension lost the interruption")
decision_log.DecisionLog.get_conversion_rates = fail
"""
    result = interrupted(filled, before)
    assert result.returncode == 130
    assert b"Traceback" not in result.stderr


def test_an_ignored_interruption_stays_ignored(filled):
    before = "signal.signal(signal.SIGINT, signal.SIG_IGN); os.kill(os.getpid(), signal.SIGINT)"
    assert interrupted(filled, before).returncode == 0


@pytest.mark.parametrize(("chosen", "threads"), [(None, 1), ("2", 2)])
def test_a_command_keeps_to_one_thread_of_blas_unless_others_are_asked_for(
    chosen: str | None, threads: int
) -> None:
    program = (
        "from contextlib import suppress\n"
        "from decision_cli.main import main\n"
        "with suppress(SystemExit):\n"
        "    main(['--version'])\n"
        "import numpy\n"
        "from threadpoolctl import threadpool_info\n"
        "print(*(one['num_threads'] for one in threadpool_info() if one['internal_api'] == 'openblas'))\n"
    )
    others = {name: text for name, text in os.environ.items() if not name.endswith("_NUM_THREADS")}
    given = others if chosen is None else {**others, "OPENBLAS_NUM_THREADS": chosen}
    done = subprocess.run(
        [sys.executable, "-c", program], env=given, capture_output=True, text=True, check=True
    )
    counts = done.stdout.splitlines()[-1].split()
    if not counts:
        pytest.skip("NumPy has another BLAS here")
    allowed = min(threads, os.cpu_count() or 1)
    assert counts == [str(allowed)]
