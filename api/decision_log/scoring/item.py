"""Keys of a scored item: those that scoring adds, and those of the item itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]

ADDED_KEYS = frozenset(
    {
        "original_score", "adjusted_score", "predicted_revenue", "conversion_probability",
        "prediction_confidence", "historical_data", "recommendation", "reasoning", "score_parts",
        "interval", "expected_value", "model_version", "score_missing", "insufficient_data",
        "expected_value_rank", "expected_value_share", "error",
    }
)  # fmt: skip

ALWAYS_ADDED = frozenset({"adjusted_score", "score_parts", "recommendation", "model_version"})
"""An item with all of these is an earlier result of scoring; its added keys are replaced."""

INPUT_PREFIX = "input."


def own_keys(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item without clashes with the keys that scoring adds.

    A clashing key is kept under ``input.``; an item that was scored before loses what was added then.

    Examples
    --------
    >>> own_keys({"id": 1, "reasoning": "theirs"})
    {'id': 1, 'input.reasoning': 'theirs'}
    """
    if ADDED_KEYS.isdisjoint(item):
        return dict(item)
    return {name: item[key] for key, name in own_names(list(item)).items()}


def own_names(keys: Sequence[str]) -> dict[str, str]:
    """Return the keys of an item that stay, and the name that each gets; see `own_keys`.

    Examples
    --------
    >>> own_names(["id", "reasoning"])
    {'id': 'id', 'reasoning': 'input.reasoning'}
    """
    given = set(keys)
    if given >= ALWAYS_ADDED:
        return {key: key for key in keys if key not in ADDED_KEYS}
    names: dict[str, str] = {}
    for key in keys:
        name = key
        while name in ADDED_KEYS or (name != key and name in given):
            name = f"{INPUT_PREFIX}{name}"
        names[key] = name
    return names
