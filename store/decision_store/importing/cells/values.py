"""Reader of one raw value for one field: the definition; `columnar` is the fast path."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from decision_store.errors import InvalidRecord
from decision_store.fields import json_problem
from decision_store.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from decision_store.fields import Field

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NUMBER_WITH_COMMA = re.compile(r"[+-]?[0-9.,]*,[0-9.,]*")
_SHORTENED_ID = re.compile(r"(?:.*-)?[0-9][.,][0-9]+[eE]\+[0-9]+")
IDS = frozenset({"decision_id", "outcome_id", "opportunity_id"})
"""Fields that hold an id."""

_YES = "1 1.0 true t yes y on x ✓ ✔ ☑ ✅ checked wahr ja j oui vrai si sí verdadero sim s verdadeiro vero waar"
_NO = "0 0.0 false f no n off ☐ ✗ ✘ ❌ unchecked falsch nein non faux falso não nao onwaar nee"
YES = frozenset(_YES.split())
"""Spellings of yes in the languages of our users, folded by case."""

NO = frozenset(_NO.split())
"""Spellings of no, folded by case."""
# Of JSON, and so short that a float holds every digit: longer ones are ids or telephone numbers.
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?")


@lru_cache(maxsize=10_000)
def truth(text: str) -> bool | None:
    """Return what a cell of a yes/no column says, None where it says neither.

    Examples
    --------
    >>> truth("WAHR"), truth("Nein"), truth(""), truth("maybe")
    (True, False, None, None)
    """
    bare = text.strip().casefold()
    return True if bare in YES else False if bare in NO else None


def is_number(text: str) -> bool:
    """Tell whether a text is a number as `number` reads it."""
    return _NUMBER.fullmatch(text.strip()) is not None


def is_shortened(value: str) -> bool:
    """Tell whether an id was shortened by a spreadsheet (1.43628E+18): different ids look the same."""
    return _SHORTENED_ID.fullmatch(value.strip()) is not None


def text(value: object, field: Field) -> str | None:
    """Return a text; an id written as a whole number becomes text.

    Raises
    ------
    InvalidRecord
        If it is no text, or not one that can be stored as UTF-8.
    """
    if value is None:
        return _default_text(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise InvalidRecord(field.name, value, "must be text")
    if "\0" in value:
        raise InvalidRecord(field.name, value, "must not contain a NUL character")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidRecord(field.name, value, "must be UTF-8 (save the file as UTF-8)") from None
    if not value or (field.blank_is_missing and not value.strip()):
        return _default_text(field)
    if field.name in IDS and is_shortened(value):
        reason = "was shortened by a spreadsheet: export again with the column formatted as text"
        raise InvalidRecord(field.name, value, reason)
    return value


def number(value: object, field: Field) -> float | None:
    """Return a finite number within the field's bounds; a blank text is a missing one.

    Raises
    ------
    InvalidRecord
        Also for a decimal comma: 1,234 is a thousand to some and a bit more than one to others.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None if field.missing is None else float(field.missing)
    if isinstance(value, str):
        found = _number_from_text(value, field)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
    else:
        raise InvalidRecord(field.name, value, "must be a number")
    try:
        field.check(found)
    except InvalidRecord as problem:
        raise InvalidRecord(field.name, value, problem.reason) from None
    return found


def flag(value: object, field: Field) -> bool:
    """Return a truth value; missing is false.

    Raises
    ------
    InvalidRecord
        Unless it is one of the usual spellings.
    """
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    spelt = (
        (str(value) if isinstance(value, int | float) else value).strip().casefold()
        if isinstance(value, int | float | str)
        else None
    )
    if spelt == "":
        return False
    if spelt in YES:
        return True
    if spelt in NO:
        return False
    raise InvalidRecord(field.name, value, "must be yes or no (true, false, 1, 0)")


def moment(value: object, field: Field, zone: tzinfo, latest: datetime) -> datetime | None:
    """Return a moment not after the latest one, in UTC.

    Raises
    ------
    InvalidRecord
        If it cannot be read, is impossible, or lies in the future.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str | date):
        raise InvalidRecord(field.name, value, "must be a date and time in ISO 8601")
    found = parse_timestamp(value, zone=zone, field=field.name)
    if found > latest:
        raise InvalidRecord(field.name, value, "must not lie in the future")
    return found


def context(value: object, extras: Mapping[str, object], field: Field) -> str:
    """Return the further attributes as the text of one JSON object, its keys sorted.

    Parameters
    ----------
    value : object
        A JSON text, a mapping, or nothing.
    extras : mapping
        Columns without a field of their own; a name in the context itself comes first.
    field : Field
        For the message.

    Raises
    ------
    InvalidRecord
        If it is no JSON object.
    """
    found = _object(value, field)
    if extras:
        found = {**extras, **found}
    if not found:
        return "{}"
    if problem := json_problem(found):
        raise InvalidRecord(field.name, value, problem)
    try:
        return orjson.dumps(found, default=_plain, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError as error:
        raise InvalidRecord(field.name, value, f"must be JSON ({error})") from None


def json_text(value: object) -> str | None:
    """Return a value as `context` writes it; None where that is no JSON."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return None


def attribute(value: object) -> object:
    """Return an unknown column's value for the context: text that is a JSON number becomes one.

    Examples
    --------
    >>> attribute("42"), attribute("007"), attribute("true"), attribute(" ")
    (42, '007', True, None)
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    if value in {"true", "false"}:
        return value == "true"
    return json.loads(value) if _JSON_NUMBER.fullmatch(value) else value


def _default_text(field: Field) -> str | None:
    return None if field.missing is None else str(field.missing)


def _number_from_text(value: str, field: Field) -> float:
    stripped = value.strip()
    if _NUMBER.fullmatch(stripped):
        return float(stripped)
    if _NUMBER_WITH_COMMA.fullmatch(stripped):
        reason = "must have a decimal point and no separator of thousands, as in 1234.50"
        raise InvalidRecord(field.name, value, reason)
    if stripped.casefold().lstrip("+-") in {"nan", "inf", "infinity"}:
        raise InvalidRecord(field.name, value, "must be a finite number")
    raise InvalidRecord(field.name, value, "must be a number")


def _object(value: object, field: Field) -> Mapping[str, Any]:
    if value is None or (isinstance(value, str) and not value.strip()):
        return {}
    found = value
    if isinstance(value, str):
        try:
            found = orjson.loads(value)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            raise InvalidRecord(field.name, value, "must be the text of a JSON object") from None
        if found is None:
            return {}
    elif isinstance(value, list):  # Arrow hands out its maps as lists of pairs
        found = _from_pairs(value)
    if not isinstance(found, dict):
        raise InvalidRecord(field.name, value, "must be a JSON object")
    return found


def _from_pairs(value: list[object]) -> object:
    if all(isinstance(pair, tuple) and len(pair) == 2 for pair in value):
        return {str(pair[0]): pair[1] for pair in value if isinstance(pair, tuple)}
    return value


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be kept")
