"""Revision counter: tells whether facts were acknowledged since somebody last looked, without opening the database."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decision_store.store import Store


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
