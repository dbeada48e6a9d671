"""Sequence of a journal: numbers that grow with every acknowledged record, whatever the clocks say.

One file per log: twenty digits with the number of its first byte, a newline, and one byte per number. Appending n
bytes takes n numbers: the kernel appends for one process at a time and tells each where its bytes ended, so that
nobody waits for anybody, not even for a process that is stopped between two steps.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from decision_store.durable_files import file_mode, private_opener, sync, sync_folder
from decision_store.file_state import identity

FILE = "sequence"
_HEADER = 21


class Sequence:
    """The numbers of one log; a record that was acknowledged before another was started has the lower one.

    Parameters
    ----------
    folder : Path
        The journal folder, which must be there when a number is taken.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> mine, another = Sequence(folder), Sequence(folder)
    >>> first = mine.take(2)
    >>> another.take(1) - first, mine.take(1) - first
    (2, 3)
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._text = os.fspath(self._path)
        self._descriptor: int | None = None
        self._identity = (0, 0)
        self._base = 0

    def take(self, count: int) -> int:
        """Take that many numbers; return the first.

        Where the file belongs to somebody else, the clock takes its place.
        """
        try:
            descriptor = self._open()
        except PermissionError:
            return time.time_ns()
        os.write(descriptor, b"." * count)
        return self._base + os.lseek(descriptor, 0, os.SEEK_CUR) - _HEADER - count

    def reached(self) -> int:
        """Return the highest number that was taken so far, of however many records; without a file the clock."""
        try:
            with self._path.open("rb") as file:
                return int(file.read(_HEADER)) + file.seek(0, os.SEEK_END) - _HEADER - 1
        except (OSError, ValueError):
            return time.time_ns()

    def close(self) -> None:
        """Close the file; a later number opens it again."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _open(self) -> int:
        if self._descriptor is not None:
            with suppress(FileNotFoundError):
                if identity(os.stat(self._text)) == self._identity:  # noqa: PTH116 - the fastest call
                    return self._descriptor
            self.close()
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
        try:
            descriptor = os.open(self._path, flags)
        except FileNotFoundError:
            self._make()
            descriptor = os.open(self._path, flags)
        header = os.pread(descriptor, _HEADER, 0)
        if not header[:-1].isdigit() or header[-1:] != b"\n":
            os.close(descriptor)
            self._path.unlink(missing_ok=True)  # the disk has lost what was in it
            return self._open()
        self._descriptor, self._base = descriptor, int(header)
        self._identity = identity(os.fstat(descriptor))
        return descriptor

    def _make(self) -> None:
        """Begin above every number of a lost file, and above the times by which older lines are ordered."""
        names = self._path.parent.glob("*.jl")
        stamps = (name.name.partition("-")[0].removeprefix("r") for name in names)
        base = max([time.time_ns(), *(int(stamp) + 1 for stamp in stamps if stamp.isdigit())])
        temporary = self._path.with_name(f".{FILE}.{os.urandom(6).hex()}.tmp")
        with open(temporary, "xb", opener=private_opener) as file:
            file.write(b"%020d\n" % base)
            file.flush()
            sync(file.fileno())
        with suppress(FileExistsError):  # another process was first
            os.link(temporary, self._path)  # unlike a rename, it never replaces what is there
        temporary.unlink()
        self._path.chmod(file_mode(self._path.parent))
        sync_folder(self._path.parent)
