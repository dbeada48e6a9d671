"""DuckDB instance of a process: made once, its spill folder inside the home, safe across forks."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SPILL = ".spill-"


class Instance:
    """The one live DuckDB instance of this process, and the lock between its threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.empty_is_made = False
        self._connection: DuckDBPyConnection | None = None
        self._inherited: list[object] = []

    def connection(self, beside: Path | None = None) -> DuckDBPyConnection:
        """Return the connection; what does not fit into memory is spilled into the folder of the first log."""
        if self._connection is None:
            self._connection = duckdb.connect(":memory:", config=config(beside))
        return self._connection

    def discard(self) -> None:
        """Close the connection; the next use makes another."""
        self.empty_is_made = False
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def after_fork(self) -> None:
        """After a fork: a new instance for the child; the parent's is kept, because closing it would hang."""
        self.lock = threading.Lock()
        self.empty_is_made = False
        if self._connection is not None:
            self._inherited.append(self._connection)
            self._connection = None


def config(beside: Path | None) -> dict[str, str | bool | int | float | list[str]]:
    """Settings of a connection: no network, and what does not fit into memory beside the log."""
    return {
        # Without these an error about an unknown file first waits seconds for the network.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(_spill_folder(beside)),
    }


def _spill_folder(beside: Path | None) -> Path:
    """Return a name that nobody can foresee, in the home where there is one; DuckDB makes the folder on demand."""
    if beside is None or not os.access(beside, os.W_OK):
        return Path(tempfile.gettempdir()) / f"decision-log-{os.urandom(16).hex()}"
    for left in beside.glob(f"{SPILL}*"):  # by processes that were killed
        pid = left.name.removeprefix(SPILL).partition("-")[0]
        if pid.isdigit() and not _is_running(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return beside / f"{SPILL}{os.getpid()}-{os.urandom(8).hex()}"


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
