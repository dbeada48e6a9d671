"""Write a file so that a reader sees all of it or the old one, never half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from decision_store.errors import DecisionLogError


class CannotWrite(DecisionLogError):
    """A result cannot be written where it was asked for."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        return (
            f"{self.path} cannot be written: {self.reason}. What was there before is untouched; "
            "choose another place, or free some space."
        )


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write that takes the place of ``path`` in one step, at the very end.

    The bytes go to a temporary file in the same folder (a rename is atomic only within one file
    system), are forced to disk, and take the file's name. If anything fails, the old file stays
    and no temporary one is left behind.

    Raises
    ------
    CannotWrite
        The folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    except OSError as error:
        raise CannotWrite(path, error.strerror or str(error)) from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode_of(path))
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CannotWrite(path, error.strerror or str(error)) from None
        raise


def write_whole(path: Path, text: str) -> Path:
    """Replace a file's content in one step; its folder is made where it is missing.

    Parameters
    ----------
    path : Path
        The file to write, as UTF-8.
    text : str
        Its whole content.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    CannotWrite
        The folder cannot be made or written.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_whole(folder / "reports" / "day.md", "# Day").read_text(encoding="utf-8")
    '# Day'
    """
    with replacing(path) as file:
        file.write(text.encode("utf-8"))
    return path


def _mode_of(path: Path) -> int:
    """Permissions of the file to replace; those of a new file where there is none.

    ``mkstemp`` makes files only their owner can read, which is not what a report is for.
    """
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
