"""Refreshing before scoring: when, when not, and what it says."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog
from decision_log.models.refresh import refresh
from decision_log.models.train import train
from decision_log.models.training_lock import TrainingInProgress, training_lock
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


def test_a_large_log_reports_that_training_is_due(log, monkeypatch):
    monkeypatch.setattr("decision_log.models.refresh.SMALL_LOG", 10)
    found = refresh(log)
    assert not found.trained
    assert found.sentence.startswith("'decision-log train' is due: 18 decisions closed")


def test_a_first_training_is_expected_to_take_as_long_as_the_root_of_the_decisions(
    log, monkeypatch
):
    monkeypatch.setattr(
        "decision_log.models.refresh.SMALL_LOG", 5
    )  # 20 decisions: four times as many
    monkeypatch.setattr("decision_log.models.refresh.FEW_SECONDS", 6.0)
    assert "It takes about 12 s, so it is not done now." in refresh(log).sentence


def test_while_another_process_trains_it_goes_on_with_the_model_in_use(log):
    with training_lock(models_of(log)):
        assert refresh(log).sentence.startswith("Another process is training")
    assert list_models(models_of(log)) == []


def test_a_second_training_is_refused_and_names_the_first(log):
    with (
        training_lock(models_of(log)),
        pytest.raises(TrainingInProgress, match=rf"process {os.getpid()}, since \d\d:\d\d"),
    ):
        train(log)
    assert train(log).trained  # the lock is free again


def test_the_command_that_meets_a_training_says_so_once_and_fails(log):
    home = log.settings.home.folder
    with training_lock(models_of(log)):
        done = CliRunner().invoke(app, ["train", "--home", str(home)])
    assert done.exit_code == 1
    assert done.output.count("is training on this log") == 1


def test_today_refreshes_first_as_scoring_does(log):
    home = log.settings.home.folder
    assert "Trained a first model" in CliRunner().invoke(app, ["today", "--home", str(home)]).stderr
    assert load_champion(models_of(log)) is not None


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
