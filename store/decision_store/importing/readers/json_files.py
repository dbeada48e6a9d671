"""Rows of JSON Lines and of JSON documents; see `json_documents` and `json_rows` for their shapes."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from decision_store.errors import ImportFailed
from decision_store.importing.batches import Batch, Kind, RawTable
from decision_store.importing.log_tables.columns import recognise
from decision_store.importing.log_tables.other_facts import facts_of
from decision_store.importing.readers.encodings import decode, is_utf16
from decision_store.importing.readers.json_documents import NoRows, pages_joined, rows_of
from decision_store.importing.readers.json_lines import (
    Run,
    exact,
    lenient,
    parse,
    runs_of_items,
    runs_of_lines,
)
from decision_store.importing.readers.json_rows import SPECIAL, flat_columns, nested_columns
from decision_store.importing.readers.webhooks import WEBHOOK_KEYS, is_webhook, webhook_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_LINES = frozenset({".jsonl", ".ndjson"})
_WANTED = (
    'a list of objects, an object with one such list, or {"decisions": [...], "outcomes": [...]}'
)


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
    is_plain = encoding is None and not is_utf16(_head(path))  # JSON is UTF-8 by its standard
    if is_plain and path.suffix.lower() in _LINES:
        return [_read_lines(path, path, mapped)]
    content = path.read_bytes().removeprefix(BOM_UTF8)
    if not is_plain:
        content = decode(content, encoding).text.encode("utf-8", "surrogateescape")
    if path.suffix.lower() in _LINES or _is_lines(content):
        return [_read_lines(path, content, mapped)]
    document = _document(path, content)
    if is_webhook(document):
        document = [document]
    if isinstance(document, dict):
        tables = [
            _table(path, kind, runs_of_items(document[kind]), len(document[kind]), mapped)
            for kind in Kind
            if isinstance(document.get(kind), list)
        ]
        if tables:
            return tables
    rows = _rows(path, document)
    return [_table(path, None, runs_of_items(rows), len(rows), mapped)]


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
        parse(first)
    except ValueError:
        return False
    return True


def _document(path: Path, content: bytes) -> Any:
    try:
        return exact(content)
    except orjson.JSONDecodeError:
        pass
    # Read again by the slower reader, which takes what programs write besides JSON (NaN, numbers
    # without bounds), and knows the line of what it cannot take.
    try:
        return lenient(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"line {line} is not UTF-8 (byte 0x{content[error.start]:02x})"
        raise ImportFailed(path, reason, "Save it as UTF-8") from None
    except json.JSONDecodeError as error:
        reason = f"it is not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise ImportFailed(path, reason, f"Wanted is {_WANTED}") from None
    except RecursionError:
        raise ImportFailed(path, "it is nested too deeply", f"Wanted is {_WANTED}") from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _read_lines(path: Path, content: Path | bytes, mapped: Iterable[str]) -> RawTable:
    table = _table(path, None, runs_of_lines(content), None, mapped)
    if not table.names:
        reasons = [reason for batch in table.batches for reason in batch.unreadable]
        number, reason = reasons[0] if reasons else (1, "is empty")
        raise ImportFailed(
            path, f"no line of it holds a JSON object; line {number} {reason}", "Check the file"
        )
    return table


def _table(
    path: Path, kind: Kind | None, runs: Iterator[Run], total: int | None, mapped: Iterable[str]
) -> RawTable:
    notes: list[str] = []
    batches = _batches(runs, _Shape(path, kind, tuple(mapped), notes))
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

    def columns(self, items: list[dict[str, Any]]) -> dict[str, list[Any]]:
        """Return the columns of the rows that some of the table's objects stand for."""
        if not items:
            return {}
        columns = _columns(items)
        if not columns.keys().isdisjoint(WEBHOOK_KEYS):
            items = webhook_rows(items)
            columns = _columns(items)
        if self._is_own is None:
            names = tuple(columns)
            self._is_own = (
                self.kind is not None
                or facts_of(names) is not None
                or recognise(names, {}, None, self.path, quiet=True) is not None
            )
            self._nested = nested_columns(names, self.mapped) if self._is_own else None
        if self._is_own:
            return columns if self._nested is None else _columns(list(map(self._nested, items)))
        if columns.keys().isdisjoint(SPECIAL) and not any(map(_has_parts, columns.values())):
            return columns
        return _columns(flat_columns(items, self.notes))


def _has_parts(column: list[Any]) -> bool:
    return not {dict, list}.isdisjoint(map(type, column))


def _columns(items: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the columns of rows, in the order in which their names come."""
    names = dict.fromkeys(items[0])
    if set(map(len, items)) == {len(names)}:
        try:
            return {name: list(map(itemgetter(name), items)) for name in names}
        except KeyError:  # as many names, and others
            pass
    names = dict.fromkeys(chain.from_iterable(items))
    return {name: [item.get(name) for item in items] for name in names}


def _chain(first: Batch, others: Iterable[Batch]) -> Iterator[Batch]:
    yield first
    yield from others


def _batches(runs: Iterator[Run], shape: _Shape) -> Iterator[Batch]:
    """Yield at least one batch."""
    run = Run([], [], [])
    for run in chain.from_iterable(map(Run.parts, runs)):
        columns = shape.columns(run.items) if run.columns is None else run.columns
        yield Batch(columns, run.numbers, run.unreadable)
    if not run.numbers and not run.unreadable:
        yield Batch({}, [])
