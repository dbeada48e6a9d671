"""Inter-process lock on training: one process at a time, which the others can name."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from decision_store.errors import DecisionLogError

LOCK_FILE = ".train.lock"


class TrainingInProgress(DecisionLogError):
    """Another process is training on this log.

    Parameters
    ----------
    holder : str
        Its process id and since when, as it has written them; empty where it has not yet.
    """

    def __init__(self, holder: str) -> None:
        self.holder = holder
        super().__init__(holder)

    def __str__(self) -> str:
        who = f" ({self.holder})" if self.holder else ""
        return (
            f"Another process{who} is training on this log. The model in use answers until it has finished; then "
            "run 'decision-log train' again if you still need to."
        )


@contextmanager
def training_lock(models: Path) -> Iterator[None]:
    """Hold the lock on training.

    The kernel frees it when the process ends, however it ends.

    Raises
    ------
    TrainingInProgress
        Another process, or another thread, holds it.
    """
    models.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(models / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip()
            raise TrainingInProgress(holder) from None
        os.ftruncate(handle, 0)
        os.pwrite(
            handle, f"process {os.getpid()}, since {datetime.now(UTC):%H:%M:%S} UTC".encode(), 0
        )
        yield
    finally:
        os.close(handle)
