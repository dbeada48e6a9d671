"""Cache of fitted rates beside the database: what a new process would otherwise fit again for an unchanged log.

It holds names of types and sources and numbers; `decision_log.cache_file` says when it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision_log.cache_file import RATES, CacheFile

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_model.rates.model import RateModel
    from decision_store.store import Store

MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class CachedRates:
    """What the cache holds.

    Parameters
    ----------
    hour : datetime
        In which the rates were asked for.
    as_of, newest, next : datetime
        As of :class:`decision_log.rate_fits.RateFit`; when the next fact becomes known, None where none is waiting.
    journal : mapping of str to int
        Sizes of the journal's files when the facts were read.
    cells : bytes
        The answer to the question ``cells``, as `packed_table` gives it: a prediction does not need it.
    model : RateModel
        The fitted model.
    """

    hour: datetime
    as_of: datetime
    newest: datetime | None
    next: datetime | None
    journal: Mapping[str, int]
    cells: bytes
    model: RateModel


class RateCache:
    """The cache file of one log.

    Parameters
    ----------
    store : Store
        The log.
    """

    def __init__(self, store: Store) -> None:
        self._file = CacheFile(store, RATES, MOST_BYTES)

    def read(self, hour: datetime) -> CachedRates | None:
        """Return the rates of this hour, None where the cache has none of the facts that are in the log now."""
        found = self._file.read(hour)
        try:
            return None if found is None else _unpacked(*found)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, rates: CachedRates) -> None:
        """Replace the cache; a folder that cannot be written is no error."""
        from decision_model.rates.stored import pack

        moments = {name: getattr(rates, name) for name in ("as_of", "newest", "next")}
        head = {
            **{name: None if one is None else one.isoformat() for name, one in moments.items()},
            "cells": len(rates.cells),
        }
        self._file.write(rates.hour, rates.journal, head, rates.cells + pack(rates.model))


def packed_table(table: pa.Table) -> bytes:
    """Return a table as bytes."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    whole: bytes = sink.getvalue().to_pybytes()
    return whole


def unpacked_table(data: bytes) -> pa.Table:
    """Return the table that `packed_table` was given."""
    import pyarrow as pa

    with pa.ipc.open_stream(data) as stream:
        return stream.read_all()


def _unpacked(head: Mapping[str, Any], rest: bytes) -> CachedRates:
    from decision_model.rates.stored import unpack

    newest, following = (
        None if head[name] is None else datetime.fromisoformat(head[name])
        for name in ("newest", "next")
    )
    return CachedRates(
        hour=datetime.fromisoformat(head["hour"]),
        as_of=datetime.fromisoformat(head["as_of"]),
        newest=newest,
        next=following,
        journal=head["journal"],
        cells=rest[: head["cells"]],
        model=unpack(rest[head["cells"] :]),
    )
