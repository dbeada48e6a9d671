"""Cache of fitted rates beside the database: what a new process would otherwise fit again for an unchanged log.

The file may be deleted at any time. It is private, holds names of types and sources and numbers, and is no part of a
backup. It is used only where it was written for the same facts, in the same hour, by the same program; one that is
damaged is ignored.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_model.rates.model import RateModel
    from decision_store.store import Store

MOST_BYTES = 64 << 20
"""A larger cache is not written: reading it would save little."""

_SOURCES = frozenset({".py", ".sql"})


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
    cells : pyarrow.Table
        The answer to the question ``cells``.
    model : RateModel
        The fitted model.
    """

    hour: datetime
    as_of: datetime
    newest: datetime | None
    next: datetime | None
    journal: Mapping[str, int]
    cells: pa.Table
    model: RateModel


class RateCache:
    """The cache file of one log.

    Parameters
    ----------
    store : Store
        The log.
    """

    def __init__(self, store: Store) -> None:
        self.path = store.path.with_suffix(".rates-cache")
        self._store = store

    def read(self, hour: datetime) -> CachedRates | None:
        """Return the rates of this hour, None where the cache has none of the facts that are in the log now."""
        try:
            first, _, rest = self.path.read_bytes().partition(b"\n")
            head = orjson.loads(first)
            known = (
                head["program"] == _program()
                and head["hour"] == hour.isoformat()
                and head["sha256"] == hashlib.sha256(rest).hexdigest()
                and self._store.only_predictions_since(head["journal"])
            )
            return _unpacked(head, rest) if known else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, rates: CachedRates) -> None:
        """Replace the cache; a folder that cannot be written is no error."""
        head, rest = _packed(rates)
        if len(rest) > MOST_BYTES:
            return
        temporary = self.path.with_name(f".{self.path.name}.{os.urandom(6).hex()}.tmp")
        with suppress(OSError):
            try:
                # Not synced: what a crash leaves of it does not match its checksum.
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(orjson.dumps(head) + b"\n" + rest)
                temporary.replace(self.path)
            finally:
                temporary.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)


def _packed(rates: CachedRates) -> tuple[dict[str, Any], bytes]:
    import pyarrow as pa

    from decision_model.rates.stored import pack

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rates.cells.schema) as stream:
        stream.write_table(rates.cells)
    cells, model = sink.getvalue().to_pybytes(), pack(rates.model)
    moments = {name: getattr(rates, name) for name in ("hour", "as_of", "newest", "next")}
    head = {
        "program": _program(),
        **{name: None if one is None else one.isoformat() for name, one in moments.items()},
        "journal": dict(rates.journal),
        "cells": len(cells),
        "sha256": hashlib.sha256(cells + model).hexdigest(),
    }
    return head, cells + model


def _unpacked(head: Mapping[str, Any], rest: bytes) -> CachedRates:
    import pyarrow as pa

    from decision_model.rates.stored import unpack

    with pa.ipc.open_stream(rest[: head["cells"]]) as stream:
        cells = stream.read_all()
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
        cells=cells,
        model=unpack(rest[head["cells"] :]),
    )


@cache
def _program() -> str:
    """Return what differs once the code that the rates depend on does: names, sizes and times of its files."""
    import numpy as np

    import decision_model
    import decision_store

    model, store = (Path(p.__file__ or "").parent for p in (decision_model, decision_store))
    files = [
        *source_files(model),
        *source_files(store / "database"),
        *source_files(Path(__file__).parent, "*"),
    ]
    return hashlib.sha256(repr((np.__version__, files)).encode()).hexdigest()


def source_files(folder: Path, pattern: str = "**/*") -> list[tuple[str, int, int]]:
    """Return names, sizes and times of the modules and queries in a folder, by default also of those further down."""
    found = sorted(path for path in folder.glob(pattern) if path.suffix in _SOURCES)
    return [(str(path), (at := path.stat()).st_size, at.st_mtime_ns) for path in found]
