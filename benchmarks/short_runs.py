"""Cost of a question after very many short runs, beside the same facts in one run.

    python benchmarks/short_runs.py --runs 100000

Each run opens the log, writes two decisions and closes it; it goes on with the journal file of the run before. With
``--segments`` each leaves a segment file of its own, too, as older versions wrote for every table. Nothing is asked
meanwhile: the first question folds all of it. A question after that should cost what it costs where everything came in
one run. The runs are written without waiting for the disk; as many are made as there is time for.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from decision_store import Decision, Store
from decision_store.facts import DECISIONS
from decision_store.journal import segments
from decision_store.journal.append import Journal

START = datetime(2025, 1, 6, tzinfo=UTC)
EACH = 2
COMMAND = [sys.executable, "-m", "decision_cli", "conversions", "--home"]


def decisions(run: int) -> list[Decision]:
    """Make the decisions of one run."""
    at = START + timedelta(minutes=run)
    kinds = (f"type_{run % 8}", f"source_{run % 5}")
    return [Decision(f"d{run}-{n}", at, *kinds, "Replied", at) for n in range(EACH)]


def table(run: int) -> pa.Table:
    """Make the same as a table."""
    rows = [
        {"decision_id": d.decision_id, "timestamp": d.timestamp, "opportunity_type": d.opportunity_type,
         "opportunity_source": d.opportunity_source, "action_taken": d.action_taken, "recorded_at": d.recorded_at}
        for d in decisions(run)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def short_runs(path: Path, runs: int, deadline: float) -> int:
    """Log in as many runs, or as there is time for."""
    for run in range(runs):
        if time.perf_counter() > deadline:
            return run
        with Store(path) as store:
            store.log_decisions(decisions(run))
    return runs


def small_segments(path: Path, runs: int, deadline: float) -> int:
    """Write as many runs as a segment file each, and a journal file that refers to it."""
    with Store(path) as store:
        store.log_decisions(decisions(runs))  # makes the folder
        folder = store.journal_folder
    for run in range(runs):
        if time.perf_counter() > deadline:
            return run
        journal = Journal(folder)
        checked = segments.checked(DECISIONS, table(run))
        journal.append(payload for _, payload in segments.write(folder, DECISIONS, checked))
        journal.close()
    return runs


def one_run(path: Path, runs: int) -> None:
    """Load the same in one run."""
    with Store(path) as store:
        store.load(decisions=pa.concat_tables(map(table, range(runs))))


@contextmanager
def unsynced() -> Iterator[None]:
    """Write without waiting for the disk: making the runs is not what is measured."""
    saved = os.fsync, os.fdatasync
    os.fsync = os.fdatasync = lambda _: None
    try:
        yield
    finally:
        os.fsync, os.fdatasync = saved


def files_in(home: Path) -> int:
    """Count the files of a log."""
    return sum(len(files) for *_, files in os.walk(home))


def question(home: Path) -> tuple[float, float]:
    """Ask in a process of its own; give its seconds of the wall and of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run([*COMMAND, str(home)], check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--segments", action="store_true", help="a segment file for each run")
    parser.add_argument(
        "--seconds", type=float, default=600.0, help="make no more runs after so long"
    )
    parser.add_argument("--questions", type=int, default=5)
    arguments = parser.parse_args()
    make = small_segments if arguments.segments else short_runs
    with tempfile.TemporaryDirectory() as folder:
        many, one = Path(folder, "many"), Path(folder, "one")
        paths = [home / "data" / "decision_log.duckdb" for home in (many, one)]
        started = time.perf_counter()
        with unsynced():
            runs = make(paths[0], arguments.runs, started + arguments.seconds)
        count = files_in(many)
        print(
            f"{runs:,} runs, {count:,} files, made in {time.perf_counter() - started:.0f} s",
            flush=True,
        )
        wall, cpu = question(many)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"first question: {wall:.1f} s ({cpu:.1f} of CPU), {peak:,.0f} MB; {files_in(many):,} files left",
            flush=True,
        )
        one_run(paths[1], runs)
        question(one)
        pairs = [(question(many), question(one)) for _ in range(arguments.questions)]
        ours, theirs = (statistics.median(pair[side][1] for pair in pairs) for side in (0, 1))
        print(
            f"a question then: {ours:.3f} s of CPU, after one run {theirs:.3f} s: {ours / theirs:.2f} times"
        )


if __name__ == "__main__":
    main()
