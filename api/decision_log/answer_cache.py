"""Cache of answers about the facts of one hour: what predictions need, and what takes long to work out.

A new process that finds the known names, the newest decisions of the cells asked about, and the fitted rates predicts
without opening the database; one that finds insights compares nothing again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from decision_log.cache_file import ANSWERS, CacheFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from decision_store.store import Store

    Rows = list[dict[str, Any]]

MOST_BYTES = 16 << 20
MOST_ANSWERS = 32
"""The newest are kept: a thousand decisions with their texts take up to a megabyte."""


_MOMENTS = frozenset({"timestamp", "closed_at"})
"""Columns of the answers that hold moments, naive UTC."""


class AnswerCache:
    """Answers about the facts of one hour, kept in memory and, once saved, for other processes.

    Parameters
    ----------
    store : Store
        The log.
    hour : datetime
        The hour of now.
    following : datetime, optional
        When the next fact that is in the log already becomes known.
    """

    def __init__(self, store: Store, hour: datetime, following: datetime | None) -> None:
        self._store = store
        self._hour = hour
        self._next = following
        self._journal = store.journal_sizes()
        self._file = CacheFile(store, ANSWERS, MOST_BYTES)
        self._known = self._read()
        self._is_new = False

    def rows(self, question: str, *, as_of: datetime | None = None, **given: object) -> Rows:
        """Answer a question of the store as dictionaries; ``as_of`` must be now, where the question takes it."""
        moment = {} if as_of is None else {"as_of": as_of}
        return self.made(
            question, lambda: self._store.ask(question, **moment, **given).to_pylist(), **given
        )

    def made(self, name: str, make: Callable[[], Rows], **given: object) -> Rows:
        """Answer by a function of the facts, unless it was called for the same before.

        Parameters
        ----------
        name : str
            Of the answer, among those of the store's questions.
        make : callable
            Returns dictionaries of what JSON can hold, and of moments in the columns that hold them.
        **given
            What else the answer depends on.
        """
        key = _key(name, given)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
            self._is_new = True
        return found

    def known(self, name: str, **given: object) -> Rows | None:
        """Return an answer that was worked out or read before, None where there is none."""
        return self._known.get(_key(name, given))

    def save(self) -> None:
        """Write the answers for other processes, unless all were read or the facts have changed since."""
        if not self._is_new or not self._store.only_predictions_since(self._journal):
            return
        self._is_new = False
        newest = dict(list(self._known.items())[-MOST_ANSWERS:])
        head = {"next": None if self._next is None else self._next.isoformat()}
        self._file.write(self._hour, self._journal, head, msgspec.json.encode(newest))
        if not self._store.only_predictions_since(self._journal):
            # What was forgotten meanwhile must not stay here.
            self._file.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Rows]:
        found = self._file.read(self._hour)
        if found is None:
            return {}
        head, rest = found
        try:
            following = head["next"]
            if following is not None and datetime.fromisoformat(following) <= datetime.now(UTC):
                return {}
            known: dict[str, Rows] = msgspec.json.decode(rest, type=dict[str, list[dict[str, Any]]])
            for rows in known.values():
                for row in rows:
                    for name in _MOMENTS.intersection(row):
                        row[name] = row[name] and datetime.fromisoformat(row[name])
        except (ValueError, KeyError, TypeError):
            return {}
        return known


def _key(name: str, given: Mapping[str, object]) -> str:
    return msgspec.json.encode([name, given], order="sorted").decode()
