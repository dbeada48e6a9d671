"""Texts are forgotten after as many days as the settings say, by compact and by daily, with proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog
from decision_log.daily import run_day

OLD = "A question about the chalet in Zermatt"
NEW = "A question about the harbour of Antwerp"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "decision-log.toml").write_text("keep_texts_days = 30\n")
    now = datetime.now(UTC)
    with DecisionLog(home=tmp_path) as log:
        for name, text, days in (("old", OLD, 31), ("new", NEW, 29)):
            log.log_decision(
                name, "lead", "mail", "reply", text, sender=f"{name}@example.com",
                timestamp=now - timedelta(days=days),
            )  # fmt: skip
            log.won(name, 99.0, notes=text)
    return tmp_path


def bytes_of(home):
    return b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file()).lower()


def check(home):
    held = bytes_of(home)
    assert b"zermatt" not in held
    assert b"antwerp" in held
    with DecisionLog(home=home) as log:
        kept = log.query("SELECT decision_id, sender FROM decisions ORDER BY decision_id")
        assert [row["sender"] for row in kept] == ["new@example.com", "old@example.com"]
        (row,) = log.get_conversion_rates()
        assert (row["won"], row["total_revenue"]) == (2, 198.0)


def test_compact_forgets_old_texts_and_prints_what_it_searched(home):
    assert b"zermatt" in bytes_of(home)
    said = CliRunner().invoke(app, ["--home", str(home), "compact"]).output
    assert "Forgot the texts of 1 decision" in said
    assert "0 places hold it" in " ".join(said.split())
    check(home)
    again = CliRunner().invoke(app, ["--home", str(home), "compact"]).output
    assert "Forgot" not in again


def test_daily_forgets_before_it_writes_reports(home):
    with DecisionLog(home=home) as log:
        steps = {step.name: step for step in run_day(log)}
    assert steps["texts"].done
    assert "1 decisions" in steps["texts"].what
    check(home)
    assert (home / "reports" / "report.html").exists()


def test_without_the_setting_nothing_is_forgotten(home):
    (home / "decision-log.toml").unlink()
    with DecisionLog(home=home) as log:
        assert log.compact()["forgotten"] is None
    assert b"zermatt" in bytes_of(home)
