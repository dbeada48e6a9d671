"""Conversion rates over a large log: how long a question takes, warm and cold, and how much memory.

    python benchmarks/conversion_rates.py --decisions 1000000

Baseline, in the same run: the same counts by one plain SQL join of the two tables, without any rule
about what is won, lost or open. The ratio says what the rules and the statistics cost on top.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from decision_log import DecisionLog
from decision_store.facts import DECISIONS, OUTCOMES

TYPES = [f"type_{i:02d}" for i in range(40)]
SOURCES = [f"source_{i:02d}" for i in range(12)]
PLAIN_JOIN = """
    SELECT opportunity_source, opportunity_type, count(*), sum(o.deal_closed::INT),
           sum(o.response_received::INT), sum(o.revenue_generated),
           avg(date_diff('second', d.timestamp, o.occurred_at)) FILTER (o.deal_closed)
    FROM d LEFT JOIN o USING (decision_id) GROUP BY ALL
"""
SHARE_WITH_OUTCOME = 0.6
SHARE_WON = 0.4
"""Of those with an outcome: about a quarter of all decisions convert."""


def make_history(n: int, rng: np.random.Generator) -> tuple[pa.Table, pa.Table]:
    """Make ``n`` decisions over three years and an outcome for most of them, in time order."""
    end = datetime.now(UTC).replace(tzinfo=None)
    start = end - timedelta(days=1095)
    seconds = np.sort(rng.uniform(0, 1095 * 86400 * 0.999, n))
    decided = np.datetime64(start, "us") + (seconds * 1e6).astype("timedelta64[us]")
    ids = np.array([f"d-{i:08d}" for i in range(n)])
    decisions = _table(
        DECISIONS(),
        n,
        decision_id=ids,
        timestamp=decided,
        recorded_at=decided,
        opportunity_type=np.array(TYPES)[rng.integers(0, len(TYPES), n)],
        opportunity_source=np.array(SOURCES)[rng.integers(0, len(SOURCES), n)],
        action_taken=np.full(n, "replied"),
        opportunity_score=rng.uniform(0, 100, n),
    )
    chosen = np.flatnonzero(rng.random(n) < SHARE_WITH_OUTCOME)
    hours = rng.lognormal(3.5, 1.0, len(chosen))
    happened = decided[chosen] + (hours * 3.6e9).astype("timedelta64[us]")
    chosen, happened = (
        chosen[happened < np.datetime64(end, "us")],
        happened[happened < np.datetime64(end, "us")],
    )
    won = rng.random(len(chosen)) < SHARE_WON
    outcomes = _table(
        OUTCOMES(),
        len(chosen),
        outcome_id=np.array([f"o-{i:08d}" for i in chosen]),
        decision_id=ids[chosen],
        outcome_type=np.where(won, "conversion", "response"),
        outcome_status=np.where(won, "success", "failed"),
        revenue_generated=np.where(won, rng.lognormal(5, 1, len(chosen)).round(2), 0.0),
        deal_closed=won,
        customer_acquired=won,
        response_received=np.ones(len(chosen), dtype=bool),
        occurred_at=happened,
        recorded_at=happened,
    )
    return decisions, outcomes


def _table(schema: pa.Schema, n: int, **columns: np.ndarray) -> pa.Table:
    arrays = [
        pa.array(columns[field.name]).cast(field.type)
        if field.name in columns
        else pa.nulls(n, field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)


def timed(action: Callable[[], object], repeats: int) -> list[float]:
    """Run ``action`` and give each run's milliseconds, sorted."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        times.append(1e3 * (time.perf_counter() - started))
    return sorted(times)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, DecisionLog(home=Path(folder)) as log:
        decisions, outcomes = make_history(arguments.decisions, np.random.default_rng(20260208))
        started = time.perf_counter()
        log.store.load(decisions, outcomes, None)
        loaded = time.perf_counter() - started
        rows = decisions.num_rows + outcomes.num_rows
        print(f"{decisions.num_rows:,} decisions and {outcomes.num_rows:,} outcomes")
        print(f"loaded in {loaded:.1f} s ({rows / loaded:,.0f} rows/s, journalled)")
        plain = duckdb.connect()
        plain.execute("create table d as select * from decisions")
        plain.execute("create table o as select * from outcomes")
        del decisions, outcomes
        now = datetime.now(UTC)
        questions: dict[str, Callable[[], object]] = {
            "counts of every cell": lambda: log.ask("cells", as_of=now),
            "delays of every cell": lambda: log.ask("delays", as_of=now),
            "get_conversion_rates": log.get_conversion_rates,
            "calculate_roi_by_type": log.calculate_roi_by_type,
            "baseline: plain join": lambda: plain.sql(PLAIN_JOIN).fetchall(),
        }
        medians = {}
        for name, question in questions.items():
            times = timed(question, arguments.repeats)
            medians[name] = statistics.median(times)
            print(f"{name:24} median {medians[name]:7.1f} ms   max {times[-1]:7.1f} ms")
        ratio = medians["get_conversion_rates"] / medians["baseline: plain join"]
        print(f"get_conversion_rates / plain join = {ratio:.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
