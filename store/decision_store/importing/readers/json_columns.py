"""Plain JSON Lines parsed by columns: each line is one object whose values are texts, numbers and truth values.

The types of the columns are those that earlier lines had. Lines that are otherwise in any way (a number in a column of
texts, a whole number among fractions, a further name, a nested object, a number beyond 64 bits) are left to the reader
of single lines; both give the same values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Types = Mapping[str, pa.DataType]
"""Column name to its type."""

_SIGNS = frozenset('"\\,:{}[]')

_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


def types_of(items: list[dict[str, Any]]) -> dict[str, pa.DataType] | None:
    """Return the types of the columns of some objects, null where a column is empty; None where one has several."""
    kinds: dict[str, set[type]] = {}
    for item in items:
        for name, value in item.items():
            kinds.setdefault(name, set()).add(type(value))
    found = {}
    for name, own in kinds.items():
        own.discard(type(None))
        if len(own) > 1 or not own <= _TYPES.keys():
            return None
        found[name] = _TYPES[own.pop()] if own else pa.null()
    return found


def plain_columns(block: bytes, types: Types) -> dict[str, pa.Array] | None:
    r"""Return the columns of some whole lines of plain JSON, one row for each line; None where one of them is not.

    Examples
    --------
    >>> plain_columns(b'{"a": 1}\n{"a": null}\n', {"a": pa.int64()})["a"].to_pylist()
    [1, None]
    >>> plain_columns(b'{"a": 1}\n{"a": 1.0}\n', {"a": pa.int64()})
    """
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    # Each line begins an object, and there are as many as lines: so each line is one.
    if not block.startswith(b"{") or block.count(b"\n{") != lines - 1 or b"\0" in block:
        return None
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        return None
    table = _parsed(block, types) if _is_utf8(block) else None
    if table is None or table.num_rows != lines:
        return None
    columns = {name: table.column(name).combine_chunks() for name in types}
    return columns if all(_are_fractions(block, *each) for each in columns.items()) else None


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parsed(block: bytes, types: Types) -> pa.Table | None:
    """Return the rows of a block; None where something is not of these types and names, or no JSON."""
    from pyarrow import json

    read = json.ReadOptions(use_threads=False, block_size=len(block) + 1)
    parse = json.ParseOptions(
        explicit_schema=pa.schema(list(types.items())), unexpected_field_behavior="error"
    )
    try:
        return json.read_json(pa.BufferReader(block), read_options=read, parse_options=parse)
    except pa.ArrowException:
        return None


def _are_fractions(block: bytes, name: str, column: pa.Array) -> bool:
    """Tell whether a column holds no number that is not finite, or was written as a whole one: 1 among 1.5."""
    if not pa.types.is_floating(column.type):
        return True
    if not pc.all(pc.is_finite(column), min_count=0).as_py():
        return False
    if not pc.any(pc.equal(column, pc.floor(column)), min_count=0).as_py():
        return True
    if _SIGNS.intersection(name):
        return False
    # Neither a text nor what stands between two of them holds this: in a text, quotes have a backslash before them.
    written = rf'"{re.escape(name)}"\s*:\s*-?[0-9]+[.eE]'
    ends = pa.array([0, len(block)], pa.int32()).buffers()[1]
    whole = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(block)])
    try:
        count = pc.count_substring_regex(whole, written)[0].as_py()
    except pa.ArrowException:
        return False
    return bool(count == len(column) - column.null_count)
