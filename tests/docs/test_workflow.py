"""The workflow of the repository runs what `.ci/run` runs, on every Python that the package names."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def commands(job: dict[str, Any]) -> list[str]:
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_the_checks_are_those_of_the_script_on_every_python_named_in_the_package() -> None:
    checks = WORKFLOW["jobs"]["checks"]
    named = [
        found.group(1)
        for line in PROJECT["project"]["classifiers"]
        if (found := re.search(r"Python :: (3\.\d+)$", line))
    ]
    matrix = checks["strategy"]["matrix"]
    assert matrix["python"] == named
    assert named[0] == PROJECT["project"]["requires-python"].removeprefix(">=")
    assert {"python": named[0], "dependencies": "oldest"} in matrix["include"]
    assert any("--resolution lowest-direct" in line for line in commands(checks))
    assert commands(checks)[-1] == ".ci/run"
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_every_make_target_that_the_workflow_and_the_script_run_is_there() -> None:
    lines = [line for job in WORKFLOW["jobs"].values() for line in commands(job)]
    lines += (ROOT / ".ci/run").read_text().splitlines()
    used = {line.split()[1] for line in lines if line.startswith("make ")}
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert {"lint", "test", "slow", "coverage", "build"} <= used <= there


def test_every_step_is_an_action_or_a_command_and_every_job_ends_in_time() -> None:
    for name, job in WORKFLOW["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/x@v1")), step


def test_coverage_of_branches_is_held() -> None:
    settings = PROJECT["tool"]["coverage"]
    assert settings["run"]["branch"] is True
    assert settings["report"]["fail_under"] >= 95
