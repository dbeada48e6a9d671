"""First rows of a scored file, as written: JSON, JSON Lines or Parquet, best first."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec

from decision_log.scoring.reader import Rejected
from decision_log.scoring.scored_file import LINES_SUFFIXES

Row = dict[str, Any]

READ_WHOLE_UP_TO = 1 << 20
"""Bytes of a JSON file; of a larger one only the beginning and the end are read."""

_ROWS, _REJECTED = '"opportunities":[\n', b'],\n"rejected":'
"""What stands in a large file before its rows and before the rejected items, each once outside of a row."""


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
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size > READ_WHOLE_UP_TO:
            with suppress(ValueError):  # small files are indented, others may be written by hand
                return _beginning(file, count, size), _end(file, size)
        file.seek(0)
        written = msgspec.json.decode(file.read(), type=_Written)
    return [msgspec.json.decode(row) for row in written.opportunities[:count]], written.rejected


def _beginning(file: IO[bytes], count: int, size: int) -> list[Row]:
    """Read the first rows of a large file.

    Raises
    ------
    ValueError
        They are not where `decision_log.scoring.writer` puts them.
    """
    part = READ_WHOLE_UP_TO // 4
    while True:
        file.seek(0)
        try:
            return _rows(file.read(part).decode(errors="ignore"), count)
        except ValueError:  # cut within a row, perhaps
            if part >= size:
                raise
            part *= 4


def _rows(text: str, count: int) -> list[Row]:
    rows: list[Row] = []
    decode = json.JSONDecoder().raw_decode
    place = text.index(_ROWS) + len(_ROWS)
    while len(rows) < count and not text.startswith("]", place):
        row, place = decode(text, place)
        rows.append(row)
        place += 1 if text.startswith("\n", place) else len(",\n")
    return rows


def _end(file: IO[bytes], size: int) -> list[Rejected]:
    """Read the rejected items of a large file, which stand last.

    Raises
    ------
    ValueError
        There are none.
    """
    part = READ_WHOLE_UP_TO // 16
    while True:
        part = min(part, size)
        file.seek(size - part)
        _, found, rejected = file.read(part).rpartition(_REJECTED)
        if found:
            return msgspec.json.decode(rejected.rstrip().removesuffix(b"}"), type=list[Rejected])
        if part == size:
            raise ValueError("no rejected items are named")
        part *= 4


def _of_parquet(path: Path, count: int) -> list[Row]:
    import pyarrow.parquet as pq

    if count == 0:
        return []
    batches = pq.ParquetFile(path).iter_batches(batch_size=count)
    rows: list[Row] = next(batches).to_pylist() if (batches := iter(batches)) else []
    # Where other rows have a key, these have a null.
    flags = ("score_missing", "insufficient_data")
    return [{k: v for k, v in row.items() if not (k in flags and v is None)} for row in rows]
