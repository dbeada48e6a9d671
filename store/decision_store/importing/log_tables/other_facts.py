"""Reader of exported facts that are neither decisions nor outcomes: predictions, aliases and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from decision_store.errors import InvalidRecord
from decision_store.exporting import EXPORTED
from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.fields import FieldType
from decision_store.importing.batches import RawTable, RejectedRow
from decision_store.importing.cells import columnar
from decision_store.importing.cells.values import truth
from decision_store.timestamps import parse_timestamp

if TYPE_CHECKING:
    from decision_store.fields import Field
    from decision_store.record_classes import FactTable

_OTHERS = tuple(facts for facts in EXPORTED if facts not in (DECISIONS, OUTCOMES))


def facts_of(names: tuple[str, ...]) -> FactTable | None:
    """Return the kind of facts whose required fields a table has, None for decisions, outcomes and others."""
    present = set(names)
    for facts in _OTHERS:
        if {facts.key, *(field.name for field in facts.fields if field.required)} <= present:
            return facts
    return None


def read_facts(raw: RawTable, facts: FactTable, rejected: list[RejectedRow]) -> pa.Table:
    """Read an exported table of facts; a row that cannot be read is rejected with the reason."""
    rows: list[dict[str, Any]] = []
    for batch in raw.batches:
        columns = {name: columnar.pieces(column) for name, column in batch.columns.items()}
        for place, number in enumerate(batch.row_numbers):
            try:
                rows.append(
                    {
                        field.name: _value(
                            columns.get(field.name, [None] * (place + 1))[place], field
                        )
                        for field in facts.fields
                    }
                )
            except (InvalidRecord, ValueError, TypeError) as problem:
                rejected.append(RejectedRow(raw.path, facts.kind, number, str(problem)))
    return pa.Table.from_pylist(rows, schema=facts())


def _value(cell: Any, field: Field) -> Any:
    if cell is None or (cell == "" and field.type is not FieldType.TEXT):
        return "{}" if field.type is FieldType.JSON else field.fallback
    if field.type is FieldType.TEXT:
        return None if cell == "" and field.nullable else str(cell)
    return _READERS[field.type](cell, field)


_READERS: dict[FieldType, Callable[[Any, Field], Any]] = {
    FieldType.TIMESTAMP: lambda cell, field: parse_timestamp(cell, field=field.name).replace(
        tzinfo=None
    ),
    FieldType.NUMBER: lambda cell, _: float(cell),
    FieldType.FLAG: lambda cell, _: cell if isinstance(cell, bool) else bool(truth(str(cell))),
    FieldType.JSON: lambda cell, _: cell if isinstance(cell, str) else orjson.dumps(cell).decode(),
}
