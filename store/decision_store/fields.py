"""Field definitions: what a field of a fact may hold, and record classes made from such definitions.

`Field.check` is the one validator. Faster checks of whole columns (``journal.segments``, ``importing.columnar``)
only decide which values need it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from decision_store.errors import InvalidRecord
from decision_store.names import name_key, sender_key

if TYPE_CHECKING:
    import pyarrow as pa

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
    if not isinstance(value, Mapping):
        return "must be an object with named attributes"
    return json_problem(value)


def json_problem(value: object, depth: int = 1) -> str | None:
    """Return what of a JSON value no log can hold: too deep nesting, numbers that are not finite; else None."""
    if isinstance(value, float):
        return None if math.isfinite(value) else "must be JSON, which has no NaN and no infinity"
    if not isinstance(value, Mapping | list | tuple):
        return None
    if depth > MAX_DEPTH:
        return f"must not be nested more than {MAX_DEPTH} levels deep"
    parts = value.values() if isinstance(value, Mapping) else value
    return next((found for part in parts if (found := json_problem(part, depth + 1))), None)


_CHECKS: dict[FieldType, Callable[[Field, object], str | None]] = {
    FieldType.TEXT: _text_problem,
    FieldType.NUMBER: _number_problem,
    FieldType.FLAG: _flag_problem,
    FieldType.TIMESTAMP: _timestamp_problem,
    FieldType.JSON: _json_problem,
}


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of facts; calling it gives its pyarrow schema.

    Parameters
    ----------
    name : str
        Of the table in the database.
    kind : str
        Of its records in the journal.
    key : str
        The field that identifies a fact.
    fields : tuple of Field
        In the order of the record.
    """

    name: str
    kind: str
    key: str
    fields: tuple[Field, ...]

    def __call__(self) -> pa.Schema:
        """Return the pyarrow schema; pyarrow is imported here, because writing a fact must not need it."""
        import pyarrow as pa

        types = {
            FieldType.TEXT: pa.string(),
            FieldType.JSON: pa.string(),
            FieldType.NUMBER: pa.float64(),
            FieldType.FLAG: pa.bool_(),
            FieldType.TIMESTAMP: pa.timestamp("us"),
        }
        return pa.schema(
            [pa.field(f.name, types[f.type], nullable=f.nullable) for f in self.fields]
        )

    def __getitem__(self, name: str) -> Field:
        """Return the field of that name."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(field.name for field in self.fields)

    @property
    def compared(self) -> tuple[Field, ...]:
        """The fields that make up the content of a fact."""
        return tuple(f for f in self.fields if f.compared and f.name != self.key)


def text_field(
    meaning: str,
    *,
    default: Any = REQUIRED,
    blank: bool = True,
    compared: bool = True,
    matching: Matching = Matching.EXACT,
    placeholder: str | None = None,
    import_default: str | None = None,
) -> Any:
    """Declare a text field of a record."""
    return _declared(
        FieldType.TEXT,
        meaning,
        default,
        blank=blank,
        compared=compared,
        matching=matching,
        placeholder=placeholder,
        import_default=import_default,
    )


def number_field(
    meaning: str,
    *,
    default: Any = REQUIRED,
    low: float = -math.inf,
    high: float = math.inf,
    positive: bool = False,
    compared: bool = True,
) -> Any:
    """Declare a numeric field of a record."""
    return _declared(
        FieldType.NUMBER,
        meaning,
        default,
        low=low,
        high=high,
        positive=positive,
        compared=compared,
    )


def flag_field(meaning: str, *, default: bool) -> Any:
    """Declare a field that is true or false."""
    return _declared(FieldType.FLAG, meaning, default)


def timestamp_field(
    meaning: str, *, default: Any = REQUIRED, compared: bool = True, clock: bool = False
) -> Any:
    """Declare a timestamp field of a record."""
    return _declared(FieldType.TIMESTAMP, meaning, default, compared=compared, clock=clock)


def json_field(meaning: str, *, default_factory: Callable[[], Any], compared: bool = True) -> Any:
    """Declare a field that holds a JSON object."""
    spec = Field("", FieldType.JSON, meaning, "{}", compared=compared)
    return dataclasses.field(default_factory=default_factory, metadata={"spec": spec})


def _declared(type_: FieldType, meaning: str, default: Any, **further: Any) -> Any:
    spec = Field("", type_, meaning, default, **further)
    if default is REQUIRED:
        return dataclasses.field(metadata={"spec": spec})
    return dataclasses.field(default=default, metadata={"spec": spec})


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(text_field, number_field, flag_field, timestamp_field, json_field),
)
def record(cls: type[T]) -> type[T]:
    """Make a frozen dataclass whose fields are declared with `text_field`, `number_field`, and so on.

    A record is checked once, when it is made; it raises `InvalidRecord` for the first field that cannot be accepted.
    Its docstring gets a list of the fields.
    """
    cls.__post_init__ = _check_record  # type: ignore[attr-defined]
    made = dataclass(frozen=True, slots=True)(cls)
    specs = fields_of(made)
    listed = "".join(
        f"{spec.name} : {spec.type}{'' if spec.required else ', optional'}\n    {spec.meaning}\n"
        for spec in specs
    )
    made.__doc__ = (
        f"{cls.__doc__}\n\nParameters\n----------\n{listed}\n"
        "Raises\n------\nInvalidRecord\n    Naming the field and its value.\n"
    )
    _FIELDS_OF[made] = specs
    return made


def fields_of(cls: type) -> tuple[Field, ...]:
    """Return the field definitions of a record class, in its order."""
    if cls in _FIELDS_OF:
        return _FIELDS_OF[cls]
    return tuple(
        dataclasses.replace(f.metadata["spec"], name=f.name) for f in dataclasses.fields(cls)
    )


_FIELDS_OF: dict[type, tuple[Field, ...]] = {}


def _check_record(self: object) -> None:
    for field in _FIELDS_OF[type(self)]:
        field.check(getattr(self, field.name))


def table(cls: type, name: str) -> FactTable:
    """Return the table of a record class; its key is the kind's id."""
    kind = cls.__name__.lower()
    return FactTable(name, kind, f"{kind}_id", fields_of(cls))
