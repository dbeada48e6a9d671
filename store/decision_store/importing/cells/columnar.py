"""The same meaning for a whole column at once: Arrow settles what is plain, `values` the rest.

Each function returns the clean column and writes into `problems` the first reason why a row cannot
be taken. One bad value costs one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.errors import InvalidRecord
from decision_store.fields import json_problem
from decision_store.importing.cells import values
from decision_store.importing.cells.moments import MOMENT, from_iso, from_timestamps

if TYPE_CHECKING:
    from collections.abc import Callable

    from decision_store.fields import Field

Problems = dict[int, str]
"""Position in the batch to the first reason why the row cannot be taken."""

_NUMBER = r"^-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_EXPONENT = r"[0-9][eE]\+[0-9]"
_SINGLY = "\0"
"""Stands for a value that `values.context` has to judge with its row; no JSON text is this."""


def as_arrow(column: Any) -> pa.Array | None:
    """Return a column as one Arrow array, or None where its values are of several kinds."""
    if hasattr(column, "array"):  # a column by its distinct values
        column = found if (found := column.array()) is not None else list(column)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not isinstance(column, pa.Array):
        return _made(column, set(map(type, column)))
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            return None
    return column


def _made(column: Any, kinds: set[type]) -> pa.Array | None:
    """Return a sequence of values of these types as an Arrow array, None where none is right."""
    if bool in kinds and not kinds <= {bool, type(None)}:
        return None  # Arrow would make a number of it
    if not kinds.isdisjoint({dict, list}):
        return None  # Arrow would give all objects the same keys
    try:
        found = pa.array(column)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError, TypeError, ValueError):
        return None
    return found.cast(pa.string()) if pa.types.is_null(found.type) else found


def exactly_as_arrow(column: Any) -> pa.Array | None:
    """Return a column as `as_arrow`; None, too, where Arrow would make fractions of whole numbers among others."""
    if hasattr(column, "array"):
        return column.array()
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return as_arrow(column)
    kinds = set(map(type, column))
    return None if {int, float} <= kinds else _made(column, kinds)


def json_texts(column: list[Any]) -> Any:
    """Return a column of objects as their JSON texts, which take a tenth of the memory; any other as it is.

    So is one that holds an object that a record cannot hold, for the message to show.
    """
    if not set(map(type, column)) <= {dict, type(None)} or any(map(json_problem, column)):
        return column
    found = [None if value is None else values.json_text(value) for value in column]
    if any(text is None for text, value in zip(found, column, strict=True) if value is not None):
        return column
    return pa.array(found, pa.string())


def pieces(column: Any) -> list[Any]:
    """Return a column's values as Python has them.

    Broken UTF-8 becomes half characters, and a time beyond every calendar its bare count as text,
    so that the one value is refused and not the file.
    """
    if not isinstance(column, pa.Array | pa.ChunkedArray):
        return list(column)
    if pa.types.is_timestamp(column.type):
        return _times(column)
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        raw = column.cast(pa.large_binary()).to_pylist()
        return [None if item is None else item.decode("utf-8", "surrogateescape") for item in raw]


def _once_for_each(one: Callable[..., pa.Array]) -> Callable[..., pa.Array]:
    """Let a function of a column look at each value once, where the column is one by its distinct values."""

    @wraps(one)
    def whole(column: Any, field: Field, problems: Problems, *others: Any) -> pa.Array:
        codes = getattr(column, "codes", None)
        if codes is None or len(column.distinct) > len(codes):
            return one(column, field, problems, *others)
        found: Problems = {}
        clean = one(column.distinct, field, found, *others).take(codes)
        if found:
            met = pc.is_in(codes, value_set=pa.array(list(found), codes.type))
            for row in pc.indices_nonzero(met).to_pylist():
                problems.setdefault(row, found[codes[row].as_py()])
        return clean

    return whole


@_once_for_each
def texts(column: Any, field: Field, problems: Problems) -> pa.Array:
    """Return a column of texts, defaults filled in."""
    array = as_arrow(column)
    if array is not None and pa.types.is_integer(array.type):
        array = array.cast(pa.string())
    if array is None or not is_text(array):
        return _one_by_one(column, pa.string(), partial(values.text, field=field), problems)
    array = array.cast(pa.string())
    unsettled = pc.match_substring(array, "\0")
    if field.name in values.IDS:
        unsettled = pc.or_(unsettled, pc.match_substring_regex(array, _EXPONENT))
    bare = pc.utf8_trim_whitespace(array) if field.blank_is_missing else array
    blank = pc.fill_null(pc.equal(bare, ""), True)  # noqa: FBT003 - null is missing
    clean = pc.if_else(blank, pa.scalar(field.missing, pa.string()), array)
    return _settle(clean, array, unsettled, partial(values.text, field=field), problems)


@_once_for_each
def numbers(column: Any, field: Field, problems: Problems) -> pa.Array:
    """Return a column of finite numbers within the field's bounds."""
    array = as_arrow(column)
    if array is None:
        return _one_by_one(column, pa.float64(), partial(values.number, field=field), problems)
    kind = array.type
    if is_text(array):
        bare = pc.utf8_trim_whitespace(array)
        readable = pc.match_substring_regex(bare, _NUMBER)
        found = pc.if_else(readable, bare, None).cast(pa.float64())
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        found = array.cast(pa.float64(), safe=False)
    else:
        return _one_by_one(column, pa.float64(), partial(values.number, field=field), problems)
    inside = pc.and_(pc.greater_equal(found, field.low), pc.less_equal(found, field.high))
    inside = pc.and_(inside, pc.is_finite(found))
    if field.positive:
        inside = pc.and_(inside, pc.greater(found, 0.0))
    inside = pc.fill_null(inside, False)  # noqa: FBT003 - nothing read, nothing settled
    unsettled = pc.and_not(pc.is_valid(array), inside)
    clean = pc.if_else(inside, found, pa.scalar(field.missing, pa.float64()))
    return _settle(clean, array, unsettled, partial(values.number, field=field), problems)


@_once_for_each
def flags(column: Any, field: Field, problems: Problems) -> pa.Array:
    """Return a column of truth values, missing ones false."""
    array = as_arrow(column)
    if array is not None and pa.types.is_boolean(array.type):
        return pc.fill_null(array, False)  # noqa: FBT003 - missing is false
    if array is not None and (pa.types.is_integer(array.type) or is_text(array)):
        spelt = array.cast(pa.string())
        true = pc.is_in(spelt, pa.array(["1", "true", "True", "yes"]))
        false = pc.or_(pc.is_null(spelt), pc.is_in(spelt, pa.array(["0", "false", "False", "no"])))
        unsettled = pc.invert(pc.or_(true, false))
        return _settle(true, array, unsettled, partial(values.flag, field=field), problems)
    return _one_by_one(column, pa.bool_(), partial(values.flag, field=field), problems)


@_once_for_each
def moments(
    column: Any, field: Field, problems: Problems, zone: tzinfo, latest: datetime
) -> pa.Array:
    """Return a column of moments in UTC, none after the latest one."""

    def one(value: object) -> datetime | None:
        found = values.moment(value, field, zone, latest)
        return None if found is None else found.replace(tzinfo=None)

    array = as_arrow(column)
    if array is not None and pa.types.is_date(array.type):
        array = pc.cast(array, pa.timestamp("s"), safe=False)
    if array is not None and pa.types.is_timestamp(array.type):
        found = from_timestamps(array, zone)
    elif array is not None and is_text(array):
        found = from_iso(array, zone)
    else:
        return _one_by_one(column, MOMENT, one, problems)
    in_time = pc.less_equal(found, pa.scalar(latest.replace(tzinfo=None), MOMENT))
    in_time = pc.fill_null(in_time, False)  # noqa: FBT003 - nothing read, nothing settled
    unsettled = pc.and_not(pc.is_valid(array), in_time)
    clean = pc.if_else(in_time, found, pa.scalar(None, MOMENT))
    return _settle(clean, array, unsettled, one, problems)


def contexts(
    column: Any, extras: dict[str, Any], rows: int, field: Field, problems: Problems
) -> pa.Array:
    """Return a column of JSON objects, into which the columns without a field of ours are put."""
    names = sorted(extras)
    parts = [_members(name, extras[name]) for name in names]
    if parts:
        # Not by null_handling="skip", which leaves out rows where one array is all there is.
        first, *others = (pc.fill_null(part, "") if part.null_count else part for part in parts)
        if parts[0].null_count:
            first = pc.binary_join_element_wise(first, *others, "")
            others = []
        opened = pc.binary_replace_slice(first, 0, 1, "{")
        found = pc.binary_join_element_wise(opened, *others, "}", "")
    else:
        found = pa.array(["{}"] * rows, pa.string())
    own = [None] * rows if column is None else pieces(column)
    singly = {place for place, value in enumerate(own) if value is not None and value != ""}
    for part in parts:
        singly.update(pc.indices_nonzero(pc.equal(part, _SINGLY)).to_pylist())
    if not singly:
        return found
    where = sorted(singly)
    beside = [
        [values.attribute(item) for item in pieces(_taken(extras[name], where))] for name in names
    ]
    whole: list[str | None] = []
    for place, index in enumerate(where):
        more = {
            name: items[place]
            for name, items in zip(names, beside, strict=True)
            if items[place] is not None
        }
        try:
            whole.append(values.context(own[index], more, field))
        except InvalidRecord as problem:
            problems.setdefault(index, str(problem))
            whole.append(None)
    mask = pa.array([place in singly for place in range(rows)])
    return pc.replace_with_mask(found, mask, pa.array(whole, pa.string()))


def _members(name: str, column: Any) -> pa.Array:
    """Return a column as members of JSON objects, each behind a comma.

    Null where it has no value, `_SINGLY` where a row must be judged. Each distinct value is written once.
    """
    codes = getattr(column, "codes", None)
    array = exactly_as_arrow(column) if codes is None else None
    if codes is not None:
        column = column.distinct
    elif array is not None and not pa.types.is_nested(array.type):
        with suppress(pa.ArrowNotImplementedError):
            encoded = array.dictionary_encode()
            codes, column = encoded.indices, encoded.dictionary
    key = values.json_text(name)
    found: list[str | None] = []
    for item in pieces(column):
        value = values.attribute(item)
        if value is None:
            found.append(None)
            continue
        text = None if isinstance(value, Mapping | list | tuple) else values.json_text(value)
        found.append(_SINGLY if text is None or key is None else f",{key}:{text}")
    members = pa.array(found, pa.string())
    return members if codes is None else members.take(codes)


def _taken(column: Any, where: list[int]) -> Any:
    if isinstance(column, pa.Array | pa.ChunkedArray) or hasattr(column, "codes"):
        return column.take(pa.array(where, pa.int64()))
    return [column[index] for index in where]


def _times(column: pa.Array) -> list[Any]:
    if column.type.unit == "ns":  # Python has no nanoseconds
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    found = []
    for item in column:
        try:
            found.append(item.as_py())
        except (OverflowError, ValueError):
            found.append(f"{item.value} {column.type.unit} since 1970")
    return found


def is_text(array: pa.Array) -> bool:
    """Tell whether an Arrow array holds texts."""
    kind = array.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _settle(
    clean: pa.Array,
    array: pa.Array,
    unsettled: pa.Array,
    one: Callable[[Any], Any],
    problems: Problems,
) -> pa.Array:
    """Put in what the definition says of the values that Arrow could not settle."""
    mask = pc.fill_null(unsettled, False)  # noqa: FBT003 - null is missing, hence settled
    where = pc.indices_nonzero(mask)
    if not len(where):
        return clean
    found = _judged(pieces(array.take(where)), where.to_pylist(), one, problems)
    return pc.replace_with_mask(clean, mask, pa.array(found, clean.type))


def _one_by_one(
    column: Any,
    kind: pa.DataType,
    one: Callable[[Any], Any],
    problems: Problems,
) -> pa.Array:
    items = pieces(column)
    return pa.array(_judged(items, range(len(items)), one, problems), kind)


def _judged(
    items: list[Any],
    where: Any,
    one: Callable[[Any], Any],
    problems: Problems,
) -> list[Any]:
    found = []
    seen: dict[Any, Any] = {}  # a column of dates repeats itself
    for index, item in zip(where, items, strict=True):
        key = item if type(item) is str else None
        if key is not None and key in seen:
            found.append(seen[key])
            continue
        try:
            value = one(item)
        except InvalidRecord as problem:
            problems.setdefault(index, str(problem))
            value = None
        else:
            if key is not None:
                seen[key] = value
        found.append(value)
    return found
