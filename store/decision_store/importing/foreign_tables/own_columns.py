"""Tables in the log's own columns: formats of dates and numbers, currency and status words found out and applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from decision_store.fields import FieldType
from decision_store.importing.batches import Batch, Kind, RawTable
from decision_store.importing.cells import column_formats, columnar
from decision_store.importing.cells.currencies import in_one_currency
from decision_store.importing.cells.values import truth
from decision_store.importing.foreign_tables.deals import (
    about_encoding,
    about_word,
    attribute_column,
)
from decision_store.importing.foreign_tables.sheets import as_text
from decision_store.importing.layouts import SHEET, fold_heading, layout
from decision_store.importing.log_tables.columns import FIELDS, Plan
from decision_store.importing.options import ImportOptions
from decision_store.importing.understanding import (
    CONTEXT,
    ColumnUse,
    Question,
    Understanding,
    WordUse,
)
from decision_store.number_formats import NumberFormat, currency_code
from decision_store.vocabulary import ACTIVITY, CLOSING, OPEN, STATES, Vocabulary
from decision_store.word_folding import fold_word
from decision_store.wording import counted

REVIEW_COLUMN = "review_reason"
"""The column that marks a file of payments to review."""

_MONEY = frozenset({"revenue_generated", "cost_usd"})


@dataclass(slots=True)
class _OwnTable:
    """A table in the log's own columns while its formats are found out."""

    raw: RawTable
    plan: Plan
    options: ImportOptions
    batches: list[Batch]
    names: list[str]
    questions: list[Question] = field(default_factory=list)
    readings: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, NumberFormat] = field(default_factory=dict)
    currency: str = ""

    def pieces(self, name: str) -> list[Any]:
        """Return a column's parts, one for each batch that has it."""
        return [batch.columns[name] for batch in self.batches if name in batch.columns]


def read_own_table(
    raw: RawTable, plan: Plan, options: ImportOptions, vocabulary: Vocabulary
) -> tuple[list[tuple[RawTable, Plan]], Understanding | None]:
    """Find and apply the formats of a table in the log's own columns.

    Returns
    -------
    tables : list of (RawTable, Plan)
        The one table, with the plan of its columns.
    understanding : Understanding, optional
        None where nothing had to be found out.
    """
    batches = [_compact(batch, plan) for batch in raw.batches]
    names = list(dict.fromkeys(name for batch in batches for name in batch.columns))
    table = _OwnTable(raw, plan, options, batches, names)
    waiting = _take_out_unreviewed(table)
    _first_filled(table)
    for name in table.names:
        _find_format(table, name)
    words: tuple[WordUse, ...] = ()
    if plan.kind is Kind.OUTCOMES:
        _money(table)
        words = _words(table, vocabulary)
    for name, number in table.numbers.items():
        read = [column_formats.read_numbers(piece, number) for piece in table.pieces(name)]
        _put(batches, name, read)
    fields = {each.name for each in FIELDS[plan.kind]}
    constants = {name: value for name, value in options.constants.items() if name in fields}
    for name, value in constants.items():
        for batch in batches:
            batch.columns[name] = [value] * len(batch.row_numbers)
    all_names = tuple(dict.fromkeys([*raw.names, *constants]))
    rows = _handed_out(batches)
    own = RawTable(raw.path, plan.kind, all_names, rows, raw.total, raw.utc_columns)
    if constants:
        plan = Plan(plan.kind, plan.mapping, all_names)
    return [(own, plan)], _understood(table, words, waiting)


def _handed_out(batches: list[Batch]) -> Iterator[Batch]:
    """Yield batches, and hold none that was read."""
    while batches:
        yield batches.pop(0)


def _take_out_unreviewed(table: _OwnTable) -> int:
    """Leave out the rows of a review file that nobody has given a decision yet; count them."""
    if table.plan.kind is not Kind.OUTCOMES or REVIEW_COLUMN not in table.names:
        return 0
    waiting = 0
    for place, batch in enumerate(table.batches):
        ids = columnar.pieces(batch.columns.get("decision_id", [None] * len(batch.row_numbers)))
        kept = [index for index, cell in enumerate(ids) if as_text(cell)]
        waiting += len(ids) - len(kept)
        columns = {
            name: [columnar.pieces(column)[index] for index in kept]
            for name, column in batch.columns.items()
        }
        numbers = [batch.row_numbers[index] for index in kept]
        table.batches[place] = Batch(columns, numbers, batch.unreadable)
    return waiting


def _understood(table: _OwnTable, words: tuple[WordUse, ...], waiting: int) -> Understanding | None:
    raw = table.raw
    notes = list(raw.notes)
    if waiting:
        notes.append(f"{waiting} rows without a decision_id still need review")
    if raw.footers:
        notes.append(f"left out below the table: {len(raw.footers)} lines")
    if raw.encoding not in {None, "UTF-8"}:
        notes.append(f"text encoding: {raw.encoding}")
    questions = list(table.questions)
    if not raw.encoding_certain:
        questions.append(about_encoding(raw))
    if not (table.readings or questions or notes or table.currency):
        return None
    uses = tuple(
        ColumnUse(name, table.plan.field_of(name) or "context", text)
        for name, text in table.readings.items()
    )
    rows = sum(len(batch.row_numbers) for batch in table.batches)
    encoding = raw.encoding or ""
    return Understanding(
        raw.path, "", "", rows, encoding, uses, words,
        currency=table.currency, notes=tuple(notes), questions=tuple(questions),
    )  # fmt: skip


def _first_filled(table: _OwnTable) -> None:
    """Of several columns with one field the first that is filled counts."""
    by_field: dict[str, list[str]] = {}
    for name, ours in table.plan.mapping.items():
        if ours and name in table.names:
            by_field.setdefault(ours, []).append(name)
    for first, *others in (listed for listed in by_field.values() if len(listed) > 1):
        for batch in table.batches:
            rows = len(batch.row_numbers)
            cells = [columnar.pieces(batch.columns.get(n, [None] * rows)) for n in (first, *others)]
            batch.columns[first] = [
                next((cell for cell in row if as_text(cell)), None)
                for row in zip(*cells, strict=True)
            ]
            for name in others:
                batch.columns.pop(name, None)
        table.names = [name for name in table.names if name not in others]


def _find_format(table: _OwnTable, name: str) -> None:
    plan, raw, options = table.plan, table.raw, table.options
    pieces = table.pieces(name)
    ours = plan.field_of(name)
    if ours is None:
        if plan.kind is Kind.DECISIONS and name in raw.names and plan.would_keep(name):
            read = [
                attribute_column(part, name, options, raw, table.readings)
                for part in _whole(pieces)
            ]
            _put(table.batches, name, read)
        return
    kind = next(each.type for each in FIELDS[plan.kind] if each.name == ours)
    if kind is FieldType.TIMESTAMP:
        found, asked, _ = column_formats.date_format(pieces, name, raw.path, options)
        table.questions += asked
        if found is not None:
            table.readings[name] = found.described()
            _put(table.batches, name, [column_formats.read_dates(part, found) for part in pieces])
    elif kind is FieldType.NUMBER:
        number, asked, evidence = column_formats.number_format(
            pieces, name, raw.path, options, money=ours in _MONEY
        )
        table.questions += asked
        if number is not None and evidence.unusual:
            table.numbers[name] = number
            table.readings[name] = number.described()


def _compact(batch: Batch, plan: Plan) -> Batch:
    """Hold columns as Arrow arrays where that is possible: a tenth of the memory."""
    columns = {}
    for name, column in batch.columns.items():
        array = columnar.exactly_as_arrow(column) if len(batch.row_numbers) else None
        if array is None and plan.field_of(name) == CONTEXT:
            array = columnar.json_texts(column)
        columns[name] = column if array is None else array
    return Batch(columns, batch.row_numbers, batch.unreadable)


def _whole(pieces: list[Any]) -> list[Any]:
    """A format is the whole column's: join the pieces where there are several."""
    return pieces if len(pieces) == 1 else [[v for p in pieces for v in columnar.pieces(p)]]


def _put(batches: list[Batch], name: str, columns: list[Any]) -> None:
    """Put changed pieces of a column back into their batches."""
    having = [batch for batch in batches if name in batch.columns]
    if len(columns) == len(having):
        for batch, column in zip(having, columns, strict=True):
            batch.columns[name] = column
        return
    start = 0
    for batch in having:
        rows = len(batch.row_numbers)
        batch.columns[name] = columns[0][start : start + rows]
        start += rows


def _money(table: _OwnTable) -> None:
    """Bring the revenue of a table of outcomes into one currency."""
    plan, batches, names = table.plan, table.batches, table.names
    amount_name = next((n for n in names if plan.field_of(n) == "revenue_generated"), None)
    headings = layout(SHEET).columns["currency"]
    currency_name = next((n for n in names if fold_heading(n) in headings), None)
    found = table.numbers.get(amount_name or "")
    if amount_name is None or (currency_name is None and not (found and found.currencies)):
        return
    plan.read_elsewhere |= {currency_name} if currency_name else set()
    number = found or NumberFormat()
    amounts: list[float | None] = []
    codes: list[str | None] = []
    for batch in batches:
        cells = columnar.pieces(batch.columns.get(amount_name, [None] * len(batch.row_numbers)))
        named = (
            columnar.pieces(batch.columns.get(currency_name, [None] * len(cells)))
            if currency_name
            else [None] * len(cells)
        )
        for cell, code in zip(cells, named, strict=True):
            text = as_text(cell)
            amounts.append(number.read(text) if text else None)
            own = number.currency(text) if isinstance(cell, str) and text else None
            written = as_text(code)
            codes.append((currency_code(written) or written.upper()) if written else own)
    money = in_one_currency(amounts, codes, table.raw.path, table.options)
    if money.note:
        start = 0
        for batch in batches:
            cells = columnar.pieces(batch.columns[amount_name])
            part = money.amounts[start : start + len(cells)]
            batch.columns[amount_name] = [
                cell if new is None else new for cell, new in zip(cells, part, strict=True)
            ]
            start += len(cells)
    table.questions += money.questions
    table.currency = money.currency


def _words(table: _OwnTable, vocabulary: Vocabulary) -> tuple[WordUse, ...]:
    """Ask about status words of closing outcomes that the vocabulary does not know."""
    plan, batches, names = table.plan, table.batches, table.names
    by_field = {plan.field_of(name): name for name in names}
    status = by_field.get("outcome_status")
    if status is None:
        return ()
    words = table.options.vocabulary(vocabulary)
    counts: dict[tuple[str, str, str], int] = {}
    flags = [by_field[f] for f in ("customer_acquired", "deal_closed") if f in by_field]
    for batch in batches:
        rows = len(batch.row_numbers)
        columns = [
            columnar.pieces(batch.columns[name]) if name in batch.columns else [None] * rows
            for name in [
                *(by_field.get(field) or "" for field in ("outcome_type", "outcome_meaning")),
                status, *flags,
            ]
        ]  # fmt: skip
        for kind, meaning, word, *won in zip(*columns, strict=True):
            if any(truth(as_text(flag)) for flag in won):
                continue  # the flag says it
            key = (as_text(kind), as_text(word), as_text(meaning))
            counts[key] = counts.get(key, 0) + 1
    uses: list[WordUse] = []
    unknown: dict[str, int] = {}
    contradictions: dict[tuple[str, str], int] = {}
    for (kind, word, meaning), count in counts.items():
        if not word or word == "unknown":
            continue
        stated = meaning if meaning in STATES else words.status(word)
        state = OPEN if words.kind(kind) == ACTIVITY else stated
        uses.append(WordUse(word, state, count))
        if state is None:
            unknown[word] = unknown.get(word, 0) + count
        elif not meaning and words.meaning(kind, word, unknown_type=CLOSING) is None:
            contradictions[kind, word] = count
    if table.options.values:
        _put_stated_words(table, status)
    table.questions += [
        about_word(table.raw.path, word, count, words) for word, count in unknown.items()
    ]
    table.questions += [
        Question(
            table.raw.path,
            f"{kind!r} with the status {word!r} ({counted(count, 'row')}) contradicts itself and would count as open",
            f'--value "{word}=won|lost|open"',
            acceptable=True,
        )
        for (kind, word), count in contradictions.items()
    ]
    return tuple(uses)


def _put_stated_words(table: _OwnTable, status: str) -> None:
    """Write the state in place of the words whose meaning was stated: the log does not know them."""
    stated = {fold_word(word): state for word, state in table.options.values.items()}
    read = [
        [stated.get(fold_word(as_text(cell)), cell) for cell in columnar.pieces(part)]
        for part in table.pieces(status)
    ]
    _put(table.batches, status, read)
