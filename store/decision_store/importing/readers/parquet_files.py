"""Rows of a Parquet file."""

from __future__ import annotations

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
    try:
        # Read whole, so that damage shows now and not after half of the rows.
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        reason = f"it cannot be read as Parquet ({message})"
        raise ImportFailed(path, reason, "Write it again, without encryption") from error
    return RawTable(path, None, tuple(table.column_names), _batches(table), table.num_rows)


def _batches(table: pa.Table) -> Iterator[Batch]:
    for start in range(0, table.num_rows, BATCH_ROWS):
        part = table.slice(start, BATCH_ROWS)
        columns = {
            name: column.combine_chunks()
            for name, column in zip(table.column_names, part.columns, strict=True)
        }
        yield Batch(columns, range(start + 1, start + part.num_rows + 1))
