"""Rows of JSON Lines and of JSON documents; see `json_documents` and `json_rows` for their shapes."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from decision_store.errors import ImportFailed
from decision_store.importing.batches import BATCH_ROWS, Batch, Kind, RawTable
from decision_store.importing.log_tables.columns import recognise
from decision_store.importing.log_tables.other_facts import facts_of
from decision_store.importing.readers.encodings import decode
from decision_store.importing.readers.json_documents import NoRows, page_rows, pages_joined, rows_of
from decision_store.importing.readers.json_rows import flat_columns, nested_columns
from decision_store.importing.readers.webhooks import is_webhook, webhook_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_WANTED = (
    'a list of objects, an object with one such list, or {"decisions": [...], "outcomes": [...]}'
)

_LONG_NUMBER = re.compile(rb"[:\[,]\s*-?[0-9]{19}")

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


def read_json(
    path: Path, encoding: str | None = None, mapped: Iterable[str] = ()
) -> list[RawTable]:
    """Return the tables of a file that holds JSON: one document, or one object on each line.

    Objects inside of rows become columns with dotted names, unless the rows are in the log's own columns:
    there they are attributes.

    Parameters
    ----------
    encoding : str, optional
        Stated by the user; UTF-8 or UTF-16 by default.
    mapped : iterable of str
        Columns that the user maps: those with a dotted name are looked for inside of objects.

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
        return [_read_lines(path, content, mapped)]
    document = _document(path, content)
    if is_webhook(document):
        document = [document]
    if isinstance(document, dict):
        tables = [
            _table(path, kind, _items(document[kind]), len(document[kind]), mapped)
            for kind in Kind
            if isinstance(document.get(kind), list)
        ]
        if tables:
            return tables
    rows = _rows(path, document)
    return [_table(path, None, _items(rows), len(rows), mapped)]


def _rows(path: Path, document: Any) -> list[Any]:
    """Return the rows of a document, out of the envelope that a program puts around them."""
    if isinstance(document, list):
        return pages_joined(document)
    try:
        return rows_of(document)
    except NoRows as problem:
        raise ImportFailed(path, str(problem), f"Wanted is {_WANTED}") from None


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


def _read_lines(path: Path, content: bytes, mapped: Iterable[str]) -> RawTable:
    table = _table(path, None, _lines(content), None, mapped)
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
            item = _parse(line)
            for row in page_rows(item) or [item]:
                yield number, _object(row)
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
    """Parse, but not what orjson would round: a whole number of more than 64 bits."""
    if _LONG_NUMBER.search(content):
        return _lenient(content)
    return orjson.loads(content)


def _lenient(content: bytes) -> Any:
    text = content.decode("utf-8")
    return json.loads(text, parse_constant=NotFinite, parse_float=_number, parse_int=_whole)


def _whole(text: str) -> int | str:
    """Give a whole number; one of more than 64 bits, an id of digits, stays the text it is, as in a CSV file."""
    number = int(text) if len(text) <= 20 else None
    return text if number is None or not -(2**63) <= number < 2**64 else number


def _number(text: str) -> float | NotFinite:
    number = float(text)
    return number if math.isfinite(number) else NotFinite(text)


def _object(item: Any) -> dict[str, Any] | str:
    if not isinstance(item, dict):
        return f"is not an object but a {type(item).__name__}"
    return item


def _table(
    path: Path, kind: Kind | None, rows: Iterator[Row], total: int | None, mapped: Iterable[str]
) -> RawTable:
    notes: list[str] = []
    batches = _batches(rows, _Shape(path, kind, tuple(mapped), notes))
    first = next(batches)
    while not first.columns:  # nothing but unreadable rows so far
        second = next(batches, None)
        if second is None:
            return RawTable(path, kind, (), iter([first]), total)
        first = Batch(second.columns, second.row_numbers, [*first.unreadable, *second.unreadable])
    names = tuple(first.columns)
    return RawTable(path, kind, names, _chain(first, batches), total, notes=tuple(notes))


@dataclass(slots=True)
class _Shape:
    """How the objects of a table become rows; found out from its first ones."""

    path: Path
    kind: Kind | None
    mapped: tuple[str, ...]
    notes: list[str]
    _nested: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    _is_own: bool | None = None

    def rows(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows that some of the table's objects stand for."""
        items = webhook_rows(items)
        if self._is_own is None:
            names = tuple(dict.fromkeys(name for item in items for name in item))
            self._is_own = (
                self.kind is not None
                or facts_of(names) is not None
                or recognise(names, {}, None, self.path, quiet=True) is not None
            )
            self._nested = nested_columns(names, self.mapped) if self._is_own else None
        if self._nested is not None:
            return [self._nested(item) for item in items]
        return flat_columns(items, self.notes)


def _chain(first: Batch, others: Iterable[Batch]) -> Iterator[Batch]:
    yield first
    yield from others


def _batches(rows: Iterator[Row], shape: _Shape) -> Iterator[Batch]:
    """Yield at least one batch."""
    items: list[dict[str, Any]] = []
    numbers: list[int] = []
    unreadable: list[tuple[int, str]] = []
    for number, item in rows:
        if isinstance(item, str):
            unreadable.append((number, item))
        else:
            items.append(item)
            numbers.append(number)
        if len(items) + len(unreadable) >= BATCH_ROWS:
            yield _batch(shape.rows(items) if items else [], numbers, unreadable)
            items, numbers, unreadable = [], [], []
    yield _batch(shape.rows(items) if items else [], numbers, unreadable)


def _batch(
    items: list[dict[str, Any]], numbers: list[int], unreadable: list[tuple[int, str]]
) -> Batch:
    names = dict.fromkeys(name for item in items for name in item)
    columns = {name: [item.get(name) for item in items] for name in names}
    return Batch(columns, numbers, unreadable)
