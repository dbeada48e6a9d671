"""Time from an outcome recorded by any process to the new numbers on open pages of the work screen.

    python benchmarks/outcome_to_page.py --decisions 100000 --writers 8 --tabs 5 --seconds 60
    python benchmarks/outcome_to_page.py --decisions 100000 --writers 8 --tabs 5 --seconds 60 --pause 0.15
    python benchmarks/outcome_to_page.py --decisions 100000 --writers 8 --tabs 5 --seconds 60 --pause 0

The first is eight people or agents that each record one fact a second, the second seven a second each, the third as
many as the machine takes: then the writers leave the server what the scheduler gives it.

Writers are processes that each record responses to open decisions, and now and then a decision. Each tab is a client of
``decision-log serve``: it follows ``/events``, takes the counts that come with them, and loads the page again after
each change, as the script of the page does. Every so many seconds a decision is won; the script notes when that was
acknowledged, when the head of each tab counted it, and when the whole page did.

Then: a cold ``predict`` and ``conversions`` of the unchanged log beside ``import numpy, duckdb``.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from conversion_rates import make_history
from decision_log import DecisionLog

WRITER = """
import sys, time, random
from decision_log import DecisionLog
home, first, step, pause = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
ids = sys.argv[5:]
with DecisionLog(home=home) as log:
    for n in range(first, 10**9, step):
        if n % 10 == 0:
            log.log_decision(None, "golf", "email", f"Replied {n}", f"Do you coach? {n}")
        else:
            log.record_outcome(ids[n % len(ids)], "response", "interested", again=True)
        time.sleep(pause * random.random() * 2)
"""


def fill(log: DecisionLog, decisions: int) -> list[str]:
    """Load decisions of three years, a quarter of them won and the others open; return ids of open ones."""
    made, outcomes = make_history(decisions, np.random.default_rng(20261126))
    log.store.load(made, outcomes)
    won = pc.filter(outcomes.column("decision_id"), outcomes.column("deal_closed"))
    return sorted(set(made.column("decision_id").to_pylist()) - set(won.to_pylist()))


class Tab:
    """An open page: follows the events of the server and loads the page again after each change."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie = port, cookie
        self.head: list[tuple[float, int]] = []
        self.pages: list[tuple[float, int, int]] = []
        self._changed = threading.Event()
        self._seen = ""
        for work in (self._follow, self._load):
            threading.Thread(target=work, daemon=True).start()

    def _get(self, path: str) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
        connection.request("GET", path, headers={"Cookie": self._cookie, "X-Seen": self._seen})
        return connection.getresponse()

    def _follow(self) -> None:
        kind = ""
        for raw in self._get("/events"):
            line = raw.decode().strip()
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: ") and kind == "counts":
                found = re.search(r'"won": "([\d,]+)"', line)
                if found:
                    self.head.append((time.monotonic(), int(found[1].replace(",", ""))))
            elif line.startswith("data: ") and kind in {"change", "state"}:
                self._seen = line[6:]
                self._changed.set()

    def _load(self) -> None:
        while True:
            self._changed.wait()
            self._changed.clear()
            try:
                page = self._get("/").read().decode()
            except OSError:  # the server has ended
                return
            won = re.search(r'data-count="won">([\d,]+)<', page)
            waiting = [
                int(n.replace(",", "")) for n in re.findall(r"(?:Overdue|Waiting) ([\d,]+)<", page)
            ]
            if won:
                self.pages.append((time.monotonic(), int(won[1].replace(",", "")), sum(waiting)))


def serve(home: Path) -> tuple[subprocess.Popen[str], int, str]:
    """Start the server; return it, its port and the cookie of a session."""
    command = [sys.executable, "-m", "decision_cli", "--home", str(home), "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert server.stdout is not None
    for line in server.stdout:
        found = re.search(r"http://127\.0\.0\.1:(\d+)(/\S+)", line)
        if found:
            break
    port = int(found[1])  # type: ignore[index]
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", found[2])  # type: ignore[index]
    answer = connection.getresponse()
    return server, port, (answer.getheader("Set-Cookie") or "").partition(";")[0]


def first_at(seen: list[tuple[float, int]], least: int) -> float | None:
    """Return when a count first reached a number."""
    return next((at for at, count in seen if count >= least), None)


def quantiles(name: str, values: list[float]) -> None:
    """Print median, 95th percentile and largest of some seconds."""
    ordered = sorted(values)
    p95 = ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]
    print(
        f"{name:<34}{statistics.median(ordered):8.2f}{p95:8.2f}{ordered[-1]:8.2f}  s  (n = {len(ordered)})"
    )


def facts_in(log: DecisionLog) -> int:
    """Count the decisions and outcomes of a log."""
    (row,) = log.query(
        "SELECT (SELECT count(*) FROM decisions) + (SELECT count(*) FROM outcomes) AS n"
    )
    return int(row["n"])


def processor_seconds(process: int) -> float:
    """Return what a process and its children that have ended took of the processors."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def measure(
    home: Path, log: DecisionLog, open_ones: list[str], options: argparse.Namespace
) -> None:
    """Start server, tabs and writers, and time the probes."""
    server, port, cookie = serve(home)
    writers: list[subprocess.Popen[bytes]] = []
    try:
        tabs = [Tab(port, cookie) for _ in range(options.tabs)]
        while not all(tab.pages for tab in tabs):
            time.sleep(0.1)
        won = max(tab.pages[-1][1] for tab in tabs)
        command = [sys.executable, "-c", WRITER, str(home)]
        writers = [
            subprocess.Popen(
                [*command, str(n), str(options.writers), str(options.pause), *open_ones[:1000]]
            )
            for n in range(options.writers)
        ]
        time.sleep(3)
        facts, started, busy = facts_in(log), time.monotonic(), processor_seconds(server.pid)
        probes: list[tuple[float, int]] = []
        ending = time.monotonic() + options.seconds
        while time.monotonic() < ending:
            log.won(open_ones.pop(), 90.0)
            probes.append((time.monotonic(), won + len(probes) + 1))
            time.sleep(options.probe_every)
        spent = time.monotonic() - started
        print(
            f"load: {(facts_in(log) - facts) / spent:.0f} facts/s by {options.writers} writers; the server and its "
            f"fits took {(processor_seconds(server.pid) - busy) / spent:.2f} processors"
        )
        time.sleep(5)
    finally:
        for process in (*writers, server):
            process.terminate()
            process.wait()
    print(f"{'outcome to':<34}{'p50':>8}{'p95':>8}{'most':>8}")
    for name, seen in (
        (
            "counts in the head of a tab",
            [sorted(tab.head + [p[:2] for p in tab.pages]) for tab in tabs],
        ),
        ("the whole page of a tab", [[page[:2] for page in tab.pages] for tab in tabs]),
    ):
        found = [first_at(one, count) for one in seen for _, count in probes]
        starts = [at for _ in seen for at, _ in probes]
        late = sum(at is None for at in found)
        quantiles(name, [at - start for at, start in zip(found, starts, strict=True) if at])
        if late:
            print(f"  {late} not seen within the run")


def cold(home: Path) -> None:
    """Print the seconds of cold commands."""
    commands = {
        "import numpy, duckdb": ["-c", "import numpy, duckdb"],
        "import typer, numpy, duckdb": ["-c", "import typer, numpy, duckdb"],
        "predict": ["-m", "decision_cli", "--home", str(home), "predict", "--type", "type 1", "--source", "source 1"],
        "conversions": ["-m", "decision_cli", "--home", str(home), "conversions"],
    }  # fmt: skip
    print(f"{'cold, log unchanged':<34}{'p50':>8}{'least':>8}")
    for name, words in commands.items():
        times = []
        for _ in range(8):
            started = time.perf_counter()
            subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - started)
        print(f"{name:<34}{statistics.median(times[2:]):8.2f}{min(times):8.2f}  s")


def main() -> None:
    """Fill a log and measure."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--tabs", type=int, default=5)
    parser.add_argument(
        "--pause", type=float, default=1.0, help="mean seconds between a writer's facts"
    )
    parser.add_argument("--probe-every", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, DecisionLog(home=folder) as log:
        open_ones = fill(log, options.decisions)
        print(f"{options.decisions:,} decisions, {len(open_ones):,} open")
        if options.seconds:
            measure(Path(folder), log, open_ones, options)
        cold(Path(folder))


if __name__ == "__main__":
    main()
