"""Models of every format in tests/data score as recorded, or are refused with the remedy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from make_model import MODELS, models_of, scored

from decision_log import DecisionLog
from decision_log.predicting.champion import load_model
from decision_model.artifacts.artifact import ArtifactMismatch
from decision_model.trained.schema import OLDER, SCHEMA

READ = {f"format-{schema.version}" for schema in (SCHEMA, *OLDER)}
FORMATS = sorted(MODELS.glob("format-*"), key=lambda folder: int(folder.name.split("-")[1]))


def test_there_is_a_model_of_the_current_format():
    assert MODELS / f"format-{SCHEMA.version}" in FORMATS


@pytest.mark.parametrize("folder", FORMATS, ids=lambda folder: folder.name)
def test_a_model_scores_as_recorded_or_names_its_format_and_the_remedy(folder: Path):
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    if folder.name not in READ:
        with pytest.raises(ArtifactMismatch, match=r"model format \d+.*decision-log train"):
            load_model(folder, expected["version"])
        return
    found = scored(load_model(models_of(folder), expected["version"]))
    assert found["regression"] == pytest.approx(expected["regression"], abs=1e-6)
    assert found["revenue_if_won"] == pytest.approx(expected["revenue_if_won"], rel=1e-6)
    # The rates are learnt again from the evidence in it, by the rate model of today.
    assert found["probability"] == pytest.approx(expected["probability"], abs=0.02)


@pytest.mark.parametrize("number", [2, 3, 4])
def test_forgetting_a_sender_removes_older_models_that_name_it_in_clear(tmp_path, number):
    (stored,) = (MODELS / f"format-{number}").glob("m*")
    model = tmp_path / "artifacts" / "models" / stored.name
    shutil.copytree(stored, model)
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("d-1", "coaching", "email", "Replied", sender="s")
        log.log_decision("d-2", "coaching", "email", "Replied", sender="S3")
        log.forget(sender="s")
        assert model.exists()
        forgotten = log.forget(sender="s3")
    assert forgotten["files"] == [f"artifacts/models/{stored.name}"]
    assert not model.exists()
