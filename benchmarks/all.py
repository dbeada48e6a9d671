"""Everything that people and agents wait for, in one table beside what they would use instead; `make bench-all`.

    python benchmarks/all.py                        # about a quarter of an hour on two cores
    python benchmarks/all.py --small                # a minute: does it run?
    python benchmarks/all.py --folder F --only files imports   # one step after another, kept in F
    python benchmarks/all.py --write                # into docs/performance.md and docs/images/growth.svg

Whole commands are timed, from the start of Python to its end, unless a row says *warm*. Ours and what stands beside it
run in turns on the same data in the same run; medians. Ratios above 1 say that ours is faster. On a machine with other
work look at the ratios, not at the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import importing
import logging_throughput as logging
import scoring
from conversion_rates import PLAIN_JOIN, make_history
from decision_log import DecisionLog, OpportunityScorer
from performance_page import Figures, write_page
from timing import CLOCK, elapsed_here, in_turns, wall

HERE = Path(__file__).parent
COMMAND = [sys.executable, "-m", "decision_cli"]
PEERS = [sys.executable, str(HERE / "scoring_peers.py")]
LOGGED = ["-t", "type_01", "-s", "source_01", "-a", "Replied"]
SOURCE = "data/opportunities.json"


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    items: int
    decisions: int
    rows: int
    writes: int
    growth: tuple[int, ...]
    runs: int


FULL = Sizes(100_000, 10_000, 300_000, 1_000, (1_000, 10_000, 100_000, 1_000_000), 3)
SMALL = Sizes(2_000, 500, 2_000, 30, (300, 1_000), 1)


def compile_modules(home: Path) -> None:
    """Run the commands that are timed once, so that their modules are compiled as those of an installation are."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    (home / SOURCE).parent.mkdir(parents=True, exist_ok=True)
    (home / SOURCE).write_text('[{"type": "type_01", "source": "source_01", "score": 60}]')
    kind = ["-t", "type_01", "-s", "source_01"]
    for words in (
        ["log", *LOGGED], ["conversions"], ["predict", *kind], ["score"], ["summary"], ["train"],
    ):  # fmt: skip
        quiet = subprocess.DEVNULL
        subprocess.run([*COMMAND, *words, "--home", home], check=False, stdout=quiet, stderr=quiet)


def prepare(folder: Path, sizes: Sizes) -> Path:
    """Write log and opportunities, and train model and pipeline; nothing of it is timed."""
    home = folder / "home"
    if not home.exists():
        home.mkdir(parents=True)
        scoring.prepare(home, sizes.items, sizes.decisions, matter=True, most_words=60)
        subprocess.run([*PEERS, "fit", str(home)], check=True)
        scoring.train(home)
    return home


def files(home: Path, sizes: Sizes, figures: Figures) -> None:
    """Score one file from JSON to ranked JSON, with the rates alone and with a model."""
    n = sizes.items
    score = [*COMMAND, "score", "--home", str(home), "--top", "0", "--again"]
    some = min(n, 1_000)
    models, aside = home / "artifacts", home / "aside"
    models.rename(aside)
    rates, theirs = in_turns(
        sizes.runs,
        lambda: n / wall(score),
        lambda: some / scoring.predecessor(home, home / SOURCE, some, cpu=CLOCK["cpu"]),
    )
    figures.rate("score a file, rates alone", rates, "the predecessor's way", theirs, "items/s")
    shutil.rmtree(models, ignore_errors=True)  # a small log trains by itself
    aside.rename(models)
    figures.note(f"Model and pipeline learnt from {sizes.decisions:,} decisions.")
    alone = [*score, "--jobs", "1"]
    ours, pipeline, limit = in_turns(
        sizes.runs,
        lambda: n / wall(score),
        lambda: n / wall([*PEERS, "pipeline", str(home)]),
        lambda: n / wall([*PEERS, "limit", str(home)]),
    )
    figures.rate("score a file, with a model", ours, "scikit-learn pipeline", pipeline, "items/s")
    figures.rate("", ours, "orjson: read, sort, write", limit, "items/s")
    not_kept, by_one, one_not_kept, pipeline = in_turns(
        sizes.runs,
        lambda: n / wall([*score, "--no-record"]),
        lambda: n / wall(alone),
        lambda: n / wall([*alone, "--no-record"]),
        lambda: n / wall([*PEERS, "pipeline", str(home)]),
    )
    peer = "scikit-learn pipeline"
    figures.rate("the same, predictions not kept", not_kept, peer, pipeline, "items/s")
    figures.rate("the same by one process", by_one, peer, pipeline, "items/s")
    what = "the same by one process, predictions not kept"
    figures.rate(what, one_not_kept, peer, pipeline, "items/s")
    unchanged = [word for word in score if word != "--again"]
    wall(unchanged)
    again, start = in_turns(
        sizes.runs, lambda: 1e3 * wall(unchanged), lambda: 1e3 * wall([*COMMAND, "--version"])
    )
    figures.time("score again, nothing changed", again, "the command alone", start, "ms")


def partitions(home: Path, folder: Path, sizes: Sizes, figures: Figures) -> None:
    """Score Parquet partitions by one and by two processes; half of the items in each of eight files."""
    rows = json.loads((home / SOURCE).read_bytes())["opportunities"]
    table = pa.Table.from_pylist(rows)
    parts, each = folder / "in", max(sizes.items // 2, 1)
    parts.mkdir(exist_ok=True)
    for n in range(8):
        pq.write_table(table.slice(n % 2 * each, each), parts / f"part{n}.parquet")

    def run(jobs: int) -> float:
        started = (
            time.perf_counter()
        )  # of several processes only the time that passes says anything
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        words = ["--out", str(out), "--jobs", str(jobs), "--no-record", "--top", "0"]
        wall([*COMMAND, "score", str(parts / "*.parquet"), "--home", str(home), *words])
        return 8 * each / (time.perf_counter() - started)

    two, one = in_turns(sizes.runs, lambda: run(2), lambda: run(1))
    written = sum(path.stat().st_size for path in (folder / "out").glob("*.parquet"))
    figures.partitions = {"one": one, "two": two, "bytes": written / (8 * each)}
    figures.rate("score 8 Parquet files, two processes", two, "one process", one, "items/s")


def single(home: Path, sizes: Sizes, figures: Figures) -> None:
    """Answer about one opportunity at a time."""
    calls = 2_000 if sizes.items >= FULL.items else 20
    ours = statistics.median(scoring.one_at_a_time(home, calls))
    done = subprocess.run([*PEERS, "one", str(home)], check=True, stdout=subprocess.PIPE, text=True)
    pipeline = float(done.stdout)
    figures.time("warm: score_opportunity", ours, "scikit-learn pipeline", pipeline, "us")
    item = {"type": "type_01", "source": "source_01", "score": 60, "content": "a coach next month"}
    with OpportunityScorer(home=home) as scorer:
        scorer.predict_outcome(item)
        times = []
        for n in range(calls):
            started = time.perf_counter()
            scorer.predict_outcome({**item, "id": f"o-{n}"})
            times.append(1e6 * (time.perf_counter() - started))
    predicted = statistics.median(times)
    figures.time("warm: predict_outcome", predicted, "scikit-learn pipeline", pipeline, "us")


def commands(home: Path, decisions: int, sizes: Sizes, figures: Figures) -> None:
    """Ask a log cold: after a fact was added, and unchanged."""
    words = ["--home", str(home)]
    predict = [*COMMAND, "predict", "-t", "type_01", "-s", "source_01", "--no-record", *words]
    conversions = [*COMMAND, "conversions", *words]
    plain = home / "plain.duckdb"
    libraries = [sys.executable, "-c", "import numpy, duckdb"]
    sql = f"import duckdb; duckdb.connect({str(plain)!r}).sql({PLAIN_JOIN!r}).fetchall()"

    def changed(command: list[str]) -> float:
        with DecisionLog(home=home) as log:
            log.log_decision(None, "type_01", "source_01", "Replied")
        return 1e3 * wall(command)

    size = f"{decisions:,} decisions"
    wall(predict)
    cold, imports = in_turns(sizes.runs, lambda: 1e3 * wall(predict), lambda: 1e3 * wall(libraries))
    figures.time(f"predict, {size}, unchanged", cold, "import numpy, duckdb", imports, "ms")
    refit, same, join = in_turns(
        sizes.runs,
        lambda: changed(conversions),
        lambda: 1e3 * wall(conversions),
        lambda: 1e3 * wall([sys.executable, "-c", sql]),
    )
    figures.time(f"conversions, {size}, after a fact", refit, "a join in SQL alone", join, "ms")
    figures.time(f"conversions, {size}, unchanged", same, "a join in SQL alone", join, "ms")
    summary = [*COMMAND, "summary", "--no-save", *words]
    first = changed(summary)
    wall(summary)  # the first one may have recorded findings
    figures.time(f"summary, {size}, after a fact", first, "a join in SQL alone", join, "ms")
    figures.time(
        f"summary, {size}, unchanged", 1e3 * wall(summary), "a join in SQL alone", join, "ms"
    )
    warm_conversions(home, size, sizes, figures)


def warm_conversions(home: Path, size: str, sizes: Sizes, figures: Figures) -> None:
    """Ask for the rates again in one process, unchanged and after a fact."""
    import duckdb

    with (
        DecisionLog(home=home) as log,
        duckdb.connect(str(home / "plain.duckdb"), read_only=True) as plain,
    ):

        def rates() -> float:
            started = elapsed_here()
            log.get_conversion_rates()
            return 1e3 * (elapsed_here() - started)

        def after_a_fact() -> float:
            log.log_decision(None, "type_01", "source_01", "Replied")
            return rates()

        def join() -> float:
            started = elapsed_here()
            plain.sql(PLAIN_JOIN).fetchall()
            return 1e3 * (elapsed_here() - started)

        rates()
        same, theirs = in_turns(sizes.runs, rates, join)
        figures.time(f"warm: conversions, {size}, unchanged", same, "that join, warm", theirs, "ms")
        fact, theirs = in_turns(sizes.runs, after_a_fact, join)
        figures.time(
            f"warm: conversions, {size}, after a fact", fact, "that join, warm", theirs, "ms"
        )


def logging_rows(folder: Path, sizes: Sizes, figures: Figures) -> None:
    """Log decisions one by one, each on the disk before it counts."""
    for processes in (1, 8):
        for path in folder.glob(f"*{processes}.d*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(folder / f"ours{processes}.journal", ignore_errors=True)
        ours = logging.measure(
            logging.journal_writer, folder / f"ours{processes}.duckdb", processes, sizes.writes
        )
        place = folder / f"sqlite{processes}.db"
        logging.prepare_sqlite(place)
        sqlite = logging.measure(logging.sqlite_writer, place, processes, sizes.writes)
        what = f"log a decision, {processes} process{'es' if processes > 1 else ''}"
        rates = ours.throughput, "SQLite WAL, synchronous FULL", sqlite.throughput
        figures.rate(what, *rates, "writes/s")


def imports(folder: Path, sizes: Sizes, figures: Figures) -> None:
    """Import a table of deals."""
    table = importing.make_table(sizes.rows, np.random.default_rng(20260208), 0.3)
    for kind in importing.KINDS:
        path = folder / f"deals.{kind}"
        importing.write(table, path)
        import_row(f"{sizes.rows:,} deals", kind, [path], folder, sizes.rows, figures)
        own = importing.exported(folder / f"home-{kind}", folder / f"own-{kind}", kind)
        facts = sizes.rows + outcomes_of(folder / f"home-{kind}", folder)
        import_row(f"an export of {facts:,} facts", kind, own, folder, facts, figures)


def import_row(
    what: str, kind: str, paths: list[Path], folder: Path, rows: int, figures: Figures
) -> None:
    """Import files into a new home, beside reading them."""
    home = folder / f"home-{kind}"
    shutil.rmtree(home, ignore_errors=True)
    passed, used, memory = importing.whole_command(paths, home)
    rate = rows / (used if CLOCK["cpu"] else passed)
    limit = rows / sum(map(importing.read_only, paths))
    title = f"import {what}, {kind} ({memory:,.0f} MB)"
    figures.rate(title, rate, "reading it with Arrow alone", limit, "rows/s")


def outcomes_of(home: Path, folder: Path) -> int:
    """Count the outcomes of a log."""
    path = importing.exported(home, folder / "counted", "parquet")[1]
    return int(pq.read_metadata(path).num_rows)


def training(home: Path, decisions: int, figures: Figures) -> None:
    """Train by the command, beside fitting the pipeline."""
    ours, theirs = wall([*COMMAND, "train", "--home", str(home)]), wall([*PEERS, "fit", str(home)])
    figures.time(
        f"train, {decisions:,} decisions",
        ours,
        "fit the pipeline, no check of any kind",
        theirs,
        "s",
    )


def growth(folder: Path, sizes: Sizes, figures: Figures) -> None:
    """Time whole commands on logs and files of growing size."""
    for n in sizes.growth:
        home = folder / f"grown-{n}"
        shutil.rmtree(home, ignore_errors=True)
        decisions, outcomes = make_history(n, np.random.default_rng(20260208))
        clock = time.process_time if CLOCK["cpu"] else time.perf_counter
        started = clock()
        with DecisionLog(home=home) as log:
            log.store.load(decisions, outcomes, None)
        figures.grow("load decisions and outcomes", n, clock() - started)
        scoring.make_opportunities(n, np.random.default_rng(7), home / SOURCE, 60)
        words = ["--home", str(home)]
        score = [*COMMAND, "score", "--top", "0", "--no-record", "--again", *words]
        figures.grow("score a file of so many, rates alone", n, wall(score))
        figures.grow("conversions, cold", n, wall([*COMMAND, "conversions", *words]))
        figures.grow("conversions, unchanged", n, wall([*COMMAND, "conversions", *words]))
        predict = [*COMMAND, "predict", "-t", "type_01", "-s", "source_01", "--no-record", *words]
        wall(predict)
        figures.grow("predict, unchanged", n, wall(predict))
        figures.grow("log a decision", n, wall([*COMMAND, "log", *LOGGED, *words]))
        summary = [*COMMAND, "summary", "--no-save", *words]
        figures.grow("summary, first", n, wall(summary))
        wall(summary)  # the first one may have recorded findings
        figures.grow("summary, unchanged", n, wall(summary))
        if n < sizes.growth[-1]:
            shutil.rmtree(home)


def questions(folder: Path, sizes: Sizes, figures: Figures) -> None:
    """Ask the largest log of `growth`."""
    home = folder / f"grown-{sizes.growth[-1]}"
    with_plain_copy(home, sizes.growth[-1])
    commands(home, sizes.growth[-1], sizes, figures)


def with_plain_copy(home: Path, decisions: int) -> None:
    """Write the tables of the history into a DuckDB file of their own, for the plain join."""
    import duckdb

    made, outcomes = make_history(decisions, np.random.default_rng(20260208))
    (home / "plain.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(home / "plain.duckdb")) as plain:
        for name, table in (("d", made), ("o", outcomes)):
            plain.register("rows", table)
            plain.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")  # noqa: S608 - two names of ours
            plain.unregister("rows")


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument(
        "--cpu", action="store_true", help="time by processor time, on a machine with other work"
    )
    parser.add_argument("--runs", type=int, help="how often each is timed")
    parser.add_argument("--largest", type=int, help="largest size of the growth")
    parser.add_argument("--only", nargs="*", help="some of the steps, by name")
    parser.add_argument(
        "--folder", type=Path, help="keep data and figures here, to go on with other steps"
    )
    arguments = parser.parse_args()
    sizes = SMALL if arguments.small else FULL
    sizes = replace(
        sizes,
        runs=arguments.runs or sizes.runs,
        growth=tuple(n for n in sizes.growth if n <= (arguments.largest or n)),
    )
    CLOCK["cpu"] = arguments.cpu
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for every row alike
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        compile_modules(folder / "empty")
        figures = Figures.load(folder / "figures.json")
        home = prepare(folder, sizes)
        steps: dict[str, Callable[[], None]] = {
            "logging": lambda: logging_rows(folder, sizes, figures),
            "files": lambda: files(home, sizes, figures),
            "partitions": lambda: partitions(home, folder, sizes, figures),
            "single": lambda: single(home, sizes, figures),
            "imports": lambda: imports(folder, sizes, figures),
            "growth": lambda: growth(folder, sizes, figures),
            "questions": lambda: questions(folder, sizes, figures),
            "training": lambda: training(home, sizes.decisions, figures),
        }
        if arguments.cpu and not figures.notes:
            figures.note(
                "The machine had other work: figures are by processor time, but for logging, two processes and "
                "calls marked *warm*."
            )
        for name in steps if arguments.only is None else arguments.only:
            steps[name]()
            figures.show_new()
            figures.save(folder / "figures.json")
        print(figures.markdown())
        if arguments.write:
            write_page(HERE.parent / "docs", figures)


if __name__ == "__main__":
    main()
