"""Rows that hold a decision and how it ended, as CRMs and spreadsheets write them, taken apart."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from decision_store.errors import ImportFailed, InvalidRecord
from decision_store.importing import date_formats, understanding
from decision_store.importing.assigning import Assignment, assign, kind_of_roles
from decision_store.importing.batches import Kind, RawTable
from decision_store.importing.column_formats import (
    all_numbers,
    date_format,
    number_format,
    read_numbers,
)
from decision_store.importing.currencies import in_one_currency
from decision_store.importing.date_formats import DateFormat
from decision_store.importing.deal_states import Signals, StateReader
from decision_store.importing.layouts import Layout, fold_heading
from decision_store.importing.options import ImportOptions
from decision_store.importing.rows import Reading
from decision_store.importing.sheets import Sheet, as_text, batch_of
from decision_store.importing.understanding import ColumnUse, Question, Understanding
from decision_store.importing.values import truth
from decision_store.number_formats import NumberFormat, currency_code, evidence_of
from decision_store.timestamps import parse_timestamp
from decision_store.vocabulary import LOST, OPEN, WON, Vocabulary

OUTCOME_TYPE = "deal"
"""Type of the outcome that says how a deal ended."""

_DATE_ROLES = ("timestamp", "received_at", "occurred_at", "won_at", "lost_at", "recorded_at")
_NUMBER_ROLES = ("opportunity_score", "cost_usd", "effort_minutes", "action_probability")
_COPIED = ("opportunity_type", "opportunity_source", "action_taken", "opportunity_id")
_FLAG_ROLES = ("customer_acquired", "deal_closed", "response_received")
_ADDRESS = re.compile(r"[^\s<>()\"',;]+@[^\s<>()\"',;]+\.[^\s<>()\"',;]+")
_LONGEST_CHOICE = 60
_PLANNED = timedelta(days=3 * 365)  # closing dates of open deals lie ahead, but not for ever
_A_DAY = timedelta(days=1)
_ADDED_COLUMNS = 400  # of a context; more is a mistake in the header


@dataclass(slots=True)
class Translated:
    """What became of one foreign table.

    Parameters
    ----------
    tables : list of RawTable
        In the log's own columns, of stated kinds.
    understanding : Understanding
        For people.
    """

    tables: list[RawTable]
    understanding: Understanding


@dataclass(slots=True)
class _Work:
    """One table being taken apart: what is known of it so far."""

    sheet: Sheet
    layout: Layout
    options: ImportOptions
    reading: Reading
    vocabulary: Vocabulary
    assignment: Assignment
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    readings: dict[str, str] = field(default_factory=dict)
    currency: str = ""

    def first(self, role: str) -> list[str]:
        """Return for each row the first filled cell of a role's columns."""
        columns = [self.sheet.texts(name) for name in self.assignment.roles.get(role, [])]
        if not columns:
            return [""] * self.sheet.rows
        return [next(filter(None, cells), "") for cells in zip(*columns, strict=True)]


def translate_deals(
    sheet: Sheet,
    layout: Layout,
    options: ImportOptions,
    reading: Reading,
    vocabulary: Vocabulary,
) -> Translated:
    """Take the rows of a table apart into decisions and outcomes.

    Raises
    ------
    ImportFailed
        No column tells when a decision was made.
    """
    words = options.vocabulary(vocabulary)
    work = _Work(sheet, layout, options, reading, vocabulary, assign(sheet, layout, options, words))
    roles = work.assignment.roles
    wants_decisions, wants_outcomes = kind_of_roles(work.assignment, options.kind)
    if "timestamp" not in roles and "timestamp" not in options.constants and wants_decisions:
        raise _no_timestamp(work)
    dates = _dates(work)
    ids = _ids(work, dates)
    states = StateReader(layout, words, options.values)
    ended = _states(work, states, dates)
    columns = _decisions(work, ids, dates)
    tables = []
    if wants_decisions:
        tables.append(_table(work, Kind.DECISIONS, columns, list(range(sheet.rows))))
    if wants_outcomes:
        kept = [
            place
            for place, state in enumerate(ended)
            if state in {WON, LOST} or (state != OPEN and _has_own_outcome(work, place))
        ]
        outcomes = _outcomes(work, ids, ended, dates)
        tables.append(_table(work, Kind.OUTCOMES, outcomes, kept))
        _ask_about_words(work, states)
    return Translated(tables, _understood(work, states, ended))


def _table(work: _Work, kind: Kind, columns: dict[str, list[Any]], kept: list[int]) -> RawTable:
    sheet = work.sheet
    numbers = [sheet.row_numbers[place] for place in kept]
    if len(kept) < sheet.rows:
        columns = {name: [values[place] for place in kept] for name, values in columns.items()}
    unreadable = sheet.unreadable if kind is Kind.DECISIONS else []
    batches = batch_of(columns, numbers, unreadable)
    return RawTable(sheet.raw.path, kind, tuple(columns), batches, len(numbers))


# ---- times -------------------------------------------------------------------------------------


def _dates(work: _Work) -> dict[str, list[str]]:
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


def _moment(text: str, work: _Work) -> datetime | None:
    try:
        return parse_timestamp(text, zone=work.reading.zone) if text else None
    except InvalidRecord:
        return None


def _closing_times(work: _Work, dates: dict[str, list[str]], ended: list[str | None]) -> list[str]:
    """Return when each row ended: not before its decision on the same day, and not in the future."""
    empty = [""] * work.sheet.rows
    won_at, lost_at = dates.get("won_at", empty), dates.get("lost_at", empty)
    closed_at, made_at = dates.get("occurred_at", empty), dates.get("timestamp", empty)
    now = work.reading.now
    times, future, missing = [], 0, 0
    for place, state in enumerate(ended):
        own = {WON: won_at, LOST: lost_at}.get(state or "", empty)[place]
        text = own or closed_at[place]
        closed, made = _moment(text, work), _moment(made_at[place], work)
        if state in {WON, LOST}:
            if not text:
                missing += 1
            elif closed is not None and closed > now:
                future += 1
                text = now.isoformat()
            elif closed is not None and made is not None and timedelta(0) < made - closed < _A_DAY:
                text = made.isoformat()  # a day alone is its midnight
        times.append(text)
    if missing:
        work.notes.append(
            f"{missing} won or lost rows have no closing date: the date of their decision is used"
        )
    if future:
        work.notes.append(
            f"{future} won or lost rows have a closing date in the future: the time of the import is used"
        )
    return times


# ---- states ------------------------------------------------------------------------------------


def _states(work: _Work, reader: StateReader, dates: dict[str, list[str]]) -> list[str | None]:
    empty = [""] * work.sheet.rows
    words = [
        _bare_word(work, word, place) for place, word in enumerate(work.first("outcome_status"))
    ]
    columns = {role: work.first(role) for role in ("is_won", "is_closed", "active", "lost_reason")}
    canceled, no_show = work.first("canceled"), work.first("no_show")
    reasons = work.first("notes")
    probability = _probabilities(work)
    won_at, lost_at = dates.get("won_at", empty), dates.get("lost_at", empty)
    acquired = [work.first(role) for role in ("customer_acquired", "deal_closed")]
    states: list[str | None] = []
    rescheduled = 0
    for place in range(work.sheet.rows):
        if truth(canceled[place]) or truth(no_show[place]):
            again = "resched" in reasons[place].casefold()
            rescheduled += again
            states.append(OPEN if again else LOST)
            if not again:
                word = "canceled" if truth(canceled[place]) else "no-show"
                reader.counts[word, word, LOST, ""] += 1
            continue
        if any(truth(cells[place]) for cells in acquired):
            states.append(WON)
            reader.counts["", words[place], WON, "its column for customers or deals"] += 1
            continue
        row = Signals(
            words[place],
            columns["is_won"][place],
            columns["is_closed"][place],
            won_at[place],
            lost_at[place],
            columns["active"][place],
            columns["lost_reason"][place],
            probability[place],
        )
        states.append(reader.state(row))
    if rescheduled:
        work.notes.append(f"{rescheduled} canceled rows were rescheduled and stay open")
    return states


def _bare_word(work: _Work, word: str, place: int) -> str:
    """Take the name of the pipeline off a stage: ``Closed Won (Sales Pipeline)``."""
    for name in work.sheet.columns:
        if fold_heading(name) in {"pipeline", "dealpipeline", "pipelinename"}:
            pipeline = as_text(work.sheet.columns[name][place])
            if pipeline and word.endswith(f"({pipeline})"):
                return word.removesuffix(f"({pipeline})").strip()
    return word


def _probabilities(work: _Work) -> list[float | None]:
    """Read the probabilities in percent; a column of fractions is told by its largest value."""
    texts = work.first("probability")
    if not any(texts):
        return [None] * len(texts)
    found = NumberFormat("comma" if any("," in text for text in texts) else "point")
    values = [found.read(text.replace("%", "").strip()) if text else None for text in texts]
    known = [value for value in values if value is not None]
    is_fraction = bool(known) and max(known) <= 1 and not any("%" in text for text in texts)
    return [None if value is None else value * (100 if is_fraction else 1) for value in values]


def _ask_about_words(work: _Work, reader: StateReader) -> None:
    path = work.sheet.raw.path
    unknown = [use for use in reader.words() if use.state is None and use.word != "(empty)"]
    work.questions += [about_word(path, use.word, use.count, reader.vocabulary) for use in unknown]
    empty = sum(use.count for use in reader.words() if use.state is None and use.word == "(empty)")
    if empty:
        work.notes.append(f"{empty} rows without a status are open")
    for text, count in reader.contradictions.items():
        work.questions.append(
            Question(
                path,
                f"{count} rows contradict themselves: {text}; the latter counts",
                "--value WORD=STATE",
                acceptable=True,
            )
        )


def about_word(path: Path, word: str, count: int, vocabulary: Vocabulary) -> Question:
    """Ask what a status word means that the vocabulary does not know."""
    near = vocabulary.suggestions(word)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return Question(
        path,
        f"{word!r} ({count} rows) is not known as won, lost or open{hint}",
        f'--value "{word}=won|lost|open"',
        tuple((state, state) for state in (WON, LOST, OPEN)),
        acceptable=True,
        target=("values", word),
    )


# ---- decisions ---------------------------------------------------------------------------------


def _ids(work: _Work, dates: dict[str, list[str]]) -> list[str | None]:
    """Return the ids with the program's prefix; where there is none, made from what never changes."""
    prefix = work.layout.prefix
    texts = work.first("decision_id")
    if any(texts):
        return [f"{prefix}{text}" if text else None for text in texts]
    made = dates.get("timestamp", texts)
    stable = ("title", "sender", "opportunity_type", "opportunity_source", "opportunity_content")
    work.notes.append("there is no column of ids: they are made from title, sender, kind and date")
    seen: dict[str, int] = {}
    found: list[str | None] = []
    for parts in zip(made, *(work.first(role) for role in stable), strict=True):
        digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8)
        key = digest.hexdigest()
        seen[key] = seen.get(key, 0) + 1
        found.append(f"{prefix or 'row-'}{key}{f'-{seen[key]}' if seen[key] > 1 else ''}")
    return found


def _decisions(
    work: _Work, ids: list[str | None], dates: dict[str, list[str]]
) -> dict[str, list[Any]]:
    roles, rows = work.assignment.roles, work.sheet.rows
    columns: dict[str, list[Any]] = {"decision_id": list(ids)}
    for role in ("timestamp", "received_at", "recorded_at"):
        if role in dates:
            columns[role] = list(dates[role])
    for role in _COPIED:
        if role in roles:
            columns[role] = list(work.first(role))
    if "opportunity_source" not in columns and work.layout.is_program:
        columns["opportunity_source"] = [work.layout.name] * rows
    elif work.layout.is_program:
        columns["opportunity_source"] = [
            text or work.layout.name for text in columns["opportunity_source"]
        ]
    columns["opportunity_content"] = _contents(work)
    columns["sender"] = [address_in(text) for text in work.first("sender")]
    columns["decision_maker"] = list(work.first("decision_maker"))
    for role in _NUMBER_ROLES:
        if role in roles:
            columns[role] = _numbers(work, roles[role][0])
    if "context" in roles:
        columns["context"] = list(work.sheet.columns[roles["context"][0]])
    columns |= _context(work, set(columns))
    for name, value in work.options.constants.items():
        if name not in {"outcome_type", "outcome_status"}:
            columns[name] = [value] * rows
    return columns


def _contents(work: _Work) -> list[str]:
    """Join title, text and the answers to questions, one below the other."""
    columns = [work.first(role) for role in ("title", "opportunity_content")]
    layout = work.layout
    asked: list[str] = []
    for name, use in work.assignment.others.items():
        keys = layout.keys(name)
        starts = layout.content_starts and any(
            key.startswith(layout.content_starts) for key in keys
        )
        is_text = layout.content_rest and not _is_attribute(work.sheet.texts(name))
        if use == understanding.CONTEXT and (is_text or starts):
            asked.append(name)
    answers = []
    for name in asked:
        work.assignment.others[name] = "opportunity_content"
        label = "" if layout.content_starts else f"{name}: "
        answers.append([f"{label}{text}" if text else "" for text in work.sheet.texts(name)])
    return ["\n".join(filter(None, cells)) for cells in zip(*columns, *answers, strict=True)]


def _is_attribute(texts: list[str]) -> bool:
    """Tell the answers to a closed question (numbers, a choice) from free text."""
    filled = [text for text in texts if text]
    if not filled or max(map(len, filled)) > _LONGEST_CHOICE:
        return not filled
    if sum(any(c.isdigit() for c in text) for text in filled) == len(filled):
        return evidence_of(Counter(filled)).unread == 0
    return len(filled) > 2 and len(set(filled)) <= max(1, len(filled) // 3)


def address_in(text: str) -> str:
    """Return the e-mail address in a text, or the text where it holds none."""
    found = _ADDRESS.findall(text)
    return found[0] if found else text


def _numbers(work: _Work, name: str) -> list[Any]:
    path = work.sheet.raw.path
    found, questions, _ = number_format(
        [work.sheet.columns[name]], name, path, work.options, money=name == "cost_usd"
    )
    work.questions += questions
    return list(read_numbers(work.sheet.columns[name], found))


def _context(work: _Work, taken: set[str]) -> dict[str, list[Any]]:
    """Return the columns that are kept as attributes; numbers are read by their column's format."""
    columns: dict[str, list[Any]] = {}
    for name, use in list(work.assignment.others.items()):
        if use not in {understanding.CONTEXT, understanding.FLAGGED}:
            continue
        if name in taken or fold_heading(name) in {fold_heading(other) for other in taken}:
            work.assignment.others[name] = understanding.LEFT_OUT
            continue
        columns[name] = attribute_column(
            work.sheet.columns[name], name, work.options, work.sheet.raw, work.readings
        )
        if len(columns) >= _ADDED_COLUMNS:
            break
    return columns


def attribute_column(
    column: Any, name: str, options: ImportOptions, raw: RawTable, readings: dict[str, str]
) -> Any:
    """Return a column of attributes: amounts of one currency become numbers, by the column's format.

    A column that leaves its format open, or that holds several currencies, stays text.
    """
    found, _, evidence = number_format([column], name, raw.path, options, money=True)
    if not evidence.unusual or evidence.unread > 0.2 * evidence.total:
        return column
    if found is None or not all_numbers(evidence):
        readings[name] = "kept as text: its numbers can be read in several ways"
        return column
    readings[name] = found.described()
    return read_numbers(column, found)


# ---- outcomes ----------------------------------------------------------------------------------


def _has_own_outcome(work: _Work, place: int) -> bool:
    roles = work.assignment.roles
    return any(
        role in roles and as_text(work.sheet.columns[roles[role][0]][place])
        for role in ("revenue_generated", *_FLAG_ROLES)
    )


def _outcomes(
    work: _Work,
    ids: list[str | None],
    ended: list[str | None],
    dates: dict[str, list[str]],
) -> dict[str, list[Any]]:
    roles, rows = work.assignment.roles, work.sheet.rows
    revenue = _revenue(work, ended)
    words = [
        _bare_word(work, word, place) for place, word in enumerate(work.first("outcome_status"))
    ]
    reasons = [
        text or other
        for text, other in zip(work.first("notes"), work.first("lost_reason"), strict=True)
    ]
    statuses, notes = [], []
    kind = work.options.constants.get("outcome_type", OUTCOME_TYPE)
    for word, state, reason in zip(words, ended, reasons, strict=True):
        # The word itself where the vocabulary reads it as what was understood, else the state.
        agrees = state is not None and work.vocabulary.meaning(kind, word) == state
        statuses.append(word if agrees else state or word)
        notes.append("; ".join(filter(None, ["" if agrees else word, reason])))
    columns: dict[str, list[Any]] = {
        "decision_id": list(ids),
        "outcome_type": list(work.first("outcome_type"))
        if "outcome_type" in roles
        else [kind] * rows,
        "outcome_status": statuses,
        "revenue_generated": revenue,
        "deal_closed": [state == WON for state in ended],
        "notes": notes,
        "occurred_at": _closing_times(work, dates, ended),
    }
    for role in (*_FLAG_ROLES, "outcome_id", "time_to_outcome_hours"):
        if role in roles:
            columns[role] = list(work.sheet.columns[roles[role][0]])
    if work.layout.is_program or "outcome_id" not in roles:
        columns["outcome_id"] = [
            f"{decision}:{state}" if decision and state else None
            for decision, state in zip(ids, ended, strict=True)
        ]
    return columns


def _revenue(work: _Work, ended: list[str | None]) -> list[Any]:
    """Return the amounts of won rows: those of others are what they might have brought."""
    roles, path = work.assignment.roles, work.sheet.raw.path
    name = work.assignment.column("revenue_generated") or work.assignment.column("amount")
    if name is None:
        return [None] * work.sheet.rows
    is_revenue = name in roles.get("revenue_generated", [])
    column = work.sheet.columns[name]
    found, questions, evidence = number_format([column], name, path, work.options, money=True)
    work.questions += questions
    if found is not None and evidence.total:
        work.readings[name] = found.described()
    values = list(read_numbers(column, found))
    signs = [found.currency(cell) if found and isinstance(cell, str) else None for cell in column]
    named = work.first("currency")
    codes = [
        (currency_code(text) or text.upper() or None) if text else sign
        for text, sign in zip(named, signs, strict=True)
    ]
    counted = [
        _as_amount(value) if state == WON or is_revenue else None
        for value, state in zip(values, ended, strict=True)
    ]
    codes = [code if amount else None for code, amount in zip(codes, counted, strict=True)]
    heading = re.search(r"(?:^|[^a-z])(usd|eur|gbp|chf)(?:$|[^a-z])", name.casefold())
    if heading and not any(codes):
        codes = [heading[1].upper()] * len(codes)
    money = in_one_currency(counted, codes, path, work.options)
    work.questions += money.questions
    work.currency = money.currency
    if money.note:
        work.notes.append(money.note)
    unread = sum(isinstance(value, str) and bool(value.strip()) for value in values)
    unpaid = sum(
        1 for value, state in zip(counted, ended, strict=True) if state == WON and not value
    )
    if unpaid:
        work.notes.append(f"{unpaid} won rows have no amount: their revenue is not known (0)")
    if unread and found is not None:
        work.notes.append(f"{name}: {unread} values are no amounts")
    return [
        value
        if isinstance(value, str) and value.strip() and (state == WON or is_revenue)
        else amount
        for value, amount, state in zip(values, money.amounts, ended, strict=True)
    ]


def _as_amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value) if value != "" else None
    except ValueError:
        return None


# ---- what was understood -----------------------------------------------------------------------


def _understood(work: _Work, reader: StateReader, ended: list[str | None]) -> Understanding:
    sheet, raw = work.sheet, work.sheet.raw
    uses = []
    for name in sheet.columns:
        role = work.assignment.role_of(name) or work.assignment.others.get(name, "")
        if role:
            example = next(filter(None, sheet.texts(name)), "")[:40].replace("\n", " ")
            uses.append(ColumnUse(name, role, work.readings.get(name, ""), example))
    counts = {state: sum(each == state for each in ended) for state in (WON, LOST)}
    counts[OPEN] = len(ended) - counts[WON] - counts[LOST]
    if raw.footers:
        lines = ", ".join(map(str, raw.footers[:5]))
        work.notes.append(f"left out below the table: {len(raw.footers)} lines ({lines})")
    if not raw.encoding_certain:
        work.questions.append(about_encoding(raw))
    return Understanding(
        raw.path,
        work.layout.name,
        work.layout.title,
        sheet.rows,
        raw.encoding or "",
        tuple(uses),
        reader.words(),
        counts if "outcome_status" in work.assignment.roles or reader.counts else {},
        work.currency,
        (*raw.notes, *work.notes),
        tuple(work.questions),
    )


def about_encoding(raw: RawTable) -> Question:
    """Ask about a text encoding that is a guess."""
    return Question(
        raw.path,
        f"its text encoding is a guess: {raw.encoding}",
        "--encoding NAME (utf-8, cp1252, mac_roman, cp850, cp1251 …)",
        acceptable=True,
        target=("encoding", ""),
    )


def _no_timestamp(work: _Work) -> ImportFailed:
    found = ", ".join(repr(name) for name in list(work.sheet.columns)[:12])
    return ImportFailed(
        work.sheet.raw.path,
        f"it looks like {work.layout.title}, but no column tells when a decision was made "
        f"(found {found}); decisions need 'timestamp'",
        "Name it with '--map theirs=timestamp', or export it too (e.g. Create Date).",
    )
