"""Keys of a scored item: those that scoring adds, those of the item itself, and the order of items."""

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


def rank_by_value(values: Sequence[float]) -> tuple[list[int], list[float]]:
    """Rank items by expected value, and give each one's share of the total.

    Returns
    -------
    ranks : list of int
        1 is the highest expected value; ties rank in input order.
    shares : list of float
        Fractions of the sum of all expected values; 0 where that is 0.

    Examples
    --------
    >>> rank_by_value([10.0, 30.0, 0.0])
    ([2, 1, 3], [0.25, 0.75, 0.0])
    """
    ranks = [0] * len(values)
    for rank, place in enumerate(order(values), start=1):
        ranks[place] = rank
    total = sum(values)
    return ranks, [round(value / total, 4) if total > 0 else 0.0 for value in values]


def order(scores: Sequence[float]) -> list[int]:
    """Positions from the best score down; ties stay in input order."""
    return sorted(range(len(scores)), key=lambda i: -scores[i])
