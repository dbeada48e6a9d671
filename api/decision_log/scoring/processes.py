"""Number of processes that pay, and joblib's for many files."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joblib import Parallel

WORTH_PROCESSES = 50_000
"""Items from which on further processes pay: each takes about a second to start."""

BYTES_PER_ITEM = 400
"""Of text files, to guess how many items they hold; Parquet says it."""

_NEEDED = (
    "pyarrow.json", "pyarrow.parquet", "decision_model.rates.stored", "decision_log.predicting.model_predictor",
)  # fmt: skip

Run = Callable[[Iterable[Any]], Iterator[Any]]
"""Makes calls in other processes; the results come in any order."""


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worthwhile(path: Path) -> int:
    """Return how many processes pay for one file."""
    return usable_cores() if probable_items(path) >= WORTH_PROCESSES else 1


def probable_items(path: Path) -> int:
    """Guess how many items a file holds."""
    if path.suffix.lower() == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        with suppress(OSError, pa.ArrowException):
            rows: int = pq.read_metadata(path).num_rows
            return rows
    with suppress(OSError):
        return path.stat().st_size // BYTES_PER_ITEM
    return 0


def load_program() -> None:
    """Import what scoring needs, so that a process that was started early has it when its work comes."""
    for name in _NEEDED:
        import_module(name)


@contextmanager
def processes(number: int) -> Iterator[Run | None]:
    """Start processes of this machine, which load the program meanwhile; None where one is enough."""
    if number == 1:
        yield None
        return
    from joblib import delayed

    with parallel(number) as started:
        loading = started(delayed(load_program)() for _ in range(number))

        def run(calls: Iterable[Any]) -> Iterator[Any]:
            deque(loading, maxlen=0)
            yield from started(calls)

        yield run


def parallel(jobs: int) -> Parallel:
    """Return what makes calls in processes, one at a time in each."""
    from joblib import Parallel

    return Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
