"""Inter-process lock on training: one process at a time, which the others can name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from decision_log.exclusive_lock import exclusive_lock
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

    Raises
    ------
    TrainingInProgress
        Another process, or another thread, holds it.
    """
    with exclusive_lock(models / LOCK_FILE, TrainingInProgress):
        yield
