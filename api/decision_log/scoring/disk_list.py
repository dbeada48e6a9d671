"""Disk-backed list of byte strings."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


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

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, place: int) -> bytes:
        (one,) = self.take(np.array([place]))
        return one

    def take(self, places: NDArray[np.intp]) -> list[bytes]:
        """Return those at N places."""
        ends = np.frombuffer(self._ends, np.int64)
        starts, stops = ends[places].tolist(), ends[places + 1].tolist()
        del ends  # an array that is looked at cannot grow
        file = self._file.fileno()
        return [
            os.pread(file, stop - start, start) for start, stop in zip(starts, stops, strict=True)
        ]

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
        self._file.close()
