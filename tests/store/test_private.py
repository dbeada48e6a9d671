"""Private by default: what a log makes, only its owner can read; spilled data stay in the home."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from decision_log import DecisionLog
from decision_store import Store
from decision_store.database.instance import SPILL
from decision_store.durable_files import atomic_write_text


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder):
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


def test_a_home_is_private_whatever_is_written_into_it(tmp_path, usual_umask):
    home = tmp_path / "home"
    with DecisionLog(home=home) as log:
        log.log_decision("d", "lead", "mail", "reply", "a text", sender="pat@example.com")
        log.record_outcome("d", "conversion", "success", 250.0)
        log.import_history([write(tmp_path / "more.csv")])
        log.get_conversion_rates()
        log.log_decision("e", "lead", "mail", "reply")
        log.scorer().score_opportunity({"type": "lead", "source": "mail"})
    found = modes(home)
    assert len(found) > 10
    for name, mode in found.items():
        assert mode == (0o700 if (home / name).is_dir() else 0o600), name


def write(path):
    path.write_text("decision_id,timestamp,opportunity_type\nx,2026-01-01,lead\n")
    return path


def test_a_file_in_a_folder_that_is_shared_on_purpose_is_shared(tmp_path, usual_umask):
    tmp_path.chmod(0o755)
    atomic_write_text(tmp_path / "report.md", "x")
    assert stat.S_IMODE((tmp_path / "report.md").stat().st_mode) == 0o644


def test_spilled_data_lie_in_the_home_and_are_removed(path, facts):
    program = f"""
import os, sys
from pathlib import Path
from decision_store import Store
store = Store(Path({str(path)!r}))
with store._database.writing() as connection:
    connection.execute("SET memory_limit = '60MB'")
    connection.execute("SET threads = 1")
    (folder,) = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    assert Path(folder).parent == Path({str(path.parent)!r}), folder
    connection.execute("CREATE TEMP TABLE big AS SELECT range AS i, repeat('x', 100) || range AS t FROM range(800000)")
    assert os.path.isdir(folder)
    if sys.argv[1] == "killed":
        os.kill(os.getpid(), 9)
"""  # noqa: S608
    with Store(path) as store:
        store.log_decision(facts.decision("a"))
        store.fold()
    for how in ("killed", "ended"):
        subprocess.run([sys.executable, "-c", program, how], check=False)
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(SPILL)] == []
