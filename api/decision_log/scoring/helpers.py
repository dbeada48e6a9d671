"""Further processes that score parts of a file beside this one.

A process of joblib would not end with the one that started it, and one more of them would be needed, as the caller's
own only waits.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from decision_log.scoring import garbage_collection
from decision_log.scoring.key_map import KeyMap
from decision_log.scoring.knowledge import Knowledge, Ready
from decision_log.scoring.part import Part, PartScorer, ScoredPart
from decision_log.scoring.processes import load_program

_AHEAD = 2
"""Parts that a process is given at once, so that it has one to go on with."""

_PROGRAM = """
import sys
sys.path[:] = filter(None, sys.path)
import pickle, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
try:
    sys.path[:] = pickle.load(sys.stdin.buffer)
except (EOFError, pickle.UnpicklingError):
    sys.exit()  # the process that started this one is gone
from decision_log.scoring.helpers import serve
serve()
"""
"""Modules are not looked for in the current folder, which may be anybody's. The process that started this one says when
it ends; Ctrl-C reaches both.
"""

_DEAD = (EOFError, OSError, pickle.UnpicklingError)


class Helper:
    """A process that scores parts of one input; it ends with this one, however that ends."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and a program of our own
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._sending, self._receiving = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._given: deque[Future[ScoredPart]] = deque()
        self._send(sys.path)

    def teach(self, knowledge: Knowledge, keys: KeyMap) -> None:
        """Send what to score with."""
        self._send((knowledge, keys))

    def submit(self, part: Part) -> Future[ScoredPart] | None:
        """Give it a part; None where it has enough to do."""
        while self._given and self._given[0].done():
            self._given.popleft()
        if len(self._given) >= _AHEAD:
            return None
        self._send(part.as_bytes())
        self._given.append(self._receiving.submit(self._receive))
        return self._given[-1]

    def kill(self) -> None:
        """Stop the process at once; it still has to be closed."""
        self._process.kill()

    def close(self) -> None:
        """End the process, and wait for it."""
        self._sending.shutdown()
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        self._receiving.shutdown()
        assert self._process.stdout is not None  # noqa: S101 - as above
        self._process.stdout.close()

    def _send(self, what: object) -> None:
        self._sending.submit(self._write, what)

    def _write(self, what: object) -> None:
        assert self._process.stdin is not None  # noqa: S101 - as above
        pickle.dump(what, self._process.stdin, protocol=5)
        self._process.stdin.flush()

    def _receive(self) -> ScoredPart:
        assert self._process.stdout is not None  # noqa: S101 - as above
        found: Any = pickle.load(self._process.stdout)  # noqa: S301 - from a process of our own, over its pipe
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, ScoredPart)  # noqa: S101
        return found


@contextmanager
def helpers(number: int) -> Iterator[list[Helper]]:
    """Start processes, which load the program meanwhile, and end them."""
    started: list[Helper] = []
    try:
        with suppress(OSError):  # where no more processes can be started, fewer do the work
            for _ in range(number):
                started.append(Helper())  # noqa: PERF401 - those that have started are ended
        yield started
    except BaseException:
        for one in started:  # all of them before one is waited for: a second Ctrl-C leaves none
            one.kill()
        for one in started:
            one.close()
        raise
    for one in started:
        one.close()


def scored_in_order(
    parts: Iterable[Part], here: Callable[[Part], ScoredPart], helping: list[Helper]
) -> Iterator[ScoredPart]:
    """Score parts, here and in other processes; the results come in the order of the parts.

    What a process had when it was killed, for want of memory perhaps, is scored here.
    """
    waiting: deque[tuple[Part, Future[ScoredPart] | None, ScoredPart | None]] = deque()
    for part in parts:
        given = next(filter(None, (one.submit(part) for one in helping)), None)
        waiting.append((part, given, None if given else here(part)))
        while waiting and (waiting[0][1] is None or waiting[0][1].done()):
            yield _result(*waiting.popleft(), here)
    while waiting:
        yield _result(*waiting.popleft(), here)


def _result(
    part: Part,
    given: Future[ScoredPart] | None,
    made: ScoredPart | None,
    here: Callable[[Part], ScoredPart],
) -> ScoredPart:
    if given is not None:
        try:
            return given.result()
        except _DEAD:
            pass
    return made or here(part)


def serve() -> None:
    """Score the parts that come over standard input, until it ends."""
    logging.disable()  # what there is to warn of, the process that started this one warns of
    found, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed must not get between the results
    load_program()
    with suppress(*_DEAD):
        knowledge, keys = pickle.load(found)  # noqa: S301 - from the process that started this one
        score: PartScorer = Ready(knowledge).scorer(keys)
        while True:
            part = pickle.load(found)  # noqa: S301 - as above
            try:
                with garbage_collection.paused():
                    scored: ScoredPart | Exception = score(part)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is raised over there
                scored = error
            pickle.dump(scored, results, protocol=5)
            results.flush()
