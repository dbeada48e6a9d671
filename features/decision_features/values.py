"""Reading one attribute's values: as numbers, as dates, as names of a category, as lists."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features.hyperparameters import LONGEST_NAME, LONGEST_NUMBER

_SIGN = r"(?:[$€£]|USD|EUR|GBP|CHF)?"


def _pattern(thousands: str, decimal: str) -> re.Pattern[str]:
    """One number or a range, with groups of three digits only: 1,12 is not a hundred and twelve."""
    whole = rf"[+-]?(?:\d{{1,3}}(?:{thousands}\d{{3}})+|\d+)(?:{decimal}\d+)?|[+-]?{decimal}\d+"
    amount = rf"{_SIGN}\s*({whole})\s*([kKmM%]?)\s*{_SIGN}"
    return re.compile(rf"\s*{amount}(?:\s*(?:-|–|to)\s*{amount})?\s*\+?\s*")


_WITH_POINT, _WITH_COMMA = _pattern(",", r"\."), _pattern(r"\.", ",")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")
_FACTOR = {"": 1.0, "k": 1e3, "m": 1e6, "%": 1.0}
_PLAIN = frozenset({int, float, bool, type(None)})  # numpy reads these as `number` does


def number(value: Any, *, comma: bool = False) -> float:
    """Read a number, or a text that says one; the middle of a range; nan for anything else.

    Parameters
    ----------
    comma : bool, default=False
        Whether the texts of its column have decimal commas.

    Examples
    --------
    >>> number("$100-300"), number("2.5k"), number(True), number("soon")
    (200.0, 2500.0, 1.0, nan)
    >>> number("1,12"), number("1,12", comma=True), number("1.250,50 €", comma=True), number("1,250")
    (nan, 1.12, 1250.5, 1250.0)
    """
    if isinstance(value, bool | int | float | np.number):
        try:
            answer = float(value)
        except OverflowError:
            return math.nan
        return answer if math.isfinite(answer) else math.nan
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        return math.nan
    found = (_WITH_COMMA if comma else _WITH_POINT).fullmatch(value)
    if found is None:
        return math.nan
    low, low_unit, high, high_unit = found.groups()
    first = _plain(low, comma=comma) * _FACTOR[(low_unit or high_unit or "").lower()]
    if high is None:
        return first
    return (first + _plain(high, comma=comma) * _FACTOR[high_unit.lower()]) / 2


def _plain(text: str, *, comma: bool) -> float:
    return float(text.replace(".", "").replace(",", ".") if comma else text.replace(",", ""))


def moment(value: Any) -> float:
    """Read a date or a time, ISO 8601, in days since 1970 UTC; naive ones as UTC; nan for anything else.

    Examples
    --------
    >>> moment("1970-01-03T12:00:00Z"), moment("next week")
    (2.5, nan)
    """
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return math.nan
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), tzinfo=UTC)
    if not isinstance(value, datetime):
        return math.nan
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return aware.timestamp() / 86_400.0


def name(value: Any) -> str | None:
    """Name the level a value stands for, None where missing; 1, 1.0 and True differ from "1" in nothing.

    Examples
    --------
    >>> name(3.0), name(" A "), name(True), name(float("nan"))
    ('3', 'A', 'true', None)
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return None if value != value else f"{value:.12g}"  # noqa: PLR0124  nan is not itself
    return str(value)[:LONGEST_NAME].strip() or None


def entries(value: Any) -> tuple[str, ...]:
    """List the different entries of a list, in order; a lone value is a list of one.

    Examples
    --------
    >>> entries(["new", "hot", "new", None]), entries("new"), entries(None)
    (('new', 'hot'), ('new',), ())
    """
    items: Iterable[Any] = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    found = (name(item) for item in items if not isinstance(item, dict | list))
    return tuple(dict.fromkeys(item for item in found if item is not None))


def numbers(values: Sequence[Any], *, comma: bool = False) -> NDArray[np.float64]:
    """Read each as a number; ``comma`` as of `number`."""
    if _PLAIN.issuperset(map(type, values)):
        try:
            plain = np.array(values, dtype=np.float64)
        except OverflowError:  # an integer beyond all floats
            pass
        else:
            plain[np.isinf(plain)] = np.nan
            return plain
    return np.array([number(value, comma=comma) for value in values], dtype=np.float64)


def days_ahead(values: Sequence[Any], timestamp: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Days from each decision to the moment named by its value; nan where either is not known."""
    days = np.array([moment(value) for value in values], dtype=np.float64)
    decided = timestamp.astype("datetime64[us]").astype(np.int64) / 86_400e6
    decided[np.isnat(timestamp)] = np.nan
    return np.asarray(days - decided)
