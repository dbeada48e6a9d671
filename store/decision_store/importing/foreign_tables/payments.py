"""Payments, refunds and disputes of a payment program: money whose decision has to be found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from decision_store import date_formats
from decision_store.date_formats import DateFormat
from decision_store.importing.cells.column_formats import date_format, number_format, read_numbers
from decision_store.importing.cells.currencies import in_one_currency
from decision_store.importing.cells.values import truth
from decision_store.importing.foreign_tables.assigning import Assignment, assign
from decision_store.importing.foreign_tables.deals import address_in, column_in_utc
from decision_store.importing.foreign_tables.deals.state_reader import StateReader
from decision_store.importing.foreign_tables.sheets import Sheet
from decision_store.importing.layouts import Layout, fold_heading
from decision_store.importing.options import ImportOptions
from decision_store.importing.understanding import (
    LEFT_OUT,
    ColumnUse,
    Question,
    Understanding,
    WordUse,
)
from decision_store.number_formats import NumberFormat, currency_code
from decision_store.vocabulary import OPEN, WON, Vocabulary
from decision_store.wording import counted

PAYMENT, REFUND, DISPUTE = "payment", "refund", "dispute"
_TEXTS = (
    "outcome_id", "outcome_status", "captured", "dispute_status", "decision_id", "sender", "notes"
)  # fmt: skip
_LOST_DISPUTES = frozenset({"lost", "chargerefunded", "verloren"})


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received or given back.

    Parameters
    ----------
    path : Path
        The file.
    row_number : int
        As people count.
    payment_id : str
        With the program's name before it; unique for each movement of money.
    kind : str
        ``payment``, ``refund`` or ``dispute``.
    status : str
        The program's own word.
    amount : float
        In the log's currency; negative where it went back.
    occurred_at : str
        ISO text, empty where unknown.
    decision_id : str
        As written in the payment's metadata, empty where it is not.
    email : str
        Of the customer, empty where unknown.
    notes : str
        The payment's description.
    """

    path: Path
    row_number: int
    payment_id: str
    kind: str
    status: str
    amount: float
    occurred_at: str
    decision_id: str = ""
    email: str = ""
    notes: str = ""


@dataclass(slots=True)
class ReadPayments:
    """The payments of one table and what was understood of it."""

    payments: list[Payment]
    understanding: Understanding


@dataclass(frozen=True, slots=True)
class _Columns:
    """Columns of a payment table, one value a row, and what was found out about them.

    Parameters
    ----------
    texts : dict of str to list of str
        By role; empty where unknown.
    times : dict of str to list of str
        ISO texts by role.
    amounts : list of float or None
        In the log's currency.
    taken : dict of str to list of float
        ``refunded`` and ``disputed``, in the log's currency.
    """

    texts: dict[str, list[str]]
    times: dict[str, list[str]]
    amounts: list[float | None]
    taken: dict[str, list[float]]
    currency: str
    notes: tuple[str, ...]
    questions: tuple[Question, ...]
    readings: dict[str, str]


def read_payments(
    sheet: Sheet, layout: Layout, options: ImportOptions, vocabulary: Vocabulary
) -> ReadPayments:
    """Read the rows of a payment program.

    Failed, pending and canceled payments are no money and no loss of a decision: they are counted
    and left out. A refund or lost dispute beside a payment is a movement of its own.
    """
    words = options.vocabulary(vocabulary)
    roles = assign(sheet, layout, options, words)
    path = sheet.raw.path
    columns = _read_columns(sheet, roles, options)
    reader = StateReader(layout, words, options.values)
    found: list[Payment] = []
    counts: dict[tuple[str, str | None], int] = {}
    for place, number in enumerate(sheet.row_numbers):
        status = columns.texts["outcome_status"][place]
        meaning = reader.meaning(status) if status else WON
        counts[status, meaning] = counts.get((status, meaning), 0) + 1
        amount = columns.amounts[place]
        if meaning != WON or amount is None or truth(columns.texts["captured"][place]) is False:
            continue
        found += _movements(columns, place, amount, path, number, layout.prefix)
    succeeded = sum(payment.kind == PAYMENT for payment in found)
    notes = [*sheet.raw.notes, *columns.notes]
    if succeeded < sheet.rows:
        notes.append(f"{sheet.rows - succeeded} payments did not succeed and are left out")
    understood = Understanding(
        path,
        layout.name,
        layout.title,
        sheet.rows,
        sheet.raw.encoding or "",
        _uses(sheet, roles, columns.readings),
        _word_uses(counts),
        currency=columns.currency,
        notes=tuple(notes),
        questions=(*columns.questions, *_unknown_words(path, counts)),
    )
    return ReadPayments(found, understood)


def _read_columns(sheet: Sheet, roles: Assignment, options: ImportOptions) -> _Columns:
    questions: list[Question] = []
    readings: dict[str, str] = {}
    times = {
        role: _times(sheet, roles, role, options, questions, readings)
        for role in ("occurred_at", "refunded_at", "disputed_at")
    }
    money = {
        role: _amounts(sheet, roles, role, options, questions, readings)
        for role in ("amount", "refunded", "disputed")
    }
    named = _texts(sheet, roles, "currency")
    codes = [currency_code(text) or text.upper() or None for text in named]
    converted = in_one_currency(money["amount"], codes, sheet.raw.path, options)
    factors = [
        (after / before) if before and after else 1.0
        for before, after in zip(money["amount"], converted.amounts, strict=True)
    ]
    taken = {
        role: [(one or 0.0) * factor for one, factor in zip(money[role], factors, strict=True)]
        for role in ("refunded", "disputed")
    }
    return _Columns(
        {role: _texts(sheet, roles, role) for role in _TEXTS},
        times,
        list(converted.amounts),
        taken,
        converted.currency,
        tuple(filter(None, [converted.note])),
        (*questions, *converted.questions),
        readings,
    )


def _movements(
    columns: _Columns, place: int, amount: float, path: Path, number: int, prefix: str
) -> Iterator[Payment]:
    """Return the payment of one row, and what of it went back to the customer."""
    texts = {role: values[place] for role, values in columns.texts.items()}
    times = {role: values[place] for role, values in columns.times.items()}
    paid = Payment(
        path,
        number,
        f"{prefix}{texts['outcome_id'] or number}",
        PAYMENT,
        "paid",
        amount,
        times["occurred_at"],
        texts["decision_id"],
        address_in(texts["sender"]),
        texts["notes"],
    )
    yield paid
    back = columns.taken["refunded"][place]
    if back > 0:
        when = times["refunded_at"] or paid.occurred_at
        yield _back(paid, REFUND, f"refund:{back:.2f}", back, when)
    disputed = min(columns.taken["disputed"][place], amount - back)
    if disputed > 0 and fold_heading(texts["dispute_status"]) in _LOST_DISPUTES:
        when = times["disputed_at"] or paid.occurred_at
        yield _back(paid, DISPUTE, "dispute", disputed, when)


def _uses(sheet: Sheet, roles: Assignment, readings: dict[str, str]) -> tuple[ColumnUse, ...]:
    return tuple(
        ColumnUse(
            name,
            roles.role_of(name) or LEFT_OUT,
            readings.get(name, ""),
            sheet.example(name)[:40],
        )
        for name in sheet.columns
    )


def _word_uses(counts: dict[tuple[str, str | None], int]) -> tuple[WordUse, ...]:
    return tuple(
        WordUse(status or "(empty)", "paid" if meaning == WON else "not paid", count)
        for (status, meaning), count in sorted(counts.items(), key=lambda item: -item[1])
    )


def _unknown_words(path: Path, counts: dict[tuple[str, str | None], int]) -> list[Question]:
    return [
        Question(
            path,
            f"{status!r} ({counted(count, 'row')}) is not known as a payment that succeeded or failed",
            f'--value "{status}=won|open"',
            (("succeeded", WON), ("not paid", OPEN)),
            acceptable=True,
            target=("values", status),
        )
        for (status, meaning), count in counts.items()
        if meaning is None
    ]


def _back(paid: Payment, kind: str, key: str, amount: float, when: str) -> Payment:
    """Return the movement of money that goes back to the customer of a payment."""
    return replace(
        paid,
        payment_id=f"{paid.payment_id}:{key}",
        kind=kind,
        status="refunded",
        amount=-amount,
        occurred_at=when,
    )


def _texts(sheet: Sheet, roles: Assignment, role: str) -> list[str]:
    name = roles.column(role)
    return list(sheet.texts(name)) if name is not None else [""] * sheet.rows


def _times(
    sheet: Sheet,
    roles: Assignment,
    role: str,
    options: ImportOptions,
    questions: list[Question],
    readings: dict[str, str],
) -> list[str]:
    name = roles.column(role)
    if name is None:
        return [""] * sheet.rows
    found, asked, evidence = date_format([sheet.columns[name]], name, sheet.raw.path, options)
    questions += asked
    if evidence.total:
        code = (found or DateFormat(date_formats.ISO)).code
        readings[name] = date_formats.DESCRIPTIONS[code]
    utc = "utc" in fold_heading(name)
    return list(column_in_utc(sheet.columns[name], found, utc=utc))


def _amounts(
    sheet: Sheet,
    roles: Assignment,
    role: str,
    options: ImportOptions,
    questions: list[Question],
    readings: dict[str, str],
) -> list[float | None]:
    name = roles.column(role)
    if name is None:
        return [None] * sheet.rows
    found, asked, evidence = number_format(
        [sheet.columns[name]], name, sheet.raw.path, options, money=True
    )
    questions += asked
    if found is not None and evidence.total:
        readings[name] = found.described()
    values = read_numbers(sheet.columns[name], found or NumberFormat())
    return [_number(value) for value in values]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
