"""Scoring a file of opportunities: items a second from file to file, memory, and one at a time.

    python benchmarks/scoring.py --items 100000 --decisions 10000
    python benchmarks/scoring.py --items 100000 --decisions 10000 --model

Baseline, in the same run, on the first items: what the predecessor did. For each item it reads the last
20 outcomes of the item's source and type from SQLite, averages them, and in the end writes all items with
``json.dump(indent=2)``. With ``--model`` a model is trained on the log (its decisions then have texts,
senders and attributes that matter) and serves; the baseline is then the rates alone on the same items.
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
import pyarrow as pa
import pyarrow.compute as pc

from conversion_rates import SOURCES, TYPES, make_history
from decision_log import DecisionLog, OpportunityScorer
from decision_log.models.dataset import read_history
from decision_log.models.versions import promote_model, save_model
from decision_model.trained.model import TrainedModel

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


def make_opportunities(n: int, rng: np.random.Generator, path: Path, most_words: int) -> None:
    """Write ``n`` items in the aggregator's envelope; with up to 60 words they have about 420 bytes."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    types, sources = rng.integers(0, len(TYPES), n), rng.integers(0, len(SOURCES), n)
    scores, lengths = rng.integers(0, 101, n), rng.integers(5, most_words, n)
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


def predecessor(home: Path, source: Path, items: int, *, cpu: bool = False) -> float:
    """Score ``items`` opportunities as the predecessor did; give the seconds that passed, or of the processor."""
    clock = time.process_time if cpu else time.perf_counter
    opportunities = json.loads(source.read_text(encoding="utf-8"))["opportunities"][:items]
    connection = sqlite3.connect(home / "predecessor.db")
    started = clock()
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
    return clock() - started


def prepare(home: Path, items: int, decisions: int, *, matter: bool, most_words: int) -> None:
    """Write the log, its copy for the predecessor, and the opportunities."""
    rng = np.random.default_rng(20260208)
    made, outcomes = make_history(decisions, rng)
    if matter:
        made = inputs_that_matter(made, outcomes, rng)
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
    make_opportunities(items, rng, home / "data" / "opportunities.json", most_words)


def inputs_that_matter(made: pa.Table, outcomes: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Give decisions texts, senders and base scores that differ between the won ones and the others."""
    n = made.num_rows
    wins = outcomes.filter(outcomes["deal_closed"])["decision_id"]
    won = pc.is_in(made["decision_id"], wins).to_numpy(zero_copy_only=False)
    liking = np.exp(rng.normal(0, 0.5, len(WORDS)))
    words = rng.integers(0, len(WORDS), (n, 60))
    words[won] = rng.choice(len(WORDS), (int(won.sum()), 60), p=liking / liking.sum())
    lengths = rng.integers(5, 60, n)
    columns = {
        "opportunity_content": [
            " ".join(WORDS[w] for w in row[:length])
            for row, length in zip(words, lengths, strict=True)
        ],
        "sender": [f"person{k}@example.com" for k in rng.integers(0, 5000, n)],
        "opportunity_score": np.clip(rng.normal(45 + 15 * won, 20, n), 0, 100).round(),
    }
    for name, values in columns.items():
        place = made.schema.get_field_index(name)
        made = made.set_column(place, name, pa.array(values).cast(made.schema.field(place).type))
    return made


def train(home: Path) -> float:
    """Train a model on the log and let it serve; give the seconds."""
    started = time.perf_counter()
    now = datetime.now(UTC)
    with DecisionLog(home=home) as log:
        data = read_history(log.store, now)
        model = TrainedModel.fit(data.frame, data.labels)
        models = log.settings.home.models
        promote_model(models, save_model(models, model, now, {}), why="a benchmark")
    return time.perf_counter() - started


def warm_file(home: Path, items: int) -> float:
    """Score the file with a warm scorer that keeps no predictions; give items per CPU second."""
    with OpportunityScorer(home=home, record=False) as scorer:
        _ = scorer.predictor
        started = time.process_time()
        scorer.score_file(again=True)
        return items / (time.process_time() - started)


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
                "sender": "person7@example.com",
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
    parser.add_argument("--words", type=int, default=60, help="longest text of an item")
    parser.add_argument("--model", action="store_true", help="train a model and score with it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prepare(
            home,
            arguments.items,
            arguments.decisions,
            matter=arguments.model,
            most_words=arguments.words,
        )
        source = home / "data" / "opportunities.json"
        size = source.stat().st_size / arguments.items
        print(f"{arguments.items:,} items of {size:.0f} bytes, log of {arguments.decisions:,}")
        if arguments.model:
            alone = warm_file(home, arguments.items)
            rates = one_at_a_time(home, 2_000)
            print(f"model trained in {train(home):.1f} s")
        command = [
            sys.executable,
            "-m",
            "decision_cli",
            "score",
            "--home",
            folder,
            "--top",
            "0",
            "--again",
        ]
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
            scorer.score_file(again=True)
            warm = arguments.items / (time.perf_counter() - started)
        print(f"warm scorer, file to file: {warm:,.0f} items/s")
        n = min(arguments.baseline_items, arguments.items)
        theirs = n / predecessor(home, source, n)
        print(f"predecessor's way: {theirs:,.0f} items/s; ratio {ours / theirs:,.0f}")
        times = one_at_a_time(home, 5_000)
        p99 = times[int(0.99 * len(times))]
        print(f"one at a time, warm: median {statistics.median(times):.0f} us, p99 {p99:.0f} us")
        if arguments.model:
            served = warm_file(home, arguments.items)
            print(
                f"warm, no predictions kept: {served:,.0f} items/s of CPU with the model, {alone:,.0f} with "
                f"the rates alone; ratio {served / alone:.2f}"
            )
            slower = statistics.median(times) / statistics.median(rates)
            print(f"one at a time, the model takes {slower:.1f} times as long as the rates alone")


if __name__ == "__main__":
    main()
