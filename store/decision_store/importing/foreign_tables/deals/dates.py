"""Dates of deals: read by the format of their column, and closing times derived from them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import eq
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store import date_formats
from decision_store.date_formats import DateFormat
from decision_store.facts import DECISIONS
from decision_store.importing.cells import columnar
from decision_store.importing.cells.column_formats import date_format
from decision_store.importing.cells.encoded import Column
from decision_store.importing.cells.moments import in_calendar
from decision_store.importing.foreign_tables.deals.work import Work, first_filled
from decision_store.importing.foreign_tables.sheets import as_text
from decision_store.importing.layouts import fold_heading
from decision_store.timestamps import LAST_YEAR
from decision_store.vocabulary import LOST, WON
from decision_store.wording import counted

_DATE_ROLES = ("timestamp", "received_at", "occurred_at", "won_at", "lost_at", "recorded_at")
_PLANNED = timedelta(days=3 * 365)  # closing dates of open deals lie ahead, but not for ever
_A_DAY = timedelta(days=1)
_MOMENT = next(field for field in DECISIONS.fields if field.name == "timestamp")
_ANY_TIME = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)


def read_dates(work: Work) -> dict[str, Column]:
    """Read all dates: ISO texts for each role, empty where nothing is written."""
    names = {
        role: work.assignment.roles[role] for role in _DATE_ROLES if role in work.assignment.roles
    }
    pooled = work.layout.is_program  # one program writes all of its dates alike
    every = [work.sheet.columns[name] for listed in names.values() for name in listed]
    shared: DateFormat | None = None
    if pooled and every:
        first = next(iter(names.values()))[0]
        shared, questions, _ = date_format(
            every, first, work.sheet.raw.path, work.options, work.reading.latest + _PLANNED
        )
        work.questions += questions
    dates: dict[str, Column] = {}
    for role, listed in names.items():
        read: list[Column] = []
        for name in listed:
            own = [work.sheet.columns[name]]
            latest = work.reading.latest + (timedelta(0) if role == "timestamp" else _PLANNED)
            found, questions, evidence = date_format(
                own, name, work.sheet.raw.path, work.options, latest
            )
            if pooled and (found is None or questions):
                found = shared
            elif not pooled:
                work.questions += questions
            code = found.code if found else date_formats.ISO
            if evidence.total:
                work.readings[name] = date_formats.DESCRIPTIONS[code]
            utc = "utc" in fold_heading(name)[-4:] or name in work.sheet.raw.utc_columns
            read.append(column_in_utc(work.sheet.columns[name], found, utc=utc))
        dates[role] = first_filled(read)
    return dates


def column_in_utc(column: Column, found: DateFormat | None, *, utc: bool) -> Column:
    """Return a column of dates as `in_utc` does each cell."""
    distinct = column.distinct
    if not isinstance(distinct, list) and not utc:
        if found is None and columnar.is_text(distinct):
            return column.stripped(as_text)
        if pa.types.is_timestamp(distinct.type) and distinct.type.tz is None:
            seconds = pc.cast(distinct, pa.timestamp("s"), safe=False)
            if pc.all(pc.equal(seconds, distinct)).as_py() and in_calendar(seconds):
                texts = pc.binary_replace_slice(seconds.cast(pa.string()), 10, 11, "T")
                return column.with_distinct(pc.fill_null(texts, ""))
    return column.mapped(lambda cell: in_utc(cell, found, utc=utc))


def in_utc(cell: Any, found: DateFormat | None, *, utc: bool) -> str:
    """Return a cell of dates as ISO text, in UTC where its heading says so; empty is missing."""
    text = cell.isoformat() if isinstance(cell, datetime) else as_text(cell)
    if not text:
        return ""
    read = (found.read(text) if found is not None else None) or text
    naive = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+)?", read)
    if utc and naive:
        return f"{read}Z" if naive[1] else f"{read}T00:00:00Z"
    return read


def _moments(texts: pa.Array, work: Work) -> pa.Array:
    """Return the moments of ISO texts, naive UTC; null where a text is empty or is none."""
    return columnar.moments(texts, _MOMENT, {}, work.reading.zone, _ANY_TIME)


def closing_times(work: Work, dates: dict[str, Column], ended: Column) -> pa.Array:
    """Return when each row ended: not before its decision on the same day, and not in the future."""
    empty = Column.constant("", work.sheet.rows)
    won_at, lost_at, closed_at, made_at = (
        dates.get(role, empty).text_array()
        for role in ("won_at", "lost_at", "occurred_at", "timestamp")
    )
    is_won, is_lost = (ended.where(partial(eq, own)) for own in (WON, LOST))
    stated = pc.if_else(is_won, won_at, pc.if_else(is_lost, lost_at, ""))
    texts = pc.if_else(pc.equal(stated, ""), closed_at, stated)
    closed, made = _moments(texts, work), _moments(made_at, work)
    has_ended = pc.or_(is_won, is_lost)
    now = pa.scalar(work.reading.now.replace(tzinfo=None), closed.type)
    missing = pc.and_(has_ended, pc.equal(texts, ""))
    future = pc.and_(has_ended, pc.fill_null(pc.greater(closed, now), False))  # noqa: FBT003 - null is no time
    before = pc.subtract(made, closed).cast(pa.int64())
    same_day = pc.and_(pc.greater(before, 0), pc.less(before, _A_DAY // timedelta(microseconds=1)))
    same_day = pc.and_(pc.and_not(has_ended, future), pc.fill_null(same_day, False))  # noqa: FBT003
    texts = pc.if_else(future, work.reading.now.isoformat(), texts)
    # A day alone is its midnight.
    texts = pc.if_else(
        same_day, pc.binary_join_element_wise(made.cast(pa.string()), "Z", ""), texts
    )
    if count := pc.sum(missing).as_py():
        work.notes.append(
            f"{counted(count, 'won or lost row')} without a closing date: the date of the decision is used"
        )
    if count := pc.sum(future).as_py():
        work.notes.append(
            f"{count} won or lost rows have a closing date in the future: the time of the import is used"
        )
    return texts
