"""Threads for work on whole columns: Arrow, DuckDB and checksums let other threads run meanwhile.

Two at most, so that no more than two results are made at once: it bounds the memory.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_THREADS = min(2, os.cpu_count() or 1)
_ROWS = 20_000
"""Rows from which on a thread is worth its start."""


def each(
    function: Callable[[Item], Result], items: Iterable[Item], *, rows: int = _ROWS
) -> list[Result]:
    """Return what a function makes of each item, in their order, as a list; an error is that of the first in order.

    Parameters
    ----------
    function : callable
        Called by several threads at once; it may not change what another call reads.
    items : iterable
        Such as columns.
    rows : int
        How long the columns are; of short ones everything is done by this thread.

    Examples
    --------
    >>> each(len, ["a", "bc"])
    [1, 2]
    """
    todo = list(items)
    if rows < _ROWS or _THREADS == 1 or len(todo) == 1:
        return list(map(function, todo))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(function, todo))


def ahead(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what a function makes of each item, in their order; the next two are worked on meanwhile.

    The items are taken by the calling thread, at most three before their results are.

    Examples
    --------
    >>> list(ahead(len, ["a", "bc"]))
    [1, 2]
    """
    todo = iter(items)
    first = list(islice(todo, 2))
    if _THREADS == 1 or len(first) < 2:
        yield from map(function, first)
        yield from map(function, todo)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: deque[Future[Result]] = deque(pool.submit(function, item) for item in first)
        try:
            while waiting:
                waiting.extend(pool.submit(function, item) for item in islice(todo, 1))
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
