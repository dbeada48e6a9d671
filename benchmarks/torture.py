"""Kill processes at every named step of the store, and check that nothing acknowledged is lost, doubled or damaged.

    python benchmarks/torture.py --kills 3000 --facts 100000

Processes write, fold, merge, load, back up, restore, compact, repair and forget in one home at once; each is killed by
SIGKILL at a named step (`decision_store.fault_points`) or at a random moment. After some kills the home is examined:
every acknowledged fact must be there once, the database must agree with the journal, also after a rebuild from the
journal alone, the last backup must be restorable, and what was forgotten must be in no byte of the home.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import torture_figures
from decision_model.artifacts.artifact import load_artifact
from decision_store import Store, fault_points
from decision_store.maintenance import backup as backups
from torture_roles import NUMBERS, OPERATORS, PERSON, STEPS, Home, drive, write

_NEEDED = (
    "decision_store.database.current",
    "decision_store.journal.segments",
    "decision_store.journal.segment_lines",
    "decision_model.artifacts.artifact",
)

WRITERS = 8
"""Processes that log decisions and outcomes beside each one that folds, merges, forgets and so on."""


def start(home: Home, role: str, name: str, step: str | None) -> tuple[int, int]:
    """Fork a process with a role; it dies at its step. Return its pid and the pipe of what it acknowledges."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    code = 1
    try:
        os.close(reading)
        countdown = [random.Random(name).choice([1, 2, 5, 12]) if role == "write" else 1]
        armed: list[bool] = []

        def die(reached: str) -> None:
            if armed and reached == step:
                countdown[0] -= 1
                if countdown[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        fault_points.listen(die)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

        def say(text: str) -> None:
            os.write(writing, text.encode())

        def arm() -> None:
            armed.append(True)

        (write(home, name, say, arm) if role == "write" else drive(home, role, name, say, arm))
        code = 0
    except BaseException as error:  # noqa: BLE001 - the parent reports it
        said = " ".join(f"error in {role} | {step}: {type(error).__name__}: {error}".split())
        os.write(writing, f"{said}\n".encode())
    finally:
        os._exit(code)
    raise AssertionError


def finish(pid: int, pipe: int, home: Home, after: float | None) -> tuple[bool, list[str]]:
    """Wait for a process, killed after some seconds where asked; note what it acknowledged, return its errors."""
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(pipe, "rb") as stream:
        text = stream.read().decode()
    lines = text.split("\n")[:-1]
    errors = [line for line in lines if line.startswith("error in ")]
    home.acknowledged += [line for line in lines if line not in errors]
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status), errors


def examine(home: Home, *, thorough: bool) -> list[str]:
    """Return what is wrong with a home; in a process of its own, as the next ones are forked from this one."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(reading)
            fault_points.listen(None)
            os.write(writing, "\n".join(_problems(home, thorough=thorough))[:60_000].encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        text = stream.read().decode()
    os.waitpid(pid, 0)
    return text.split("\n") if text else []


def _stored(store: Store) -> list[str]:
    sql = "SELECT decision_id AS id FROM decisions UNION ALL SELECT outcome_id FROM outcomes"
    return [row["id"] for row in store.query(sql).to_pylist()]


def _problems(home: Home, *, thorough: bool) -> list[str]:
    found = []
    try:
        with Store(home.database) as store:
            stored = _stored(store)
            counted = Counter(stored)
            lost = [name for name in home.acknowledged if name not in counted]
            twice = [name for name, count in counted.items() if count > 1]
            found += [f"lost: {name}" for name in lost] + [f"doubled: {name}" for name in twice]
            status = store.status(verify=True)
            found += list(status.damage)
            if status.counts.get("rejects"):
                found.append(f"rejects: {status.rejects}")
            if thorough:
                store.forget(store.concerned(senders=[PERSON]))
                held = b"".join(
                    p.read_bytes() for p in (home.folder / "data").rglob("*") if p.is_file()
                )
                if b"zermatt" in held.lower():
                    found.append("forgotten text found")
                store.rebuild()
                for model in home.models.glob("m*"):
                    load_artifact(model, schema=NUMBERS)
                if Counter(_stored(store)) != counted:
                    found.append("a rebuild from the journal gives another log")
                store.backup(home.backup)
                place = home.folder / "final" / "data" / "decision_log.duckdb"
                backups.restore(home.backup, place)
                with Store(place) as copy:
                    if Counter(_stored(copy)) != counted:
                        found.append("the restored backup is another log")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a problem
        found.append(" ".join(f"{type(error).__name__}: {error}".split()))
    return found


@dataclass
class Result:
    """What a run of `torture` found."""

    kills: Counter[str] = field(default_factory=Counter)
    facts: int = 0
    homes: int = 0
    problems: list[str] = field(default_factory=list)

    def __add__(self, other: Result) -> Result:
        return Result(
            self.kills + other.kills,
            self.facts + other.facts,
            self.homes + other.homes,
            self.problems + other.problems,
        )


def torture(root: Path, kills: int, facts: int, seed: int, deadline: float) -> Result:
    """Kill until there were enough kills and facts."""
    draw = random.Random(seed)
    result = Result()
    operators: list[tuple[str, str]] = []
    while (result.kills.total() < kills or result.facts < facts) and time.monotonic() < deadline:
        home = Home(root / f"home{seed}-{result.homes}")
        result.homes += 1
        problems: list[str] = []
        for turn in range(20):
            if time.monotonic() > deadline:
                break
            if not operators:  # every step in turn, in another order each time
                operators = draw.sample(OPERATORS, len(OPERATORS))
            problems += _crowd(home, result, draw, f"{seed}x{result.homes}x{turn}", operators.pop())
            if turn == 9:
                problems += examine(home, thorough=False)
        problems += examine(home, thorough=True)
        result.facts += len(home.acknowledged)
        result.problems += problems
        shutil.rmtree(home.folder)
        for problem in problems:
            print(f"in home {seed}-{result.homes}: {problem}")
        print(
            f"{seed}: {result.homes} homes, {result.kills.total()} kills, {result.facts} facts, "
            f"{len(result.problems)} problems",
            flush=True,
        )
    return result


def _crowd(
    home: Home, result: Result, draw: random.Random, name: str, operator: tuple[str, str]
) -> list[str]:
    """Let writers and another process run at once until they die; return their errors."""
    crowd = []
    writes = [("write", draw.choice(STEPS["write"])) for _ in range(WRITERS)]
    for number, (role, step) in enumerate([*writes, operator]):
        timed = draw.random() < (0.25 if role == "write" else 0.1)
        pid, pipe = start(home, role, f"{name}x{number}", None if timed else step)
        label = f"{role}: at a random moment" if timed else f"{role} | {step}"
        crowd.append((pid, pipe, label, draw.uniform(0.0, 0.08) if timed else None))
    problems = []
    for pid, pipe, label, after in crowd:
        killed, errors = finish(pid, pipe, home, after)
        result.kills[label] += killed
        problems += errors
    return problems


def side_by_side(
    root: Path, processes: int, kills: int, facts: int, seed: int, deadline: float
) -> Result:
    """Run several tortures at once, each in homes of its own, and add up what they found."""
    for module in _NEEDED:
        import_module(module)  # once, not in each process that is killed
    pids = []
    for number in range(processes):
        pid = os.fork()
        if not pid:
            code = 1
            try:
                share = (-(-kills // processes), -(-facts // processes))
                result = torture(root, *share, seed + number, deadline)
                (root / f"{number}.json").write_text(json.dumps(vars(result)))
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    for pid in pids:
        if os.waitpid(pid, 0)[1]:
            raise SystemExit("a process of the torture itself failed")
    found = [json.loads((root / f"{number}.json").read_text()) for number in range(processes)]
    return sum((Result(**{**f, "kills": Counter(f["kills"])}) for f in found), Result())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=3000)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20260105)
    parser.add_argument("--minutes", type=float, default=600, help="stop after so long")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="tortures at once"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        help="where; processes are killed, not the machine, so memory will do",
    )
    parser.add_argument("--write", type=Path, help="put the figures into this Markdown file")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        result = side_by_side(
            Path(folder),
            options.processes,
            options.kills,
            options.facts,
            options.seed,
            started + 60 * options.minutes,
        )
    figures = torture_figures.markdown(
        result.kills,
        [f"{role} | {step}" for role, steps in STEPS.items() for step in steps],
        homes=result.homes,
        facts=result.facts,
        problems=len(result.problems),
        minutes=(time.monotonic() - started) / 60,
    )
    print(f"\n{figures}")
    if options.write:
        torture_figures.replace(options.write, figures)
    sys.exit(bool(result.problems))


if __name__ == "__main__":
    main()
