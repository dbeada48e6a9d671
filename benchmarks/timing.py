"""Times of commands and of actions that run in turns, by the clock on the wall or by that of the processor."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence

CLOCK = {"cpu": False}
"""Whether commands are timed by the processor time of them and their children: on a machine with other work."""


def wall(command: Sequence[str]) -> float:
    """Run a command; give its seconds."""
    started = elapsed()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return elapsed() - started


def elapsed() -> float:
    """Return the time of the chosen clock, in seconds."""
    if not CLOCK["cpu"]:
        return time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def elapsed_here() -> float:
    """Return the time of the chosen clock in this process, in seconds."""
    return time.process_time() if CLOCK["cpu"] else time.perf_counter()


def in_turns(runs: int, *actions: Callable[[], float]) -> list[float]:
    """Run each in turns; give the median of each."""
    times = [[action() for action in actions] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*times, strict=True)]
