"""Errors of the log. Each message says what happened, with which value, and what to do next.

DecisionLogError
├── InvalidRecord (ValueError)      a field of a decision or an outcome is not acceptable
│   └── UnknownWord                 a status or an outcome type is not in the vocabulary
├── StoreError
│   ├── UnknownDecision (KeyError)  an outcome names a decision that is not in the log
│   ├── DecisionConflict            the same decision_id was logged before with other content
│   ├── OutcomeConflict             the same outcome_id was recorded before with other content
│   ├── VoidDecision                an outcome names a decision that was taken back
│   ├── VoidRecord                  the id belongs to a decision or an outcome that was taken back
│   ├── StoreUnavailable            the file cannot be read or written (permissions, disk, no file)
│   │   └── WriteUncertain          ... and it is not known whether a record was kept; safe to repeat
│   ├── StoreDamaged                the file is there but is not a healthy log
│   ├── NotInJournal                a rebuild from the journal would lose rows
│   ├── NewerStore                  a newer version of this program wrote the file
│   ├── QueryRefused                a query is no single SELECT, or cannot be answered
│   ├── BackupFailed                a backup cannot be made, or does not hold what it should
│   └── LogExists                   a backup would be restored over a log
├── HomeKeyDamaged                  the secret key of the home cannot be used
├── CannotWrite                     a file cannot be written where it was asked for
└── ImportFailed                    a file to import cannot be read at all
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path


class DecisionLogError(Exception):
    """Anything this program can tell a person in one message.

    Subclasses are dataclasses: their fields are the values in the message, and the arguments of the exception.
    """

    def __post_init__(self) -> None:
        self.args = tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]


def shown(value: object) -> str:
    """Write a value for a message, cut at 80 characters; by its class where it has too many digits or levels.

    Examples
    --------
    >>> shown("nothing"), shown(10**5000), len(shown("long " * 50))
    ("'nothing'", 'a value of class int that cannot be written out', 80)
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"a value of class {type(value).__name__} that cannot be written out"
    return text if len(text) <= 80 else f"{text[:77]}..."


@dataclass(eq=False)
class InvalidRecord(DecisionLogError, ValueError):
    """A field of a record holds a value that cannot be accepted."""

    field: str
    value: object
    reason: str

    def __str__(self) -> str:
        return f"{self.field} {self.reason}, but it is {shown(self.value)}."


@dataclass(eq=False)
class UnknownWord(InvalidRecord):
    """A status or an outcome type is not in the vocabulary, so it is not known what the outcome means."""

    suggestions: list[str]

    def __str__(self) -> str:
        near = " or ".join(repr(word) for word in self.suggestions)
        usual = (
            "won, lost and pending" if self.field == "outcome_status" else "conversion and response"
        )
        meant = f" Did you mean {near}?" if near else f" Always understood are {usual}."
        example, option = ("won", "") if self.field == "outcome_status" else ("closing", "--type ")
        return (
            f"{self.field} {shown(self.value)} {self.reason}.{meant} "
            f"To teach the log this word: decision-log map {option}'{self.value}={example}'."
        )


class StoreError(DecisionLogError):
    """The log could not do what was asked."""


@dataclass(eq=False)
class UnknownDecision(StoreError, KeyError):
    """A decision is asked for, or an outcome names one, that is not in the log."""

    decision_id: str
    home: str = ""
    hint: str = ""

    def __str__(self) -> str:
        where = f" in {self.home}" if self.home else ""
        hint = f" {self.hint}" if self.hint else ""
        return (
            f"No decision {self.decision_id!r} in the log{where}.{hint} "
            "'decision-log list' shows the ids; 'decision-log log' logs a decision."
        )


@dataclass(eq=False)
class DecisionConflict(StoreError):
    """The same decision_id was logged before with other content."""

    decision_id: str
    differing: list[str]

    def __str__(self) -> str:
        return (
            f"Decision {self.decision_id!r} is already in the log with another "
            f"{', '.join(self.differing)}. A logged decision never changes: "
            "use a new id, or record what changed as an outcome."
        )


@dataclass(eq=False)
class OutcomeConflict(StoreError):
    """The same outcome_id was recorded before with other content."""

    outcome_id: str

    def __str__(self) -> str:
        return (
            f"Outcome {self.outcome_id!r} is already in the log with other content. "
            "Leave the id out to record a further outcome."
        )


@dataclass(eq=False)
class VoidRecord(StoreError):
    """The id belongs to a decision or an outcome that was taken back."""

    kind: str
    record_id: str

    def __str__(self) -> str:
        return (
            f"The {self.kind} {self.record_id!r} was taken back. Leave the id out or choose another one; "
            f"to restore it, use 'decision-log undo' with the id of what took it back "
            "('decision-log history ID' of its decision lists it)."
        )


@dataclass(eq=False)
class VoidDecision(StoreError):
    """An outcome names a decision that was taken back, by the amendment `voided_by`."""

    decision_id: str
    voided_by: str

    def __str__(self) -> str:
        return (
            f"Decision {self.decision_id!r} was taken back, so its outcome cannot be recorded. "
            f"If it counts after all, restore it first: decision-log undo {self.voided_by}"
        )


@dataclass(eq=False)
class StoreUnavailable(StoreError):
    """The log's files cannot be read or written."""

    path: Path
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"The log at {self.path} cannot be used: {self.reason}. {self.remedy}"


class NotPermitted(StoreUnavailable):
    """The user may not open or write the log's files."""


class WriteUncertain(StoreUnavailable):
    """The disk failed after a record had reached the file: it may or may not have been recorded."""


@dataclass(eq=False)
class StoreDamaged(StoreError):
    """The file is there but is not a healthy log; `heals`: it may be rebuilt without being asked for."""

    path: Path
    reason: str
    heals: bool = False

    def __str__(self) -> str:
        return (
            f"The log at {self.path} is damaged: {self.reason}. "
            "'decision-log repair' rebuilds it from the journal and keeps the old file."
        )


@dataclass(eq=False)
class NotInJournal(StoreError):
    """A rebuild from the journal would lose rows of the database."""

    path: Path
    rows: int

    def __str__(self) -> str:
        return (
            f"{self.rows} rows of {self.path} are in no file of its journal, so rebuilding it would lose them. "
            "Restore the missing journal files from a backup first; nothing was changed."
        )


@dataclass(eq=False)
class NewerStore(StoreError):
    """The file was written by a newer version of this program."""

    path: Path
    found: int
    known: int

    def __str__(self) -> str:
        return (
            f"The log at {self.path} has schema version {self.found}, but this program knows only "
            f"versions up to {self.known}. Upgrade with 'pip install --upgrade decision-log'."
        )


@dataclass(eq=False)
class QueryRefused(StoreError):
    """A query is no single SELECT, or the database cannot answer it."""

    reason: str

    def __str__(self) -> str:
        return (
            f"The query was not answered: {self.reason}. Write one statement over the tables of the data dictionary, "
            "e.g. FROM conversion_metrics."
        )


@dataclass(eq=False)
class BackupFailed(StoreError):
    """A backup cannot be made, or does not hold what it should."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"The backup at {self.path} cannot be used: {self.reason}."


@dataclass(eq=False)
class LogExists(StoreError):
    """A backup would be restored over a log."""

    path: Path

    def __str__(self) -> str:
        return (
            f"There is a log at {self.path}, and restoring never overwrites one. "
            "Choose another --home, or move that folder away first."
        )


@dataclass(eq=False)
class HomeKeyDamaged(DecisionLogError):
    """The file of the home's secret key does not hold one."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return (
            f"The secret key of this home, {self.path}, cannot be used: {self.reason}. Put it back from a backup, "
            "or delete it and run 'decision-log train': models made before no longer recognise senders then."
        )


@dataclass(eq=False)
class CannotWrite(DecisionLogError):
    """A file cannot be written where it was asked for."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.path} cannot be written: {self.reason}. What was there before is untouched; "
            "choose another place, or free some space."
        )


@dataclass(eq=False)
class ImportFailed(DecisionLogError):
    """A file to import cannot be read at all."""

    path: Path
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path} cannot be imported: {self.reason}. {self.remedy}"
