"""Commands run in this process or, where streams and signals matter, in one of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from decision_cli.app import app


@pytest.fixture
def home(tmp_path):
    """An empty folder to keep a log in."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def run(home):
    """Run one command on that home and check its exit code."""

    def run(*arguments, code=0, **settings):
        result = CliRunner().invoke(app, [*arguments, "--home", str(home)], **settings)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return run


@pytest.fixture(scope="session")
def demo_once(tmp_path_factory):
    """A home with thirty days of sample data."""
    home = tmp_path_factory.mktemp("demo") / "home"
    result = CliRunner().invoke(app, ["demo", "--days", "30", "--home", str(home)])
    assert result.exit_code == 0, result.output
    return home


@pytest.fixture
def demo(demo_once, home):
    """A copy of it, to change at will, as the home of `run` and `process`."""
    return shutil.copytree(demo_once, home, dirs_exist_ok=True)


@pytest.fixture
def process(home):
    """Run a command line in a process of its own; its home is that of the environment."""

    def process(*arguments, environment=None, **settings):
        settings = {"capture_output": True, "timeout": 300, **settings}
        inherited = {name: text for name, text in os.environ.items() if name != "COLUMNS"}
        return subprocess.run(
            [sys.executable, "-m", "decision_cli", *arguments],
            env={**inherited, "DECISION_LOG_HOME": str(home), **(environment or {})},
            check=False,
            **settings,
        )

    return process
