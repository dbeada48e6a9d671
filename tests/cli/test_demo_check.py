"""``demo --check``: eight steps on a sample log, each compared with a count made another way."""

from __future__ import annotations

import json

import pytest

from decision_log import DecisionLog
from decision_log.demo_checks import run_checks


def test_every_step_holds_on_a_sample_and_one_that_differs_is_named(demo):
    with DecisionLog(home=demo) as log:
        checks = run_checks(log)
    assert [(check.name, check.detail) for check in checks if not check.passed] == []
    assert len(checks) == 8
    scored = demo / "data" / "opportunities_scored.json"
    document = json.loads(scored.read_text())
    document["opportunities"][3]["adjusted_score"] += 1
    scored.write_text(json.dumps(document))
    with DecisionLog(home=demo) as log:
        differing = [check for check in run_checks(log) if not check.passed]
    assert "Score opportunities" in [check.name for check in differing]
    assert str(document["opportunities"][3]["id"]) in str(differing)


@pytest.mark.slow
def test_the_command_makes_thirty_days_and_shows_one_line_for_each_step(run):
    shown = run("demo", "--check", "--days", "30").stdout
    assert shown.count(" ok ") == 8
    assert "8 of 8 hold." in shown
