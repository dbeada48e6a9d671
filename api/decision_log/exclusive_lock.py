"""Inter-process lock that names its holder: the second who asks is refused with the first one's process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

MOST_READ = 200


@contextmanager
def exclusive_lock(path: Path, refusal: Callable[[str], Exception]) -> Iterator[None]:
    """Hold a lock; the kernel frees it when the process ends, however it ends.

    Parameters
    ----------
    path : Path
        The lock file; its folder is made.
    refusal : callable
        Makes the error from what the holder has written: its process and since when; empty where it has not yet.

    Raises
    ------
    Exception
        What ``refusal`` makes, where another process or another thread holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal(
                os.pread(handle, MOST_READ, 0).decode("utf-8", "replace").strip()
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(
            handle, f"process {os.getpid()}, since {datetime.now(UTC):%H:%M:%S} UTC".encode(), 0
        )
        yield
    finally:
        os.close(handle)
