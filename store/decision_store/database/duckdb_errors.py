"""Errors of DuckDB as errors of the store, which say what a person can do."""

from __future__ import annotations

from pathlib import Path

import duckdb

from decision_store.errors import NotPermitted, StoreDamaged, StoreError, StoreUnavailable

_DAMAGED = (
    "Corrupt",
    "Could not read enough",
    "MetadataReader",
    "replaying WAL",
    "newer version",
)
_NO_SPACE = ("No space left on device", "File too large", "Disk quota exceeded")


def has_ended(error: Exception) -> bool:
    """Tell whether DuckDB refuses every later question of the process."""
    return isinstance(error, duckdb.FatalException) or "has been invalidated" in str(error)


def store_error(path: Path, error: Exception) -> StoreError | None:
    """Return the error to raise for one of DuckDB's about a file; None for what must be a bug of ours."""
    text = str(error)
    first = text.splitlines()[0] if text else ""
    if any(found in text for found in _NO_SPACE):
        return StoreUnavailable(
            path,
            "there is no room to write",
            "Free some space: what was logged is safe in the journal.",
        )
    if has_ended(error):
        return StoreUnavailable(
            path,
            f"the disk or the system failed ({first})",
            "What was logged is safe in the journal. Repeat; if it stays so, check the disk.",
        )
    if "Could not set lock" in text:
        return StoreUnavailable(
            path,
            f"another program has it open ({first.split('. See also')[0]})",
            "Close that program; to look at the log use 'decision-log', which shares it.",
        )
    if "ermission denied" in text or "Read-only file system" in text:
        return NotPermitted(path, "it may not be opened", "Check who owns the file and its folder.")
    damage = _damage(path, text, first)
    return None if damage is None else StoreDamaged(path, damage, heals="SQLite" not in damage)


def refused(path: Path, error: Exception) -> StoreError:
    """Return the error for a file that DuckDB does not open for a reason of its own."""
    return StoreUnavailable(path, str(error).splitlines()[0], "Run 'decision-log doctor'.")


def _damage(path: Path, text: str, first: str) -> str | None:
    if "sqlite" in text.lower():
        return "it is an SQLite file; bring it in with 'decision-log import' instead"
    if "not a valid DuckDB database file" in text:
        return "it is empty" if path.stat().st_size == 0 else "it is not a DuckDB file"
    return first if any(found in text for found in _DAMAGED) else None
