"""Private cache file beside the database, used only for the facts, the hour and the program it was written with.

It may be deleted at any time and is no part of a backup. One that is damaged is ignored.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from decision_log.program import program_digest

if TYPE_CHECKING:
    from decision_store.store import Store

RATES, ANSWERS = ".rates-cache", ".answers-cache"
"""Suffixes of the cache files of a log."""


class CacheFile:
    """One cache file of a log.

    Parameters
    ----------
    store : Store
        The log.
    suffix : str
        Of the file, beside the database.
    most_bytes : int
        What is larger is not written: reading it would save little.
    """

    def __init__(self, store: Store, suffix: str, most_bytes: int) -> None:
        self.path = store.path.with_suffix(suffix)
        self._store = store
        self._most_bytes = most_bytes

    def read(self, hour: datetime) -> tuple[dict[str, Any], bytes] | None:
        """Return head and contents, None where they do not hold for the facts that are in the log now."""
        try:
            first, _, rest = self.path.read_bytes().partition(b"\n")
            head: dict[str, Any] = orjson.loads(first)
            known = (
                head["program"] == program_digest()
                and head["hour"] == hour.isoformat()
                and head["sha256"] == hashlib.sha256(rest).hexdigest()
                and self._store.only_predictions_since(head["journal"])
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return (head, rest) if known else None

    def write(
        self, hour: datetime, journal: Mapping[str, int], head: Mapping[str, Any], rest: bytes
    ) -> None:
        """Replace the file; a folder that cannot be written is no error.

        Parameters
        ----------
        hour : datetime
            For which the contents hold.
        journal : mapping of str to int
            Sizes of the journal's files before the facts were read.
        head : mapping
            What else is to stand before the contents, in JSON.
        """
        if len(rest) > self._most_bytes:
            return
        whole = {
            **head,
            "program": program_digest(),
            "hour": hour.isoformat(),
            "journal": dict(journal),
            "sha256": hashlib.sha256(rest).hexdigest(),
        }
        temporary = self.path.with_name(f".{self.path.name}.{os.urandom(6).hex()}.tmp")
        with suppress(OSError):
            try:
                # Not synced: what a crash leaves of it does not match its checksum.
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(orjson.dumps(whole) + b"\n" + rest)
                temporary.replace(self.path)
            finally:
                temporary.unlink(missing_ok=True)


def clear_caches(store: Store) -> None:
    """Delete all cache files of a log."""
    for suffix in (RATES, ANSWERS):
        store.path.with_suffix(suffix).unlink(missing_ok=True)
