"""JSON Schemas of tool parameters as every client can read them: in one piece, without what repeats a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]


def plain(schema: Mapping[str, Any]) -> Schema:
    """Return a schema with its references replaced by what they refer to, and without the titles pydantic makes.

    Examples
    --------
    >>> plain({"properties": {"a": {"$ref": "#/$defs/A", "description": "Which."}}, "title": "Arguments",
    ...        "$defs": {"A": {"type": "string", "title": "A", "description": "An A."}}})
    {'properties': {'a': {'type': 'string', 'description': 'Which.'}}}
    """
    return _plain({key: value for key, value in schema.items() if key != "$defs"}, schema)


def _plain(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Schema:
    found: Schema = {}
    if "$ref" in schema:
        found = _plain(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    for key, value in schema.items():
        if key == "properties":
            found[key] = {name: _plain(one, whole) for name, one in value.items()}
        elif key not in {"$ref", "title"}:
            found[key] = _value(value, whole)
    return found


def _value(value: Any, whole: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return _plain(value, whole)
    if isinstance(value, list):
        return [_value(one, whole) for one in value]
    return value
