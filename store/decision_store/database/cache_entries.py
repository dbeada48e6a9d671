"""Entries of an id cache as columns: a bulk load adds a million of them without a Python object for each."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.journal.id_cache import ENTRY_BYTES

if TYPE_CHECKING:
    from decision_store.journal.id_cache import IdCache


def add_entries(cache: IdCache, entries: bytes | bytearray) -> None:
    """Add those entries to a cache that are not there yet; errors of the disk are ignored: it is a cache.

    Parameters
    ----------
    entries : bytes
        As `IdCache.joined_digests` gives them.
    """
    new = _as_column(bytes(entries))
    buckets = pc.bit_wise_and(new, pa.scalar(0xFF, pa.uint64())).cast(pa.uint8())
    order = pc.sort_indices(buckets)
    new = new.take(order)
    sizes = pc.value_counts(buckets.take(order))
    ends = [0, *pc.cumulative_sum(sizes.field(1)).to_pylist()]
    for first, (start, end) in zip(sizes.field(0).to_pylist(), pairwise(ends), strict=True):
        found = new.slice(start, end - start).unique()
        if there := cache.bucket(first):
            found = found.filter(pc.invert(pc.is_in(found, value_set=_as_column(there))))
        offset = found.offset * ENTRY_BYTES
        data = found.buffers()[1].slice(offset, len(found) * ENTRY_BYTES)
        cache.append(first, data.to_pybytes())


def _as_column(entries: bytes) -> pa.Array:
    """Return whole entries as numbers, whose lowest byte is the first of the entry: the number of its bucket."""
    rows = len(entries) // ENTRY_BYTES
    return pa.Array.from_buffers(pa.uint64(), rows, [None, pa.py_buffer(entries)])
