"""Encoding of facts in the journal, one JSON object each; nothing else writes them.

`{"at": ns since 1970 of the append, "kind": ..., "record": {the fields}}` and, where the caller left a
time to the clock, `"unstated": [names]`: such a time is not part of the content. Several facts of one call carry the
same `"call"`. Rows of a table that came as a whole carry `"load": true`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import orjson

from decision_store.errors import InvalidRecord
from decision_store.fields import FieldType

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.facts import Amendment, Decision, Outcome, Prediction
    from decision_store.record_classes import FactTable


def encode(
    kind: str, record: object, unstated: tuple[str, ...] = (), *, is_load: bool = False
) -> bytes:
    """Return the journal's JSON object for a fact.

    Raises
    ------
    InvalidRecord
        Naming the field that JSON cannot hold.
    """
    payload: dict[str, object] = {"at": time.time_ns(), "kind": kind, "record": record}
    if unstated:
        payload["unstated"] = unstated
    if is_load:
        payload["load"] = True
    try:
        return orjson.dumps(payload, default=_plain, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise _culprit(record, error) from error


def encode_decision(decision: Decision, *, timestamp_given: bool) -> bytes:
    """Return the payload of a decision."""
    return encode("decision", decision, () if timestamp_given else ("timestamp",))


def encode_outcome(outcome: Outcome, *, occurred_at_given: bool) -> bytes:
    """Return the payload of an outcome."""
    return encode("outcome", outcome, () if occurred_at_given else ("occurred_at",))


def encode_amendment(amendment: Amendment) -> bytes:
    """Return the payload of an amendment."""
    return encode("amendment", amendment)


def encode_prediction(prediction: Prediction) -> bytes:
    """Return the payload of a prediction."""
    return encode("prediction", prediction)


def encode_rows(facts: FactTable, table: pa.Table) -> list[bytes]:
    """Return the payloads of the rows of a checked table."""
    return [encode(facts.kind, row_record(facts, row), is_load=True) for row in table.to_pylist()]


def row_record(facts: FactTable, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a table of facts as a journal line has it: times with their zone, JSON as values."""
    record = row_texts(row)
    for field in facts.fields:
        text = record[field.name]
        if field.type is FieldType.JSON and isinstance(text, str):
            # A text that is not JSON, or is nested too deeply to be written as such, stays a text.
            with suppress(ValueError, TypeError):
                value = orjson.loads(text)
                orjson.dumps(value)
                record[field.name] = value
    return record


def row_texts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a table with its times as a journal line has them, and JSON as text."""
    return {name: _text_of(value) for name, value in row.items()}


def _text_of(value: object) -> object:
    isoformat = getattr(value, "isoformat", None)
    return value if isoformat is None else f"{isoformat()}+00:00"


def as_one_call(payloads: Iterable[bytes]) -> list[bytes]:
    """Mark several payloads as those of one call, which is taken back as a whole; one alone stays as it is."""
    given = list(payloads)
    if len(given) < 2:
        return given
    mark = b',"call":"%s","kind"' % os.urandom(8).hex().encode()
    # Keys are sorted: the first '"kind"' of a payload is its own, right after the time.
    return [payload.replace(b',"kind"', mark, 1) for payload in given]


def retried(kind: str, rejected: str) -> bytes | None:
    """Return the payload of a rejected record; None where it is none that could ever become a fact."""
    try:
        parsed = orjson.loads(rejected)
        record, unstated = parsed["record"], parsed.get("unstated")
    except (ValueError, KeyError, TypeError):
        return None
    payload = {"at": time.time_ns(), "kind": kind, "record": record, "unstated": unstated}
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)


def canonical_json(value: object) -> str:
    """Return JSON text with sorted keys, so that equal objects have equal texts.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [True, None]})
    '{"a":[true,null],"b":1}'
    """
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS).decode()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, float):  # a subclass, such as numpy's
        return float(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _culprit(record: object, error: TypeError) -> InvalidRecord:
    names = [f.name for f in fields(record)] if is_dataclass(record) else []
    for name in names:
        value = getattr(record, name)
        try:
            orjson.dumps(value, default=_plain)
        except TypeError:
            return InvalidRecord(name, value, f"must be JSON ({error})")
    return InvalidRecord("record", record, f"must be JSON ({error})")
