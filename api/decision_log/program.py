"""Digest of the program's own files: what was computed by other code is not used again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_SUFFIXES = (".py", ".sql")
_PACKAGES = ("decision_store", "decision_features", "decision_model", "decision_log")

SourceFile = tuple[str, int, int]
"""Path, size in bytes and time of the last change in nanoseconds."""


@cache
def program_digest() -> str:
    """Return a digest of the paths, sizes and times of all modules and queries that answers depend on.

    NumPy counts by its version. No package is loaded for it.
    """
    files: list[SourceFile] = []
    for name in _PACKAGES:
        files += source_files(_folder_of(name))
    version = _folder_of("numpy") / "version.py"
    if version.exists():
        files.append(_source_file(version))
    return hashlib.sha256(repr(files).encode()).hexdigest()


def source_files(folder: Path) -> list[SourceFile]:
    """Return path, size and time of the modules and queries in a folder and in those within it, sorted."""
    return sorted(_within(os.fspath(folder)))


def _within(folder: str) -> Iterator[SourceFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_SUFFIXES):
                at = entry.stat()
                yield entry.path, at.st_size, at.st_mtime_ns
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _within(entry.path)


def _source_file(path: Path) -> SourceFile:
    at = path.stat()
    return str(path), at.st_size, at.st_mtime_ns


def _folder_of(package: str) -> Path:
    found = find_spec(package)
    return Path() if found is None else Path(found.origin or "").parent
