"""Presence of the database file, found out without loading DuckDB: writers ask only that."""

from __future__ import annotations

from pathlib import Path

from decision_store.errors import StoreDamaged
from decision_store.journal.append import unavailable


def is_present(path: Path) -> bool:
    """Tell whether there is a database file.

    Raises
    ------
    StoreDamaged
        Only its write-ahead log is there: DuckDB would begin a new file and delete that.
    StoreUnavailable
        The folder cannot be looked into.
    """
    try:
        path.stat()
    except FileNotFoundError:
        if path.with_name(f"{path.name}.wal").exists():
            reason = "the file is gone, but its write-ahead log (.wal) is still there"
            raise StoreDamaged(path, reason, heals=True) from None
        return False
    except OSError as error:
        raise unavailable(path, error) from error
    return True
