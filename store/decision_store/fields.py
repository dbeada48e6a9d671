"""Field definitions: what a field of a fact may hold.

`Field.check` is the one validator. Faster checks of whole columns (``journal.segments``, ``importing.columnar``)
only decide which values need it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from decision_store.errors import InvalidRecord
from decision_store.names import name_key, sender_key

T = TypeVar("T")

_NO_OFFSET = UTC.utcoffset(None)


class FieldType(StrEnum):
    """Type of a field, with its SQL type."""

    TEXT = "text"
    JSON = "json"
    NUMBER = "number"
    FLAG = "flag"
    TIMESTAMP = "timestamp"

    @property
    def sql(self) -> str:
        """Type of the column in the database."""
        return _SQL_TYPES[self]


_SQL_TYPES = {
    FieldType.TEXT: "VARCHAR",
    FieldType.JSON: "JSON",
    FieldType.NUMBER: "DOUBLE",
    FieldType.FLAG: "BOOLEAN",
    FieldType.TIMESTAMP: "TIMESTAMP",
}


class Matching(StrEnum):
    """How texts of a field are compared."""

    EXACT = "exact"
    NAME = "name"
    SENDER = "sender"

    def key(self, value: str) -> str:
        """Return the text by which a value is compared; see `decision_store.names`."""
        if self is Matching.EXACT:
            return value
        return name_key(value) if self is Matching.NAME else sender_key(value)


MAX_DEPTH = 100
"""How deep a JSON object may be nested; well within what orjson and DuckDB can write and read."""


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()
"""Default of a field that a record cannot do without."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a fact.

    Parameters
    ----------
    name : str
        As in the record, the journal, the database and the arguments of the API.
    type : FieldType
        Text, JSON object, number (float64), flag, or timestamp (UTC, microseconds).
    meaning : str
        For the data dictionary.
    default : str, float, bool, None or REQUIRED
        What a missing value becomes; None: it stays missing (NULL).
    low, high : float
        Bounds of a number, both allowed.
    positive : bool
        Of a number: zero itself is refused.
    blank : bool
        Of a text: it may be empty or white space.
    compared : bool
        Whether it belongs to the content: the same id with another value here is a conflict.
    clock : bool
        Of a timestamp: taken from the clock where the caller gives none; then it is not compared.
    matching : Matching
        Of a text: how it is compared.
    placeholder : str, optional
        What API and import put for a missing or blank text that a record would refuse.
    import_default : str, optional
        What an import alone puts for a missing value.
    """

    name: str
    type: FieldType
    meaning: str = ""
    default: str | float | bool | _Required | None = REQUIRED
    low: float = -math.inf
    high: float = math.inf
    positive: bool = False
    blank: bool = True
    compared: bool = True
    clock: bool = False
    matching: Matching = Matching.EXACT
    placeholder: str | None = None
    import_default: str | None = None

    @property
    def required(self) -> bool:
        """Whether a record without it is refused."""
        return self.default is REQUIRED

    @property
    def nullable(self) -> bool:
        """Whether it may be missing in a stored row."""
        return self.default is None

    @property
    def fallback(self) -> str | float | bool | None:
        """The default; None also where there is none."""
        return None if isinstance(self.default, _Required) else self.default

    @property
    def missing(self) -> str | float | bool | None:
        """What an import puts for a missing value; None leaves it missing."""
        for found in (self.import_default, self.placeholder):
            if found is not None:
                return found
        return self.fallback

    @property
    def blank_is_missing(self) -> bool:
        """Whether an import takes white space alone for a missing value."""
        return self.missing != ""

    @property
    def bounds(self) -> str:
        """Bounds of a number in words, empty where there are none.

        Examples
        --------
        >>> Field("score", FieldType.NUMBER, low=0.0, high=100.0).bounds
        'must lie in [0, 100]'
        """
        if math.isinf(self.low) and math.isinf(self.high):
            return ""
        if math.isinf(self.high):
            return f"must be at least {self.low:g}"
        return f"must lie in [{self.low:g}, {self.high:g}]"

    def check(self, value: object) -> None:
        """Refuse a value that a record cannot hold.

        Raises
        ------
        InvalidRecord
            Naming the field, the value and what is expected.
        """
        if value is None:
            if self.nullable:
                return
            raise InvalidRecord(self.name, value, "must not be missing")
        if problem := _CHECKS[self.type](self, value):
            raise InvalidRecord(self.name, value, problem)


def _text_problem(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    if not field.blank and not value.strip():
        return "must not be empty"
    if "\0" in value:
        return "must not contain a NUL character"
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return "must be valid Unicode (it contains an unpaired surrogate)"
    return None


def _number_problem(field: Field, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a finite number"
    try:
        found = float(value)
    except OverflowError:
        return "must be a finite number"
    if not math.isfinite(found):
        return "must be a finite number"
    if not field.low <= found <= field.high:
        return field.bounds
    if field.positive and found == 0.0:
        return "must be above 0"
    return None


def _flag_problem(_: Field, value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _timestamp_problem(_: Field, value: object) -> str | None:
    if isinstance(value, datetime) and value.utcoffset() == _NO_OFFSET:
        return None
    return "must be a datetime in UTC"


def _json_problem(_: Field, value: object) -> str | None:
    if not isinstance(value, dict) and not isinstance(value, Mapping):
        return "must be an object with named attributes"
    return json_problem(value)


def json_problem(value: object, depth: int = 1) -> str | None:
    """Return what of a JSON value no log can hold: too deep nesting, numbers that are not finite; else None."""
    if isinstance(value, float):
        return None if math.isfinite(value) else _NOT_FINITE
    parts: Iterable[object]
    if isinstance(value, list | tuple):
        parts = value
    # Dictionaries first: asking an abstract class takes as long as all the rest.
    elif isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101
        parts = value.values()
    else:
        return None
    if depth > MAX_DEPTH:
        return f"must not be nested more than {MAX_DEPTH} levels deep"
    for part in parts:
        kind = type(part)
        if kind is float:
            if not math.isfinite(part):
                return _NOT_FINITE
        elif kind not in _PLAIN and (found := json_problem(part, depth + 1)):
            return found
    return None


_NOT_FINITE = "must be JSON, which has no NaN and no infinity"
_PLAIN = frozenset({str, int, bool, type(None)})
"""Types without parts, of which any value is JSON."""

_CHECKS: dict[FieldType, Callable[[Field, object], str | None]] = {
    FieldType.TEXT: _text_problem,
    FieldType.NUMBER: _number_problem,
    FieldType.FLAG: _flag_problem,
    FieldType.TIMESTAMP: _timestamp_problem,
    FieldType.JSON: _json_problem,
}
