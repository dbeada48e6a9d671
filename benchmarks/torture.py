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
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from decision_model.artifacts.array_archive import ArraySpec, Schema
from decision_model.artifacts.artifact import load_artifact, write_artifact
from decision_store import Decision, Outcome, Store, fault_points
from decision_store.database import merging, migrations
from decision_store.facts import DECISIONS
from decision_store.journal import append as journal
from decision_store.journal.comparing import as_row
from decision_store.maintenance import backup as backups

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PERSON = "pat.zermatt@example.com"
WRITES = 20

STEPS = {
    "write": ["append: file open", "append: before write", "append: written", "append: synced"],
    "rotate": ["rotation: file created"],
    "fold": ["fold: before commit", "fold: committed", "checkpoint: before", "checkpoint: done"],
    "create": ["creation: tables made", "database: before replacing", "fold: before commit", "fold: committed"],
    "migrate": ["migration: before commit", "migration: committed", "fold: before commit"],
    "merge": [
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
    "save a model": ["atomic write: synced", "atomic write: renamed", "artifact: files written", "artifact: renamed"],
}  # fmt: skip
"""Named steps by role; `drive` prepares the home so that each of them is passed."""

OPERATORS = [(role, step) for role, steps in STEPS.items() if role != "write" for step in steps]
OLD_SCHEMA = 3
"""Number of the last migration that the older databases have."""

NUMBERS = Schema("torture", 1, {"numbers": ArraySpec("float64", ("n",))})


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
    def models(self) -> Path:
        """The folder of the models."""
        return self.folder / "artifacts" / "models"

    @property
    def backup(self) -> Path:
        """The folder of the backup."""
        return self.folder / "backup"


def write(home: Home, name: str, say: Callable[[str], None], arm: Callable[[], None]) -> None:
    """Log decisions one by one and in bulk, and outcomes."""
    draw = random.Random(name)
    with Store(home.database) as store:
        arm()
        for i in range(WRITES):
            decisions = [
                _decision(f"d-{name}-{i}-{k}") for k in range(draw.choice([1, 1, 20, 100]))
            ]
            store.log_decisions(decisions)
            say("".join(f"{d.decision_id}\n" for d in decisions))
            if draw.random() < 0.5:
                store.record_outcome(_outcome(f"o-{name}-{i}", decisions[0]), id_given=True)
                say(f"o-{name}-{i}\n")


def drive(
    home: Home, role: str, name: str, say: Callable[[str], None], arm: Callable[[], None]
) -> None:
    """Prepare the home for a role, then play it; the process may die from `arm` on."""
    with Store(home.database) as store:
        actor = Actor(home, store, name, say)
        for i in range(3):
            actor.log(f"d-{name}-{i}")
        prepare, play = _ROLES[role]
        prepare(actor)
        arm()
        play(actor)


@dataclass
class Actor:
    """A process that plays a role."""

    home: Home
    store: Store
    name: str
    say: Callable[[str], None]

    def log(self, decision_id: str) -> None:
        """Log a decision, and say so once it is acknowledged."""
        self.store.log_decision(_decision(decision_id))
        self.say(f"{decision_id}\n")


def _nothing(_actor: Actor) -> None:
    """Need no preparation."""


def _small_files(actor: Actor) -> None:
    with ExitStack() as opened:  # open at once, so that each has a file of its own
        for i in range(3):
            other = opened.enter_context(Store(actor.home.database))
            Actor(actor.home, other, actor.name, actor.say).log(f"d-{actor.name}-m{i}")
    actor.store.fold()


def _no_database(actor: Actor) -> None:
    actor.store.fold()
    with actor.store._database.alone():
        actor.home.database.unlink()


def _old_database(actor: Actor) -> None:
    """Put an empty database of an older schema in the place of the log's, as an old copy would be."""
    old = actor.home.database.with_name("old.duckdb")
    old.unlink(missing_ok=True)
    with duckdb.connect(str(old)) as connection:
        migrations.migrate(connection, old, migrations.known()[:OLD_SCHEMA])
    with actor.store._database.alone():
        old.replace(actor.home.database)


def _rotate(actor: Actor) -> None:
    journal.ROTATE_BYTES = 500
    for i in range(20):
        actor.log(f"d-{actor.name}-r{i}")


def _merge(actor: Actor) -> None:
    with actor.store._database.writing() as connection:
        merging.merge(connection, actor.store.journal_folder, at_least=2)


def _load(actor: Actor) -> None:
    rows = [as_row(_decision(f"d-{actor.name}-l{i}")) for i in range(40)]
    actor.store.load(decisions=pa.Table.from_pylist(rows, schema=DECISIONS()))
    actor.say("".join(f"{row['decision_id']}\n" for row in rows))


def _back_up(actor: Actor) -> None:
    actor.store.backup(actor.home.backup)


def _restore(actor: Actor) -> None:
    place = actor.home.folder / f"restored-{actor.name}" / "data" / "decision_log.duckdb"
    backups.restore(actor.home.backup, place)


def _log_person(actor: Actor) -> None:
    actor.store.log_decision(
        Decision(f"d-{actor.name}", NOW, "lead", "mail", "reply", NOW, "in Zermatt", sender=PERSON)
    )
    actor.say(f"d-{actor.name}\n")


def _forget(actor: Actor) -> None:
    actor.store.forget(actor.store.concerned(senders=[PERSON]))


def _save_model(actor: Actor) -> None:
    folder = actor.home.models / f"m{actor.name}"
    write_artifact(folder, {"numbers": np.ones(9)}, {}, schema=NUMBERS)


_ROLES: dict[str, tuple[Callable[[Actor], object], Callable[[Actor], object]]] = {
    "rotate": (_nothing, _rotate),
    "fold": (_nothing, lambda actor: actor.store.fold()),
    "create": (_no_database, lambda actor: actor.store.fold()),
    "migrate": (_old_database, lambda actor: actor.store.fold()),
    "merge": (_small_files, _merge),
    "load": (_nothing, _load),
    "back up": (_nothing, _back_up),
    "restore": (_back_up, _restore),
    "compact": (_nothing, lambda actor: actor.store.compact()),
    "repair": (_nothing, lambda actor: actor.store.rebuild()),
    "forget": (_log_person, _forget),
    "save a model": (_nothing, _save_model),
}
"""What prepares the home, and what the process then does until it dies."""


def _decision(name: str) -> Decision:
    return Decision(name, NOW, "lead", "mail", "reply", NOW)


def _outcome(name: str, decision: Decision) -> Outcome:
    return Outcome(name, decision.decision_id, "conversion", "success", NOW, NOW)


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
        found.append(f"{type(error).__name__}: {error}")
    return found


def torture(
    root: Path, kills: int, facts: int, seed: int, deadline: float
) -> tuple[Counter[str], int, list[str]]:
    """Kill until there were enough kills and facts; return kills by step, facts, problems."""
    draw = random.Random(seed)
    by_step: Counter[str] = Counter()
    total, problems, number, homes, shown = 0, [], 0, 0, 0
    operators: list[tuple[str, str]] = []
    while (by_step.total() < kills or total < facts) and time.monotonic() < deadline:
        home = Home(root / f"home{seed}-{homes}")
        homes += 1
        for turn in range(20):
            if time.monotonic() > deadline:
                break
            if not operators:  # every step in turn, in another order each time
                operators = draw.sample(OPERATORS, len(OPERATORS))
            crowd = []
            writes = [("write", draw.choice(STEPS["write"])) for _ in range(2)]
            for role, step in [*writes, operators.pop()]:
                number += 1
                timed = draw.random() < (0.25 if role == "write" else 0.1)
                pid, pipe = start(home, role, f"{seed}x{number}", None if timed else step)
                label = f"{role}: at a random moment" if timed else f"{role} | {step}"
                crowd.append((pid, pipe, label, draw.uniform(0.0, 0.08) if timed else None))
            for pid, pipe, label, after in crowd:
                killed, errors = finish(pid, pipe, home, after)
                by_step[label] += killed
                problems += errors
            if turn == 9:
                problems += examine(home, thorough=False)
        problems += examine(home, thorough=True)
        for problem in problems[shown:]:
            print(f"in home {homes}: {problem}")
        shown = len(problems)
        total += len(home.acknowledged)
        shutil.rmtree(home.folder)
        print(
            f"{homes} homes, {by_step.total()} kills, {total} facts, {len(problems)} problems",
            flush=True,
        )
    return by_step, total, problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=3000)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20260105)
    parser.add_argument("--minutes", type=float, default=600, help="stop after so long")
    parser.add_argument(
        "--folder",
        type=Path,
        help="where; processes are killed, not the machine, so memory will do",
    )
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        by_step, facts, problems = torture(
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
        f"\n{by_step.total()} kills, {facts} acknowledged facts, {len(problems)} problems, in {minutes:.0f} minutes."
    )
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
