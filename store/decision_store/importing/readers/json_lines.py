"""Rows of JSON Lines and of documents, in runs of many rows: one odd line makes only its own block slow.

A block of plain lines is parsed by columns, two of them at once; otherwise it is parsed as a whole where each line is
an object that orjson reads exactly, and else line by line, so that each line that is none is named with its number.
"""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from decision_store.importing.batches import BATCH_ROWS
from decision_store.importing.readers.json_columns import plain_columns, types_of
from decision_store.importing.readers.json_documents import ENVELOPES, page_rows
from decision_store.importing.readers.json_rows import SPECIAL
from decision_store.importing.readers.webhooks import WEBHOOK_KEYS
from decision_store.parallel import ahead

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK_BYTES = 8 << 20
CELLS_AT_ONCE = 2_000_000
"""Rows times columns of a batch at most."""

_LESSONS = 8
"""Blocks whose types are looked at: a file whose lines are never plain is not looked at to its end."""

_NOT_PLAIN = SPECIAL | WEBHOOK_KEYS | frozenset(ENVELOPES)
"""Names whose values decide what the rows are."""

_LONG_NUMBER = re.compile(rb"[:\[,]\s*-?[0-9]{19}")
_DIGITS_AS_ZERO = bytes(ord("0") if chr(byte).isdecimal() else byte for byte in range(128))
_DIGITS_AS_ZERO += bytes(range(128, 256))
_LONG = b"0" * 19


class NotFinite:
    """What stands for NaN and Infinity, so that the field that holds it refuses it.

    No dataclass: orjson would write one into a context.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Run:
    """Some rows of a file.

    Parameters
    ----------
    items : list of dict
        Those that are objects.
    numbers : sequence of int
        Row number of each.
    unreadable : list of (int, str)
        Row number and reason of those that are none.
    columns : dict, optional
        Column name to its values, in place of the items, where the rows are plain.
    """

    items: list[dict[str, Any]]
    numbers: Sequence[int]
    unreadable: list[tuple[int, str]]
    columns: dict[str, pa.Array] | None = None

    def parts(self) -> Iterator[Run]:
        """Yield it in parts of so few rows that their columns, most of them empty in objects of many keys, fit."""
        if self.columns is not None:
            yield self
            return
        names = len(set(chain.from_iterable(self.items)))
        rows = max(CELLS_AT_ONCE // max(names, 1), 1)
        if len(self.items) <= rows:
            yield self
            return
        for start in range(0, len(self.items), rows):
            part = slice(start, start + rows)
            yield Run(self.items[part], self.numbers[part], self.unreadable if start == 0 else [])


def runs_of_lines(content: Path | bytes) -> Iterator[Run]:
    """Yield the rows of a file, or of its content, that has one object on each line."""
    before = 0
    plain = _PlainLines()
    with BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        if file.read(len(BOM_UTF8)) != BOM_UTF8:
            file.seek(0)
        blocks = _blocks(file)
        first = [(block, None) for block in islice(blocks, 1)]
        for block, columns in chain(first, ahead(plain.parsed, blocks)):
            if columns is not None:
                rows = len(next(iter(columns.values())))
                yield Run([], range(before + 1, before + rows + 1), [], columns)
                before += rows
                continue
            lines = block.splitlines()
            items = _objects(lines, block)
            if items is None:
                yield _line_by_line(lines, before)
            else:
                plain.learn(items)
                yield Run(items, range(before + 1, before + len(lines) + 1), [])
            before += len(lines)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines."""
    while block := file.read(_BLOCK_BYTES):
        yield block + file.readline()


class _PlainLines:
    """Reader of blocks of plain lines by columns, whose types it learns from the objects of other blocks."""

    def __init__(self) -> None:
        self._types: Mapping[str, pa.DataType] = {}
        self._left = _LESSONS

    def learn(self, items: list[dict[str, Any]]) -> None:
        """Take over the types of some objects; nothing is read by columns where they are not plain."""
        if not self._left:
            return
        self._left -= 1
        found = types_of(items)
        if found is None:  # one odd block; the next ones may be as those before
            return
        if not found.keys().isdisjoint(_NOT_PLAIN):
            self._left, self._types = 0, {}
            return
        stated = {name: kind for name, kind in found.items() if not pa.types.is_null(kind)}
        self._types = {**found, **self._types, **stated}

    def parsed(self, block: bytes) -> tuple[bytes, dict[str, pa.Array] | None]:
        """Return a block and its columns; None where it is not plain."""
        types = self._types
        if not types or len(types) * block.count(b"\n") > CELLS_AT_ONCE:
            return block, None
        return block, plain_columns(block, types)


def runs_of_items(items: list[Any]) -> Iterator[Run]:
    """Yield the rows of a document."""
    for start in range(0, len(items), BATCH_ROWS):
        yield _checked(enumerate(items[start : start + BATCH_ROWS], start=start + 1))


def _has_long_number(content: bytes) -> bool:
    """Tell whether a number has 19 digits or more; nearly always there are none, which takes no search by pattern."""
    if _LONG not in content.translate(_DIGITS_AS_ZERO):
        return False
    return _LONG_NUMBER.search(content) is not None


def _objects(lines: list[bytes], block: bytes) -> list[dict[str, Any]] | None:
    """Return the objects of a block of lines; None where one of them has to be looked at by itself."""
    if _has_long_number(block):
        return None
    try:
        items = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:  # an empty line, too
        return None
    if set(map(type, items)) != {dict} or not set(chain.from_iterable(items)).isdisjoint(ENVELOPES):
        return None
    return items


def _line_by_line(lines: list[bytes], before: int) -> Run:
    found: list[tuple[int, Any]] = []
    unreadable: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=before + 1):
        if not line.strip():
            continue
        try:
            item = parse(line)
            found += [(number, row) for row in page_rows(item) or [item]]
        except UnicodeDecodeError as error:
            unreadable.append((number, f"is not UTF-8 (byte 0x{line[error.start]:02x})"))
        except json.JSONDecodeError as error:
            unreadable.append((number, f"is not valid JSON (column {error.colno}: {error.msg})"))
        except RecursionError:
            unreadable.append((number, "is nested too deeply"))
    run = _checked(found)
    return Run(run.items, run.numbers, sorted([*unreadable, *run.unreadable]))


def _checked(found: Iterable[tuple[int, Any]]) -> Run:
    run = Run([], numbers := [], [])
    for number, item in found:
        if isinstance(item, dict):
            run.items.append(item)
            numbers.append(number)
        else:
            run.unreadable.append((number, f"is not an object but a {type(item).__name__}"))
    return run


def parse(line: bytes) -> Any:
    """Parse one JSON text."""
    try:
        return exact(line)
    except orjson.JSONDecodeError:
        return lenient(line)


def exact(content: bytes) -> Any:
    """Parse, but not what orjson would round: a whole number of more than 64 bits."""
    if _has_long_number(content):
        return lenient(content)
    return orjson.loads(content)


def lenient(content: bytes) -> Any:
    """Parse what programs write besides JSON, too: NaN, and numbers without bounds."""
    text = content.decode("utf-8")
    return json.loads(text, parse_constant=NotFinite, parse_float=_number, parse_int=_whole)


def _whole(text: str) -> int | str:
    """Give a whole number; one of more than 64 bits, an id of digits, stays the text it is, as in a CSV file."""
    number = int(text) if len(text) <= 20 else None
    return text if number is None or not -(2**63) <= number < 2**64 else number


def _number(text: str) -> float | NotFinite:
    number = float(text)
    return number if math.isfinite(number) else NotFinite(text)
