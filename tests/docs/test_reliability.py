"""The page on reliability names tests that exist, and its figures can be made again."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_exists():
    names = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(names) > 20
    written = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.py"))
    assert [name for name in names if f"def {name}(" not in written] == []
    files = re.findall(r"`(tests/[\w/]+\.py)`", PAGE)
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.slow
def test_killed_processes_lose_and_double_nothing():
    command = [sys.executable, str(ROOT / "benchmarks" / "torture.py")]
    run = subprocess.run(
        [*command, "--kills", "40", "--facts", "500", "--seed", "7"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 problems" in run.stdout
