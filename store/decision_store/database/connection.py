"""Connection to the DuckDB file: always under the lock, by ATTACH on a live in-memory instance.

No other module opens that file, not even to copy or hash it: closing any descriptor of a file drops
this process's POSIX locks on it, DuckDB's included. Attaching costs 1 ms, connecting 15 to 20.
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from decision_store.database import migrations
from decision_store.database.duckdb_errors import has_ended, refused, store_error
from decision_store.database.instance import Instance, config
from decision_store.database.presence import is_present
from decision_store.durable_files import file_mode, make_folder, sync_folder
from decision_store.errors import StoreDamaged, StoreError
from decision_store.fault_points import reach
from decision_store.file_state import file_state
from decision_store.journal.append import unavailable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from decision_store.journal.lock import StoreLock

logger = logging.getLogger(__name__)

_TRANSIENT = (
    # Another program that does not know our lock has the file open, or is writing to it.
    "Could not set lock",
    "No more data remaining in MetadataReader",
    "Could not read enough bytes",
    "Corrupt database file",
)
State = tuple[tuple[int, int, int], tuple[int, int, int]]
"""Of the file and of its write-ahead log; see `file_state`."""

_ATTEMPTS = 9
_LONGEST_PAUSE = 0.5  # seconds; nine attempts wait about one second together
_GIVEN_UP_FOR = 10.0  # seconds for which one attempt is enough, after nine have failed


class Database:
    """The DuckDB file of one log.

    Parameters
    ----------
    path : Path
        The file; made by the first writer.
    lock : StoreLock
        Held whenever the file is attached.
    """

    def __init__(self, path: Path, lock: StoreLock) -> None:
        self.path = path
        self._lock = lock
        self._given_up_until = 0.0  # by the clock of `time.monotonic`
        self.left: State | None = None
        """State in which this process last left the file to others, with the newest schema."""

    @property
    def exists(self) -> bool:
        """Whether there is a file; see `is_present`."""
        return is_present(self.path)

    @property
    def state(self) -> State:
        """What differs once anybody has written to the file, or put another in its place."""
        return file_state(self.path), file_state(self._log)

    @property
    def _log(self) -> Path:
        """The write-ahead log, which a program that died over the file leaves behind."""
        return self.path.with_name(f"{self.path.name}.wal")

    @contextmanager
    def reading(self) -> Iterator[DuckDBPyConnection]:
        """Attach the file for reading; other readers may do so at the same time."""
        with suppress(OSError):  # a home that cannot be written has no writer to lock out
            make_folder(self._lock.folder)
        with (
            _instance.lock,
            self._lock.held(exclusive=False),
            self._attached(" (READ_ONLY)") as found,
        ):
            yield found

    @contextmanager
    def writing(self) -> Iterator[DuckDBPyConnection]:
        """Attach the file alone, made and brought to the newest schema where needed."""
        with self.alone():
            if not self.exists:
                self._create()
            with self._writable() as connection:
                yield connection

    def bring_to_newest_schema(self) -> None:
        """Apply missing migrations to a file that is there; only called while `alone`."""
        with self._writable():
            pass

    @contextmanager
    def _writable(self) -> Iterator[DuckDBPyConnection]:
        is_known = self.left == self.state
        with self._attached("") as connection:
            if not is_known:
                migrations.migrate(connection, self.path)
            yield connection
        self.left = self.state

    @contextmanager
    def isolated(self) -> Iterator[DuckDBPyConnection]:
        """Attach the file for reading to an instance of its own, whose settings may be closed."""
        with _instance.lock, self._lock.held(exclusive=False):
            connection = duckdb.connect(":memory:", config=config(self.path.parent))
            try:
                if self.exists:
                    self._attach(connection, " (READ_ONLY)")
                    connection.execute("USE log")
                else:
                    connection.execute("ATTACH ':memory:' AS log")
                    connection.execute("USE log")
                    migrations.migrate(connection, Path(":memory:"))
                yield connection
            finally:
                connection.close()

    def rewrite(self) -> None:
        """Copy every table into a new file, which takes the place of the old one; only called while `alone`.

        Free pages, and what they still held, are gone.
        """
        new = Database(self.path.with_name(f"{self.path.name}.unfinished"), self._lock)
        with new._made() as connection:
            with self.source(connection):
                connection.execute("COPY FROM DATABASE source TO log")
                differing = _differing_tables(connection)
            if differing:
                raise StoreDamaged(self.path, f"a copy differs from it in {', '.join(differing)}")
        self.replace_by(new)

    @contextmanager
    def source(self, connection: DuckDBPyConnection) -> Iterator[None]:
        """Attach this file for reading under the name `source` beside another one; only called while `alone`."""
        self._attach(connection, " (READ_ONLY)", name="source")
        try:
            yield
        finally:
            connection.execute("DETACH source")

    def replace_by(self, new: Database) -> None:
        """Put a finished file in the place of this one; only called while `alone`."""
        try:
            new.path.chmod(file_mode(self.path.parent))
            reach("database: before replacing")
            new.path.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise unavailable(self.path, error) from error

    @contextmanager
    def _made(self) -> Iterator[DuckDBPyConnection]:
        """Make this file, without what a process left that died over it; it is synced in the end."""
        leftovers = (self.path, self._log)
        try:
            for path in leftovers:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise unavailable(self.path, error) from error
        try:
            with self._attached("") as connection:
                yield connection
                connection.execute("CHECKPOINT log")
        except BaseException:
            for path in leftovers:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise

    @contextmanager
    def beside(self) -> Iterator[tuple[Database, DuckDBPyConnection]]:
        """Make an empty database beside this one; only called while `alone`."""
        new = Database(self.path.with_name(f"{self.path.name}.unfinished"), self._lock)
        with new._made() as connection:
            _make_schema(connection)
            yield new, connection

    def _create(self) -> None:
        """Make the file under another name and rename it: it is there as a whole or not at all."""
        with self.beside() as (new, _):
            reach("creation: tables made")
        self.replace_by(new)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody out, without attaching the file."""
        with _instance.lock, self._exclusively():
            yield

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        try:
            make_folder(self._lock.folder)
            held = self._lock.held(exclusive=True)
            held.__enter__()
        except OSError as error:
            raise unavailable(self.path.parent, error) from error
        try:
            yield
        finally:
            held.__exit__(None, None, None)

    @contextmanager
    def _attached(self, mode: str) -> Iterator[DuckDBPyConnection]:
        connection = _instance.connection(self.path.parent).cursor()
        self._attach(connection, mode)
        try:
            connection.execute("USE log")
            yield connection
        except duckdb.Error as error:
            translated = self._store_error(error)
            if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
                translated = self.schema_damage(connection)
            if translated is None:
                raise
            raise translated from error
        finally:
            _detach(connection)

    def copy_to(self, connection: DuckDBPyConnection) -> None:
        """Copy everything into the empty database `log` of a connection; only called in `in_memory`."""
        with self._lock.held(exclusive=False):
            self._attach(connection, " (READ_ONLY)", name="source")
            try:
                connection.execute("COPY FROM DATABASE source TO log")
            finally:
                connection.execute("DETACH source")

    def _attach(self, connection: DuckDBPyConnection, mode: str, name: str = "log") -> None:
        quoted = str(self.path.absolute()).replace("'", "''")
        attempts = 1 if time.monotonic() < self._given_up_until else _ATTEMPTS
        for attempt in range(attempts):
            try:
                # Looked at again each time: DuckDB deletes the .wal of a file that is gone.
                _ = self.exists
                connection.execute(f"ATTACH '{quoted}' AS {name}{mode}")
            except duckdb.Error as error:
                transient = any(text in str(error) for text in _TRANSIENT)
                if not transient or attempt == attempts - 1:
                    self._given_up_until = time.monotonic() + _GIVEN_UP_FOR * transient
                    raise self._store_error(error) or refused(self.path, error) from error
                time.sleep(random.uniform(0.5, 1) * min(0.01 * 2**attempt, _LONGEST_PAUSE))
            else:
                return

    def _store_error(self, error: Exception) -> StoreError | None:
        """Return the error to raise for one of DuckDB's; None for what must be a bug of ours."""
        if has_ended(error):
            _instance.discard()  # it refuses everything from now on
        return store_error(self.path, error)

    def schema_damage(self, connection: DuckDBPyConnection) -> StoreDamaged | None:
        """Return the error for a file of the newest schema from which another program removed something."""
        missing = _missing_columns(connection.cursor())
        if not missing:
            return None
        reason = f"another program removed {', '.join(missing[:3])} from it"
        return StoreDamaged(self.path, reason, heals=True)


@contextmanager
def in_memory(source: Database | None = None) -> Iterator[DuckDBPyConnection]:
    """Attach a log that exists only in memory: without any fact, or a copy of a file that can only be read."""
    with _instance.lock:
        connection = _instance.connection(None if source is None else source.path.parent).cursor()
        connection.execute("ATTACH ':memory:' AS log")
        try:
            if source is None:
                _make_schema(connection)
            else:
                source.copy_to(connection)
            connection.execute("USE log")
            migrations.migrate(connection, Path(":memory:"))
            yield connection
        finally:
            _detach(connection)


@contextmanager
def empty() -> Iterator[DuckDBPyConnection]:
    """Connect to a log without any fact, to be read only; it is made once in a process, in memory."""
    with _instance.lock:
        connection = _instance.connection().cursor()
        try:
            _make_empty_log(connection)
            connection.execute("USE empty_log")
            yield connection
        finally:
            connection.close()


def _make_empty_log(connection: DuckDBPyConnection) -> None:
    """Make the database `empty_log` of this instance by the migrations, unless it is there."""
    if not _instance.empty_is_made:
        connection.execute("ATTACH IF NOT EXISTS ':memory:' AS empty_log")
        connection.execute("USE empty_log")
        migrations.migrate(connection, Path(":memory:"))
        _instance.empty_is_made = True


def _make_schema(connection: DuckDBPyConnection) -> None:
    """Give the empty database `log` the newest schema: a copy of `empty_log`, a tenth of the migrations' time."""
    _make_empty_log(connection)
    connection.execute("COPY FROM DATABASE empty_log TO log")
    connection.execute("USE log")
    migrations.date_now(connection)


def _detach(connection: DuckDBPyConnection) -> None:
    try:
        connection.execute("USE memory")
        reach("checkpoint: before")
        connection.execute("DETACH log")  # which writes a checkpoint
        reach("checkpoint: done")
        connection.close()
    except duckdb.ConnectionException:
        pass  # the instance was discarded over an error that is on its way
    except duckdb.Error as error:
        # What was committed is in the write-ahead log; only this instance can no longer be used.
        logger.warning("the database could not be closed in good order: %s", error)
        _instance.discard()


def _missing_columns(cursor: DuckDBPyConnection) -> list[str]:
    """Return the tables, or columns of tables, that the newest schema has and `log` has not."""
    _make_empty_log(cursor)
    columns = (
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ? ORDER BY ALL"
    )
    newest, found = (cursor.execute(columns, [name]).fetchall() for name in ("empty_log", "log"))
    tables = {table for table, _ in found}
    missing = [
        f"the column {table}.{column}" if table in tables else f"the table {table}"
        for table, column in newest
        if (table, column) not in found
    ]
    return list(dict.fromkeys(missing))


def _differing_tables(connection: DuckDBPyConnection) -> list[str]:
    """Return the tables of which the databases `source` and `log` do not hold the same rows."""
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'source' ORDER BY ALL"
    ).fetchall()
    digest = "SELECT count(*), bit_xor(hash(t)) FROM {}.{} AS t"
    return [
        name
        for (name,) in tables
        if len({connection.execute(digest.format(db, name)).fetchone() for db in ("source", "log")})
        > 1
    ]


_instance = Instance()
os.register_at_fork(after_in_child=_instance.after_fork)
