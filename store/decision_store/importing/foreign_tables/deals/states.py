"""States of deals: won, lost or open for each row, and the words that are not known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.compute as pc

from decision_store.importing.cells.encoded import Column, combined
from decision_store.importing.cells.values import truth
from decision_store.importing.foreign_tables.deals.state_reader import Signals, StateReader
from decision_store.importing.foreign_tables.deals.work import Work
from decision_store.importing.layouts import fold_heading
from decision_store.importing.understanding import Question
from decision_store.number_formats import NumberFormat
from decision_store.vocabulary import LOST, OPEN, WON, Vocabulary
from decision_store.wording import counted

_PIPELINE = frozenset({"pipeline", "dealpipeline", "pipelinename"})

_FEW_TEXTS = 5
"""Unread texts of a column that are asked about one by one."""


def read_states(work: Work, reader: StateReader, dates: dict[str, Column]) -> Column:
    """Return the state of every row; None where its word is not known.

    Each combination of what the columns say is judged once.
    """
    reasons = Column.constant("", work.sheet.rows)
    if {"canceled", "no_show"} & work.assignment.roles.keys():
        reasons = work.first("notes").mapped(lambda text: "resched" in text.casefold())
    empty = Column.constant("", work.sheet.rows)
    rows = combined(
        [
            column.repeated()
            for column in (
                work.first("canceled"),
                work.first("no_show"),
                reasons,
                work.first("customer_acquired"),
                work.first("deal_closed"),
                bare_words(work),
                work.first("is_won"),
                work.first("is_closed"),
                _is_filled(dates.get("won_at", empty)),
                _is_filled(dates.get("lost_at", empty)),
                work.first("active"),
                _is_filled(work.first("lost_reason")),
                _probabilities(work),
            )
        ]
    )
    states: list[str | None] = []
    rescheduled = 0
    for (canceled, no_show, again, acquired, closed, *signals), count in rows.counts():
        if truth(canceled) or truth(no_show):
            rescheduled += count if again else 0
            states.append(OPEN if again else LOST)
            if not again:
                word = "canceled" if truth(canceled) else "no-show"
                reader.counts[word, word, LOST, ""] += count
        elif truth(acquired) or truth(closed):
            states.append(WON)
            reader.counts["", signals[0], WON, "its column for customers or deals"] += count
        else:
            states.append(reader.state(Signals(*signals), count))
    if rescheduled:
        work.notes.append(f"{rescheduled} canceled rows were rescheduled and stay open")
    return Column(states, rows.codes)


def _is_filled(texts: Column) -> Column:
    """Return what `Signals` needs of a column of which only that it is filled counts."""
    return Column(pc.if_else(texts.filled(), "x", ""))


def bare_words(work: Work) -> Column:
    """Return the status of every row without the name of its pipeline: ``Closed Won (Sales Pipeline)``."""
    pipelines = [
        work.sheet.texts(name) for name in work.sheet.columns if fold_heading(name) in _PIPELINE
    ]
    words = work.first("outcome_status")
    if not pipelines:
        return words
    return combined([words, *pipelines]).mapped(lambda cells: _bare_word(cells[0], cells[1:]))


def _bare_word(word: str, pipelines: Sequence[str]) -> str:
    for pipeline in pipelines:
        if pipeline and word.endswith(f"({pipeline})"):
            return word.removesuffix(f"({pipeline})").strip()
    return word


def _probabilities(work: Work) -> Column:
    """Read the probabilities in percent; a column of fractions is recognised by its largest value."""
    texts = work.first("probability")
    distinct = list(texts.values)
    if not any(distinct):
        return Column.constant(None, work.sheet.rows)
    found = NumberFormat("comma" if any("," in text for text in distinct) else "point")
    values = [found.read(text.replace("%", "").strip()) if text else None for text in distinct]
    known = [value for value in values if value is not None]
    is_fraction = bool(known) and max(known) <= 1 and not any("%" in text for text in distinct)
    return texts.with_distinct(
        [None if value is None else value * (100 if is_fraction else 1) for value in values]
    )


def ask_about_words(work: Work, reader: StateReader) -> None:
    """Add a question for every unknown word and every contradiction."""
    path = work.sheet.raw.path
    unknown = [use for use in reader.words() if use.state is None and use.word != "(empty)"]
    work.questions += [about_word(path, use.word, use.count, reader.vocabulary) for use in unknown]
    empty = sum(use.count for use in reader.words() if use.state is None and use.word == "(empty)")
    if empty:
        work.notes.append(f"{counted(empty, 'row')} without a status: taken as open")
    work.questions += _about_won(path, reader)
    for text, count in reader.contradictions.items():
        work.questions.append(
            Question(
                path,
                f"{counted(count, 'row')} with a contradiction: {text}; the latter counts",
                "--value WORD=STATE",
                acceptable=True,
            )
        )


def _about_won(path: Path, reader: StateReader) -> list[Question]:
    """Ask about texts in the column for won that are neither yes nor no; in one question where they are many."""
    unread = reader.unread
    if len(unread) <= _FEW_TEXTS:
        return [about_word(path, word, n, reader.vocabulary) for word, n in unread.items()]
    text = (
        f"the column for won holds neither yes nor no in {counted(unread.total(), 'row')}, "
        f"e.g. {next(iter(unread))!r}"
    )
    return [Question(path, text, "--map COLUMN=won_at", acceptable=True)]


def about_word(path: Path, word: str, count: int, vocabulary: Vocabulary) -> Question:
    """Ask what a status word means that the vocabulary does not know."""
    near = vocabulary.suggestions(word)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return Question(
        path,
        f"{word!r} ({counted(count, 'row')}) is not known as won, lost or open{hint}",
        f'--value "{word}=won|lost|open"',
        tuple((state, state) for state in (WON, LOST, OPEN)),
        acceptable=True,
        target=("values", word),
    )
