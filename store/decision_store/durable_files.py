"""Durable files: atomic replacement, and folders and bytes that survive a crash.

The store, the model artifacts and the reports write through this module.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import BufferedRandom

from decision_store.errors import CannotWrite
from decision_store.fault_points import reach


@contextmanager
def atomic_write(path: Path) -> Iterator[BufferedRandom]:
    """Give a file to write that takes the place of ``path`` in one step, at the very end.

    The bytes go to a temporary file in the same folder (a rename is atomic only within one file system), which is
    synced and renamed; then the folder is synced. If anything fails before the rename, the old file stays and no
    temporary one is left behind. Missing folders are made. An existing file keeps its permissions.

    Raises
    ------
    CannotWrite
        For any error of the operating system; it is the cause of the exception.
    """
    try:
        make_folder(path.parent)
        temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
        file = open(temporary, "xb+", opener=private_opener)  # noqa: SIM115 - closed below
    except OSError as error:
        raise CannotWrite(path, error.strerror or str(error)) from error
    try:
        with file:
            yield file
            file.flush()
            sync(file.fileno())
        reach("atomic write: synced")
        with suppress(FileNotFoundError):
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
        reach("atomic write: renamed")
        sync_folder(path.parent)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CannotWrite(path, error.strerror or str(error)) from error
        raise


def atomic_write_text(path: Path, text: str) -> Path:
    """Replace a file's content by a text, as UTF-8, and return the path.

    Raises
    ------
    CannotWrite
        The folder cannot be made or written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> atomic_write_text(folder / "reports" / "day.md", "# Day").read_text(encoding="utf-8")
    '# Day'
    """
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))
    return path


def make_folder(folder: Path) -> None:
    """Make a folder and its parents so that they survive a crash; only their owner may look into them."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent)


def file_mode(folder: Path) -> int:
    """Return the permissions of a new file: those of its owner, and what others may do with the folder itself.

    In a folder that we make, which is private, so is the file; in one that somebody shares it is shared, too.
    """
    return 0o600 | folder.stat().st_mode & 0o066


def private_opener(path: str, flags: int) -> int:
    """Open a new file with the permissions of `file_mode`; for the argument `opener` of `open`."""
    return os.open(path, flags | os.O_CLOEXEC, file_mode(Path(path).parent))


def sync(descriptor: int) -> None:
    """Wait until a file's bytes are on the disk."""
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync leaves them in the drive's cache there
    else:
        os.fdatasync(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until a folder's list of names is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
