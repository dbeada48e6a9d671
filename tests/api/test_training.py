"""Training on a log: when, from what, and what then serves."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_log.models.dataset import read_history
from decision_log.models.fields import UnknownField
from decision_log.models.train import train
from decision_log.models.versions import (
    diff_models,
    list_models,
    promote_model,
    rollback_model,
    show_model,
)
from decision_log.predicting.champion import load_champion, load_model
from decision_model.artifacts import registry
from decision_model.artifacts.artifact import ArtifactMismatch
from decision_store.home_key import HOME_KEY, make_home_key

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        yield log


def models_of(log):
    return log.settings.home.models


def test_one_closed_decision_is_enough_to_serve_from(log, fill):
    fill(log, 1)
    report = train(log, as_of=AS_OF)
    assert report.promoted
    assert report.serving == report.version
    found = log.predict_outcome({"type": "coaching"}, as_of=AS_OF)
    assert found["model_version"] == report.version
    assert 0 < found["conversion_probability"] < 100


def test_an_empty_log_is_not_created_by_training(log):
    report = train(log, as_of=AS_OF)
    assert not report.trained
    assert report.serving == "rates"
    assert "no decision has closed" in report.reason
    assert not log.settings.home.folder.exists()


def test_an_excluded_field_makes_another_recipe_that_waits_as_challenger(log, fill):
    fill(log, 40)
    first = train(log, as_of=AS_OF)
    other = train(log, as_of=AS_OF, exclude=["sender"])
    assert (first.promoted, other.promoted) == (True, False)
    answer = show_model(models_of(log), other.version)
    assert answer["recipe"] == {"exclude": ["sender"]}
    assert next(f for f in answer["fields"] if f["name"] == "sender")["refused"]
    again = train(log, as_of=AS_OF + timedelta(hours=1))  # as the champion was made
    assert again.promoted
    with pytest.raises(UnknownField, match="Did you mean 'sender'"):
        train(log, as_of=AS_OF, exclude=["sendr"])


def test_old_versions_are_pruned_but_never_one_that_is_needed(log, fill, monkeypatch):
    fill(log, 30)
    settings = replace(log.settings, keep_models=2)
    monkeypatch.setattr(log, "settings", settings)
    made = [train(log, as_of=AS_OF + timedelta(hours=n)).version for n in range(3)]
    assert [row["version"] for row in list_models(models_of(log))] == made[1:]
    promote_model(models_of(log), made[1], why="a test")
    made.append(train(log, as_of=AS_OF + timedelta(hours=4), promote=False).version)
    made.append(train(log, as_of=AS_OF + timedelta(hours=5), promote=False).version)
    kept = [row["version"] for row in list_models(models_of(log))]
    assert kept == [made[1], made[2], made[3], made[4]]  # made[2] is what a rollback returns to


def test_action_and_maker_are_no_fields_of_a_model(log, fill):
    fill(log, 40)
    answer = show_model(models_of(log), train(log, as_of=AS_OF).version)
    fields = {row["name"]: row for row in answer["fields"]}
    assert not fields["action"]["used"]
    assert not fields["maker"]["used"]


def test_the_same_facts_key_and_seed_give_the_same_bytes(log, fill, tmp_path):
    fill(log, 40)
    key = make_home_key(log.settings.home.journal)
    with DecisionLog(home=tmp_path / "other") as other:
        other.settings.home.journal.mkdir(parents=True)
        (other.settings.home.journal / HOME_KEY).write_bytes(key)
        fill(other, 40)
        versions = [train(one, as_of=AS_OF, seed=3).version for one in (log, other)]
        arrays = [
            (models_of(one) / version / "arrays.npz").read_bytes()
            for one, version in zip((log, other), versions, strict=True)
        ]
    assert versions[0] == versions[1]
    assert arrays[0] == arrays[1]


TRAIN = """
import sys
from decision_log import DecisionLog
from decision_log.models.train import train
with DecisionLog(home=sys.argv[1]) as log:
    print(train(log, as_of="2026-03-01T12:00Z", seed=3).version)
"""


def test_another_process_with_other_hashes_and_threads_makes_the_same_bytes(log, fill):
    fill(log, 30)
    log.get_conversion_rates()
    made = []
    for hashes, threads in (("1", "1"), ("2", "2")):
        environment = {
            **os.environ, "PYTHONHASHSEED": hashes, "OPENBLAS_NUM_THREADS": threads,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        answer = subprocess.run(
            [sys.executable, "-c", TRAIN, log.settings.home.folder],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        folder = models_of(log) / answer.stdout.strip()
        made.append((folder.name, (folder / "arrays.npz").read_bytes()))
        shutil.rmtree(models_of(log))
    assert made[0] == made[1]


def test_progress_is_reported_from_the_first_step_to_the_last(log, fill):
    fill(log, 30)
    answer = []
    train(log, as_of=AS_OF, progress=lambda done, total: answer.append((done, total)))
    assert [done for done, _ in answer] == [1, 2, 3, 4, 5]
    assert {total for _, total in answer} == {5}


def test_retraining_never_changes_a_version(log, fill):
    fill(log, 30)
    first = train(log, as_of=AS_OF)
    folder = models_of(log) / first.version
    before = {path.name: (path.read_bytes(), path.stat().st_ino) for path in folder.iterdir()}
    again = train(log, as_of=AS_OF)
    assert again.version == first.version
    assert {p.name: (p.read_bytes(), p.stat().st_ino) for p in folder.iterdir()} == before
    (folder / "arrays.npz").write_bytes(before["arrays.npz"][0][:-9])
    with pytest.raises(ArtifactMismatch, match="damaged"):
        train(log, as_of=AS_OF)


def test_a_version_that_takes_over_ends_the_trial_of_an_older_challenger(challenged_home):
    with DecisionLog(home=challenged_home) as log:
        report = train(log, as_of=AS_OF + timedelta(hours=1))
        assert report.promoted, report.reason
        known = registry.read_aliases(models_of(log))
    assert (known.champion, known.challenger) == (report.version, None)
    assert known.history[-1].action == "clear"
    assert report.version in known.history[-1].why


def test_facts_recorded_after_the_moment_change_nothing(log, fill):
    fill(log, 60)
    before = read_history(log.store, AS_OF)
    log.log_decision("late", "coaching", "email", "Replied", timestamp=AS_OF - timedelta(days=9))
    log.record_outcome("d-9", "conversion", "success", 10.0, deal_closed=True)
    after = read_history(log.store, AS_OF)
    assert before.ids == after.ids
    for name in ("state", "closed_at", "revenue"):
        np.testing.assert_array_equal(getattr(before.labels, name), getattr(after.labels, name))


def test_closing_is_dated_when_the_log_learnt_of_it_and_in_time_order(log, fill):
    fill(log, 30)
    data = read_history(log.store, AS_OF)
    assert bool(np.all(np.diff(data.frame.timestamp) >= np.timedelta64(0, "us")))
    closed = ~np.isnat(data.labels.closed_at)
    assert data.labels.state[closed].all()
    waited = (data.labels.closed_at - data.labels.decided_at)[closed]
    assert set(waited.tolist()) == {timedelta(hours=6)}
    # Told again later: learnt the first time. Reversed later: learnt then.
    won = data.ids[int(np.flatnonzero(data.labels.won)[0])]
    log.record_outcome(won, "note", "pending", recorded_at="2026-02-20T00:00Z")
    same = read_history(log.store, AS_OF)
    np.testing.assert_array_equal(same.labels.closed_at, data.labels.closed_at)
    log.record_outcome(won, "conversion", "reversed", recorded_at="2026-02-21T00:00Z")
    row = data.ids.index(won)
    undone = read_history(log.store, AS_OF).labels
    assert (undone.state[row], str(undone.closed_at[row])[:10]) == (2, "2026-02-21")


def test_the_manifest_tells_what_it_was_trained_on(log, fill):
    fill(log, 40)
    report = train(log, as_of=AS_OF, promote=False)
    assert (report.trained, report.promoted, report.serving) == (True, False, "rates")
    answer = show_model(models_of(log), "challenger")
    assert answer["version"] == report.version
    assert answer["training"]["won"] == report.counts.won
    assert answer["training"]["as_of"] == AS_OF.isoformat()
    assert answer["evaluation"]["reason"]
    assert {row["name"] for row in answer["fields"]} >= {"type", "score", "content", "context.plan"}
    assert sum(answer["pool"].values()) == pytest.approx(1)


def test_if_needed_waits_for_a_twentieth_of_new_outcomes(log, fill):
    fill(log, 60)
    first = train(log, as_of=AS_OF, if_needed=True)
    assert first.trained
    fill(log, 2, first=172)
    later = AS_OF + timedelta(days=3)
    second = train(log, as_of=later, if_needed=True)
    assert not second.trained
    assert second.reason.startswith(f"Not needed: since {first.version}")
    before = first.counts.closed
    assert f"learnt from {before} outcomes, 2 are new" in second.reason
    assert f"from {math.ceil(0.05 * before)} on" in second.reason
    fill(log, 3, first=174)
    third = train(log, as_of=AS_OF + timedelta(days=9), if_needed=True)
    assert third.trained


def test_if_needed_notices_history_that_was_loaded_later(log, fill):
    fill(log, 30)
    assert train(log, as_of=AS_OF, promote=False).trained
    fill(log, 10, first=30)  # recorded, so they say, before the first training
    assert train(log, as_of=AS_OF + timedelta(days=1), if_needed=True).trained


def test_rollback_returns_to_the_previous_version_and_then_to_the_rates(trained_home):
    with DecisionLog(home=trained_home) as log:
        models = models_of(log)
        first = load_champion(models)[0]
        second = train(log, as_of=AS_OF + timedelta(hours=1), promote=False).version
        assert second != first
        promote_model(models, second, why="try it")
        assert load_champion(models)[0] == second
        assert promote_model(models, second, why="again")["action"] == "none"
        assert rollback_model(models, why="worse")["to"] == first
        assert load_champion(models)[0] == first
        assert rollback_model(models, why="worse")["to"] is None
        assert load_champion(models) is None
        assert [row["version"] for row in list_models(models)] == [first, second]
        assert any(row["key"] == "sha256.arrays" for row in diff_models(models, first, second))


def test_an_artifact_from_the_future_or_a_damaged_one_is_refused(trained_home):
    with DecisionLog(home=trained_home) as log:
        models = models_of(log)
        version = load_champion(models)[0]
        path = models / version / "manifest.json"
        manifest = json.loads(path.read_text())
        path.write_text(json.dumps({**manifest, "format_version": 99}))
        with pytest.raises(ArtifactMismatch, match="format version 99"):
            load_model(models, version)
        path.write_text(json.dumps(manifest))
        arrays = path.with_name("arrays.npz")
        arrays.write_bytes(arrays.read_bytes()[:-20])
        with pytest.raises(ArtifactMismatch, match="damaged"):
            load_model(models, version)
        assert "damaged" in list_models(models)[0]["problem"]
