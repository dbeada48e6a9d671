"""Refreshing before scoring: when, when not, and what it says."""

from __future__ import annotations

import fcntl
import os
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog
from decision_log.models.refresh import LOCK_FILE, refresh
from decision_log.models.versions import list_models, rollback_model
from decision_log.predicting.champion import load_champion


@pytest.fixture
def log(tmp_path, fill):
    with DecisionLog(home=tmp_path / "home") as log:
        fill(log, 20)
        yield log


def models_of(log):
    return log.settings.home.models


def test_the_first_refresh_makes_a_champion_and_the_next_waits_for_a_tenth_more(log, fill):
    first = refresh(log)
    assert first.trained
    assert first.sentence.startswith("Trained a first model on 18 decisions closed so far")
    assert load_champion(models_of(log))[0] == first.version
    fill(log, 1, first=20)
    assert refresh(log).sentence == ""
    fill(log, 2, first=21)
    second = refresh(log)
    assert second.trained
    assert "3 decisions closed since" in second.sentence


def test_an_empty_or_missing_home_is_left_alone(tmp_path):
    with DecisionLog(home=tmp_path / "none") as log:
        assert refresh(log).sentence == ""
    assert not (tmp_path / "none").exists()


def test_it_can_be_switched_off(log, monkeypatch):
    monkeypatch.setattr(log, "settings", replace(log.settings, auto_train=False))
    assert not refresh(log).trained
    assert not models_of(log).exists()


def test_a_large_log_is_told_that_training_is_due(log, monkeypatch):
    monkeypatch.setattr("decision_log.models.refresh.SMALL_LOG", 10)
    found = refresh(log)
    assert not found.trained
    assert found.sentence.startswith("'decision-log train' is due: 18 decisions closed")


def test_while_another_process_trains_it_goes_on_with_the_model_in_use(log):
    models_of(log).mkdir(parents=True)
    handle = os.open(models_of(log) / LOCK_FILE, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert refresh(log).sentence.startswith("Another process is training")
    finally:
        os.close(handle)
    assert list_models(models_of(log)) == []


def test_who_rolled_back_to_the_rates_keeps_them(log):
    refresh(log)
    rollback_model(models_of(log), why="a test")
    assert refresh(log).sentence == ""
    assert load_champion(models_of(log)) is None


def test_a_home_that_cannot_be_written_is_not_trained_in(log, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert not refresh(log).trained


def test_score_refreshes_first_and_says_so_but_not_as_of_a_moment(log):
    home = log.settings.home
    home.opportunities.parent.mkdir(parents=True, exist_ok=True)
    home.opportunities.write_text(
        '{"opportunities": [{"id": "a", "type": "coaching", "score": 50}]}'
    )
    runner = CliRunner()
    past = runner.invoke(app, ["score", "--home", str(home.folder), "--as-of", "2026-01-01"])
    assert past.exit_code == 0, past.output
    assert list_models(models_of(log)) == []
    now = runner.invoke(app, ["score", "--home", str(home.folder)])
    assert now.exit_code == 0, now.output
    assert "Trained a first model on 18 decisions" in now.stderr
    assert len(list_models(models_of(log))) == 1
    again = runner.invoke(app, ["score", "--home", str(home.folder)])
    assert "model" not in again.stderr
