"""Export of a log: one file for each kind of fact, which the import reads back as the identical log."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from decision_store.csv_cells import inert
from decision_store.durable_files import atomic_write
from decision_store.facts import ALIASES, AMENDMENTS, DECISIONS, FINDINGS, OUTCOMES, PREDICTIONS
from decision_store.fields import FieldType

if TYPE_CHECKING:
    from decision_store.record_classes import FactTable

EXPORTED = (DECISIONS, OUTCOMES, AMENDMENTS, PREDICTIONS, ALIASES, FINDINGS)
"""Kinds of facts in an export. What was rejected, and dismissed, stays with the journal it came from."""

FORMATS = ("parquet", "csv", "jsonl")
"""Formats of an export; also the suffixes of its files."""

_MAY_BE_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_CHUNK = 10_000


def export(
    ask: Callable[[str], pa.Table], folder: Path, form: str, *, currency: str | None = None
) -> dict[Path, int]:
    """Write all facts of a log.

    Parameters
    ----------
    ask : callable
        ``Store.ask``.
    folder : Path
        Gets ``decisions``, ``outcomes`` and, where there are any, the other kinds of facts.
    form : str
        One of `FORMATS`.
    currency : str, optional
        Code of the currency of the log: stands beside each amount in the outcomes, so that an import keeps it.

    Returns
    -------
    dict
        Each file written and its number of rows.

    Raises
    ------
    CannotWrite
        A file cannot be written; the old one stays.
    """
    written = {}
    for facts in EXPORTED:
        table = ask(f"all_{facts.name}").select(facts.names)
        if not table.num_rows and facts.name not in {"decisions", "outcomes"}:
            continue
        path = folder / f"{facts.name}.{form}"
        table = table.cast(facts())
        if currency and facts is OUTCOMES:
            codes = pa.repeat(pa.scalar(currency, pa.string()), table.num_rows)
            table = table.append_column("currency", codes)
        with atomic_write(path) as file:
            if form == "parquet":
                import pyarrow.parquet as pq

                pq.write_table(table, file)
            else:
                for part in (_csv if form == "csv" else _json_lines)(facts, table):
                    file.write(part)
        path.chmod(0o600)
        written[path] = table.num_rows
    return written


def _csv(facts: FactTable, table: pa.Table) -> Iterator[bytes]:
    types = {field.name: field.type for field in facts.fields}
    names = {name: types.get(name, FieldType.TEXT) for name in table.column_names}
    yield _lines([list(names)])
    for rows in _chunks(table):
        yield _lines([[_cell(row[name], kind) for name, kind in names.items()] for row in rows])


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _cell(value: Any, kind: FieldType) -> str:
    if value is None:
        return ""
    match kind:
        case FieldType.TIMESTAMP:
            return _iso(value)
        case FieldType.FLAG:
            return "true" if value else "false"
        case FieldType.NUMBER:
            text = repr(float(value))
            # 1.125 could be read as more than a thousand; 1.1250 could not.
            return f"{text}0" if _MAY_BE_THOUSANDS.fullmatch(text) else text
    return inert(str(value))


def _json_lines(facts: FactTable, table: pa.Table) -> Iterator[bytes]:
    for rows in _chunks(table):
        lines = []
        for row in rows:
            found: dict[str, Any] = {}
            for field in facts.fields:
                value = row[field.name]
                if value is None:
                    continue
                if field.type is FieldType.JSON:
                    value = orjson.Fragment(value)
                elif field.type is FieldType.TIMESTAMP:
                    value = _iso(value)
                found[field.name] = value
            found |= {name: row[name] for name in row if name not in facts.names}
            lines.append(orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE))
        yield b"".join(lines)


def _chunks(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for batch in table.to_batches(max_chunksize=_CHUNK):
        yield batch.to_pylist()


def _iso(value: datetime) -> str:
    return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
