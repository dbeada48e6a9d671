"""Placeholders for missing values: a dash, n/a, NULL, 00.00.0000."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.fields import FieldType
from decision_store.importing.cells.columnar import is_text, pieces
from decision_store.importing.cells.encoded import SPACES, Column
from decision_store.importing.foreign_tables.sheets import Sheet

_ANYWHERE = frozenset(
    ("-", "--", "---", "–", "—", "n/a", "#n/a", "#nv", "null", "(null)", "<null>", r"\n", "nan", "nat", "(blank)")
)  # fmt: skip
_NO_NUMBER_OR_DATE = frozenset(
    ("na", "none", "nil", "tbd", "tba", "?", "??", "x", "k.a.", "n.v.t.", "s/o", "n.d.", "unknown", "unbekannt")
)  # fmt: skip
_WORDS = pa.array(sorted(_ANYWHERE | _NO_NUMBER_OR_DATE))
_LONGEST = 40
"""Characters; no placeholder has so many."""

_ZERO_DATE = re.compile(r"0{2,4}(?P<sign>[-./])0{2}(?P=sign)0{2,4}([ T]0{2}:0{2}(:0{2})?)?")
_TYPES = frozenset({FieldType.NUMBER, FieldType.TIMESTAMP})
_NUMBERS_AND_DATES = frozenset(
    {field.name for field in (*DECISIONS.fields, *OUTCOMES.fields) if field.type in _TYPES}
    | {"won_at", "lost_at", "amount", "probability"}
)


def is_placeholder(text: str, *, number_or_date: bool = False) -> bool:
    """Tell whether a cell says that there is no value.

    Examples
    --------
    >>> is_placeholder(" N/A "), is_placeholder("none"), is_placeholder("none", number_or_date=True)
    (True, False, True)
    >>> is_placeholder("0000-00-00 00:00:00", number_or_date=True), is_placeholder("0")
    (True, False)
    """
    bare = text.strip()
    if len(bare) > _LONGEST:
        return False
    bare = bare.casefold()
    if bare in _ANYWHERE:
        return True
    return number_or_date and (bare in _NO_NUMBER_OR_DATE or bool(_ZERO_DATE.fullmatch(bare)))


def without_placeholders(sheet: Sheet, roles: dict[str, list[str]]) -> tuple[Sheet, int]:
    """Return a table whose placeholders are empty cells, and how many of them numbers and dates had.

    Parameters
    ----------
    roles : dict
        Role to the columns that have it: words such as *none* are a value elsewhere.
    """
    strict = {name for role in _NUMBERS_AND_DATES & roles.keys() for name in roles[role]}
    columns, count = {}, 0
    for name, column in sheet.columns.items():
        one = partial(is_placeholder, number_or_date=name in strict)
        empty = {value for value in _candidates(column) if isinstance(value, str) and one(value)}
        if not empty:
            columns[name] = column
            continue
        columns[name], rows = column.without(empty)
        count += rows if name in strict else 0
    return replace(sheet, columns=columns), count


def _candidates(column: Column) -> list[Any]:
    """Return the values of a column among which all its placeholders are.

    Of ASCII texts lower case is folded case.
    """
    distinct = column.distinct
    if isinstance(distinct, list):
        return distinct
    if not is_text(distinct):
        return []
    bare = pc.utf8_trim(distinct, SPACES)
    known = pc.or_(
        pc.is_in(pc.utf8_lower(bare), _WORDS), pc.match_substring_regex(bare, "^0{2,4}[-./]")
    )
    folded_otherwise = pc.invert(pc.string_is_ascii(bare))
    short = pc.less_equal(pc.utf8_length(bare), _LONGEST)
    return pieces(distinct.filter(pc.or_(known, pc.and_(short, folded_otherwise))))
