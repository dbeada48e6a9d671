"""Outcomes of deals: status, revenue and closing time of the rows that ended."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.importing.cells import columnar
from decision_store.importing.cells.column_formats import (
    number_format,
    read_numbers,
)
from decision_store.importing.cells.currencies import one_currency
from decision_store.importing.cells.encoded import Column, combined
from decision_store.importing.cells.values import is_number
from decision_store.importing.foreign_tables.deals.dates import closing_times
from decision_store.importing.foreign_tables.deals.states import bare_words
from decision_store.importing.foreign_tables.deals.work import Work, first_filled
from decision_store.importing.foreign_tables.sheets import as_text
from decision_store.importing.layouts import fold_heading
from decision_store.number_formats import NumberFormat, currency_code
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


def has_own_outcome(work: Work) -> pa.Array:
    """Tell for each row whether it has revenue or flags of its own, even where it is open."""
    roles = work.assignment.roles
    found = pa.repeat(pa.scalar(value=False), work.sheet.rows)
    for role in ("revenue_generated", *_FLAG_ROLES):
        if role in roles:
            found = pc.or_(found, work.sheet.texts(roles[role][0]).filled())
    return found


def outcome_columns(
    work: Work, ids: pa.Array, ended: Column, dates: dict[str, Column]
) -> dict[str, Any]:
    """Return the columns of the table of outcomes, for all rows."""
    roles, rows = work.assignment.roles, work.sheet.rows
    revenue = _revenue(work, ended)
    kind = work.options.constants.get("outcome_type", OUTCOME_TYPE)
    reasons = first_filled([work.first("notes"), work.first("lost_reason")])

    def status_and_reason(cells: tuple[str, str | None, str]) -> tuple[str, str]:
        # The word itself where the vocabulary reads it as what was understood, else the state.
        word, state, reason = cells
        agrees = state is not None and work.vocabulary.meaning(kind, word) == state
        status = word if agrees else state or word
        return status, "; ".join(filter(None, ["" if agrees else word, reason]))

    words = combined([bare_words(work), ended, reasons]).mapped(status_and_reason)
    columns: dict[str, Any] = {
        "decision_id": ids,
        "outcome_type": work.first("outcome_type")
        if "outcome_type" in roles
        else Column.constant(kind, rows),
        "outcome_status": words.mapped(lambda cells: cells[0]),
        "revenue_generated": revenue,
        "deal_closed": ended.where(lambda state: state == WON),
        "notes": words.mapped(lambda cells: cells[1]),
        "occurred_at": closing_times(work, dates, ended),
    }
    for role in (*_FLAG_ROLES, "outcome_id", "time_to_outcome_hours"):
        if role in roles:
            columns[role] = work.sheet.columns[roles[role][0]]
    if work.layout.is_program or "outcome_id" not in roles:
        columns["outcome_id"] = pc.binary_join_element_wise(ids, ended.text_array(), ":")
    return columns


def _note_periods(work: Work, amounts: pa.Array) -> None:
    """Say which amounts are those of a month or a year: they count once, as they stand."""
    for name, column in work.sheet.columns.items():
        if fold_heading(name) in _PERIOD_HEADINGS:
            periods = Counter(
                as_text(cell).casefold()
                for cell, amount in zip(column, amounts.to_pylist(), strict=True)
                if amount
            )
            found = [f"{periods[word]} {word}" for word in periods if word in _PERIODS]
            if found:
                text = f"amounts by {name}: {', '.join(found)}"
                work.notes.append(
                    f"{text}; each counts once as it stands, as the revenue of one period"
                )


def _revenue(work: Work, ended: Column) -> Any:
    """Return the amounts of won rows: those of others are what they might have brought.

    A text that is no amount stays, so that its row is refused.
    """
    roles, path = work.assignment.roles, work.sheet.raw.path
    name = work.assignment.column("revenue_generated") or work.assignment.column("amount")
    if name is None:
        return Column.constant(None, work.sheet.rows)
    column = work.sheet.columns[name]
    found, questions, evidence = number_format([column], name, path, work.options, money=True)
    work.questions += questions
    if found is not None and evidence.total:
        work.readings[name] = found.described()
    values = read_numbers(column, found)
    amounts = _amounts(values)
    is_won = ended.where(lambda state: state == WON)
    counts = pa.repeat(pa.scalar(value=True), len(column))
    if name not in roles.get("revenue_generated", []):
        counts = is_won
    counted = pc.if_else(counts, amounts, pa.scalar(None, pa.float64()))
    counted = _in_one_currency(work, name, counted, _codes(work, column, found))
    unread = pc.and_(pc.is_null(amounts), _is_filled(values))
    unpaid = pc.sum(pc.and_(is_won, pc.equal(pc.fill_null(counted, 0.0), 0.0))).as_py()
    if unpaid:
        work.notes.append(f"{unpaid} won rows have no amount: their revenue is not known (0)")
    if found is not None and (count := pc.sum(unread).as_py()):
        work.notes.append(f"{name}: {count} values are no amounts")
    _note_periods(work, counted)
    kept = pc.and_(unread, counts)
    if not pc.any(kept).as_py():
        return counted
    return [
        value if is_kept else amount
        for value, amount, is_kept in zip(
            values, counted.to_pylist(), kept.to_pylist(), strict=True
        )
    ]


def _is_filled(values: Column) -> pa.Array:
    """Tell for each row whether its value is a text that is more than blanks."""
    if not isinstance(values.distinct, list):
        if not columnar.is_text(values.distinct):
            return pa.repeat(pa.scalar(value=False), len(values))
        return values.stripped(as_text).filled()
    return values.where(lambda value: isinstance(value, str) and bool(value.strip()))


def _codes(work: Work, column: Column, found: NumberFormat | None) -> Column:
    """Return the currency that each row names, beside its amount or in a column of its own; None: none."""
    named = work.first("currency")
    signs = Column.constant(None, len(column))
    if found is not None and found.currencies:
        signs = column.mapped(lambda cell: found.currency(cell) if isinstance(cell, str) else None)

    def code(cells: tuple[str, str | None]) -> str | None:
        text, sign = cells
        return (currency_code(text) or text.upper() or None) if text else sign

    return combined([named.repeated(), signs.repeated()]).mapped(code)


def _in_one_currency(work: Work, name: str, amounts: pa.Array, codes: Column) -> pa.Array:
    """Bring amounts into the currency of the log; the heading tells that of a column that names none."""
    filled = pc.fill_null(pc.not_equal(amounts, 0.0), False)  # noqa: FBT003 - a missing one is not filled
    named = Counter(dict(codes.counts(filled)))
    del named[None]
    heading = re.search(r"(?:^|[^a-z])(usd|eur|gbp|chf)(?:$|[^a-z])", name.casefold())
    if heading and not named:
        codes = Column.constant(heading[1].upper(), len(amounts))
        named = Counter({heading[1].upper(): pc.sum(filled).as_py() or 0})
    money = one_currency(named, work.sheet.raw.path, work.options)
    work.questions += money.questions
    work.currency = money.currency
    if not money.rates:
        return amounts
    work.notes.append(money.note)
    rates = codes.mapped(money.rate)
    return pc.multiply(amounts, pa.array(list(rates), pa.float64()))


def _amounts(values: Column) -> pa.Array:
    """Return the amounts of a column; null where a value is none."""
    found = values.distinct
    if isinstance(found, list):
        amounts = pa.array(list(map(_as_amount, found)), pa.float64())
    elif columnar.is_text(found):
        plain = pc.match_substring_regex(found, r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$")
        amounts = pc.if_else(plain, found, pa.scalar(None, found.type)).cast(pa.float64())
        others = pc.and_not(pc.is_valid(found), pc.fill_null(plain, True))  # noqa: FBT003
        if pc.any(others).as_py():
            rest = [_as_amount(value) for value in columnar.pieces(found.filter(others))]
            amounts = pc.replace_with_mask(amounts, others, pa.array(rest, pa.float64()))
    elif pa.types.is_floating(found.type) or pa.types.is_integer(found.type):
        amounts = found.cast(pa.float64(), safe=False)
    elif pa.types.is_decimal(found.type):
        amounts = found.cast(pa.float64())
    else:
        amounts = pa.nulls(len(found), pa.float64())
    return amounts if values.codes is None else amounts.take(values.codes)


def _as_amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not is_number(value):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
