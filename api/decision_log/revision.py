"""Revision counter, and answers that a server keeps until it grows: neither opens the database to find out."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
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


class KeptAnswers:
    """Answers of a server, kept while neither the log nor the scored file has changed.

    Parameters
    ----------
    revision : callable
        `DecisionLog.revision`, or that with whatever else the answers depend on.
    scored : path
        The file of scored opportunities.
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
        seconds: float = 30.0,
        most: int = 256,
    ) -> None:
        self.lock = threading.RLock()
        self._revision = revision
        self._scored = scored
        self._seconds = seconds
        self._most = most
        self._answers: OrderedDict[Hashable, tuple[Hashable, float, Any]] = OrderedDict()

    def get(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, from memory where it still holds; one is worked out at a time."""
        with self.lock:
            # Read before answering: a fact that arrives meanwhile makes the next caller answer again.
            state = (self._revision(), self._scored_file())
            now = time.monotonic()
            known = self._answers.get(question)
            if known is not None and known[0] == state and now - known[1] < self._seconds:
                self._answers.move_to_end(question)
                found: Answer = known[2]
                return found
            made = answer()
            self._answers[question] = (state, now, made)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
            return made

    def _scored_file(self) -> tuple[int, int]:
        try:
            found = self._scored.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)
