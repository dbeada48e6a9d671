"""Dates of deals: read by the format of their column, and closing times derived from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from decision_store import date_formats
from decision_store.date_formats import DateFormat
from decision_store.facts import DECISIONS
from decision_store.importing.cells import columnar
from decision_store.importing.cells.column_formats import (
    date_format,
)
from decision_store.importing.foreign_tables.deals.work import Work
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


def read_dates(work: Work) -> dict[str, list[str]]:
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
    dates: dict[str, list[str]] = {}
    for role, listed in names.items():
        read: list[list[str]] = []
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
            read.append([in_utc(cell, found, utc=utc) for cell in work.sheet.columns[name]])
        dates[role] = [next(filter(None, cells), "") for cells in zip(*read, strict=True)]
    return dates


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


def _moments(texts: Sequence[str], work: Work) -> list[datetime | None]:
    """Return the moments of ISO texts, naive UTC; None where a text is empty or is none."""
    found: list[datetime | None] = columnar.moments(
        texts, _MOMENT, {}, work.reading.zone, _ANY_TIME
    ).to_pylist()
    return found


def closing_times(work: Work, dates: dict[str, list[str]], ended: list[str | None]) -> list[str]:
    """Return when each row ended: not before its decision on the same day, and not in the future."""
    empty = [""] * work.sheet.rows
    won_at, lost_at = dates.get("won_at", empty), dates.get("lost_at", empty)
    closed_at, made_at = dates.get("occurred_at", empty), dates.get("timestamp", empty)
    now = work.reading.now.replace(tzinfo=None)
    own = [
        {WON: won_at, LOST: lost_at}.get(state or "", empty)[place] or closed_at[place]
        for place, state in enumerate(ended)
    ]
    closings, beginnings = _moments(own, work), _moments(made_at, work)
    times, future, missing = [], 0, 0
    for place, state in enumerate(ended):
        text, closed, made = own[place], closings[place], beginnings[place]
        if state in {WON, LOST}:
            if not text:
                missing += 1
            elif closed is not None and closed > now:
                future += 1
                text = work.reading.now.isoformat()
            elif closed is not None and made is not None and timedelta(0) < made - closed < _A_DAY:
                text = made.replace(tzinfo=UTC).isoformat()  # a day alone is its midnight
        times.append(text)
    if missing:
        work.notes.append(
            f"{counted(missing, 'won or lost row')} without a closing date: the date of the decision is used"
        )
    if future:
        work.notes.append(
            f"{future} won or lost rows have a closing date in the future: the time of the import is used"
        )
    return times
