"""Rows of JSON Lines and of JSON documents."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import orjson

from decision_store.errors import ImportFailed
from decision_store.importing.batches import BATCH_ROWS, Batch, Kind, RawTable
from decision_store.importing.encodings import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_WANTED = 'a list of objects, or {"decisions": [...], "outcomes": [...]}'

_LONG_NUMBER = re.compile(rb"[:\[,]\s*-?[0-9]{20}")

Row = tuple[int, dict[str, Any] | str]
"""Row number, and the row or the reason why it is none."""


class NotFinite:
    """What stands for NaN and Infinity, so that the field that holds it refuses it.

    No dataclass: orjson would write one into a context.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def read_json(path: Path, encoding: str | None = None) -> list[RawTable]:
    """Return the tables of a file that holds JSON: one document, or one object on each line.

    Raises
    ------
    ImportFailed
        Naming the line of a document that is not JSON; of JSON Lines, if no line is an object.
    """
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    decoded = decode(content, encoding)
    if encoding is not None or decoded.encoding == "UTF-16":  # JSON is UTF-8 by its standard
        content = decoded.text.encode("utf-8", "surrogateescape")
    if path.suffix.lower() in {".jsonl", ".ndjson"} or _is_lines(content):
        return [_read_lines(path, content)]
    document = _document(path, content)
    if isinstance(document, list):
        return [_table(path, None, _items(document), len(document))]
    tables = [
        _table(path, kind, _items(document[kind]), len(document[kind]))
        for kind in Kind
        if isinstance(document, dict) and isinstance(document.get(kind), list)
    ]
    if not tables:
        found = (
            f"an object with {', '.join(map(repr, list(document)[:12])) or 'nothing in it'}"
            if isinstance(document, dict)
            else f"a single {type(document).__name__}"
        )
        raise ImportFailed(path, f"it holds {found}", f"Wanted is {_WANTED}")
    return tables


def _is_lines(content: bytes) -> bool:
    """Tell whether the first line is a whole object with more to come."""
    first, _, others = content.lstrip().partition(b"\n")
    if not first.startswith(b"{") or not others.strip():
        return False
    try:
        _parse(first)
    except ValueError:
        return False
    return True


def _document(path: Path, content: bytes) -> Any:
    try:
        return _fast(content)
    except orjson.JSONDecodeError:
        pass
    # Read again by the slower reader, which takes what programs write besides JSON (NaN, numbers
    # without bounds), and knows the line of what it cannot take.
    try:
        return _lenient(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"line {line} is not UTF-8 (byte 0x{content[error.start]:02x})"
        raise ImportFailed(path, reason, "Save it as UTF-8") from None
    except json.JSONDecodeError as error:
        reason = f"it is not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise ImportFailed(path, reason, f"Wanted is {_WANTED}") from None
    except RecursionError:
        raise ImportFailed(path, "it is nested too deeply", f"Wanted is {_WANTED}") from None


def _items(items: list[Any]) -> Iterator[Row]:
    for number, item in enumerate(items, start=1):
        yield number, _object(item)


def _read_lines(path: Path, content: bytes) -> RawTable:
    table = _table(path, None, _lines(content), None)
    if not table.names:
        reasons = [reason for batch in table.batches for reason in batch.unreadable]
        number, reason = reasons[0] if reasons else (1, "is empty")
        raise ImportFailed(
            path, f"no line of it holds a JSON object; line {number} {reason}", "Check the file"
        )
    return table


def _lines(content: bytes) -> Iterator[Row]:
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield number, _object(_parse(line))
        except UnicodeDecodeError as error:
            yield number, f"is not UTF-8 (byte 0x{line[error.start]:02x})"
        except json.JSONDecodeError as error:
            yield number, f"is not valid JSON (column {error.colno}: {error.msg})"
        except RecursionError:
            yield number, "is nested too deeply"


def _parse(line: bytes) -> Any:
    try:
        return _fast(line)
    except orjson.JSONDecodeError:
        return _lenient(line)


def _fast(content: bytes) -> Any:
    """Parse, but not what orjson would round: a whole number of 20 digits and more is an id."""
    if _LONG_NUMBER.search(content):
        return _lenient(content)
    return orjson.loads(content)


def _lenient(content: bytes) -> Any:
    return json.loads(content.decode("utf-8"), parse_constant=NotFinite, parse_float=_number)


def _number(text: str) -> float | NotFinite:
    number = float(text)
    return number if math.isfinite(number) else NotFinite(text)


def _object(item: Any) -> dict[str, Any] | str:
    if not isinstance(item, dict):
        return f"is not an object but a {type(item).__name__}"
    return item


def _table(path: Path, kind: Kind | None, rows: Iterator[Row], total: int | None) -> RawTable:
    batches = _batches(rows)
    first = next(batches)
    while not first.columns:  # nothing but unreadable rows so far
        second = next(batches, None)
        if second is None:
            return RawTable(path, kind, (), iter([first]), total)
        first = Batch(second.columns, second.row_numbers, [*first.unreadable, *second.unreadable])
    return RawTable(path, kind, tuple(first.columns), _chain(first, batches), total)


def _chain(first: Batch, others: Iterable[Batch]) -> Iterator[Batch]:
    yield first
    yield from others


def _batches(rows: Iterator[Row]) -> Iterator[Batch]:
    """Yield at least one batch."""
    items: list[dict[str, Any]] = []
    numbers: list[int] = []
    unreadable: list[tuple[int, str]] = []
    for number, item in rows:
        bad = item if isinstance(item, str) else None
        if bad is None and isinstance(item, dict):
            items.append(item)
            numbers.append(number)
        elif bad is not None:
            unreadable.append((number, bad))
        if len(items) + len(unreadable) >= BATCH_ROWS:
            yield _batch(items, numbers, unreadable)
            items, numbers, unreadable = [], [], []
    yield _batch(items, numbers, unreadable)


def _batch(
    items: list[dict[str, Any]], numbers: list[int], unreadable: list[tuple[int, str]]
) -> Batch:
    names = dict.fromkeys(name for item in items for name in item)
    columns = {name: [item.get(name) for item in items] for name in names}
    return Batch(columns, numbers, unreadable)
