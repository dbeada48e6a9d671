"""Inter-process lock on the database file: blocking, fair, shared or exclusive.

DuckDB's own lock is not enough: version 2.0.0 reads the file's header before it takes its lock, so that
two processes which open the file at once can lose acknowledged commits. A process that attaches the file
holds this lock from before ATTACH until after DETACH.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from decision_store.durable_files import file_mode
from decision_store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

WARN_AFTER = 2.0
"""Seconds after which who waits says for whom."""

LONGEST_WAIT_STOPPED = 4.0
"""Seconds that a process is waited for which is stopped (Ctrl-Z, a debugger) and so may hold the lock for ever."""

LONGEST_WAIT = 300.0
"""Seconds that a running process is waited for; loading millions of rows takes a minute or two."""


class StoreLock:
    """A lock shared by readers and exclusive for writers, held between processes.

    Two files: a process that wants the lock first queues at the gate, so that a stream of readers cannot keep
    a writer out. The kernel releases both when a process dies. Every acquisition opens its own
    descriptors: `flock` belongs to an open file, so threads exclude one another. A forked child closes the
    descriptors that it inherits, and the lock is given up explicitly, so that no child can hold it on.

    Parameters
    ----------
    folder : Path
        Where the lock files lie; made by the first writer.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._gate = folder / "gate.lock"
        self._main = folder / "main.lock"
        self._given_up_on: int | None = (
            None  # a process that, while it is stopped, is not waited for again
        )

    @contextmanager
    def held(self, *, exclusive: bool) -> Iterator[None]:
        """Wait for the lock, then hold it.

        A reader of a folder in which it may create nothing, and in which no writer ever made the lock
        files, goes ahead without: nobody can write there through this program.

        Raises
        ------
        StoreUnavailable
            Another process, which the message names, does not give it up.
        """
        opened: list[int] = []
        try:
            gate = self._take(self._gate, opened, exclusive=True, create=exclusive)
            main = self._take(self._main, opened, exclusive=exclusive, create=exclusive)
            if exclusive and main is not None:
                with suppress(OSError):  # only for the message to others
                    os.pwrite(main, f"{os.getpid()} {time.time():.0f}\n".ljust(32).encode(), 0)
            if gate is not None:
                opened.remove(gate)
                _release(gate)
            yield
        finally:
            for descriptor in opened:
                _release(descriptor)

    def _take(self, path: Path, opened: list[int], *, exclusive: bool, create: bool) -> int | None:
        descriptor = _open(path, create=create)
        if descriptor is None:
            return None
        _descriptors.add(descriptor)
        opened.append(descriptor)
        operation = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            waiter = _Waiter(descriptor, operation)
            opened.remove(descriptor)  # the waiter closes it if it is given up
            self._wait(waiter, self._main)
            opened.append(descriptor)
        return descriptor

    def _wait(self, waiter: _Waiter, path: Path) -> None:
        """Wait in the kernel's queue; say for whom, and give up on a process that may never go on."""
        waited, pause = 0.0, WARN_AFTER if self._given_up_on is None else 0.0
        try:
            while not waiter.taken.wait(pause):
                waited, pause = waited + pause, WARN_AFTER
                holder = _Holder.of(path)
                again = holder.stopped and holder.pid == self._given_up_on
                if again or waited >= (LONGEST_WAIT_STOPPED if holder.stopped else LONGEST_WAIT):
                    self._given_up_on = holder.pid
                    raise StoreUnavailable(self.folder, f"{holder} holds it", holder.remedy)  # noqa: TRY301
                if waited:
                    logger.warning("waiting for %s, which holds the log", holder)
        except BaseException:
            if not waiter.give_up():
                raise


class _Waiter:
    """A thread that waits for a lock in the kernel's queue, and lets go of it when nobody wants it any longer."""

    def __init__(self, descriptor: int, operation: int) -> None:
        self.taken = threading.Event()
        self._descriptor = descriptor
        self._guard = threading.Lock()
        self._given_up = False
        threading.Thread(target=self._wait, args=(operation,), daemon=True).start()

    def _wait(self, operation: int) -> None:
        with suppress(OSError):
            fcntl.flock(self._descriptor, operation)
        with self._guard:
            if not self._given_up:
                self.taken.set()
                return
        _release(self._descriptor)

    def give_up(self) -> bool:
        """Leave the lock to the thread; return True where it has been taken meanwhile."""
        with self._guard:
            self._given_up = not self.taken.is_set()
            return not self._given_up


class _Holder:
    """The process that holds a lock, as far as the system tells."""

    def __init__(self, pid: int | None, since: datetime | None) -> None:
        self.pid = pid
        self._since = since

    @classmethod
    def of(cls, path: Path) -> _Holder:
        """Find out who holds the lock on a file."""
        written: tuple[int, float] | None = None
        with suppress(OSError, ValueError):
            pid, since = path.read_text().split()
            written = int(pid), float(since)
        pids = _lock_owners(path)
        if pids is None:
            pids = [written[0]] if written else []
        if not pids:
            return cls(None, None)
        known = written is not None and written[0] == pids[0]
        return cls(pids[0], datetime.fromtimestamp(written[1], UTC) if known and written else None)

    @property
    def stopped(self) -> bool:
        """Whether it is stopped, so that it may hold the lock for ever."""
        with suppress(OSError):
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8", errors="replace")
            return "\nState:\tT" in status or "\nState:\tt" in status
        return False

    @property
    def remedy(self) -> str:
        """What a person can do."""
        if self.pid is None:
            return "Wait until it is done, then repeat."
        if self.stopped:
            return f"Let it go on ('fg', or 'kill -CONT {self.pid}') or end it, then repeat."
        return "Wait until it is done or end it, then repeat."

    def __str__(self) -> str:
        if self.pid is None:
            return "another process"
        since = f" since {self._since:%Y-%m-%d %H:%M:%S} UTC" if self._since else ""
        return f"process {self.pid}{' (stopped)' if self.stopped else ''}{since}"


def _lock_owners(path: Path) -> list[int] | None:
    """Return the processes with a lock on a file; None where the system does not tell."""
    try:
        found = path.stat()
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    file = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    owners = [
        int(parts[4])
        for parts in map(str.split, lines)
        if len(parts) > 5 and parts[1] == "FLOCK" and parts[5] == file and parts[4] != "-1"
    ]
    return owners or None


def _open(path: Path, *, create: bool) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, file_mode(path.parent))
    except OSError:
        # flock needs no right to write, so a read-only home can still be locked.
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            if create:
                raise
            return None


_descriptors: set[int] = set()
"""Descriptors of lock files that this process has open."""


def _release(descriptor: int) -> None:
    """Give up a lock and close its file; a child that has closed it already does nothing."""
    if descriptor in _descriptors:
        _descriptors.discard(descriptor)
        # A child that was forked a moment ago may still share the open file, which closing would not unlock.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _close_inherited() -> None:
    for descriptor in list(_descriptors):
        with suppress(OSError):
            os.close(descriptor)
    _descriptors.clear()


os.register_at_fork(after_in_child=_close_inherited)
