"""Reader of one opportunity: the keys that have a meaning, and the values that cannot be scored."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from decision_store.errors import DecisionLogError
from decision_store.facts import GENERAL_TYPE, UNKNOWN_SOURCE

if TYPE_CHECKING:
    from decision_log.names import KnownNames

MISSING_BASE_SCORE = 50.0
"""Base score of an item without one; the item is flagged ``score_missing``."""

PLAIN_NUMBERS = frozenset({int, float})


class InvalidOpportunity(DecisionLogError, ValueError):
    """An opportunity cannot be scored."""

    def __init__(self, reason: str, index: int | None = None) -> None:
        self.reason = reason
        self.index = index
        super().__init__(reason, index)

    def __str__(self) -> str:
        place = "The opportunity" if self.index is None else f"Opportunity {self.index}"
        return f"{place} cannot be scored: {self.reason}."


class Opportunity(NamedTuple):
    """An opportunity, read.

    Parameters
    ----------
    cell : (str, str)
        Its type and source; ``general`` and ``unknown`` where missing.
    score : float
        Base score 0 to 100; 50 where missing.
    score_missing : bool
        No base score was given.
    item : mapping
        All of its keys.
    """

    cell: tuple[str, str]
    score: float
    score_missing: bool
    item: Mapping[str, Any]


def read_opportunity(item: object, names: KnownNames | None = None) -> Opportunity:
    """Read one opportunity; its cell is spelt as in the log, where names are given.

    Raises
    ------
    InvalidOpportunity
        It is no object, or its type, source or score cannot be used; the reason names the value. Type, source and
        score may also stand under their names in the log (``opportunity_type``, ...).

    Examples
    --------
    >>> read_opportunity({"type": "coaching", "score": "85"})[:3]
    (('coaching', 'unknown'), 85.0, False)
    """
    # Dictionaries first: asking an abstract class takes as long as all the rest of this function.
    if not isinstance(item, dict) and not isinstance(item, Mapping):
        raise InvalidOpportunity(f"it must be an object with named fields, not {_shown(item)}")
    get: Callable[[str], Any] = item.get
    kind, source, score = get("type"), get("source"), get("score")
    cell: tuple[str, str] | None = None
    if names is not None:
        try:
            cell = names.met.get((kind, source))
        except TypeError:  # a list or an object, which is refused below
            cell = None
    if cell is None:
        cell = _cell(item, kind, source, names)
    if score is None:
        score = get("opportunity_score")
    if type(score) in PLAIN_NUMBERS and 0 <= score <= 100:
        base = score + 0.0  # minus zero becomes zero
    elif score is None or score == "":
        return Opportunity(cell, MISSING_BASE_SCORE, True, item)  # noqa: FBT003
    else:
        base = _score(score)
    return _made(Opportunity, (cell, base, False, item))


_made = tuple.__new__
"""Makes a named tuple without its own constructor, which takes twice as long."""


def _cell(
    item: Mapping[str, Any], kind: object, source: object, names: KnownNames | None
) -> tuple[str, str]:
    """Read type and source, which may stand under their names in the log."""
    if kind is None:
        kind = item.get("opportunity_type")
    if source is None:
        source = item.get("opportunity_source")
    if not (isinstance(kind, str) and kind.strip()):
        kind = _name(kind, "type", GENERAL_TYPE)
    if not (isinstance(source, str) and source.strip()):
        source = _name(source, "source", UNKNOWN_SOURCE)
    return (kind, source) if names is None else names.cell(kind, source)


def _name(value: object, key: str, default: str) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return default
    raise InvalidOpportunity(f"its {key} must be text, not {_shown(value)}")


def _score(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        hint = _score_inside(value)
        raise InvalidOpportunity(f"its score must be a number, not {_shown(value)}{hint}")
    try:
        score = float(value)
    except (ValueError, OverflowError):
        raise InvalidOpportunity(f"its score must be a number, not {_shown(value)}") from None
    if not (math.isfinite(score) and 0 <= score <= 100):
        raise InvalidOpportunity(f"its score must lie in [0, 100], not {_shown(value)}")
    return score + 0.0


def _score_inside(value: object) -> str:
    """Say how to name the number within a nested score; empty where there is none."""
    inside = [
        key
        for key, one in (value.items() if isinstance(value, dict) else ())
        if isinstance(one, int | float) and not isinstance(one, bool)
    ]
    return f"; if it is its {inside[0]!r}, give --map score.{inside[0]}=score" if inside else ""


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or an integer of too many digits
        return f"this {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."
