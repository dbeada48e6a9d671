"""Rows of a JSON document: a list, or the one list in the envelope that a program's interface puts around it."""

from __future__ import annotations

from typing import Any

ENVELOPES = (
    "records", "results", "result", "data", "items", "value", "values", "rows", "entries", "collection", "objects",
    "deals", "opportunities", "leads", "contacts", "invitees", "responses", "charges", "payments", "bookings",
    "nodes", "edges", "hits", "elements", "resources", "list",
)  # fmt: skip
"""Keys under which interfaces of programs return their rows, the plainest first."""

_DEEPEST = 4  # {"data": {"deals": {"edges": [...]}}} of GraphQL


class NoRows(ValueError):
    """A document holds no list of objects, or several; the text says which."""


def rows_of(document: Any) -> list[Any]:
    """Return the rows in an envelope.

    Of several lists beside each other that counts whose key names rows (`ENVELOPES`); a list that lies less
    deep comes before a deeper one.

    Raises
    ------
    NoRows
        There is no such list, or no telling which.

    Examples
    --------
    >>> rows_of({"totalSize": 1, "done": True, "records": [{"Id": "a"}]})
    [{'Id': 'a'}]
    >>> rows_of({"data": {"deals": {"edges": [{"node": {"id": 1}}]}}})
    [{'node': {'id': 1}}]
    """
    if not isinstance(document, dict):
        raise NoRows(f"it holds a single {type(document).__name__}")
    level = [document]
    for _ in range(_DEEPEST):
        lists = {
            key: value
            for each in level
            for key, value in each.items()
            if isinstance(value, list) and _all_objects(value)
        }
        if len(lists) > 1:
            named = [key for key in lists if key.casefold() in ENVELOPES]
            lists = {key: lists[key] for key in named} if named else lists
        filled = {key: value for key, value in lists.items() if value}
        if len(filled) > 1:
            raise NoRows(f"it holds several lists ({', '.join(map(repr, filled))})")
        if lists:
            return next(iter((filled or lists).values()))
        level = [value for each in level for value in each.values() if isinstance(value, dict)]
    found = ", ".join(map(repr, list(document)[:12])) or "nothing in it"
    raise NoRows(f"it holds an object with {found}")


def pages_joined(items: list[Any]) -> list[Any]:
    """Return the rows of several pages one after the other; a list that holds no pages is returned as it is.

    Examples
    --------
    >>> pages_joined([{"results": [{"id": 1}], "paging": {}}, {"results": [{"id": 2}]}])
    [{'id': 1}, {'id': 2}]
    """
    found = []
    for item in items:
        rows = page_rows(item)
        if rows is None:
            return items
        found += rows
    return found


def page_rows(item: Any) -> list[Any] | None:
    """Return the rows of one page, None where the item is a row itself.

    A page has a list of objects under a key of `ENVELOPES` and, beside it, nothing that a row has: no id (but that
    of a remote procedure call).
    """
    if not isinstance(item, dict):
        return None
    if "jsonrpc" not in item and any(key.casefold() in {"id", "uuid", "name"} for key in item):
        return None
    lists = [
        value
        for key, value in item.items()
        if key in ENVELOPES and isinstance(value, list) and value and _all_objects(value)
    ]
    return lists[0] if len(lists) == 1 else None


def _all_objects(values: list[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)
