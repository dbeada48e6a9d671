"""One file scored by several processes: the same file and the same predictions, whatever happens to a process."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joblib import parallel_config

from decision_features.frame import as_objects
from decision_log import DecisionLog, OpportunityScorer
from decision_log.models.dataset import read_history
from decision_log.models.versions import challenge_model, save_model
from decision_log.scoring import current_predictor, helpers, one_file, part
from decision_log.scoring.input_checks import InputChecks
from decision_model.artifacts import registry
from decision_model.trained.model import TrainedModel
from decision_store.facts import Prediction

TEXT = {"capture_output": True, "text": True}
AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
END = datetime(2100, 1, 1, tzinfo=UTC)
TEXTS = ("I have a budget for lessons", "I have a question", "Grüße, 見積もり next month?", "")
ODD = [
    7, {"type": ["a"]}, {}, {"score": None, "content": None}, {"id": "o-3", "score": 1e3},
    {"adjusted_score": 5, "score": 50}, {"typ": "coaching", "score": "70"},
]  # fmt: skip


def items(count):
    for n in range(count):
        yield {
            "id": f"o-{n % 90}", "type": ("coaching", "partnership", "neu")[n % 3], "source": "email",
            "score": n * 7 % 101, "content": TEXTS[n % 4], "sender": f"s{n % 9}", "plan": n % 2,
        }  # fmt: skip
        yield from ODD[n : n + 1]


def rows_kept(home):
    with DecisionLog(home=home) as log:
        rows = log.ask("predictions", as_of=END, since=None, until=None).to_pylist()
    rows = [
        {
            name: pytest.approx(value, rel=1e-9) if type(value) is float else value
            for name, value in row.items()
            if name not in {"predicted_at", "recorded_at"}
        }
        for row in rows
    ]
    return sorted(rows, key=lambda row: (row["shadow"], row["prediction_id"]))


def score(home, jobs, **given):
    """Score the file of a home; give what was written but for the moment, the report, and what was kept."""
    (home / "data" / "opportunities.json").write_text(json.dumps(list(items(100))))
    target = home / f"by-{jobs}.json"
    with OpportunityScorer(home=home, as_of=AS_OF, record=True) as scorer:
        report = scorer.score_file(target=target, jobs=jobs, again=True, **given)
    written = re.sub(r'"generated_at": "[^"]*"', "", target.read_text())
    return written, (report.repeated_ids, report.warnings, len(report.rejected), report.top)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(part, "CHUNK", 9)


def test_by_any_number_of_processes_the_file_and_what_is_kept_are_the_same(
    challenged_once, tmp_path, small_parts
):
    home = shutil.copytree(challenged_once, tmp_path / "home")
    other = shutil.copytree(challenged_once, tmp_path / "other")
    mapping = {"plan": "tier", "typ": "type"}
    assert score(home, 1, mapping=mapping) == score(other, 3, mapping=mapping)
    assert rows_kept(home) == rows_kept(other)
    assert len(rows_kept(other)) > 90
    # What the log has is not kept again, whichever process predicts.
    before = len(rows_kept(other))
    assert score(other, 2, mapping=mapping)[0]
    assert len(rows_kept(other)) == before


def test_a_process_that_is_killed_costs_nothing_but_time(trained_home, small_parts, monkeypatch):
    expected, _ = score(trained_home, 1)
    submit, killed = helpers.Helper.submit, []

    def submit_and_kill(self, one):
        found = submit(self, one)
        if found is not None and not killed:
            killed.append(self._process.pid)
            os.kill(self._process.pid, signal.SIGKILL)
        return found

    monkeypatch.setattr(helpers.Helper, "submit", submit_and_kill)
    assert score(trained_home, 2)[0] == expected
    assert killed


class Stopped(BaseException):
    """As Ctrl-C."""


def test_processes_end_with_a_run_that_is_stopped(trained_home, small_parts, monkeypatch):
    started = []
    start = helpers.Helper.__init__

    def noted(self):
        start(self)
        started.append(self._process.pid)

    def stop(done, total):
        assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == started
        raise Stopped

    monkeypatch.setattr(helpers.Helper, "__init__", noted)
    with pytest.raises(Stopped):
        score(trained_home, 3, progress=stop)
    assert len(started) == 2
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


def test_processes_end_with_one_that_is_killed(trained_home):
    script = (
        "import os, signal, sys, time\n"
        "from decision_log.scoring.helpers import Helper\n"
        "print(Helper()._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, **TEXT)
    # What it has as standard output and error is closed now: nobody holds it any longer.
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    assert done.stdout.strip().isdigit()


def test_what_fails_in_another_process_is_raised_here(trained_home, small_parts, monkeypatch):
    monkeypatch.setattr(helpers.Part, "as_bytes", lambda self: part.Part([None], [0]))
    with pytest.raises(TypeError):
        score(trained_home, 2)


def test_processes_repeat_no_warning(challenged_once, tmp_path, small_parts, caplog, capfd):
    home = shutil.copytree(challenged_once, tmp_path / "home")
    models = home / "artifacts" / "models"
    challenger = registry.read_aliases(models).challenger
    for path in (models / challenger).glob("*.npz"):
        path.write_bytes(b"damaged")
    score(home, 3)
    assert len([one for one in caplog.records if challenger in one.message]) == 1
    assert capfd.readouterr().err == ""


def test_where_no_process_can_be_started_one_scores(trained_home, small_parts, monkeypatch):
    expected = score(trained_home, 1)
    monkeypatch.setattr(helpers.sys, "executable", "/nonexistent/python")
    assert score(trained_home, 3) == expected


def test_a_script_without_a_guard_scores_with_several_processes(trained_home, tmp_path):
    home = trained_home
    (home / "data" / "opportunities.json").write_text(json.dumps([{"score": n} for n in range(50)]))
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom decision_log import OpportunityScorer\n"
        "with OpportunityScorer(home=Path(sys.argv[1])) as scorer:\n"
        "    print(scorer.score_file(jobs=2).total_opportunities)\n"
    )
    done = subprocess.run(
        [sys.executable, script, home], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("50\n", "")


def test_counts_for_warnings_are_those_of_the_whole_input(monkeypatch):
    from decision_log.opportunity import read_opportunity

    opportunities = [read_opportunity({"score": 1, f"key {n % 40}": n}) for n in range(90)]
    whole, parts = InputChecks(most_shapes=20), InputChecks(most_shapes=20)
    whole.add(opportunities)
    for start in range(0, 90, 7):
        some = InputChecks(most_shapes=7)
        some.add(opportunities[start : start + 7])
        parts.include(some)
    assert vars(parts) == vars(whole)
    assert parts.warnings() == whole.warnings()


def test_where_another_model_serves_by_now_all_processes_still_use_one(
    trained_home, small_parts, monkeypatch
):
    monkeypatch.setattr(current_predictor, "LOOK_AGAIN_SECONDS", 0.0)
    gather, versions = one_file.current_knowledge, []

    def gather_later(log, current, recorded):
        (log.settings.home.models / "aliases.json").unlink()
        known = gather(log, current, recorded)
        versions.append(known.version)
        return known

    monkeypatch.setattr(one_file, "current_knowledge", gather_later)
    (trained_home / "data" / "opportunities.json").write_text(json.dumps(list(items(100))))
    with OpportunityScorer(home=trained_home, record=False) as scorer:
        report = scorer.score_file(jobs=2)
    assert versions == [report.model_version]


def test_processes_import_nothing_from_the_current_folder(
    trained_home, small_parts, tmp_path, monkeypatch, capfd
):
    expected, _ = score(trained_home, 1)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in ("pickle", "signal", "joblib"):
        Path(f"{name}.py").write_text("import sys\nprint('imported', file=sys.stderr)\nsys.exit(1)")
    assert score(trained_home, 2)[0] == expected
    assert capfd.readouterr().err == ""


def test_ctrl_c_is_ignored_before_the_program_is_loaded(tmp_path):
    (tmp_path / "decision_log").mkdir()
    (tmp_path / "decision_log" / "__init__.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nos._exit(7)"
    )
    done = subprocess.run(
        [sys.executable, "-c", helpers._PROGRAM],
        input=pickle.dumps([str(tmp_path), *sys.path]),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (7, b"")


def challenge_by_one_that_listens(home):
    """Try a model that knows what Jarvis states, beside one that does not, and let him state something."""
    at = datetime(2026, 2, 1, tzinfo=UTC)
    with DecisionLog(home=home) as log:
        data = read_history(log.store, at)
        said = as_objects(
            [{"jarvis": 0.9 if one == 1 else 0.2} for one in data.labels.state.tolist()]
        )
        model = TrainedModel.fit(replace(data.frame, stated=said), data.labels, seed=0)
        assert model.named
        models = log.settings.home.models
        training = {
            "as_of": at.isoformat(),
            "seed": 0,
            "won": 1,
            "lost": 1,
            "open": 1,
            "matured": 0,
        }
        version = save_model(models, model, at, {"training": training})
        challenge_model(models, version, why="a try", who="a test")
        log.store.log_predictions(
            Prediction(
                prediction_id=f"j-{n}", opportunity_id=f"o-{n}", predicted_at=at, as_of=at, recorded_at=at,
                model_version="jarvis", opportunity_type="coaching", opportunity_source="email", probability=0.9,
            )
            for n in range(90)
        )  # fmt: skip


def test_by_several_processes_a_challenger_knows_what_others_stated(
    trained_home, tmp_path, small_parts
):
    challenge_by_one_that_listens(trained_home)
    other = shutil.copytree(trained_home, tmp_path / "other")
    files = shutil.copytree(trained_home, tmp_path / "files")
    score(trained_home, 1)
    score(other, 3)
    assert rows_kept(trained_home) == rows_kept(other)
    (tmp_path / "in.json").write_text(json.dumps(list(items(100))))
    with OpportunityScorer(home=files, as_of=AS_OF, record=True) as scorer:
        scorer.score_files([tmp_path / "in.json"], tmp_path / "out")
    assert rows_kept(trained_home) == rows_kept(files)


def test_files_scored_by_threads_leave_logging_as_it_was(trained_home, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.json").write_text('[{"score": 7}]')
    with (
        parallel_config(backend="threading", n_jobs=2),
        OpportunityScorer(home=trained_home, as_of=AS_OF) as scorer,
    ):
        scorer.score_files([f"{tmp_path}/*.json"], tmp_path / "out", jobs=2)
    assert logging.root.manager.disable == logging.NOTSET
