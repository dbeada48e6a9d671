"""Inter-process lock on the database file: blocking, fair, shared or exclusive.

DuckDB's own lock is not enough: version 2.0.0 reads the file's header before it takes its lock, so that
two processes which open the file at once can lose acknowledged commits. Whoever attaches the file
holds this lock from before ATTACH until after DETACH.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoreLock:
    """A lock shared by readers and exclusive for writers, held between processes.

    Two files: whoever wants the lock first queues at the gate, so that a stream of readers cannot keep
    a writer out. The kernel releases both when a process dies. Every acquisition opens its own
    descriptors: `flock` belongs to an open file, so threads exclude one another and a forked child
    shares nothing.

    Parameters
    ----------
    folder : Path
        Where the lock files lie; made by the first writer.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._gate = folder / "gate.lock"
        self._main = folder / "main.lock"

    @contextmanager
    def held(self, *, exclusive: bool) -> Iterator[None]:
        """Wait for the lock, then hold it.

        A reader of a folder in which it may create nothing, and in which no writer ever made the lock
        files, goes ahead without: nobody can write there through this program.
        """
        gate = _open(self._gate, create=exclusive)
        main = None
        try:
            if gate is not None:
                fcntl.flock(gate, fcntl.LOCK_EX)
            main = _open(self._main, create=exclusive)
            if main is not None:
                fcntl.flock(main, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            if gate is not None:
                os.close(gate)
                gate = None
            yield
        finally:
            for descriptor in (gate, main):
                if descriptor is not None:
                    os.close(descriptor)


def _open(path: Path, *, create: bool) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        # flock needs no right to write, so a read-only home can still be locked.
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            if create:
                raise
            return None
