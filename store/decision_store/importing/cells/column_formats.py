"""Formats of whole columns: detect once, apply to every value, ask where a column leaves it open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store import date_formats, number_formats
from decision_store.date_formats import DateEvidence, DateFormat
from decision_store.importing.cells import columnar
from decision_store.importing.cells.encoded import Column
from decision_store.importing.options import ImportOptions
from decision_store.importing.understanding import Question
from decision_store.number_formats import NumberEvidence, NumberFormat

_ISO = rf"^\s*(?:{date_formats.ISO_PATTERN})\s*$"
_PLAIN_NUMBER = r"^\s*[+-]?([0-9]+|[0-9]*\.([0-9]{1,2}|[0-9]{4,}))([eE][+-]?[0-9]+)?\s*$"
_POINT_NUMBER = r"^\s*[+-]?[0-9]*\.([0-9]{1,2}|[0-9]{4,})([eE][+-]?[0-9]+)?\s*$"
_POINT = re.compile(_POINT_NUMBER)
_DECIMAL_CHOICES = ((number_formats.POINT, "1234.50"), (number_formats.COMMA, "1234,50"))


def date_format(
    columns: Sequence[Any],
    name: str,
    path: Path,
    options: ImportOptions,
    latest: datetime | None = None,
) -> tuple[DateFormat | None, list[Question], DateEvidence]:
    """Find the format of the dates in a column, given in one or more pieces.

    Parameters
    ----------
    latest : datetime, optional
        A format that reads a later date is another one.

    Returns
    -------
    format : DateFormat, optional
        None where the column has no one format, or has no dates: then only ISO 8601 is read.
    questions : list of Question
        Where several formats read all values, and differently.
    evidence : DateEvidence
        What its values show.
    """
    evidence = DateEvidence(latest=latest.date().isoformat() if latest is not None else "9")
    for column in columns:
        plain, others = _distinct(column, _ISO, numbers=True)
        evidence.add_iso(plain)
        evidence.add(others)
    stated = options.stated_format("dates", name)
    found = evidence.candidates()
    if found == [date_formats.ISO]:
        return None, [], evidence
    if stated is not None and evidence.readable.get(stated):
        return DateFormat(stated), [], evidence
    if len(found) == 1:
        return DateFormat(found[0]), [], evidence
    if not found:
        return None, [], evidence
    example = evidence.open_example(*found[:2])
    shown = " or ".join(date_formats.SHORT.get(code, code) for code in found)
    question = Question(
        path,
        f"{name!r}: is {example} {shown}? No value of the column shows it",
        f"--dates {'|'.join(found)}",
        tuple((date_formats.DESCRIPTIONS[code], code) for code in found),
        target=("dates", ""),
    )
    return None, [question], evidence


def number_format(
    columns: Sequence[Any], name: str, path: Path, options: ImportOptions, *, money: bool
) -> tuple[NumberFormat | None, list[Question], NumberEvidence]:
    """Find the format of the numbers in a column, given in one or more pieces.

    Parameters
    ----------
    money : bool
        Whether three digits after a point may be thousands; of other figures they are decimals.

    Returns
    -------
    format : NumberFormat, optional
        None where the values contradict each other, or leave it open.
    questions : list of Question
        Where the column leaves it open.
    evidence : NumberEvidence
        What its values show.
    """
    evidence = NumberEvidence()
    counts: Counter[str] = Counter()
    for column in columns:
        plain, others = _distinct(column, _PLAIN_NUMBER, numbers=False)
        evidence.add_plain(plain, with_point=_with_point(column))
        counts.update(others)
    evidence.add(counts)
    currencies = frozenset(evidence.currencies)
    stated = options.stated_format("decimal", name)
    decimal = stated or evidence.decimal()
    if decimal is None and not evidence.contradictory and not money and evidence.only_points:
        decimal = number_formats.POINT
    if decimal is not None:
        return NumberFormat(decimal, currencies), [], evidence
    if evidence.contradictory:
        one, other = (evidence.examples[sign] for sign in number_formats.DECIMALS)
        text = f"{name!r} mixes decimal points ({one}) and decimal commas ({other})"
    else:
        example = evidence.examples["ambiguous"]
        text = f"{name!r}: is {example} more than a thousand or less than that? No value shows it"
    question = Question(
        path,
        text,
        "--decimal point|comma",
        tuple((f"decimal {sign} ({shown})", sign) for sign, shown in _DECIMAL_CHOICES),
        target=("decimal", ""),
    )
    return None, [question], evidence


def read_dates(column: Any, found: DateFormat | None) -> Any:
    """Return a column of dates with what the format reads as ISO text; the rest is left as it is."""
    if found is None or found.code == date_formats.ISO:
        return column
    array = columnar.as_arrow(column)
    if array is not None and pa.types.is_temporal(array.type):
        return column
    cache: dict[str, str | None] = {}

    def one(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return value
        text = value.strip() if isinstance(value, str) else f"{value!r}"
        if text not in cache:
            cache[text] = found.read(text) if text else None
        return value if cache[text] is None else cache[text]

    return (
        column.mapped(one)
        if isinstance(column, Column)
        else list(map(one, columnar.pieces(column)))
    )


def read_numbers(column: Any, found: NumberFormat | None) -> Any:
    """Return a column of numbers with what the format reads as floats; the rest is left as it is."""
    array = columnar.as_arrow(column)
    if found is None or (array is not None and not columnar.is_text(array)):
        return column
    if array is not None and found.decimal == number_formats.POINT:
        plain = pc.or_kleene(pc.is_null(array), pc.match_substring_regex(array, _PLAIN_NUMBER))
        if pc.all(plain).as_py():
            return column
    cache: dict[str, float | None] = {}

    def one(value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return value
        if value not in cache:
            cache[value] = found.read(value)
        return value if cache[value] is None else cache[value]

    return (
        column.mapped(one)
        if isinstance(column, Column)
        else list(map(one, columnar.pieces(column)))
    )


def all_numbers(evidence: NumberEvidence) -> bool:
    """Tell whether a column of attributes holds nothing but amounts of one currency."""
    return not evidence.unread and len(evidence.currencies) <= 1


def _with_point(column: Any) -> int:
    """Count the values that have a decimal point and cannot be thousands, or are fractions by type."""
    array = columnar.as_arrow(column)
    if array is not None and columnar.is_text(array):
        plain = pc.match_substring_regex(array, _POINT_NUMBER)
        return int(pc.sum(plain).as_py() or 0)
    if array is not None:
        return 0
    return sum(
        isinstance(value, float) or (isinstance(value, str) and bool(_POINT.match(value)))
        for value in columnar.pieces(column)
    )


def _distinct(column: Any, plain: str, *, numbers: bool) -> tuple[int, Mapping[str, int]]:
    """Return how many values have the plain form, and the others with their counts.

    ``numbers``: whether a value that is a number by its type counts as its text.
    """
    array = columnar.as_arrow(column)
    if array is None:
        texts = Counter(
            value if isinstance(value, str) else repr(value)
            for value in columnar.pieces(column)
            if isinstance(value, str)
            or (numbers and isinstance(value, int | float) and not isinstance(value, bool))
        )
        return 0, texts
    kind = array.type
    if numbers and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        array = array.cast(pa.string())
    elif not columnar.is_text(array):
        return 0, {}
    array = array.drop_null()
    matches = pc.match_substring_regex(array, plain)
    others = array.filter(pc.invert(matches))
    counts = pc.value_counts(others)
    found = dict(zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True))
    return len(array) - len(others), found
