"""Rows of JSON made flat: nested objects become columns with dotted names, as in a table.

What programs wrap around a value is taken off: the fields of a record (``properties``, ``attributes``), pairs of id
and name, lists of addresses, amounts in cents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from decision_store.importing.log_tables.columns import plain_name
from decision_store.importing.readers.json_answers import answers_by_question

_LIFTED = ("properties", "attributes", "fields", "node", "_source")
_METADATA = frozenset({"type", "url", "referenceId"})
_WHOLE = frozenset({"context"})  # an object of its own in the log
_DEEPEST = 8
_NAMES = ("name", "label", "title")
_FLAGS = ("active", "archived", "deleted")

_NO_CENTS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD JOD KWD OMR TND"
_IN_CENTS = frozenset({"charge", "payment_intent", "checkout.session", "invoice", "refund"})

SPECIAL = frozenset({"object"})
"""Names of columns for which rows need `flat_columns` although no value has parts: what Stripe calls a record."""

CENTS = "amounts are in the smallest unit of their currency (cents) and were divided by 100"


def flat_row(item: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its nested objects as columns of their own.

    Examples
    --------
    >>> flat_row({"Id": "a", "Owner": {"Name": "Bo"}, "tags": ["x", "y"]})
    {'Id': 'a', 'Owner.Name': 'Bo', 'tags': ['x', 'y']}
    >>> flat_row({"id": "7", "properties": {"dealname": "Acme"}})
    {'id': '7', 'hs_object_id': '7', 'dealname': 'Acme'}
    >>> flat_row({"id": 7, "email": [{"value": "a@b.c", "primary": True}, {"value": "d@e.f"}]})
    {'id': 7, 'email': 'a@b.c'}
    """
    found: dict[str, Any] = {}
    _flatten(_lifted(item), "", found, 0)
    return found


def flat_columns(items: Sequence[dict[str, Any]], notes: list[str]) -> list[dict[str, Any]]:
    """Return rows made flat, with what only a whole column shows: false for missing, and amounts in cents."""
    rows = [flat_row(item) for item in items]
    if any(_is_in_cents(row) for row in rows):
        rows = [_in_units(row) for row in rows]
        if CENTS not in notes:
            notes.append(CENTS)
    if any(_is_pair(value) for item in items for value in item.values()):
        _empty_false(rows)
    return rows


def nested_columns(
    names: Iterable[str], mapped: Iterable[str]
) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """Return what makes only those objects flat of which a column is asked for by its dotted name; None: no column."""
    asked = {name.partition(".")[0] for name in mapped if "." in name} & set(names)

    def flat(item: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in item.items():
            if key in asked and isinstance(value, dict):
                _flatten(value, f"{key}.", found, 1)
            else:
                found[key] = value
        return found

    return flat if asked else None


def _lifted(item: dict[str, Any]) -> dict[str, Any]:
    """Take the fields of a record out of the object that holds them."""
    for key in _LIFTED:
        inner = item.get(key)
        if not isinstance(inner, dict) or (key == "attributes" and inner.keys() <= _METADATA):
            continue
        own = {name: value for name, value in item.items() if name != key}
        if key in {"node", "_source"}:
            return _lifted({**own, **inner})
        if key == "properties" and "id" in own:
            own = {"id": own["id"], "hs_object_id": own["id"], **own}
        return {**own, **{name: value for name, value in inner.items() if own.get(name) is None}}
    return item


def _flatten(item: dict[str, Any], prefix: str, found: dict[str, Any], depth: int) -> None:
    for key, value in item.items():
        name = f"{prefix}{key}"
        plain = _unwrapped(value)
        if isinstance(plain, dict) and plain_name(key) not in _WHOLE and depth < _DEEPEST:
            if key == "attributes" and plain.keys() <= _METADATA:
                continue
            _flatten(plain, f"{name}.", found, depth + 1)
        elif key == "answers" and isinstance(plain, list):
            found.update(answers_by_question(plain, {}))
        else:
            found[name] = plain


def _unwrapped(value: Any) -> Any:
    """Take off what stands around one value."""
    if isinstance(value, dict):
        return _out_of_object(value)
    if isinstance(value, list):
        return _out_of_list(value)
    return value


def _out_of_object(value: dict[str, Any]) -> Any:
    if "value" in value and not isinstance(value["value"], dict | list) and _is_versioned(value):
        return value["value"]
    rows = value.get("records")
    return rows[0] if isinstance(rows, list) and len(rows) == 1 else value


def _out_of_list(value: list[Any]) -> Any:
    if _is_pair(value):
        return value[1]
    if not value or not all(isinstance(each, dict) for each in value):
        return value or None
    if all("value" in each for each in value):
        return next((each for each in value if each.get("primary")), value[0])["value"]
    named = next((key for key in _NAMES if all(isinstance(e.get(key), str) for e in value)), None)
    if named is not None:
        return [each[named] for each in value]
    return value[0] if len(value) == 1 else value


def _is_versioned(value: dict[str, Any]) -> bool:
    """HubSpot's older interface gives each value with its time, source and former versions."""
    return value.keys() <= {
        "value",
        "timestamp",
        "source",
        "sourceId",
        "versions",
        "updatedByUserId",
    }


def _is_pair(value: Any) -> bool:
    """Odoo gives a record that another one points to as its id and name."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], int)
        and not isinstance(value[0], bool)
        and isinstance(value[1], str)
    )


def _empty_false(rows: list[dict[str, Any]]) -> None:
    """Odoo writes false for what is missing, in all columns but those of truth values."""
    flags = {name for row in rows for name, value in row.items() if value is True} | set(_FLAGS)
    for row in rows:
        for name, value in row.items():
            if value is False and name not in flags:
                row[name] = None


def _is_in_cents(row: dict[str, Any]) -> bool:
    return row.get("object") in _IN_CENTS and isinstance(row.get("currency"), str)


def _in_units(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of Stripe's interface with its amounts in whole units of the currency."""
    if not _is_in_cents(row):
        return row
    code = str(row["currency"]).upper()
    divisor = 1 if code in _NO_CENTS.split() else 1000 if code in _THOUSANDTHS.split() else 100
    return {
        name: value / divisor
        if name.rpartition(".")[2].startswith("amount") and _is_whole(value)
        else value
        for name, value in row.items()
    }


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
