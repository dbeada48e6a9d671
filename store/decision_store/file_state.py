"""State of a file, to see without reading it whether it was written or replaced."""

from __future__ import annotations

import os
from pathlib import Path

NO_FILE = (0, 0, 0)


def file_state(path: Path) -> tuple[int, int, int]:
    """Return what differs once a file was written or replaced; `NO_FILE` where it cannot be looked at.

    Examples
    --------
    >>> file_state(Path("no such file")) == NO_FILE
    True
    """
    try:
        found = path.stat()
    except OSError:
        return NO_FILE
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def identity(found: os.stat_result) -> tuple[int, int]:
    """Return what tells a file from all others; of one that is kept open it never changes."""
    return (found.st_ino, found.st_dev)
