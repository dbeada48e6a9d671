"""Renaming and rescaling of input: which key holds what, and on which scale scores are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from decision_store.errors import DecisionLogError

ENVELOPE_KEY = "opportunities"
"""Key of the list of items in an envelope; ``mapping={"records": "opportunities"}`` renames it."""

FULL_SCALE = 100.0


class InvalidMapping(DecisionLogError, ValueError):
    """A key cannot be renamed as asked, or scores cannot be rescaled."""


@dataclass(frozen=True, slots=True)
class KeyMap:
    """Where an item's fields stand, and the scale of its scores.

    Parameters
    ----------
    mapping : mapping of str to str
        Their key to ours; dots lead into nested objects, and a number into a list, which counts from 0:
        ``{"score.overall": "score", "form_response.answers.0.text": "content"}``.
    scale : float
        Highest score of the input's scale; 100 by default.

    Examples
    --------
    >>> renamed = KeyMap({"score.overall": "score", "typ": "type"}, scale=10)
    >>> renamed.apply({"typ": "coaching", "score": {"overall": 7}})
    {'score': 70.0, 'type': 'coaching'}
    >>> KeyMap({"answers.1.text": "content"}).apply({"answers": [{"text": "a"}, {"text": "b"}]})["content"]
    'b'
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    scale: float = FULL_SCALE

    def __post_init__(self) -> None:
        for theirs, ours in self.mapping.items():
            if not theirs or not ours:
                raise InvalidMapping(f"{theirs!r}={ours!r} must name their key and ours")
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise InvalidMapping(f"The scale must be a number above 0, not {self.scale!r}")

    @property
    def changes_items(self) -> bool:
        """Whether `apply` can change an item at all."""
        return bool(self.of_items) or self.scale != FULL_SCALE

    @property
    def envelope(self) -> str:
        """The key under which the list of items stands."""
        names = [theirs for theirs, ours in self.mapping.items() if ours == ENVELOPE_KEY]
        return names[-1] if names else ENVELOPE_KEY

    @property
    def of_items(self) -> dict[str, str]:
        """Their keys to ours, without that of the list."""
        return {theirs: ours for theirs, ours in self.mapping.items() if ours != ENVELOPE_KEY}

    def apply(self, item: Any) -> Any:
        """Return an item under our keys; what is no mapping stays as it is."""
        if not isinstance(item, Mapping):
            return item
        named = {theirs: _found(item, theirs) for theirs in self.of_items}
        kept = {key: value for key, value in item.items() if named.get(key) is None}
        for theirs, value in named.items():
            if value is not None:
                kept[self.mapping[theirs]] = value
        if self.scale != FULL_SCALE:
            kept = _rescaled(kept, FULL_SCALE / self.scale)
        return kept


def _found(item: Mapping[str, Any], path: str) -> Any:
    """Return the value under a key, or under a path of keys; None where there is none."""
    if path in item:
        return item[path]
    value: Any = item
    for key in path.split("."):
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _rescaled(item: dict[str, Any], factor: float) -> dict[str, Any]:
    """Rescale the score; one that is no number stays, and is rejected with its own words."""
    score = item.get("score")
    if score is None or isinstance(score, bool):
        return item
    try:
        number = float(score) * factor
    except (TypeError, ValueError, OverflowError):
        return item
    return {**item, "score": number}
