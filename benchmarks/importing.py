"""Import of a table: rows a second and memory of the whole command, from Parquet, JSON Lines and CSV.

    python benchmarks/importing.py --rows 1000000

Each row is a decision with its outcome, as a CRM exports it: an id, type, source, text, sender, score, when it
came, its status, amount and closing time, and two attributes. The same file follows again, and the log's own export,
in which each decision and each outcome is a row. The limit, in the same run, is reading the same files into Arrow and
doing nothing with them. ``--open 0.3`` of the rows have no outcome.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from conversion_rates import SOURCES, TYPES
from scoring import WORDS

KINDS = ("parquet", "jsonl", "csv")
COMMAND = [sys.executable, "-m", "decision_cli", "import"]


def make_table(rows: int, rng: np.random.Generator, open_share: float) -> pa.Table:
    """Make one row for each decision, in time order over three years."""
    end = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=1)
    seconds = np.sort(rng.uniform(0, 1095 * 86400, rows))
    start = np.datetime64(end - timedelta(days=1095), "s")
    created = start + seconds.astype("timedelta64[s]")
    closed = created + (rng.lognormal(3.5, 1.0, rows) * 3600).astype("timedelta64[s]")
    known = (rng.random(rows) >= open_share) & (closed < np.datetime64(end, "s"))
    won = known & (rng.random(rows) < 0.4)
    texts = np.array([" ".join(rng.choice(WORDS, 20)) for _ in range(2_000)])
    return pa.table(
        {
            "Deal ID": [f"d-{i:08d}" for i in range(rows)],
            "Deal Type": np.array(TYPES)[rng.integers(0, len(TYPES), rows)],
            "Lead Source": np.array(SOURCES)[rng.integers(0, len(SOURCES), rows)],
            "Message": texts[rng.integers(0, len(texts), rows)],
            "Email": [f"person{k}@example.com" for k in rng.integers(0, 50_000, rows)],
            "Score": rng.integers(0, 101, rows),
            "Created": pa.array(created),
            "Status": np.where(won, "won", np.where(known, "lost", "open")),
            "Amount": np.where(won, rng.lognormal(5, 1, rows).round(2), 0.0),
            "Closed": pa.array(closed, mask=~known),
            "Plan": np.array(["free", "pro", "team"])[rng.integers(0, 3, rows)],
            "Followers": rng.integers(0, 5_000, rows),
        }
    )


def write(table: pa.Table, path: Path) -> None:
    """Write a table by the suffix of the path; times as ISO 8601 where it is text."""
    if path.suffix == ".parquet":
        pq.write_table(table, path)
        return
    texts = table
    for name in ("Created", "Closed"):
        column = pa.compute.strftime(table[name], format="%Y-%m-%dT%H:%M:%SZ")
        texts = texts.set_column(texts.schema.get_field_index(name), name, column)
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(texts, path)
        return
    with path.open("w", encoding="utf-8") as file:
        for batch in texts.to_batches(max_chunksize=50_000):
            file.writelines(json.dumps(row) + "\n" for row in batch.to_pylist())


def exported(home: Path, folder: Path, kind: str) -> list[Path]:
    """Export a log; give the files of its decisions and outcomes."""
    command = [*COMMAND[:-1], "export", "--home", str(home), f"--{kind}", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [folder / f"{name}.{kind}" for name in ("decisions", "outcomes")]


def read_only(path: Path) -> float:
    """Read a file into Arrow; give the seconds."""
    read = {
        ".parquet": pq.read_table,
        ".csv": pyarrow.csv.read_csv,
        ".jsonl": pyarrow.json.read_json,
    }[path.suffix]
    started = time.perf_counter()
    read(str(path))
    return time.perf_counter() - started


def whole_command(paths: Sequence[Path], home: Path) -> tuple[float, float, float]:
    """Import files into a new home; give wall and CPU seconds, and the peak memory in MB."""
    script = (
        "import resource,subprocess,sys,time\n"
        "a=time.perf_counter()\n"
        "subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL)\n"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(time.perf_counter()-a,u.ru_utime+u.ru_stime,u.ru_maxrss/1024)"
    )
    command = [*COMMAND, *map(str, paths), "--home", str(home), "--yes"]
    # In a process of its own: a child's peak memory begins with that of its parent.
    done = subprocess.run(
        [sys.executable, "-c", script, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    wall, cpu, memory = map(float, done.stdout.split())
    return wall, cpu, memory


def show(what: str, paths: list[Path], home: Path, rows: int) -> None:
    """Import files and print how fast that was."""
    wall, cpu, memory = whole_command(paths, home)
    limit = sum(map(read_only, paths))
    print(
        f"{what:<28} {rows / wall:>9,.0f} rows/s ({cpu:.1f} s of CPU), {memory:,.0f} MB; "
        f"reading alone {rows / limit:,.0f} rows/s",
        flush=True,
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--open", type=float, default=0.3)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    arguments = parser.parse_args()
    table = make_table(arguments.rows, np.random.default_rng(20260208), arguments.open)
    with tempfile.TemporaryDirectory() as folder:
        for kind in arguments.kinds:
            path = Path(folder) / f"deals.{kind}"
            write(table, path)
            home = Path(folder) / kind
            show(f"deals, {kind}", [path], home, arguments.rows)
            show(f"the same again, {kind}", [path], home, arguments.rows)
            own = exported(home, Path(folder) / f"own-{kind}", kind)
            facts = arguments.rows + pq.read_metadata(exported(home, home, "parquet")[1]).num_rows
            show(f"its own export, {kind}", own, Path(folder) / f"again-{kind}", facts)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"this script {own:,.0f} MB")


if __name__ == "__main__":
    main()
