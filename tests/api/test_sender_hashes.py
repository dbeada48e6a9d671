"""Models hold senders as hashes under the secret key of their home."""

from __future__ import annotations

import multiprocessing
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import TRAINED_AS_OF, log_coaching

from decision_features import OpportunityFrame
from decision_log import DecisionLog, diagnose
from decision_log.models.dataset import read_history
from decision_log.models.versions import promote_model, save_model
from decision_log.predicting.champion import load_champion
from decision_model.trained.arrays import to_arrays
from decision_model.trained.model import TrainedModel
from decision_store.errors import HomeKeyDamaged
from decision_store.home_key import HOME_KEY, make_home_key, read_home_key

SENDER = "golf.mike@example.com"
ITEM = {"type": "coaching", "source": "email", "score": 50}
ITEMS = [ITEM | {"sender": "Golf.Mike@example.com"}, ITEM | {"sender": "new@example.com"}]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("senders") / "home"
    with DecisionLog(home=home) as log:
        log_coaching(log, 40)
        decisions, outcomes = [], []
        for i in range(30):
            moment = datetime(2026, 1, i % 28 + 1, 8, tzinfo=UTC)
            decision = {
                "decision_id": f"m-{i}", "opportunity_type": "coaching", "opportunity_source": "email",
                "action_taken": "Replied", "sender": SENDER, "opportunity_score": 50,
            }  # fmt: skip
            decisions.append(decision | {"timestamp": moment, "recorded_at": moment})
            moment += timedelta(days=2)
            outcome = {
                "decision_id": f"m-{i}",
                "outcome_type": "conversion",
                "outcome_status": "success",
            }
            outcomes.append(outcome | {"occurred_at": moment, "recorded_at": moment})
        log.log_decisions(decisions)
        log.record_outcomes(outcomes)
        data = read_history(log.store, TRAINED_AS_OF)
        model = TrainedModel.fit(data.frame, data.labels, seed=0)
        models = log.settings.home.models
        training = {"as_of": TRAINED_AS_OF.isoformat(), "seed": 0, "won": 1, "lost": 1, "open": 1}
        version = save_model(models, model, TRAINED_AS_OF, {"training": training})
        promote_model(models, version, why="the first", who="a test")
    return home, model


@pytest.fixture
def home(made, tmp_path):
    return shutil.copytree(made[0], tmp_path / "home")


def models_of(home: Path) -> Path:
    return home / "artifacts" / "models"


def probabilities(model: TrainedModel) -> list[float]:
    frame = OpportunityFrame.from_opportunities(ITEMS, timestamp=TRAINED_AS_OF)
    return model.predict(frame).probability.tolist()


def test_no_file_of_a_model_names_a_sender_and_the_key_is_private(made, tmp_path):
    home, _ = made
    held = b"".join(p.read_bytes() for p in models_of(home).rglob("*") if p.is_file())
    assert b"golf" not in held.lower()
    key = home / "data" / "decision_log.journal" / HOME_KEY
    assert key.stat().st_mode & 0o777 == 0o600
    with DecisionLog(home=home) as log:
        log.export(tmp_path / "export")
    exported = b"".join(p.read_bytes() for p in (tmp_path / "export").rglob("*") if p.is_file())
    assert key.read_bytes() not in exported
    assert not list((tmp_path / "export").rglob(HOME_KEY))


def test_a_model_predicts_after_loading_as_before_saving(made):
    home, model = made
    loaded = load_champion(models_of(home))[1]
    assert probabilities(loaded) == pytest.approx(probabilities(model), abs=1e-12)
    assert probabilities(loaded)[0] != probabilities(loaded)[1]
    with pytest.raises(ValueError, match="hashes only"):
        to_arrays(loaded)


@pytest.mark.parametrize("content", [None, b"1" * 32, b"short"])
def test_without_its_key_a_model_knows_no_sender_and_says_so(home, caplog, content):
    key = home / "data" / "decision_log.journal" / HOME_KEY
    key.unlink()
    if content is not None:
        key.write_bytes(content)
    loaded = load_champion(models_of(home))[1]
    first, second = probabilities(loaded)
    frame = OpportunityFrame.from_opportunities([ITEM], timestamp=TRAINED_AS_OF)
    assert first == second == loaded.predict(frame).probability[0]
    assert "as if no sender were given" in caplog.text
    said = " ".join(diagnose(home=home)["problems"])
    assert HOME_KEY in said
    assert "decision-log train" in said


def test_a_restored_home_recognises_senders(made, tmp_path):
    home, model = made
    with DecisionLog(home=home) as log:
        log.backup(tmp_path / "backup")
    with DecisionLog(home=tmp_path / "new") as log:
        log.restore(tmp_path / "backup")
    loaded = load_champion(models_of(tmp_path / "new"))[1]
    assert probabilities(loaded) == pytest.approx(probabilities(model), abs=1e-12)


def test_forgetting_a_sender_removes_the_models_that_hold_the_hash(home):
    with DecisionLog(home=home) as log:
        kept = log.forget(sender="somebody.else@example.com")
        assert kept["files"] == []
        changed = log.forget(sender=SENDER)["files"]
    assert any(name.startswith("artifacts/models/m2026") for name in changed)
    assert not list(models_of(home).glob("m2026*"))


def _key_in(folder: Path, start, answers) -> None:
    start.wait()
    answers.put(make_home_key(folder))


def test_processes_that_make_the_key_at_once_get_the_same(tmp_path):
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(4), context.Queue()
    processes = [
        context.Process(target=_key_in, args=(tmp_path / "j", start, answers)) for _ in range(4)
    ]
    for process in processes:
        process.start()
    keys = {answers.get(timeout=300) for _ in processes}
    for process in processes:
        process.join()
    assert keys == {read_home_key(tmp_path / "j")}
    assert [p.name for p in (tmp_path / "j").iterdir()] == [HOME_KEY]


def test_a_damaged_key_is_named_and_not_replaced(tmp_path):
    (tmp_path / HOME_KEY).write_bytes(b"half")
    with pytest.raises(HomeKeyDamaged, match=r"home\.key.*4 bytes.*backup"):
        make_home_key(tmp_path)
    assert (tmp_path / HOME_KEY).read_bytes() == b"half"
