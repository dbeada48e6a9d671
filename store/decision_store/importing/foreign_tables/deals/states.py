"""States of deals: won, lost or open for each row, and the words that are not known."""

from __future__ import annotations

from pathlib import Path

from decision_store.importing.cells.values import truth
from decision_store.importing.foreign_tables.deals.state_reader import Signals, StateReader
from decision_store.importing.foreign_tables.deals.work import Work
from decision_store.importing.foreign_tables.sheets import as_text
from decision_store.importing.layouts import fold_heading
from decision_store.importing.understanding import Question
from decision_store.number_formats import NumberFormat
from decision_store.vocabulary import LOST, OPEN, WON, Vocabulary
from decision_store.wording import counted

_PIPELINE = frozenset({"pipeline", "dealpipeline", "pipelinename"})

_FEW_TEXTS = 5
"""Unread texts of a column that are asked about one by one."""


def read_states(work: Work, reader: StateReader, dates: dict[str, list[str]]) -> list[str | None]:
    """Return the state of every row; None where its word is not known."""
    empty = [""] * work.sheet.rows
    words = bare_words(work)
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


def bare_words(work: Work) -> list[str]:
    """Return the status of every row without the name of its pipeline: ``Closed Won (Sales Pipeline)``."""
    pipelines = [
        column for name, column in work.sheet.columns.items() if fold_heading(name) in _PIPELINE
    ]
    words = work.first("outcome_status")
    if not pipelines:
        return words
    return [
        _bare_word(word, [as_text(column[place]) for column in pipelines])
        for place, word in enumerate(words)
    ]


def _bare_word(word: str, pipelines: list[str]) -> str:
    for pipeline in pipelines:
        if pipeline and word.endswith(f"({pipeline})"):
            return word.removesuffix(f"({pipeline})").strip()
    return word


def _probabilities(work: Work) -> list[float | None]:
    """Read the probabilities in percent; a column of fractions is recognised by its largest value."""
    texts = work.first("probability")
    if not any(texts):
        return [None] * len(texts)
    found = NumberFormat("comma" if any("," in text for text in texts) else "point")
    values = [found.read(text.replace("%", "").strip()) if text else None for text in texts]
    known = [value for value in values if value is not None]
    is_fraction = bool(known) and max(known) <= 1 and not any("%" in text for text in texts)
    return [None if value is None else value * (100 if is_fraction else 1) for value in values]


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
