"""First rows of a scored file, as written: JSON, JSON Lines or Parquet, best first."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from decision_log.scoring.reader import Rejected
from decision_log.scoring.scored_file import LINES_SUFFIXES

Row = dict[str, Any]


class _Written(msgspec.Struct):
    opportunities: list[msgspec.Raw]
    rejected: list[Rejected] = []


def first_rows(path: Path, count: int) -> tuple[list[Row], list[Rejected]]:
    """Return the first rows of a scored file, and the items that were rejected where it names them.

    Raises
    ------
    OSError, ValueError
        It cannot be read, or is no scored file.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _of_parquet(path, count), []
    if suffix in LINES_SUFFIXES:
        with path.open("rb") as file:
            return [msgspec.json.decode(line) for line in islice(file, count)], []
    written = msgspec.json.decode(path.read_bytes(), type=_Written)
    return [msgspec.json.decode(row) for row in written.opportunities[:count]], written.rejected


def _of_parquet(path: Path, count: int) -> list[Row]:
    import pyarrow.parquet as pq

    if count == 0:
        return []
    batches = pq.ParquetFile(path).iter_batches(batch_size=count)
    rows: list[Row] = next(batches).to_pylist() if (batches := iter(batches)) else []
    # Where other rows have a key, these have a null.
    flags = ("score_missing", "insufficient_data")
    return [{k: v for k, v in row.items() if not (k in flags and v is None)} for row in rows]
