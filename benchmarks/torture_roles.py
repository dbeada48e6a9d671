"""What the processes of `torture` do: roles, the named steps that each passes, and the home that they share."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from decision_model.artifacts.array_archive import ArraySpec, Schema
from decision_model.artifacts.artifact import write_artifact
from decision_store import Decision, Outcome, Store
from decision_store.database import merging, migrations
from decision_store.facts import DECISIONS
from decision_store.journal import append as journal
from decision_store.journal import segment_reader
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
    "merge segments": ["merge: written", "merge: committed", "merge: segment removed"],
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
            decisions = [_decision(f"d-{name}-{i}-{k}") for k in range(draw.choice([1, 1, 20, 40]))]
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


def _small_segments(actor: Actor) -> None:
    """Load a few rows as an earlier version did, which wrote them to a file of their own."""
    segment_reader.LINES_AT_MOST = 0
    rows = [as_row(_decision(f"d-{actor.name}-s{i}")) for i in range(3)]
    actor.store.load(decisions=pa.Table.from_pylist(rows, schema=DECISIONS()))
    actor.say("".join(f"{row['decision_id']}\n" for row in rows))
    segment_reader.LINES_AT_MOST = 100


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
    rows = [as_row(_decision(f"d-{actor.name}-l{i}")) for i in range(140)]
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
    "merge segments": (_small_segments, lambda actor: actor.store.compact()),
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
