"""JSON of one item that came as values, or why it has none."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


def json_of(value: object) -> msgspec.Raw | tuple[str, object]:
    """Give an object's JSON, or why it has none and what to keep of it.

    Half a character (a lone surrogate, as a text cut inside an emoji leaves it) is no reason to
    lose an opportunity: the replacement character takes its place.
    """
    try:
        wrong = None if _is_flat(value) else next(_not_finite(value, "value"), None)
        if wrong is None:
            return msgspec.Raw(_encoded(value))
        reason = f"its {wrong[0]} is {wrong[1]}, which is no number"
        return reason, msgspec.json.decode(_encoded(_without_nan(value)))
    except RecursionError:
        return "it is nested too deeply", None


def _encoded(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # As UTF-16, whole characters pass and halves do not.
        text = json.dumps(value, ensure_ascii=False)
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.encode()


def _is_flat(value: object) -> bool:
    """Tell whether it is an object without others in it, all of its numbers finite: most are."""
    if type(value) is not dict:
        return False
    for inner in value.values():
        kind = type(inner)
        if not (kind in _PLAIN or (kind is float and math.isfinite(inner))):
            return False
    return True


_PLAIN = frozenset({str, int, bool, type(None)})


def _not_finite(value: object, name: str) -> Iterator[tuple[str, float]]:
    """Find the numbers that JSON cannot write, each with the key it stands under."""
    if isinstance(value, float) and not math.isfinite(value):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _not_finite(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _not_finite(inner, name)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    return [_without_nan(inner) for inner in value] if isinstance(value, list) else value
