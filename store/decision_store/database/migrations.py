"""Schema migrations: numbered scripts, each in one transaction, never edited."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from decision_store.database.amending import interpret_all
from decision_store.database.names import register_existing
from decision_store.database.prediction_times import date_predictions
from decision_store.database.transactions import transaction
from decision_store.errors import NewerStore, StoreDamaged
from decision_store.fault_points import reach

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "migrations"

_PYTHON_STEPS: dict[str, Callable[[DuckDBPyConnection, Path], str | None]] = {
    "0005_names.sql": lambda connection, _: register_existing(connection),
    "0007_meanings_and_amendments.sql": lambda connection, _: interpret_all(connection),
    "0011_recorded_predictions.sql": date_predictions,
}
"""What SQL cannot do follows its script in the same transaction; a step may return a note for people."""

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version    INTEGER NOT NULL,   -- number of the script
    name       VARCHAR NOT NULL,   -- its file name
    sha256     VARCHAR NOT NULL,   -- of its text, so that an edited one is noticed
    applied_at TIMESTAMP NOT NULL  -- UTC
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered script; it runs in one transaction."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return sha256(self.sql.encode()).hexdigest()


@cache
def known(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """Return the scripts of a folder in order."""
    found: list[Migration] = []
    for file in sorted(folder.glob("*.sql")):
        match = re.fullmatch(r"(\d{4})_\w+", file.stem)
        if match is None or int(match[1]) != len(found) + 1:
            raise ValueError(f"migration {file.name} should be number {len(found) + 1:04d}")
        found.append(Migration(int(match[1]), file.name, file.read_text(encoding="utf-8")))
    return tuple(found)


def applied(connection: DuckDBPyConnection) -> dict[int, tuple[str, str]]:
    """Return version -> (name, sha256) of what has been applied; empty for a file without a ledger."""
    if "schema_migrations" not in _tables(connection):
        return {}
    rows = connection.execute(
        "SELECT version, name, sha256 FROM schema_migrations ORDER BY version"
    ).fetchall()
    return {version: (name, digest) for version, name, digest in rows}


def is_current(
    connection: DuckDBPyConnection, path: Path, migrations: Sequence[Migration] | None = None
) -> bool:
    """Tell whether nothing is left to apply.

    Raises
    ------
    NewerStore
        The file has a script that this program does not know.
    StoreDamaged
        An applied script was edited since, or the tables are somebody else's.
    """
    scripts = known() if migrations is None else migrations
    done = applied(connection)
    if done and max(done) > len(scripts):
        raise NewerStore(path, max(done), len(scripts))
    if not done and {"decisions", "outcomes"} & _tables(connection):
        raise StoreDamaged(path, "it holds tables named like ours that this program did not make")
    for script in scripts[: len(done)]:
        if done.get(script.version) != (script.name, script.sha256):
            raise StoreDamaged(
                path, f"migration {script.name} is not the one that was applied to it"
            )
    return len(done) == len(scripts)


def migrate(
    connection: DuckDBPyConnection, path: Path, migrations: Sequence[Migration] | None = None
) -> None:
    """Apply what is missing, each script in one transaction; a script that fails leaves nothing."""
    scripts = known() if migrations is None else migrations
    if is_current(connection, path, scripts):
        return
    for script in scripts[len(applied(connection)) :]:
        with transaction(connection):
            connection.execute(_LEDGER)
            connection.execute(script.sql)
            if (step := _PYTHON_STEPS.get(script.name)) and (note := step(connection, path)):
                connection.execute(
                    "INSERT INTO schema_notes VALUES (?, ?, ?)", [script.version, note, _now()]
                )
                logger.warning("%s: %s", path, note)
            connection.execute(
                "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)",
                [script.version, script.name, script.sha256, _now()],
            )
            reach("migration: before commit")
        reach("migration: committed")


def date_now(connection: DuckDBPyConnection) -> None:
    """Let the ledger of a database that was copied from another one name this moment."""
    connection.execute("UPDATE schema_migrations SET applied_at = ?", [_now()])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _tables(connection: DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    return {name for (name,) in rows}
