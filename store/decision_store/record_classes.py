"""Record classes and fact tables, made from field definitions."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from decision_store.fields import REQUIRED, Field, FieldType, Matching

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")


CANONICAL = {b"json": b"canonical"}
"""Metadata of an Arrow field whose texts `canonical_json` wrote, so that nobody writes them again."""


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

    Attributes
    ----------
    names : tuple of str
        The names of the fields.
    compared : tuple of Field
        The fields that make up the content of a fact.
    """

    name: str
    kind: str
    key: str
    fields: tuple[Field, ...]
    names: tuple[str, ...] = dataclasses.field(init=False, repr=False, compare=False)
    compared: tuple[Field, ...] = dataclasses.field(init=False, repr=False, compare=False)
    _by_name: dict[str, Field] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once what every record asks for."""
        own = {
            "names": tuple(f.name for f in self.fields),
            "compared": tuple(f for f in self.fields if f.compared and f.name != self.key),
            "_by_name": {f.name: f for f in self.fields},
        }
        for name, value in own.items():
            object.__setattr__(self, name, value)

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
        return self._by_name[name]


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
