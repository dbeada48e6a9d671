"""Decisions of deals: ids, texts, senders, numbers and attributes."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from functools import partial, reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.errors import ImportFailed
from decision_store.importing import understanding
from decision_store.importing.batches import RawTable
from decision_store.importing.cells.column_formats import (
    all_numbers,
    number_format,
    read_numbers,
)
from decision_store.importing.cells.encoded import Column
from decision_store.importing.foreign_tables.deals.work import Work
from decision_store.importing.layouts import fold_heading
from decision_store.importing.log_tables.columns import FIELD_NAMES, plain_name
from decision_store.importing.options import ImportOptions
from decision_store.number_formats import evidence_of
from decision_store.wording import counted

_NUMBER_ROLES = ("opportunity_score", "cost_usd", "effort_minutes", "action_probability")
_COPIED = ("opportunity_type", "opportunity_source", "action_taken", "opportunity_id")
_ADDRESS = re.compile(r"[^\s<>()\"',;]+@[^\s<>()\"',;]+\.[^\s<>()\"',;]+")
_ADDRESS_ALONE = r"^[^\s<>()\"',;@]+@[^\s<>()\"',;@]+\.[^\s<>()\"',;@]+$"
_LONGEST_CHOICE = 60
_ADDED_COLUMNS = 400  # of a context; more is a mistake in the header


def decision_ids(work: Work, dates: dict[str, Column]) -> pa.Array:
    """Return the ids with the program's prefix; where there is none, made from what never changes."""
    prefix = work.layout.prefix
    texts = work.first("decision_id")
    if not len(texts) or pc.any(texts.filled()).as_py():
        found = texts.text_array()
        named = pc.binary_join_element_wise(prefix, found, "")
        return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), named)
    made = dates.get("timestamp", texts)
    stable = ("title", "sender", "opportunity_type", "opportunity_source", "opportunity_content")
    work.notes.append("there is no column of ids: they are made from title, sender, kind and date")
    seen: dict[str, int] = {}
    made_ids: list[str] = []
    for parts in zip(made, *(work.first(role) for role in stable), strict=True):
        digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8)
        key = digest.hexdigest()
        seen[key] = seen.get(key, 0) + 1
        made_ids.append(f"{prefix or 'row-'}{key}{f'-{seen[key]}' if seen[key] > 1 else ''}")
    return pa.array(made_ids, pa.string())


def decision_columns(work: Work, ids: pa.Array, dates: dict[str, Column]) -> dict[str, Any]:
    """Return the columns of the table of decisions."""
    roles, rows = work.assignment.roles, work.sheet.rows
    columns: dict[str, Any] = {"decision_id": ids}
    for role in ("timestamp", "received_at", "recorded_at"):
        if role in dates:
            columns[role] = dates[role]
    for role in _COPIED:
        if role in roles:
            columns[role] = work.first(role)
    if "opportunity_source" not in columns and work.layout.is_program:
        columns["opportunity_source"] = Column.constant(work.layout.name, rows)
    elif work.layout.is_program:
        columns["opportunity_source"] = columns["opportunity_source"].mapped(
            lambda text: text or work.layout.name
        )
    columns["opportunity_content"] = _contents(work)
    columns["sender"] = _addresses(work.first("sender"))
    columns["decision_maker"] = work.first("decision_maker")
    for role in _NUMBER_ROLES:
        if role in roles:
            columns[role] = _numbers(work, roles[role][0])
    if "context" in roles:
        columns["context"] = work.sheet.columns[roles["context"][0]]
    columns |= _context(work, set(columns))
    for name, value in work.options.constants.items():
        if name not in {"outcome_type", "outcome_status"}:
            columns[name] = Column.constant(value, rows)
    return columns


def _contents(work: Work) -> Any:
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
    for name in asked:
        work.assignment.others[name] = "opportunity_content"
        label = "" if layout.content_starts else f"{name}: "
        columns.append(work.sheet.texts(name).mapped(partial(_labelled, label)))
    filled = [column for column in columns if pc.any(column.filled()).as_py()]
    if len(filled) < 2:
        return filled[0] if filled else columns[0]
    return reduce(_below, (column.text_array() for column in filled))


def _labelled(label: str, text: str) -> str:
    return f"{label}{text}" if text else ""


def _below(upper: pa.Array, lower: pa.Array) -> pa.Array:
    """Join texts, one below the other; an empty one takes no line."""
    both = pc.binary_join_element_wise(upper, lower, "\n")
    filled = pc.if_else(pc.equal(lower, ""), upper, both)
    return pc.if_else(pc.equal(upper, ""), lower, filled)


def _is_attribute(texts: Column) -> bool:
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


def _addresses(texts: Column) -> Column:
    """Return the address in each text, as `address_in` does; most texts are one, or hold none."""
    distinct = texts.distinct
    if isinstance(distinct, list):
        return texts.mapped(address_in)
    plain = pc.and_(
        pc.string_is_ascii(distinct),
        pc.or_(
            pc.match_substring_regex(distinct, _ADDRESS_ALONE),
            pc.invert(pc.match_substring(distinct, "@")),
        ),
    )
    if pc.all(plain).as_py():
        return texts
    others = pc.invert(plain)
    found = [address_in(text) for text in distinct.filter(others).to_pylist()]
    return texts.with_distinct(
        pc.replace_with_mask(distinct, others, pa.array(found, distinct.type))
    )


def _numbers(work: Work, name: str) -> Any:
    path = work.sheet.raw.path
    found, questions, _ = number_format(
        [work.sheet.columns[name]], name, path, work.options, money=name == "cost_usd"
    )
    work.questions += questions
    return read_numbers(work.sheet.columns[name], found)


def _context(work: Work, taken: set[str]) -> dict[str, Any]:
    """Return the columns that are kept as attributes; numbers are read by their column's format."""
    columns: dict[str, Any] = {}
    beyond = 0
    for name, use in list(work.assignment.others.items()):
        if use not in understanding.KEPT:
            continue
        if name in taken or fold_heading(name) in {fold_heading(other) for other in taken}:
            work.assignment.others[name] = understanding.LEFT_OUT
            continue
        if len(columns) >= _ADDED_COLUMNS:
            work.assignment.others[name] = understanding.LEFT_OUT
            beyond += 1
            continue
        columns[name] = attribute_column(
            work.sheet.columns[name], name, work.options, work.sheet.raw, work.readings
        )
    if beyond:
        work.notes.append(
            f"{counted(beyond, 'column')} beyond the first {_ADDED_COLUMNS} attributes left out; to keep one, "
            "leave out others with --map COLUMN="
        )
    return columns | _allowed(work, taken | set(columns))


def _allowed(work: Work, taken: set[str]) -> dict[str, Any]:
    """Return the columns that have a role, and are allowed to be attributes, too."""
    columns = {}
    for names in work.assignment.roles.values():
        for name in names:
            if not work.options.allows(name) or name in taken:
                continue
            if plain_name(name) in FIELD_NAMES:
                reason = f"{name!r} is a field of the log and cannot be an attribute, too"
                raise ImportFailed(work.sheet.raw.path, reason, "Leave out --allow for it.")
            columns[name] = attribute_column(
                work.sheet.columns[name], name, work.options, work.sheet.raw, work.readings
            )
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
