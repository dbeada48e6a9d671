"""Scoring a file of opportunities: items a second from file to file, memory, and one at a time.

    python benchmarks/scoring.py --items 100000 --decisions 10000

Baseline, in the same run, on the first items: what the predecessor did. For each item it reads the last
20 outcomes of the item's source and type from SQLite, averages them, and in the end writes all items with
``json.dump(indent=2)``.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from conversion_rates import SOURCES, TYPES, make_history
from decision_log import DecisionLog, OpportunityScorer

WORDS = [
    "hello",
    "looking",
    "for",
    "a",
    "coach",
    "next",
    "month",
    "budget",
    "urgent",
    "price",
    "lesson",
    "season",
    "club",
    "friends",
    "podcast",
    "partner",
    "newsletter",
    "invoice",
    "thanks",
    "please",
    "great",
    "offer",
    "question",
    "about",
    "your",
    "programme",
    "juniors",
]


def make_opportunities(n: int, rng: np.random.Generator, path: Path) -> None:
    """Write ``n`` items of about 370 bytes in the aggregator's envelope."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    types, sources = rng.integers(0, len(TYPES), n), rng.integers(0, len(SOURCES), n)
    scores, lengths = rng.integers(0, 101, n), rng.integers(5, 60, n)
    words = rng.integers(0, len(WORDS), (n, 60))
    with path.open("w", encoding="utf-8") as file:
        file.write('{"last_updated": "2026-01-01", "opportunities": [\n')
        for i in range(n):
            item = {
                "id": f"opp-{i:07d}",
                "type": TYPES[types[i]],
                "source": SOURCES[sources[i]],
                "score": int(scores[i]),
                "sender": f"person{i % 5000}@example.com",
                "timestamp": (start + timedelta(minutes=i)).isoformat(),
                "content": " ".join(WORDS[w] for w in words[i, : lengths[i]]),
                "revenue_potential": "$100-300",
            }
            file.write(json.dumps(item, ensure_ascii=False) + (",\n" if i < n - 1 else "\n"))
        file.write("]}")


def predecessor(home: Path, source: Path, items: int) -> float:
    """Score ``items`` opportunities as the predecessor did; give the seconds."""
    opportunities = json.loads(source.read_text(encoding="utf-8"))["opportunities"][:items]
    connection = sqlite3.connect(home / "predecessor.db")
    started = time.perf_counter()
    for item in opportunities:
        rows = connection.execute(
            "SELECT o.deal_closed, o.revenue FROM d JOIN o USING (id) "
            "WHERE d.type = ? AND d.source = ? ORDER BY d.timestamp DESC LIMIT 20",
            (item["type"], item["source"]),
        ).fetchall()
        rate = sum(row[0] for row in rows) / len(rows) if rows else 0.5
        revenue = sum(row[1] for row in rows) / len(rows) if rows else 0.0
        confidence = min(len(rows) / 20, 1.0)
        item["conversion_probability"] = 100 * rate
        item["adjusted_score"] = (
            item["score"] * 0.4 + rate * 30 + min(revenue / 50, 20) + confidence * 10
        )
    opportunities.sort(key=lambda item: -item["adjusted_score"])
    with (home / "predecessor.json").open("w", encoding="utf-8") as file:
        json.dump({"opportunities": opportunities}, file, indent=2)
    return time.perf_counter() - started


def prepare(home: Path, items: int, decisions: int) -> None:
    """Write the log, its copy for the predecessor, and the opportunities."""
    rng = np.random.default_rng(20260208)
    made, outcomes = make_history(decisions, rng)
    with DecisionLog(home=home) as log:
        log.store.load(made, outcomes, None)
    connection = sqlite3.connect(home / "predecessor.db")
    connection.execute("CREATE TABLE d (id TEXT PRIMARY KEY, type, source, timestamp)")
    connection.execute("CREATE TABLE o (id TEXT, deal_closed, revenue)")
    columns = ["decision_id", "opportunity_type", "opportunity_source", "timestamp"]
    rows = zip(*(made[c].cast("string").to_pylist() for c in columns), strict=True)
    connection.executemany("INSERT INTO d VALUES (?, ?, ?, ?)", rows)
    columns = ["decision_id", "deal_closed", "revenue_generated"]
    rows = zip(*(outcomes[c].to_pylist() for c in columns), strict=True)
    connection.executemany("INSERT INTO o VALUES (?, ?, ?)", rows)
    connection.execute("CREATE INDEX cell ON d (type, source)")
    connection.execute("CREATE INDEX decision ON o (id)")
    connection.commit()
    make_opportunities(items, rng, home / "data" / "opportunities.json")


def one_at_a_time(home: Path, repeats: int) -> list[float]:
    """Score single opportunities with a warm scorer; give microseconds each, sorted."""
    rng = np.random.default_rng(7)
    times = []
    with OpportunityScorer(home=home) as scorer:
        for _ in range(repeats):
            item = {
                "type": TYPES[rng.integers(len(TYPES))],
                "source": SOURCES[rng.integers(len(SOURCES))],
                "score": int(rng.integers(101)),
                "content": "looking for a coach next month",
            }
            started = time.perf_counter()
            scorer.score_opportunity(item)
            times.append(1e6 * (time.perf_counter() - started))
    return sorted(times[len(times) // 10 :])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--baseline-items", type=int, default=1_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prepare(home, arguments.items, arguments.decisions)
        source = home / "data" / "opportunities.json"
        size = source.stat().st_size / arguments.items
        print(f"{arguments.items:,} items of {size:.0f} bytes, log of {arguments.decisions:,}")
        command = [sys.executable, "-m", "decision_cli", "score", "--home", folder, "--top", "0"]
        seconds = []
        for _ in range(arguments.runs):
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - started)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        ours = arguments.items / statistics.median(seconds)
        print(f"whole process, file to file: {ours:,.0f} items/s (median of {arguments.runs})")
        print(f"peak memory {peak:,.0f} MB")
        with OpportunityScorer(home=home) as scorer:
            _ = scorer.predictor
            started = time.perf_counter()
            scorer.score_file()
            warm = arguments.items / (time.perf_counter() - started)
        print(f"warm scorer, file to file: {warm:,.0f} items/s")
        n = min(arguments.baseline_items, arguments.items)
        theirs = n / predecessor(home, source, n)
        print(f"predecessor's way: {theirs:,.0f} items/s; ratio {ours / theirs:,.0f}")
        times = one_at_a_time(home, 5_000)
        p99 = times[int(0.99 * len(times))]
        print(f"one at a time, warm: median {statistics.median(times):.0f} us, p99 {p99:.0f} us")


if __name__ == "__main__":
    main()
