"""Append-only journal, with one file per writing process.

A line is `crc32 number json`: eight hex digits, a space, the record's number in the sequence of the log, a space, one
JSON object, a newline; lines of format 1 have no number. A line that is not finished or whose checksum differs was
torn by a crash. Once `append` returns, the lines are on the disk.

A process holds a lock on its file. The next process goes on with a file that nobody holds, so that a thousand short
runs leave one file.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import threading
import time
import weakref
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from decision_store.durable_files import file_mode, make_folder, sync, sync_folder
from decision_store.errors import NotPermitted, StoreUnavailable, WriteUncertain
from decision_store.fault_points import reach
from decision_store.file_state import identity
from decision_store.journal.sequence import Sequence

logger = logging.getLogger(__name__)

ROTATE_BYTES = 4 << 20
"""A journal file that has grown past this is followed by a new one, so that old ones can be archived."""


_REPLACED_AT_MOST = 5
"""Times that a file may be replaced under one append before it gives up."""

_REPEAT = "It is not certain whether this was recorded. Repeat the same call: if it was, the repeat changes nothing."

FORMAT = 2
"""Format of the lines, named by each file: raised whenever an older program would misread them or drop a field.

Files without a number are of format 1; 2 added the number in the sequence."""

RETIRED = "r"
"""Stands before the name of a file that nobody goes on with, as while it is being merged: readers still find it."""

_CONTINUED_OF = 8
"""Files that a new process tries to go on with before it begins one of its own."""

_DIGITS = 19  # of the clock in nanoseconds, where numbers begin

_NUMBERED = re.compile(r"\.v([0-9]{1,9})\.jl$")

CHANGE_COUNTER = "change_counter"
"""A file that differs after each fact or fold, as SQLite's counter of that name; its content is random."""


class Journal:
    """The end of the journal that belongs to this process; safe for threads and across a fork.

    Parameters
    ----------
    folder : Path
        Made, with its parents, at the first append.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._path = folder
        self._identity = self._counter_identity = (0, 0)
        self._change_counter: int | None = None
        self._counter_path = os.fspath(folder / CHANGE_COUNTER)
        self._sequence = Sequence(folder)
        self._size = 0
        self._pid = os.getpid()
        _every_journal.add(self)

    def append(self, payloads: Iterable[bytes]) -> None:
        """Write JSON objects as lines and return once they are on the disk.

        When this returns, the lines lie in a file that readers find by its path: a file that was deleted or replaced
        meanwhile, such as by restoring a backup, is followed by a new one. Nothing after the sync can fail the call.

        Raises
        ------
        StoreUnavailable
            Nothing was recorded.
        WriteUncertain
            The disk failed when whole lines had reached the file: a fold may have read them by then.
        """
        records = list(payloads)
        if not records:
            return
        with self._lock:
            try:
                if self._descriptor is None or self._size > ROTATE_BYTES:
                    self._start_file()
                reach("append: file open")
                lines = _numbered(records, self._sequence.take(len(records)))
                self._write(lines)
                for _ in range(_REPLACED_AT_MOST):
                    if self._is_reachable():
                        break
                    self._start_file()
                    self._write(lines)
                else:
                    reason = "its files are replaced as fast as they are written"
                    raise WriteUncertain(self.folder, reason, _REPEAT)
            except OSError as error:
                raise unavailable(self.folder, error) from error
            self._announce()

    def announce(self) -> None:
        """Let warm readers know that the log has changed."""
        with self._lock:
            self._announce()

    def _is_reachable(self) -> bool:
        """Tell whether readers find the open file by its path."""
        try:
            return identity(os.stat(self._path)) == self._identity  # noqa: PTH116 - the fastest call there is
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Close the files; a later append starts a new one."""
        with self._lock:
            self._drop()

    def after_fork(self) -> None:
        """Leave the parent's files alone after a fork, and take a lock that no lost thread holds."""
        self._lock = threading.Lock()
        self._drop()
        self._pid = os.getpid()

    def __del__(self) -> None:
        """Free the descriptors of a log that nobody closed."""
        if hasattr(self, "_descriptor"):
            with suppress(OSError):
                self._drop()

    def _start_file(self) -> None:
        self._drop()
        make_folder(self.folder)
        if not self._continue_file():
            self._path = self.folder / f"{unique_name()}.v{FORMAT}.jl"
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, file_mode(self.folder))
            self._identity = identity(os.fstat(self._descriptor))
            # Where somebody merges files this moment and holds it, it is found to be gone after the write.
            lock_file(self._descriptor)
            self._size = 0
            reach("rotation: file created")
            sync_folder(self.folder)
        with suppress(PermissionError):
            self._open_change_counter()  # takes its room on the disk before the first fact is promised

    def _continue_file(self) -> bool:
        """Go on with the newest file of this format that no process holds and that ends with a whole line."""
        own = f".v{FORMAT}.jl"
        found = [
            name
            for name, size in _entries(self.folder)[0].items()
            if size < ROTATE_BYTES and name.endswith(own) and not name.startswith(RETIRED)
        ]
        for name in found[: -_CONTINUED_OF - 1 : -1]:
            path = self.folder / name
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
                at = os.fstat(descriptor)
                size, self._identity = at.st_size, identity(at)
                if lock_file(descriptor) and (
                    not size or os.pread(descriptor, 1, size - 1) == b"\n"
                ):
                    self._path, self._descriptor, self._size = path, descriptor, size
                    if self._is_reachable():
                        return True
                    self._descriptor = None
                os.close(descriptor)
        return False

    def _write(self, lines: bytes) -> None:
        assert self._descriptor is not None  # noqa: S101 - append() has just opened it
        rest = memoryview(lines)
        descriptor = self._descriptor
        try:
            reach("append: before write")
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            reach("append: written")
            sync(self._descriptor)
            reach("append: synced")
        except BaseException as error:
            self._descriptor = None  # the file is cut back and never used again
            with suppress(OSError):
                os.ftruncate(descriptor, self._size)
                sync(descriptor)
            with suppress(OSError):
                os.close(descriptor)
            written = lines[: len(lines) - len(rest)]
            if written:
                self._retire()
            if isinstance(error, OSError) and b"\n" in written:
                raise WriteUncertain(self.folder, error.strerror or str(error), _REPEAT) from error
            raise
        self._size += len(lines)

    def _retire(self) -> None:
        """Rename a file that was cut back: a fold that has seen what was cut passes over what follows in its place."""
        path = Path(self._path)
        if not path.name.startswith(RETIRED):
            with suppress(OSError):
                path.rename(path.with_name(f"{RETIRED}{path.name}"))

    def _announce(self) -> None:
        # Sixteen random bytes differ each time; file times have the grain of the kernel's clock, too coarse.
        try:
            os.pwrite(self._open_change_counter(), os.urandom(16), 0)
        except OSError as error:
            # Not ours to write, perhaps: then the folder's own time tells readers, unless the disk is full.
            logger.warning("the change counter of the log cannot be written: %s", error)
            with suppress(OSError):
                mark = self.folder / f".changed-{os.getpid()}-{threading.get_ident()}"
                mark.touch()
                mark.unlink()

    def _open_change_counter(self) -> int:
        path = self._counter_path
        if self._change_counter is not None:
            with suppress(FileNotFoundError):
                if identity(os.stat(path)) == self._counter_identity:  # noqa: PTH116 - as above
                    return self._change_counter
            os.close(self._change_counter)
            self._change_counter = None
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        self._change_counter = os.open(path, flags, file_mode(self.folder))
        found = os.fstat(self._change_counter)
        self._counter_identity = identity(found)
        if found.st_size == 0:
            os.pwrite(self._change_counter, os.urandom(16), 0)
        return self._change_counter

    def _drop(self) -> None:
        for descriptor in (self._descriptor, self._change_counter):
            if descriptor is not None:
                os.close(descriptor)
        self._descriptor = self._change_counter = None
        self._sequence.close()


def _numbered(records: list[bytes], first: int) -> bytes:
    """Return the lines of records."""
    return b"".join(line(b"%d %s" % (number, r)) for number, r in enumerate(records, first))


def line(body: bytes) -> bytes:
    """Return a journal line of its content."""
    return b"%08x %s\n" % (zlib.crc32(body), body)


def lock_file(descriptor: int) -> bool:
    """Take the lock on a journal file, which its writer and a merging process hold; False where another has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Line(NamedTuple):
    """One finished line of a journal file; `payload` is None where the checksum does not fit.

    `number` is its place in the sequence of the log, None in lines of format 1.
    """

    offset: int
    raw: bytes
    payload: bytes | None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What a journal file holds beyond a position; `rest` is an unfinished last line."""

    file: str
    lines: tuple[Line, ...]
    position: int
    seen: int
    rest: bytes = b""


def sizes(folder: Path) -> dict[str, int]:
    """Return the size in bytes of every journal file, oldest first.

    Entries that are no file are left out, and files of a format that this program does not know.
    """
    return {name: size for name, size in _entries(folder)[0].items() if not _is_newer(name)}


def newer(folder: Path) -> list[str]:
    """Return the journal files whose format this program does not know."""
    return [name for name in _entries(folder)[0] if _is_newer(name)]


def _is_newer(name: str) -> bool:
    found = _NUMBERED.search(name)
    return found is not None and int(found[1]) > FORMAT


def unreadable(folder: Path) -> list[str]:
    """Return the entries of a journal folder that should be journal files and cannot be read."""
    files, others = _entries(folder)
    return sorted([*others, *(name for name in files if not os.access(folder / name, os.R_OK))])


def _entries(folder: Path) -> tuple[dict[str, int], list[str]]:
    files: dict[str, int] = {}
    others: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.endswith(".jl"):
                    continue
                try:
                    if entry.is_file():
                        files[entry.name] = entry.stat().st_size
                    else:
                        others.append(entry.name)
                except OSError:
                    others.append(entry.name)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        raise unavailable(folder, error) from error
    return dict(sorted(files.items())), others


def read(folder: Path, file: str, start: int, end: int) -> Part:
    """Read the lines between two offsets; an unfinished last line is left for later."""
    try:
        with (folder / file).open("rb") as stream:
            stream.seek(start)
            data = stream.read(end - start)
    except OSError as error:
        raise unavailable(folder, error) from error
    finished = data.rfind(b"\n") + 1
    lines = tuple(_lines(data[:finished], start))
    return Part(file, lines, start + finished, start + len(data), data[finished:])


def _lines(data: bytes, start: int) -> Iterator[Line]:
    offset = start
    for raw in data.split(b"\n")[:-1]:
        yield parse_line(raw, offset)
        offset += len(raw) + 1


def parse_line(raw: bytes, offset: int = 0) -> Line:
    """Return a line, without its newline, taken apart."""
    body = raw[9:]
    if raw[:9] != b"%08x " % zlib.crc32(body):
        return Line(offset, raw, None)
    if body[:1].isdigit():
        number, _, payload = body.partition(b" ")
        if number.isdigit() and len(number) <= _DIGITS:
            return Line(offset, raw, payload, int(number))
    return Line(offset, raw, body)


def unique_name() -> str:
    """Return a file name that sorts by time and that no other process or call has."""
    return f"{time.time_ns():020d}-{os.getpid()}-{os.urandom(4).hex()}"


def unavailable(path: Path, error: OSError) -> StoreUnavailable:
    """Turn an operating system error into one that tells a person what to do."""
    remedies = {
        errno.ENOSPC: "Free some space, then repeat: nothing was recorded.",
        errno.EDQUOT: "Free some of your quota, then repeat: nothing was recorded.",
        errno.EFBIG: "Raise the limit on file sizes, then repeat: nothing was recorded.",
        errno.EROFS: "Choose a home on a disk that can be written.",
    }
    remedy = remedies.get(
        error.errno or 0, "Check that the folder exists and that you may read and write it."
    )
    kind = NotPermitted if isinstance(error, PermissionError) else StoreUnavailable
    return kind(path, error.strerror or str(error), remedy)


class _EveryJournal:
    """The journals of this process, so that a forked child can let go of its parent's files."""

    def __init__(self) -> None:
        self._journals: weakref.WeakSet[Journal] = weakref.WeakSet()

    def add(self, journal: Journal) -> None:
        self._journals.add(journal)

    def after_fork(self) -> None:
        for journal in list(self._journals):
            journal.after_fork()


_every_journal = _EveryJournal()
os.register_at_fork(after_in_child=_every_journal.after_fork)
