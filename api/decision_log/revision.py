"""Revision counter, and answers that a server keeps until it grows: neither opens the database to find out."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from decision_store.store import Store

Answer = TypeVar("Answer")


class Revision:
    """A number that grows when any process has written to a log; predictions alone do not count.

    Parameters
    ----------
    store : Store
        The log.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._number = 0
        self._token: object = None
        self._sizes: Mapping[str, int] | None = None

    def read(self) -> int:
        """Return the number now; a few microseconds where nothing has happened."""
        with self._lock:
            token = self._store.token()
            if token == self._token:
                return self._number
            sizes = self._store.journal_sizes()
            if self._sizes is None or not self._store.only_predictions_since(self._sizes):
                self._number += 1
            self._token, self._sizes = token, sizes
            return self._number


@dataclass(frozen=True, slots=True)
class _Started:
    """Beginning of the answers for one caller.

    Parameters
    ----------
    at, asked : float
        Monotonic times: before the states were read, and of the call.
    state, scored
        States of the log and of the scored file.
    least : optional
        State of the log that is new enough for the caller.
    """

    at: float
    state: Any
    scored: tuple[int, int]
    asked: float
    least: Any


@dataclass(frozen=True, slots=True)
class _Answer:
    started: _Started
    answer: Any


class _Caller(threading.local):
    """The caller that a thread works for."""

    started: _Started | None = None


class KeptAnswers:
    """Answers of a server, kept while neither the log nor the scored file has changed.

    Parameters
    ----------
    revision : callable
        `DecisionLog.revision`, or that with whatever else the answers depend on; it only grows.
    scored : path
        The file of scored opportunities.
    snapshot : callable
        `Store.snapshot`: what one caller asks is answered from one state.
    seconds : float
        The longest that an answer is kept: ages of open decisions go on even where nothing is recorded.
    most : int
        How many answers are kept; the ones asked for longest ago go first.

    Examples
    --------
    >>> import tempfile
    >>> from decision_log import DecisionLog
    >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
    ...     kept, asked = KeptAnswers(log.revision, log.settings.home.scored), []
    ...     for _ in range(3):
    ...         answer = kept.get("rates", lambda: asked.append("once") or log.get_conversion_rates())
    ...     asked
    ['once']
    """

    def __init__(
        self,
        revision: Callable[[], Hashable],
        scored: Path,
        *,
        snapshot: Callable[[], AbstractContextManager[None]] = nullcontext,
        seconds: float = 30.0,
        most: int = 256,
    ) -> None:
        self.lock = threading.RLock()
        self._caller = _Caller()
        self._revision = revision
        self._snapshot = snapshot
        self._scored = scored
        self._seconds = seconds
        self._most = most
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()

    @contextmanager
    def reading(self, least: Hashable | None = None) -> Iterator[_Started]:
        """Answer the questions inside for one caller, one caller at a time.

        Who waits takes answers that were started after the call, even if facts have arrived since: however many
        ask at once, and however fast facts arrive, each question is answered once for all that wait.

        Parameters
        ----------
        least : optional
            A state of the log, as `revision` gave it: answers of this or a later one will do.
        """
        caller = self._caller
        if caller.started is not None:  # inside of another one
            yield caller.started
            return
        asked = time.monotonic()
        with self.lock:
            # Read before answering: a fact that arrives meanwhile makes the next caller answer again.
            started = _Started(
                time.monotonic(), self._revision(), self._scored_file(), asked, least
            )
            caller.started = started
            try:
                with self._snapshot():
                    yield started
            finally:
                caller.started = None

    def get(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, from memory where it still holds; one is worked out at a time."""
        with self.reading() as started:
            known = self._answers.get(question)
            if known is not None and self._holds(known, started):
                self._answers.move_to_end(question)
                found: Answer = known.answer
                return found
            made = answer()
            self._answers[question] = _Answer(started, made)
            self._answers.move_to_end(question)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
            return made

    def _holds(self, known: _Answer, now: _Started) -> bool:
        then = known.started
        if now.at - then.at > self._seconds or then.scored != now.scored:
            return False
        is_enough = now.least is not None and then.state >= now.least
        return then.at >= now.asked or is_enough or then.state == now.state

    def _scored_file(self) -> tuple[int, int]:
        try:
            found = self._scored.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)
