"""Disk-backed list of byte strings."""

from __future__ import annotations

import mmap
import tempfile
from array import array
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path


class DiskList:
    """Byte strings in a nameless file, which is gone once closed; readable in any order.

    Parameters
    ----------
    folder : Path
        Where there is room for them.

    Raises
    ------
    OSError
        Here and in `extend`: the folder cannot be written, or is full.

    Examples
    --------
    >>> texts = DiskList(Path("."))
    >>> texts.extend([b"one", b"", b"three"])
    >>> texts[2], texts[0], len(texts)
    (b'three', b'one', 3)
    >>> texts.close()
    """

    def __init__(self, folder: Path) -> None:
        # It stays open as long as this object is in use.
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        self._ends = array("q", [0])
        self._map: mmap.mmap | None = None

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, place: int) -> bytes:
        start, stop = self._ends[place], self._ends[place + 1]
        if start == stop:
            return b""
        if self._map is None or stop > len(self._map):
            self._map = mmap.mmap(self._file.fileno(), self._ends[-1], access=mmap.ACCESS_READ)
        return self._map[start:stop]

    def extend(self, texts: Iterable[bytes]) -> None:
        """Append some."""
        known = list(texts)
        whole = memoryview(b"".join(known))
        while whole:
            whole = whole[self._file.write(whole) :]
        ends = accumulate(map(len, known), initial=self._ends[-1])
        next(ends)
        self._ends.extend(ends)

    def close(self) -> None:
        """Delete the file."""
        if self._map is not None:
            self._map.close()
        self._file.close()
