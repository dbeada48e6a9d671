"""Rows of a Parquet file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from decision_store.errors import ImportFailed
from decision_store.importing.batches import BATCH_ROWS, Batch, RawTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_parquet(path: Path) -> RawTable:
    """Return the one table of a Parquet file.

    Raises
    ------
    ImportFailed
        If the file is damaged or encrypted.
    """
    with _reported(path), pq.ParquetFile(path) as file:
        names, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    return RawTable(path, None, names, _batches(path), rows)


def _batches(path: Path) -> Iterator[Batch]:
    start = 0
    with _reported(path), pq.ParquetFile(path) as file:
        for part in file.iter_batches(BATCH_ROWS):
            columns = dict(zip(part.schema.names, part.columns, strict=True))
            yield Batch(columns, range(start + 1, start + part.num_rows + 1))
            start += part.num_rows


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Raise what Arrow finds wrong with a file as an error about that file."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        reason = f"it cannot be read as Parquet ({message})"
        raise ImportFailed(path, reason, "Write it again, without encryption") from error
