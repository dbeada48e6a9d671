"""Kill processes at every named step of the store, and check that nothing acknowledged is lost, doubled or damaged.

    python benchmarks/torture.py --kills 3000 --facts 100000

Processes write, fold, merge, load, back up, restore, compact, repair and forget in one home at once; each is killed by
SIGKILL at a named step (`decision_store.fault_points`) or at a random moment. After some kills the home is examined:
every acknowledged fact must be there once, the database must agree with the journal, also after a rebuild from the
journal alone, the last backup must be restorable, and what was forgotten must be in no byte of the home.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from decision_store import Decision, Outcome, Store, fault_points
from decision_store.database import merging
from decision_store.errors import BackupFailed
from decision_store.facts import DECISIONS
from decision_store.journal.comparing import as_row
from decision_store.maintenance import backup as backups

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PERSON = "pat.zermatt@example.com"
WRITES = 60

STEPS = {
    "write": [
        "append: file open", "append: before write", "append: written", "append: synced", "rotation: file created",
    ],
    "fold": [
        "creation: tables made", "database: before replacing", "migration: before commit", "migration: committed",
        "fold: before commit", "fold: committed", "checkpoint: before", "checkpoint: done",
        "merge: before retiring", "merge: retired", "merge: written", "merge: in place", "merge: committed",
        "merge: removing",
    ],
    "load": ["atomic write: synced", "atomic write: renamed", "append: written", "fold: before commit"],
    "back up": ["backup: file copied", "backup: before manifest", "backup: manifest written"],
    "restore": ["restore: file copied", "restore: before rename"],
    "compact": ["database: before replacing", "checkpoint: done"],
    "repair": ["fold: before commit", "fold: committed", "creation: tables made"],
    "forget": [
        "forget: noted", "forget: file retired", "forget: file written", "forget: journal rewritten",
        "forget: database made", "database: before replacing", "forget: database replaced",
    ],
}  # fmt: skip
OPERATORS = [*["fold"] * 6, "load", "back up", "restore", "compact", "repair", "forget"]


@dataclass
class Home:
    """One home, and what was acknowledged in it."""

    folder: Path
    acknowledged: list[str] = field(default_factory=list)

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.folder / "data" / "decision_log.duckdb"

    @property
    def backup(self) -> Path:
        """The folder of the backup."""
        return self.folder / "backup"


def write(home: Home, name: str, say: Callable[[str], None]) -> None:
    draw = random.Random(name)
    with Store(home.database) as store:
        for i in range(WRITES):
            decisions = [
                Decision(f"d-{name}-{i}-{k}", NOW, "lead", "mail", "reply", NOW)
                for k in range(draw.choice([1, 1, 1, 5]))
            ]
            store.log_decisions(decisions)
            say("".join(f"{d.decision_id}\n" for d in decisions))
            if draw.random() < 0.5:
                chosen = decisions[0].decision_id
                store.record_outcome(
                    Outcome(f"o-{name}-{i}", chosen, "conversion", "success", NOW, NOW),
                    id_given=True,
                )
                say(f"o-{name}-{i}\n")


def operate(home: Home, role: str, name: str, say: Callable[[str], None]) -> None:
    merging.SMALL_FILES = 2
    with Store(home.database) as store:
        if role == "fold":
            with store._database.writing() as connection:
                merging.merge(connection, store.journal_folder, at_least=2)
            store.fold()
        elif role == "load":
            rows = [
                as_row(Decision(f"d-{name}-{i}", NOW, "lead", "file", "reply", NOW))
                for i in range(40)
            ]
            store.load(decisions=pa.Table.from_pylist(rows, schema=DECISIONS()))
            say("".join(f"{row['decision_id']}\n" for row in rows))
        elif role == "back up":
            store.backup(home.backup)
        elif role == "restore":
            place = home.folder / f"restored-{name}" / "data" / "decision_log.duckdb"
            if (home.backup / backups.MANIFEST).exists():
                backups.restore(home.backup, place)
        elif role == "compact":
            store.compact()
        elif role == "repair":
            store.rebuild()
        elif role == "forget":
            person = Decision(
                f"d-{name}", NOW, "lead", "mail", "reply", NOW, "in Zermatt", sender=PERSON
            )
            store.log_decision(person)
            say(f"d-{name}\n")
            store.forget(store.concerned(senders=[PERSON]))


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
        countdown = [random.Random(name).choice([1, 1, 2, 5, 20] if role == "write" else [1, 1, 2])]

        def die(reached: str) -> None:
            if reached == step:
                countdown[0] -= 1
                if countdown[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        fault_points.listen(die)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

        def say(text: str) -> None:
            os.write(writing, text.encode())

        if role == "write":
            write(home, name, say)
        else:
            operate(home, role, name, say)
        code = 0
    except BackupFailed:
        code = 0  # the backup of this home was cut short before its first manifest
    finally:
        os._exit(code)
    raise AssertionError


def finish(pid: int, pipe: int, home: Home, after: float | None) -> tuple[bool, int]:
    """Wait for a process, killed after some seconds where asked; note what it acknowledged."""
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(pipe, "rb") as stream:
        text = stream.read().decode()
    home.acknowledged += text.split("\n")[:-1]
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status)


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
                if Counter(_stored(store)) != counted:
                    found.append("a rebuild from the journal gives another log")
                store.backup(home.backup)
                place = home.folder / "final" / "data" / "decision_log.duckdb"
                backups.restore(home.backup, place)
                with Store(place) as copy:
                    if Counter(_stored(copy)) != counted:
                        found.append("the restored backup is another log")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a problem
        found.append(f"{type(error).__name__}: {error}")
    return found


def torture(
    root: Path, kills: int, facts: int, seed: int, deadline: float
) -> tuple[Counter[str], int, list[str], int]:
    """Kill until there were enough kills and facts; return kills by step, facts, problems, failed processes."""
    draw = random.Random(seed)
    by_step: Counter[str] = Counter()
    total, failed, problems, number, homes = 0, 0, [], 0, 0
    steps = {role: list(names) for role, names in STEPS.items()}
    while (by_step.total() < kills or total < facts) and time.monotonic() < deadline:
        home = Home(root / f"home{homes}")
        homes += 1
        for turn in range(20):
            if time.monotonic() > deadline:
                break
            crowd = []
            roles = ["write", "write", draw.choice(OPERATORS)]
            for role in roles:
                number += 1
                timed = draw.random() < 0.25
                step = None if timed else draw.choice(steps[role])
                pid, pipe = start(home, role, f"{seed}x{number}", step)
                label = f"{role}: at a random moment" if timed else f"{role} | {step}"
                crowd.append((pid, pipe, label, draw.uniform(0.0, 0.08) if timed else None))
            for pid, pipe, label, after in crowd:
                killed, code = finish(pid, pipe, home, after)
                by_step[label] += killed
                failed += code == 1
            if turn % 10 == 9:
                problems += examine(home, thorough=False)
        problems += examine(home, thorough=True)
        total += len(home.acknowledged)
        shutil.rmtree(home.folder)
        print(
            f"{homes} homes, {by_step.total()} kills, {total} facts, {len(problems)} problems",
            flush=True,
        )
    return by_step, total, problems, failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=3000)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20260105)
    parser.add_argument("--minutes", type=float, default=600, help="stop after so long")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        by_step, facts, problems, failed = torture(
            Path(folder),
            options.kills,
            options.facts,
            options.seed,
            started + 60 * options.minutes,
        )
    print("\n| step | kills |\n|---|---:|")
    for step, count in sorted(by_step.items()):
        print(f"| {step} | {count} |")
    minutes = (time.monotonic() - started) / 60
    print(
        f"\n{by_step.total()} kills, {facts} acknowledged facts, {len(problems)} problems, {failed} processes that "
        f"ended with an error, in {minutes:.0f} minutes."
    )
    for problem in problems[:20]:
        print(problem)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
