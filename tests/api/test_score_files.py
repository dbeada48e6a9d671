"""Many files in, one file out for each: equal bytes by any number of processes, and after an interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from decision_log import DecisionLog, OpportunityScorer
from decision_log.rate_fits import utc_now
from decision_log.scoring.partitions.notes import FolderInUse
from decision_log.scoring.partitions.run import ClusterUnavailable, FilesFailed
from decision_log.scoring.reader import UnreadableOpportunities
from decision_store.errors import CannotWrite

TEXTS = ("I have a budget for lessons", "I have a question", "Lessons for my son, next month?")


def item(number):
    return {
        "id": f"o-{number}", "type": ("coaching", "partnership")[number % 2], "source": "email",
        "score": number * 7 % 101, "content": TEXTS[number % 3],
    }  # fmt: skip


def write_inputs(folder, files=3, rows=12):
    folder.mkdir()
    for n in range(files):
        some = [item(n * rows + i) for i in range(rows)]
        pq.write_table(pa.Table.from_pylist(some), folder / f"p{n}.parquet")
    (folder / "q.jsonl").write_text("\n".join(json.dumps(item(500 + i)) for i in range(rows)))
    return [str(folder / "*.parquet"), folder / "q.jsonl"]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.*")) if path.is_file()}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("partitions")
    with DecisionLog(home=folder) as log:
        now = utc_now()
        for n in range(8):
            at = now - timedelta(days=20 - n)
            log.log_decision(f"d-{n}", "coaching", "email", "Replied", timestamp=at)
            if n % 2:
                log.won(f"d-{n}", 100.0 * n, occurred_at=at + timedelta(days=1))
    return folder


@pytest.fixture
def scorer(home):
    with OpportunityScorer(home=home, record=False) as scorer:
        yield scorer


def test_each_input_has_an_output_and_the_best_are_those_of_all_together(scorer, tmp_path):
    sources = write_inputs(tmp_path / "in")
    made = scorer.score_files(sources, tmp_path / "out", top=10)
    assert list(contents(tmp_path / "out")) == ["p0.parquet", "p1.parquet", "p2.parquet", "q.jsonl"]
    every = [item(n) for n in (*range(36), *range(500, 512))]
    whole = scorer.score_opportunities_batch(every)
    assert [row["id"] for row in made.top] == [row["id"] for row in whole[:10]]
    assert [row["adjusted_score"] for row in made.top] == [
        row["adjusted_score"] for row in whole[:10]
    ]
    assert (made.files, made.kept, made.total_opportunities) == (4, 0, 48)
    assert made.average_score == round(sum(row["adjusted_score"] for row in whole) / 48, 1)
    assert sum(made.priority_breakdown.values()) == 48
    for file in (tmp_path / "out").glob("*.parquet"):
        scores = pq.read_table(file)["adjusted_score"].to_pylist()
        assert scores == sorted(scores, reverse=True)


def test_a_repeated_run_keeps_what_is_right_and_scores_what_has_changed(scorer, tmp_path):
    sources = write_inputs(tmp_path / "in")
    first = scorer.score_files(sources, tmp_path / "out")
    before = contents(tmp_path / "out")
    again = scorer.score_files(sources, tmp_path / "out")
    assert (again.kept, again.top, again.total_opportunities) == (4, first.top, 48)
    pq.write_table(pa.Table.from_pylist([item(7)]), tmp_path / "in" / "p1.parquet")
    (tmp_path / "out" / "p0.parquet").write_bytes(b"damaged")
    changed = scorer.score_files(sources, tmp_path / "out")
    assert (changed.kept, changed.total_opportunities) == (2, 37)
    after = contents(tmp_path / "out")
    assert {name for name in before if before[name] != after[name]} == {"p1.parquet"}


def test_an_interrupted_run_goes_on_in_a_later_hour_and_ends_with_the_same_bytes(
    scorer, tmp_path, monkeypatch
):
    sources = write_inputs(tmp_path / "in")
    scorer.score_files(sources, tmp_path / "whole")

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scorer.score_files(sources, tmp_path / "out", progress=stop)
    finished = {
        path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("p*.parquet")
    }
    later = utc_now() + timedelta(hours=2)
    for module in ("decision_log.scoring.state", "decision_log.rate_fits"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: later)
    resumed = scorer.score_files(sources, tmp_path / "out")
    assert resumed.kept == 2
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    now = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in finished}
    assert now == finished
    assert scorer.score_files(sources, tmp_path / "out").kept == 0  # another hour, a finished run


def test_a_run_after_the_log_has_grown_scores_all_again(tmp_path):
    sources = write_inputs(tmp_path / "in")
    with DecisionLog(home=tmp_path / "home") as log:
        log.scorer().score_files(sources, tmp_path / "out")
        assert (
            log.scorer().score_files(sources, tmp_path / "out").kept == 4
        )  # predictions are no facts
        log.log_decision("d-1", "coaching", "email", "Replied")
        assert log.scorer().score_files(sources, tmp_path / "out").kept == 0


def test_predictions_are_those_of_one_file_and_are_kept_once(tmp_path):
    sources = write_inputs(tmp_path / "in")
    every = [item(n) for n in (*range(36), *range(500, 512))]
    (tmp_path / "all.json").write_text(json.dumps(every))
    kept = []
    for name, several in (("a", True), ("b", False)):
        with DecisionLog(home=tmp_path / name) as log:
            if several:
                log.scorer().score_files(sources, tmp_path / "out")
                (tmp_path / "out" / "p0.parquet").unlink()
                log.scorer().score_files(sources, tmp_path / "out")
            else:
                log.scorer().score_file(tmp_path / "all.json")
            kept.append(log.query("SELECT * FROM predictions ORDER BY opportunity_id"))
    times = {"predicted_at", "recorded_at", "facts_until"}
    said = [[{k: v for k, v in row.items() if k not in times} for row in rows] for rows in kept]
    assert len(kept[0]) == 48
    assert said[0] == said[1]
    assert not list((tmp_path / "out" / ".decision-log").glob("*.arrow"))


def test_a_file_that_cannot_be_read_stops_no_other_and_its_items_are_named(scorer, tmp_path):
    sources = write_inputs(tmp_path / "in")
    (tmp_path / "in" / "p1.parquet").write_text("no")
    (tmp_path / "in" / "q.jsonl").write_text('{"score": "high"}\n{"score": 5}')
    with pytest.raises(
        FilesFailed, match=r"1 of 4 files could not be scored: .*p1\.parquet"
    ) as caught:
        scorer.score_files(sources, tmp_path / "out")
    assert "kept when you run the command again" in str(caught.value)
    (tmp_path / "in" / "p1.parquet").unlink()
    made = scorer.score_files(sources, tmp_path / "out")
    assert (made.kept, made.files, made.rejected) == (3, 3, 1)
    (rejected,) = made.rejected_files
    assert json.loads(rejected.read_text())["reason"] == "its score must be a number, not 'high'"


def test_names_that_clash_or_name_nothing_are_refused_before_anything_is_written(scorer, tmp_path):
    (tmp_path / "a.csv").write_text("score\n5")
    (tmp_path / "a.json").write_text("[]")
    out = tmp_path / "out"
    with pytest.raises(CannotWrite, match="would both be written there"):
        scorer.score_files([tmp_path / "a.csv", tmp_path / "a.json"], out)
    with pytest.raises(UnreadableOpportunities, match="no file matches it"):
        scorer.score_files([tmp_path / "*.parquet"], out)
    with pytest.raises(UnreadableOpportunities, match="it is a folder"):
        scorer.score_files([tmp_path], out)
    (tmp_path / "b.jsonl").write_text("{}")
    with pytest.raises(CannotWrite, match="it is an input"):
        scorer.score_files([tmp_path / "b.jsonl"], tmp_path)
    assert not out.exists()


def test_a_second_run_into_the_same_folder_is_refused_with_the_first_ones_process(scorer, tmp_path):
    sources = write_inputs(tmp_path / "in")
    refused = []

    def second(done, total):
        with pytest.raises(FolderInUse, match=f"process {os.getpid()}") as caught:
            scorer.score_files(sources, tmp_path / "out")
        refused.append(caught.value)

    scorer.score_files(sources, tmp_path / "out", progress=second)
    assert len(refused) == 4


def test_nobody_at_the_address_of_a_cluster_is_one_message(scorer, tmp_path):
    sources = write_inputs(tmp_path / "in", files=1)
    with pytest.raises(ClusterUnavailable, match="The cluster nonsense cannot be used"):
        scorer.score_files(sources, tmp_path / "out", cluster="nonsense")


@pytest.mark.slow
def test_two_processes_write_the_bytes_of_one_with_a_model_too(made_once, tmp_path):
    sources = write_inputs(tmp_path / "in")
    with OpportunityScorer(home=made_once, record=False) as scorer:
        one = scorer.score_files(sources, tmp_path / "one", jobs=1)
        scorer.score_files(sources, tmp_path / "two", jobs=2)
    assert one.model_version != "rates"
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.slow
def test_a_killed_run_is_resumed_with_the_same_bytes(home, scorer, tmp_path):
    sources = write_inputs(tmp_path / "in", files=6, rows=3000)
    scorer.score_files(sources, tmp_path / "whole", jobs=1)
    command = [
        sys.executable, "-c",
        "import sys; from decision_log import OpportunityScorer as S\n"
        "S(home=sys.argv[1], record=False).score_files(sys.argv[3:], sys.argv[2], jobs=1,"
        " progress=lambda d, t: print(d, flush=True))",
        str(home), str(tmp_path / "out"), *map(str, sources),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        running.stdout.readline()
        running.send_signal(signal.SIGKILL)
    assert 0 < len(list((tmp_path / "out").glob("*.parquet"))) < 6
    resumed = scorer.score_files(sources, tmp_path / "out", jobs=1)
    assert resumed.kept > 0
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert not list((tmp_path / "out").glob(".*.tmp"))


@contextmanager
def running(module, *arguments):
    """Run a program of Dask, and end it afterwards."""
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def wait_for_address(place):
    """Wait until the scheduler has written its address, and both workers are there."""
    from distributed import Client

    give_up = time.monotonic() + 60
    while not place.exists():
        assert time.monotonic() < give_up
        time.sleep(0.05)
    with Client(scheduler_file=str(place), set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        return client.scheduler.address


@pytest.mark.slow
def test_two_workers_of_a_dask_scheduler_write_the_bytes_of_one_process(made_once, tmp_path):
    pytest.importorskip("distributed")
    sources = write_inputs(tmp_path / "in")
    place = tmp_path / "scheduler.json"
    local = ["--host", "127.0.0.1", "--no-dashboard"]
    with (
        running("dask_scheduler", *local, "--port", "0", "--scheduler-file", str(place)),
        running("dask_worker", "--scheduler-file", str(place), *local, "--nworkers", "2",
                "--nthreads", "1", "--local-directory", str(tmp_path)),
    ):  # fmt: skip
        address = wait_for_address(place)
        with OpportunityScorer(home=made_once, record=False) as scorer:
            there = scorer.score_files(sources, tmp_path / "there", cluster=address)
            scorer.score_files(sources, tmp_path / "here", jobs=1)
    assert (there.files, there.kept) == (4, 0)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
