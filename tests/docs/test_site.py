"""The documentation site builds without a warning, and its tutorial works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decision_cli.app import app

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_site_builds_with_warnings_as_errors(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*build, "-d", str(tmp_path / "doctrees"), str(ROOT / "docs"), str(tmp_path / "site")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "site" / "reference" / "_generated" / "commands.html").read_text()
    assert "decision-log-conversions" in reference
    python = (tmp_path / "site" / "reference" / "python.html").read_text()
    assert "DecisionLog" in python
    assert "get_conversion_rates" in python


@pytest.mark.slow
def test_the_commands_of_the_tutorial_work_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = re.findall(r"^\$ decision-log (.*)$", TUTORIAL, flags=re.MULTILINE)
    assert len(lines) > 10
    for line in lines:
        result = CliRunner().invoke(app, shlex.split(line))
        assert result.exit_code == 0, (line, result.output, result.exception)
