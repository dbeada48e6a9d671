"""CPU seconds and memory of the whole `train` command, on logs with texts and open decisions.

python benchmarks/predictive/training_time.py [--sizes 300,5000,100000] [--keep DIR]

Prints the CPU seconds beyond those of importing scikit-learn, the wall seconds, and the peak of memory. One thread is
used, as `train` limits itself to one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from simulated import delayed, with_text

DAYS = 720.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="300,5000,100000")
    parser.add_argument(
        "--keep", type=Path, help="keep the homes here, and use those that are there"
    )
    given = parser.parse_args()
    print(f"{'decisions':>9}  {'CPU s':>6}  {'wall s':>6}  {'MB':>5}  log")
    with tempfile.TemporaryDirectory() as folder:
        for n in map(int, given.sizes.split(",")):
            home = (given.keep or Path(folder)) / f"home_{n}"
            if not home.exists():
                fill(home, n)
            imports = min(
                run([sys.executable, "-c", "import sklearn.linear_model"])[0] for _ in range(3)
            )
            cpu, wall, peak, said = run([command(), "train", "--home", str(home)])
            print(
                f"{n:9}  {cpu - imports:6.1f}  {wall:6.1f}  {peak:5.0f}  {said.splitlines()[0]}",
                flush=True,
            )


def fill(home: Path, n: int) -> None:
    """Import a simulated log: texts in every decision, wins within weeks, a third of the losses never recorded."""
    frame, chance = with_text(n, days=DAYS, letters=True)
    labels = delayed(frame, chance, win_days=5.0, loss_days=10.0, recorded=0.67)
    ids = [f"dec_{row:07d}" for row in range(n)]
    home.mkdir(parents=True)
    source = home / "source"
    source.mkdir()
    decisions = {
        "decision_id": ids,
        "timestamp": [f"{moment}+00:00" for moment in frame.timestamp],
        "opportunity_type": frame.type.tolist(),
        "opportunity_source": frame.source.tolist(),
        "opportunity_content": frame.content.tolist(),
        "opportunity_score": np.round(frame.score, 1),
        "sender": frame.sender.tolist(),
    }
    pq.write_table(pa.table(decisions), source / "decisions.parquet")
    end = frame.timestamp.max()
    closed = np.flatnonzero((labels.won | labels.lost) & (labels.closed_at <= end))
    outcomes = {
        "decision_id": [ids[row] for row in closed],
        "outcome_type": ["conversion"] * len(closed),
        "outcome_status": np.where(labels.won[closed], "won", "lost").tolist(),
        "revenue_generated": labels.revenue[closed],
        "recorded_at": [f"{moment}+00:00" for moment in labels.closed_at[closed]],
    }
    pq.write_table(pa.table(outcomes), source / "outcomes.parquet")
    for name in ("decisions", "outcomes"):
        subprocess.run(
            [command(), "import", str(source / f"{name}.parquet"), "--home", str(home)],
            check=True, capture_output=True,
        )  # fmt: skip


def command() -> str:
    """Path of the command that belongs to this interpreter."""
    return str(Path(sys.executable).with_name("decision-log"))


def run(arguments: list[str]) -> tuple[float, float, float, str]:
    """CPU seconds, wall seconds, peak in MB and output of a process."""
    began = time.perf_counter()
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = child.stdout.read() if child.stdout else ""
    _, status, own = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{said}")
    return own.ru_utime + own.ru_stime, time.perf_counter() - began, own.ru_maxrss / 1024, said


if __name__ == "__main__":
    main()
