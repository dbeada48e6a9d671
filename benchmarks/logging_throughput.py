"""Time of a logged decision, alone and among other processes, against opening DuckDB each time.

    python benchmarks/logging_throughput.py --writes 2000 --processes 8 --baseline-writes 20

Every write is on the disk before it counts. The baseline does what a program without a journal does:
connect, insert, close, and try again when another process holds the file. SQLite in its safest mode with concurrent
readers (WAL, synchronous FULL) stands beside it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from decision_store import Decision, Store
from decision_store.journal.append import sync

NOW = datetime(2026, 1, 5, tzinfo=UTC)
CONTENT = "We would like a quote for forty seats, starting next month. " * 4


@dataclass(frozen=True)
class Timing:
    """Seconds of each write, and of all together."""

    seconds: list[float]
    wall: float
    peak_rss: int

    def quantile(self, share: float) -> float:
        """Return the seconds that a share of the writes stayed below."""
        return sorted(self.seconds)[min(int(share * len(self.seconds)), len(self.seconds) - 1)]

    @property
    def throughput(self) -> float:
        """Writes per second of all processes together."""
        return len(self.seconds) / self.wall


def decision(name: str) -> Decision:
    return Decision(name, NOW, "lead", "mail", "reply", NOW, opportunity_content=CONTENT)


def journal_writer(path: Path, name: str, writes: int) -> list[float]:
    seconds = []
    with Store(path) as store:
        for i in range(writes):
            record = decision(f"{name}-{i}")
            start = time.perf_counter()
            store.log_decision(record)
            seconds.append(time.perf_counter() - start)
    return seconds


def bare_writer(path: Path, name: str, writes: int) -> list[float]:
    """Append as many bytes and wait for the disk: what no durable log can go below."""
    seconds = []
    with path.with_name(f"{path.name}-{name}").open("ab", buffering=0) as stream:
        for _ in range(writes):
            start = time.perf_counter()
            stream.write(b"x" * 600)
            sync(stream.fileno())
            seconds.append(time.perf_counter() - start)
    return seconds


def connect_writer(path: Path, name: str, writes: int) -> list[float]:
    import duckdb

    seconds = []
    for i in range(writes):
        start = time.perf_counter()
        while True:
            try:
                with duckdb.connect(str(path)) as connection:
                    connection.execute(
                        "INSERT INTO decisions VALUES (?, ?, 'lead', 'mail', 'reply', ?)",
                        [f"{name}-{i}", NOW.replace(tzinfo=None), CONTENT],
                    )
                break
            except duckdb.Error:  # held by another process, or caught in the middle of its write
                time.sleep(0.01)
        seconds.append(time.perf_counter() - start)
    return seconds


def sqlite_writer(path: Path, name: str, writes: int) -> list[float]:
    """Insert one row in each transaction: SQLite's write-ahead log, synced at every commit."""
    seconds = []
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for i in range(writes):
        start = time.perf_counter()
        connection.execute(
            "INSERT INTO decisions VALUES (?, ?, 'lead', 'mail', 'reply', ?)",
            [f"{name}-{i}", NOW.isoformat(), CONTENT],
        )
        seconds.append(time.perf_counter() - start)
    connection.close()
    return seconds


Writer = Callable[[Path, str, int], list[float]]


def _worker(writer: Writer, path: Path, name: str, writes: int) -> tuple[list[float], int]:
    seconds = writer(path, name, writes)
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(writer: Writer, path: Path, processes: int, writes: int) -> Timing:
    """Let several processes write at once."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(abs, range(processes))  # processes are up, and have imported this file
        start = time.perf_counter()
        tasks = [
            pool.apply_async(_worker, (writer, path, f"p{n}", writes)) for n in range(processes)
        ]
        results = [task.get() for task in tasks]
        wall = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    seconds = [second for each, _ in results for second in each]
    return Timing(seconds, wall, max(peak for _, peak in results) * unit)


def prepare_baseline(path: Path) -> None:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE decisions (decision_id VARCHAR, made_at TIMESTAMP, "
            "type VARCHAR, source VARCHAR, action VARCHAR, content VARCHAR)"
        )


def prepare_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE decisions (decision_id TEXT PRIMARY KEY, made_at TEXT, type TEXT, source TEXT, "
            "action TEXT, content TEXT)"
        )


def show(what: str, timing: Timing) -> None:
    print(
        f"{what:<44}{timing.throughput:>10,.0f}/s{timing.quantile(0.5) * 1e3:>10.2f}"
        f"{timing.quantile(0.99) * 1e3:>10.2f}{timing.peak_rss / 2**20:>10.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writes", type=int, default=2000, help="by each process")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--baseline-writes", type=int, default=20, help="by each process")
    options = parser.parse_args()
    print(f"{'':<44}{'writes':>12}{'p50 ms':>10}{'p99 ms':>10}{'RSS MiB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        crowds = dict.fromkeys((1, options.processes))
        # All of ours first: a spawned process inherits the peak memory of a parent that has loaded DuckDB.
        ours = {
            n: (
                measure(journal_writer, home / f"ours{n}.duckdb", n, options.writes),
                measure(bare_writer, home / "bare", n, options.writes),
            )
            for n in crowds
        }
        for processes, (logged, bare) in ours.items():
            baseline = home / f"baseline{processes}.duckdb"
            prepare_baseline(baseline)
            theirs = measure(connect_writer, baseline, processes, options.baseline_writes)
            show(f"decision log, {processes} process(es)", logged)
            show(f"bare append + sync, {processes} process(es)", bare)
            show(f"connect + insert + close, {processes} process(es)", theirs)
            prepare_sqlite(home / f"sqlite{processes}.db")
            sqlite = measure(
                sqlite_writer, home / f"sqlite{processes}.db", processes, options.writes
            )
            show(f"SQLite WAL, synchronous FULL, {processes} process(es)", sqlite)
            print(
                f"{'':<4}throughput {logged.throughput / theirs.throughput:,.0f} times, "
                f"median {theirs.quantile(0.5) / logged.quantile(0.5):,.0f} times faster; "
                f"median {logged.quantile(0.5) / bare.quantile(0.5):.2f} times the bare append"
            )
            show_fold(home / f"ours{processes}.duckdb", processes * options.writes)


def show_fold(path: Path, writes: int) -> None:
    """Fold what was written, and check that all of it is there."""
    with Store(path) as store:
        start = time.perf_counter()
        folded = store.fold().added
        took = time.perf_counter() - start
        cells = store.ask("cells", as_of=NOW).to_pylist()
    assert sum(cell["decisions"] for cell in cells) == writes, "an acknowledged write is missing"
    print(f"{'':<4}all {writes:,} are there; {folded:,} folded in {took:.2f} s")


if __name__ == "__main__":
    main()
