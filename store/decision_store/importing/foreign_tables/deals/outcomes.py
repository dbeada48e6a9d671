"""Outcomes of deals: status, revenue and closing time of the rows that ended."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from decision_store.importing.cells.column_formats import (
    number_format,
    read_numbers,
)
from decision_store.importing.cells.currencies import in_one_currency
from decision_store.importing.foreign_tables.deals.dates import closing_times
from decision_store.importing.foreign_tables.deals.states import bare_words
from decision_store.importing.foreign_tables.deals.work import Work
from decision_store.importing.foreign_tables.sheets import as_text
from decision_store.importing.layouts import fold_heading
from decision_store.number_formats import currency_code
from decision_store.vocabulary import WON

OUTCOME_TYPE = "deal"
"""Type of the outcome that says how a deal ended."""

_PERIOD_HEADINGS = frozenset({
    "valueperiod", "billingperiod", "billinginterval", "billingfrequency", "billingcycle", "recurringbillingfrequency",
    "revenuetype", "interval", "planinterval",
})  # fmt: skip
_PERIODS = frozenset({
    "monthly", "month", "per month", "annual", "annually", "yearly", "year", "per year", "quarterly", "quarter",
    "weekly", "week", "monatlich", "jährlich", "mensuel", "annuel",
})  # fmt: skip
"""Words for a period, in a column that tells what an amount is for."""

_FLAG_ROLES = ("customer_acquired", "deal_closed", "response_received")


def has_own_outcome(work: Work, place: int) -> bool:
    """Tell whether an open row has revenue or flags of its own."""
    roles = work.assignment.roles
    return any(
        role in roles and as_text(work.sheet.columns[roles[role][0]][place])
        for role in ("revenue_generated", *_FLAG_ROLES)
    )


def outcome_columns(
    work: Work,
    ids: list[str | None],
    ended: list[str | None],
    dates: dict[str, list[str]],
) -> dict[str, list[Any]]:
    """Return the columns of the table of outcomes, for all rows."""
    roles, rows = work.assignment.roles, work.sheet.rows
    revenue = _revenue(work, ended)
    words = bare_words(work)
    reasons = [
        text or other
        for text, other in zip(work.first("notes"), work.first("lost_reason"), strict=True)
    ]
    statuses, notes = [], []
    kind = work.options.constants.get("outcome_type", OUTCOME_TYPE)
    meanings = {word: work.vocabulary.meaning(kind, word) for word in set(words)}
    for word, state, reason in zip(words, ended, reasons, strict=True):
        # The word itself where the vocabulary reads it as what was understood, else the state.
        agrees = state is not None and meanings[word] == state
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
        "occurred_at": closing_times(work, dates, ended),
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


def _note_periods(work: Work, amounts: list[float | None]) -> None:
    """Say which amounts are those of a month or a year: they count once, as they stand."""
    for name, column in work.sheet.columns.items():
        if fold_heading(name) in _PERIOD_HEADINGS:
            periods = Counter(
                as_text(cell).casefold()
                for cell, amount in zip(column, amounts, strict=True)
                if amount
            )
            found = [f"{periods[word]} {word}" for word in periods if word in _PERIODS]
            if found:
                text = f"amounts by {name}: {', '.join(found)}"
                work.notes.append(
                    f"{text}; each counts once as it stands, as the revenue of one period"
                )


def _revenue(work: Work, ended: list[str | None]) -> list[Any]:
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
    unread = sum(
        isinstance(value, str) and bool(value.strip()) and _as_amount(value) is None
        for value in values
    )
    unpaid = sum(
        1 for value, state in zip(counted, ended, strict=True) if state == WON and not value
    )
    if unpaid:
        work.notes.append(f"{unpaid} won rows have no amount: their revenue is not known (0)")
    if unread and found is not None:
        work.notes.append(f"{name}: {unread} values are no amounts")
    _note_periods(work, counted)
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
