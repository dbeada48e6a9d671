"""Columns by their distinct values: what is said of a value is worked out once, however many rows have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.importing.cells.columnar import exactly_as_arrow, is_text, pieces

SPACES = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""White space as `str.strip` knows it; Arrow knows fewer signs."""

_LOOKED_AT = 5_000


class Column(Sequence[Any]):
    """A column of a table.

    It can be used as a sequence of its values, one for each row.

    Parameters
    ----------
    distinct : pyarrow.Array or list
        The values that occur; some may be equal.
    codes : pyarrow.Array, optional
        For each row the place of its value; without, each row has its own.
    """

    __slots__ = ("_values", "codes", "distinct")

    def __init__(self, distinct: pa.Array | list[Any], codes: pa.Array | None = None) -> None:
        self.distinct = distinct
        self.codes = codes
        self._values: list[Any] | None = distinct if isinstance(distinct, list) else None

    @classmethod
    def of(cls, parts: Sequence[Any]) -> Column:
        """Return a column that was read in parts: Arrow arrays, or sequences of what Python has."""
        arrays = [array for part in parts if (array := exactly_as_arrow(part)) is not None]
        kinds = {array.type for array in arrays if array.null_count < len(array)}
        if len(arrays) < len(parts) or len(kinds) > 1:
            return cls([value for part in parts for value in pieces(part)])
        kind = next(iter(kinds), pa.string())
        whole = pa.chunked_array([array.cast(kind) for array in arrays], kind)
        if (encoded := _with_each_value_once(whole)) is not None:
            return cls(*encoded)
        return cls(pa.concat_arrays(whole.chunks) if arrays else pa.nulls(0, kind))

    @classmethod
    def constant(cls, value: Any, rows: int) -> Column:
        """Return a column that has one value on every row."""
        return cls([value], pa.repeat(pa.scalar(0, pa.int32()), rows))

    def __len__(self) -> int:
        return len(self.distinct) if self.codes is None else len(self.codes)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return list(self)[place]
        return self.values[place if self.codes is None else self.codes[place].as_py()]

    def __iter__(self) -> Iterator[Any]:
        values = self.values
        return (
            iter(values) if self.codes is None else map(values.__getitem__, self.codes.to_pylist())
        )

    @property
    def values(self) -> list[Any]:
        """The values that occur, as Python has them."""
        if self._values is not None:
            return self._values
        values = pieces(self.distinct)
        if self.codes is not None:
            self._values = values
        return values

    def some_values(self) -> Iterator[Any]:
        """Yield the values that occur; only those that are asked for are made."""
        step = 1_000
        for start in range(0, len(self.distinct), step):
            yield from pieces(self.distinct[start : start + step])

    def array(self) -> pa.Array | None:
        """Return the value of each row as one Arrow array, None where they are of several kinds."""
        array = exactly_as_arrow(self.distinct)
        return array if array is None or self.codes is None else array.take(self.codes)

    def text_array(self) -> pa.Array:
        """Return the value of each row of a column of texts."""
        found = self.distinct
        array = pa.array(found, pa.string()) if isinstance(found, list) else found
        return array if self.codes is None else array.take(self.codes)

    def encoded(self) -> Column:
        """Return this column with each value once, where that is worth it: values come twice on average."""
        if self.codes is not None or isinstance(self.distinct, list):
            return self
        found = _with_each_value_once(pa.chunked_array([self.distinct]))
        return self if found is None else Column(*found)

    def repeated(self) -> Column:
        """Return this column with each value once, however many there are."""
        if (
            not isinstance(self.distinct, list)
            and is_hashable(self.distinct)
            and self.codes is None
        ):
            found = self.distinct.dictionary_encode("encode")
            return Column(found.dictionary, found.indices)
        places: dict[Any, int] = {}
        codes = pa.array(
            [places.setdefault(value, len(places)) for value in self.values], pa.int32()
        )
        return Column(list(places), codes if self.codes is None else codes.take(self.codes))

    def mapped(self, one: Callable[[Any], Any]) -> Column:
        """Return what a function makes of each value."""
        return Column(list(map(one, self.values)), self.codes)

    def with_distinct(self, distinct: pa.Array | list[Any]) -> Column:
        """Return a column with other values in the places of these."""
        return Column(distinct, self.codes)

    def without(self, texts: set[str]) -> tuple[Column, int]:
        """Return this column with these texts missing, and on how many rows they were."""
        distinct = self.distinct
        if isinstance(distinct, list):
            there = pa.array([isinstance(v, str) and v in texts for v in distinct], pa.bool_())
            kept: Any = [None if isinstance(v, str) and v in texts else v for v in distinct]
        else:
            there = pc.is_in(distinct, pa.array(sorted(texts), distinct.type))
            kept = pc.if_else(there, pa.scalar(None, distinct.type), distinct)
        rows = there if self.codes is None else there.take(self.codes)
        return Column(kept, self.codes), pc.sum(rows).as_py() or 0

    def slice(self, start: int, end: int) -> Column:
        """Return some of the rows that follow each other."""
        if self.codes is not None:
            return Column(self.distinct, self.codes[start:end])
        return Column(self.distinct[start:end])

    def take(self, rows: pa.Array) -> Column:
        """Return some of the rows."""
        if self.codes is not None:
            return Column(self.distinct, self.codes.take(rows))
        if isinstance(self.distinct, list):
            return Column([self.distinct[row] for row in rows.to_pylist()])
        return Column(self.distinct.take(rows))

    def where(self, holds: Callable[[Any], bool]) -> pa.Array:
        """Return for each row whether its value fulfils a condition."""
        found = pa.array([bool(holds(value)) for value in self.values], pa.bool_())
        return found if self.codes is None else found.take(self.codes)

    def filled(self) -> pa.Array:
        """Return for each row of a column of texts whether it has one."""
        if isinstance(self.distinct, list):
            return self.where(bool)
        found = pc.fill_null(pc.not_equal(self.distinct, ""), False)  # noqa: FBT003 - null is empty
        return found if self.codes is None else found.take(self.codes)

    def counts(self, rows: pa.Array | None = None) -> list[tuple[Any, int]]:
        """Return each value that occurs and on how many rows, in the order in which they come.

        ``rows``: a mask of those that count; all by default.
        """
        column = self if self.codes is not None or rows is None else self.repeated()
        if column.codes is None:
            return [(value, 1) for value in column.values]
        values = column.values
        found = pc.value_counts(column.codes if rows is None else column.codes.filter(rows))
        pairs = zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True)
        return [(values[code], count) for code, count in pairs]

    def some_distinct(self, most: int) -> set[Any]:
        """Return the values that occur, or `most` of them and one more where there are more."""
        found = self.distinct
        if not isinstance(found, list) and self.codes is None:
            found = found.unique()[: most + 1].to_pylist()
        return set(found if isinstance(found, list) else self.values)

    def stripped(self, as_text: Callable[[Any], str]) -> Column:
        """Return this column as texts without blanks around them; missing is empty."""
        distinct = self.distinct
        if isinstance(distinct, list) or not is_text(distinct):
            return Column([as_text(value) for value in self.values], self.codes)
        bare = pc.fill_null(pc.utf8_trim(distinct, SPACES), "")
        return self if bare.equals(distinct) else Column(bare, self.codes)


def _with_each_value_once(column: pa.ChunkedArray) -> tuple[pa.Array, pa.Array] | None:
    """Return the values of a column and the place of each row's; None where it is not worth it.

    The chunks are not put together before: of texts that repeat themselves that would take most of the memory.
    """
    if not is_hashable(column) or not len(column) or _is_of_ids(column):
        return None
    found = pc.dictionary_encode(column, null_encoding="encode")  # one dictionary for all chunks
    values = found.chunk(0).dictionary
    if 2 * len(values) > len(column):
        return None
    return values, pa.concat_arrays([chunk.indices for chunk in found.chunks])


def _is_of_ids(column: pa.ChunkedArray) -> bool:
    """Tell whether no value of a long column comes twice among those at its ends and in its middle, as of ids.

    To look at all of them takes ten times as long, and would nearly never find more.
    """
    rows = len(column)
    if rows < 10 * _LOOKED_AT:
        return False
    places = (0, (rows - _LOOKED_AT) // 2, rows - _LOOKED_AT)
    parts = [chunk for place in places for chunk in column.slice(place, _LOOKED_AT).chunks]
    return len(pa.chunked_array(parts).unique()) == 3 * _LOOKED_AT


def is_hashable(array: pa.Array | pa.ChunkedArray) -> bool:
    """Tell whether an Arrow array can be looked up by its values."""
    kind = array.type
    return not (
        pa.types.is_nested(kind) or pa.types.is_decimal256(kind) or pa.types.is_floating(kind)
    )


def combined(columns: Sequence[Column]) -> Column:
    """Return several columns as one of tuples, each combination once where the columns repeat themselves."""
    if any(column.codes is None for column in columns) or not columns:
        return Column(list(zip(*columns, strict=True)))

    places: list[tuple[int, ...]] = [()]
    codes = pa.repeat(pa.scalar(0, pa.int32()), len(columns[0]))
    for column in columns:
        size = max(len(column.distinct), 1)
        keys = pc.add(pc.multiply(codes.cast(pa.int64()), size), pc.cast(column.codes, pa.int64()))
        found = keys.dictionary_encode()
        pairs = [divmod(key, size) for key in found.dictionary.to_pylist()]
        places = [(*places[first], second) for first, second in pairs]
        codes = found.indices
    values = [column.values for column in columns]
    rows = [tuple(v[place] for v, place in zip(values, each, strict=True)) for each in places]
    return Column(rows, codes)
