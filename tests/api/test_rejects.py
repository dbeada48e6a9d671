"""Rejected records can be listed, tried again and put away."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog
from decision_log.doctor import diagnose
from decision_store.errors import InvalidRecord


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path / "home") as opened:
        opened.log_decision("d", "lead", "mail", "reply", timestamp="2026-01-01")
        row = "decision_id,timestamp,opportunity_type,action_taken\nd,2026-01-01,lead,another\n"
        (tmp_path / "conflict.csv").write_text(row)
        for _ in range(3):
            opened.store.load(decisions=conflict())
        yield opened


def conflict():
    import pyarrow as pa

    row = {
        "decision_id": "d", "timestamp": "2026-01-01", "recorded_at": "2026-01-01",
        "opportunity_type": "lead", "opportunity_source": "mail", "action_taken": "another",
    }  # fmt: skip
    table = pa.Table.from_pylist([row])
    for name in ("timestamp", "recorded_at"):
        place = table.column_names.index(name)
        table = table.set_column(place, name, table.column(name).cast(pa.timestamp("us")))
    return table


def test_the_same_conflict_three_times_is_one_reject(log):
    (found,) = log.rejects()
    assert (found["kind"], found["id"]) == ("decision", "d")
    assert "another" in found["record"]
    assert any("rejected" in problem for problem in diagnose(log)["problems"])


def test_a_dismissed_reject_is_no_problem_any_longer_also_after_a_rebuild(log):
    (found,) = log.rejects()
    assert log.dismiss_rejects([found["reject"][:8]]) == 1
    assert log.rejects() == []
    assert diagnose(log, verify=True)["problems"] == []
    log.store.rebuild()
    assert log.rejects() == []


def test_a_reject_that_is_not_there_is_named(log):
    with pytest.raises(InvalidRecord, match="number of one reject"):
        log.dismiss_rejects(["zzz"])


def test_a_retry_takes_what_has_become_possible_and_leaves_the_rest(log):
    from decision_store.journal.payloads import encode

    record = {
        "outcome_id": "o", "decision_id": "later", "outcome_type": "conversion", "outcome_status": "success",
        "occurred_at": "2026-01-02T00:00:00+00:00", "recorded_at": "2026-01-02T00:00:00+00:00",
    }  # fmt: skip
    log.store._journal.append([encode("outcome", record)])
    assert {row["reason"] for row in log.rejects()} == {
        "id used before with other content",
        "unknown decision",
    }
    assert log.retry_rejects() == 0
    assert len(log.rejects()) == 2


def test_the_commands_list_and_dismiss(log, tmp_path):
    home = ["--home", str(tmp_path / "home")]
    listed = CliRunner().invoke(app, ["rejects", "list", "--json", *home])
    (found,) = json.loads(listed.stdout)
    shown = CliRunner().invoke(app, ["rejects", "list", *home])
    assert found["reject"][:8] in shown.stdout
    done = CliRunner().invoke(app, ["rejects", "dismiss", found["reject"][:6], *home])
    assert done.exit_code == 0, done.output
    assert "1 rejects dismissed" in done.stdout
    assert "No record was rejected" in CliRunner().invoke(app, ["rejects", "list", *home]).stdout
