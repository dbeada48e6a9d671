"""Small segments as lines of the journal: what earlier versions wrote to a file of its own for a few rows."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import orjson

from decision_store.facts import BY_KIND
from decision_store.journal import append as journal
from decision_store.journal.payloads import row_record
from decision_store.journal.segment_reader import is_small, read_segment, segment_of


def expanded(folder: Path, lines: bytes) -> tuple[bytes, set[str]]:
    """Return journal lines with the rows of small segments in place of the references, and the files of these.

    Rows take the place and the number of their reference, so that they are folded in the same order. A segment that
    cannot be read is left as it is, for the doctor to name.
    """
    result: list[bytes] = []
    files: set[str] = set()
    for raw in lines.splitlines(keepends=True):
        line = journal.parse_line(raw.rstrip(b"\n"))
        rows = _rows(folder, line) if is_small(segment_of(line.payload or b"")) else None
        if rows is None:
            result.append(raw)
        else:
            result += rows[0]
            files.add(rows[1])
    return b"".join(result), files


def referred_to(folder: Path, among: Collection[str]) -> set[str]:
    """Return those of some segment files that a line of the journal still refers to."""
    found: set[str] = set()
    for file, size in journal.sizes(folder).items():
        for line in journal.read(folder, file, 0, size).lines:
            if segment := segment_of(line.payload or b""):
                found.add(Path(segment["file"]).name)
    return found.intersection(among)


def _rows(folder: Path, line: journal.Line) -> tuple[list[bytes], str] | None:
    payload: dict[str, Any] = orjson.loads(line.payload or b"")
    segment = payload["record"]
    name = Path(segment["file"]).name
    facts = BY_KIND.get(segment["table_kind"])
    if facts is None:
        return None
    try:
        table = read_segment(folder / name, segment["sha256"], facts).select(list(facts.names))
    except (OSError, ValueError):
        return None
    shared = {"call": os.urandom(8).hex()} if table.num_rows > 1 else {}
    shared |= {key: payload[key] for key in ("at", "call") if key in payload}
    records = (row_record(facts, row) for row in table.to_pylist())
    return list(_lines(facts.kind, records, shared, line.number)), name


def _lines(
    kind: str, records: Iterator[dict[str, Any]], shared: dict[str, Any], number: int | None
) -> Iterator[bytes]:
    for record in records:
        payload = orjson.dumps(
            {**shared, "kind": kind, "load": True, "record": record}, option=orjson.OPT_SORT_KEYS
        )
        yield journal.line(payload if number is None else b"%d %s" % (number, payload))
