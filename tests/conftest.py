"""Settings of all tests: property tests draw the same examples on every machine."""

from __future__ import annotations

import math
import os
import random
import shutil
import signal
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same-everywhere", derandomize=True, deadline=None, print_blob=False)
settings.load_profile("same-everywhere")

# A shell that runs the tests in the background lets them ignore Ctrl-C, and the processes that they start inherit
# that: none of them could be interrupted.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database file without any fact, to be copied where a test makes many stores."""
    from decision_store import Store

    path = tmp_path_factory.mktemp("empty") / "log.duckdb"
    with Store(path) as store:
        store.fold()
    return path


@pytest.fixture(scope="session")
def temporary_store(empty_database):
    """Open a store in a folder of its own, which is removed at the end."""
    from decision_store import Store

    @contextmanager
    def temporary_store():
        with tempfile.TemporaryDirectory() as folder:
            path = shutil.copy(empty_database, Path(folder) / "log.duckdb")
            with Store(path) as store:
                yield store

    return temporary_store


NOBODY = 65534


@pytest.fixture
def open_folder():
    """Make a folder that every user may enter, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def unprivileged():
    """Give a context in which permissions are checked even where the tests run as root.

    Whatever is imported in it must have been imported before: root's libraries may be closed to others.
    """

    @contextmanager
    def unprivileged():
        before = os.geteuid()
        if before == 0:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(before)

    return unprivileged


TRAINED_AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """A log of 160 decisions with an effect of score and text, and a model that serves."""
    from decision_log import DecisionLog
    from decision_log.models.dataset import read_history
    from decision_log.models.versions import promote_model, save_model
    from decision_model.trained.model import TrainedModel

    home = tmp_path_factory.mktemp("made") / "home"
    with DecisionLog(home=home) as log:
        log_coaching(log, 160)
        data = read_history(log.store, TRAINED_AS_OF)
        model = TrainedModel.fit(data.frame, data.labels, seed=0)
        training = {"as_of": TRAINED_AS_OF.isoformat(), "seed": 0, "won": 1, "lost": 1, "open": 1}
        models = log.settings.home.models
        manifest = {"training": {**training, "matured": 0}}
        version = save_model(models, model, TRAINED_AS_OF, manifest)
        promote_model(models, version, why="the first", who="a test")
    return home


@pytest.fixture
def trained_home(made_once, tmp_path):
    """A copy of it, to change at will."""
    return shutil.copytree(made_once, tmp_path / "trained")


@pytest.fixture(scope="session")
def challenged_once(made_once, tmp_path_factory):
    """The same with a second model, which had learnt from half of the log, tried in the shadow."""
    from decision_log import DecisionLog
    from decision_log.models.dataset import read_history
    from decision_log.models.versions import challenge_model, save_model
    from decision_model.trained.model import TrainedModel

    home = shutil.copytree(made_once, tmp_path_factory.mktemp("challenged") / "home")
    half = datetime(2025, 12, 27, tzinfo=UTC)
    with DecisionLog(home=home) as log:
        data = read_history(log.store, half)
        model = TrainedModel.fit(data.frame, data.labels, seed=0)
        training = {"as_of": half.isoformat(), "seed": 0, "won": 1, "lost": 1, "open": 1}
        models = log.settings.home.models
        version = save_model(models, model, half, {"training": {**training, "matured": 0}})
        challenge_model(models, version, why="a try", who="a test")
    return home


@pytest.fixture
def challenged_home(challenged_once, tmp_path):
    """A copy of it, to change at will."""
    return shutil.copytree(challenged_once, tmp_path / "challenged")


@pytest.fixture(scope="session")
def fill():
    """Write a seeded log of coaching requests."""
    return log_coaching


def log_coaching(log, decisions, *, first=0, start=datetime(2025, 11, 1, tzinfo=UTC)):
    rng = random.Random(first)
    logged, outcomes = [], []
    for n in range(first, first + decisions):
        moment = start + timedelta(hours=17 * n)
        score, keen = rng.randrange(101), rng.random() < 0.5
        chance = 1 / (1 + math.exp(-(score - 60) / 15 - (1.5 if keen else -1.5)))
        logged.append(
            {
                "decision_id": f"d-{n}",
                "opportunity_type": rng.choice(["coaching", "partnership"]),
                "opportunity_source": rng.choice(["email", "twitter"]),
                "action_taken": "Replied",
                "opportunity_content": f"I have a {'budget' if keen else 'question'} for lessons",
                "opportunity_score": score,
                "sender": f"s{rng.randrange(40)}",
                "context": {"plan": rng.choice(["free", "paid"])},
                "timestamp": moment,
                "recorded_at": moment,
            }
        )
        if n % 10 == 9:
            continue  # still open
        won = rng.random() < chance
        outcomes.append(
            {
                "decision_id": f"d-{n}",
                "outcome_id": f"o-{n}",
                "outcome_type": "conversion",
                "outcome_status": "success" if won else "failed",
                "revenue_generated": 200.0 + score if won else 0.0,
                "deal_closed": won,
                "occurred_at": moment + timedelta(hours=5),
                "recorded_at": moment + timedelta(hours=6),
            }
        )
    log.log_decisions(logged)
    log.record_outcomes(outcomes)
