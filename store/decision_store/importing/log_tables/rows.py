"""Raw batches in, checked columns of the log out, with the reason for every row not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from decision_store.fields import Field, FieldType
from decision_store.importing.batches import Batch, RawTable, RejectedRow
from decision_store.importing.cells import columnar
from decision_store.importing.cells.moments import MOMENT
from decision_store.importing.log_tables.columns import FIELDS, Plan
from decision_store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROW_NUMBER = "row_number"
"""A further column of the checked tables, for what is found out only later."""

TYPES = {
    FieldType.TEXT: pa.string(),
    FieldType.NUMBER: pa.float64(),
    FieldType.FLAG: pa.bool_(),
    FieldType.TIMESTAMP: MOMENT,
    FieldType.JSON: pa.string(),
}
SCHEMAS = {
    kind: pa.schema([pa.field(field.name, TYPES[field.type]) for field in fields])
    for kind, fields in FIELDS.items()
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How to understand what is not written out.

    Parameters
    ----------
    zone : tzinfo
        Of times that name none.
    latest : datetime
        Times after it are in the future and refused.
    now : datetime
        The moment of the import, UTC.
    """

    zone: tzinfo
    latest: datetime
    now: datetime


def checked(
    raw: RawTable, plan: Plan, reading: Reading, rejected: list[RejectedRow]
) -> Iterator[tuple[pa.Table, int]]:
    """Yield each batch with the columns of the log and its row numbers, and collect the rejects.

    Beside it stands how many rows were looked at.
    Times that are missing stay null: some follow from other rows.
    """
    for batch in raw.batches:
        for row_number, reason in batch.unreadable:
            rejected.append(RejectedRow(raw.path, plan.kind.value, row_number, reason))
        if not len(batch.row_numbers):
            continue
        problems: columnar.Problems = {}
        table = _clean(batch, plan, reading, raw.utc_columns, problems)
        for index, reason in sorted(problems.items()):
            number = batch.row_numbers[index]
            rejected.append(RejectedRow(raw.path, plan.kind.value, number, reason))
        if problems:
            table = table.filter(pa.array([index not in problems for index in range(len(table))]))
        yield table, len(batch.row_numbers) + len(batch.unreadable)


def _clean(
    batch: Batch,
    plan: Plan,
    reading: Reading,
    utc_columns: frozenset[str],
    problems: columnar.Problems,
) -> pa.Table:
    rows = len(batch.row_numbers)
    found: dict[str, tuple[str, Any]] = {}
    extras: dict[str, Any] = {}
    for name, column in batch.columns.items():
        ours = plan.field_of(name)
        if ours is not None and ours not in found:
            found[ours] = (name, column)
        elif plan.is_kept(name):
            extras[name] = column

    def clean(field: Field) -> tuple[pa.Array, columnar.Problems]:
        theirs, column = found.get(field.name, ("", None))
        own: columnar.Problems = {}
        if field.type is FieldType.JSON:
            return columnar.contexts(column, extras, rows, field, own), own
        if column is None:  # each row has what stands for a missing value
            (missing,) = _column(pa.nulls(1, pa.string()), field, UTC, reading.latest, own)
            return pa.repeat(missing, rows), own
        zone = UTC if theirs in utc_columns else reading.zone
        return _column(column, field, zone, reading.latest, own), own

    arrays = []
    for array, own in each(clean, FIELDS[plan.kind], rows=rows):
        arrays.append(array)
        for row, reason in own.items():
            problems.setdefault(row, reason)
    arrays.append(_as_array(batch.row_numbers))
    names = [field.name for field in FIELDS[plan.kind]]
    return pa.table(arrays, names=[*names, ROW_NUMBER])


def _as_array(numbers: Sequence[int]) -> pa.Array:
    if isinstance(numbers, range):
        return pa.arange(numbers.start, numbers.stop)
    return pa.array(numbers, pa.int64())


def _column(
    column: Any, field: Field, zone: tzinfo, latest: datetime, problems: columnar.Problems
) -> pa.Array:
    match field.type:
        case FieldType.NUMBER:
            return columnar.numbers(column, field, problems)
        case FieldType.FLAG:
            return columnar.flags(column, field, problems)
        case FieldType.TIMESTAMP:
            return columnar.moments(column, field, problems, zone, latest)
    return columnar.texts(column, field, problems)
