"""What can go wrong with the log. Every message says what, with which value, and what to do next.

DecisionLogError
├── InvalidRecord (ValueError)      a field of a decision or an outcome is not acceptable
├── StoreError
│   ├── UnknownDecision (KeyError)  an outcome names a decision that is not in the log
│   ├── DecisionConflict            the same decision_id was logged before with other content
│   ├── OutcomeConflict             the same outcome_id was recorded before with other content
│   ├── StoreUnavailable            the file cannot be read or written (permissions, disk, no file)
│   ├── StoreDamaged                the file is there but is not a healthy log
│   └── NewerStore                  a newer version of this program wrote the file
├── CannotWrite                     a file cannot be written where it was asked for
└── ImportFailed                    a file to import cannot be read at all
"""

from __future__ import annotations

from pathlib import Path


class DecisionLogError(Exception):
    """Anything this program can tell a person in one message."""


class InvalidRecord(DecisionLogError, ValueError):
    """A field of a record holds a value that cannot be accepted."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        self.field = field
        self.value = value
        self.reason = reason
        super().__init__(field, value, reason)

    def __str__(self) -> str:
        shown = repr(self.value)
        if len(shown) > 80:
            shown = f"{shown[:77]}..."
        return f"{self.field} {self.reason}, but it is {shown}."


class StoreError(DecisionLogError):
    """The log could not do what was asked."""


class UnknownDecision(StoreError, KeyError):
    """An outcome names a decision that is not in the log."""

    def __init__(self, decision_id: str) -> None:
        self.decision_id = decision_id
        super().__init__(decision_id)

    def __str__(self) -> str:
        return (
            f"No decision {self.decision_id!r} in the log, so nothing can be recorded about it. "
            "Log it first with 'decision-log log', or check the id."
        )


class DecisionConflict(StoreError):
    """The same decision_id was logged before with other content."""

    def __init__(self, decision_id: str, differing: list[str]) -> None:
        self.decision_id = decision_id
        self.differing = differing
        super().__init__(decision_id, differing)

    def __str__(self) -> str:
        return (
            f"Decision {self.decision_id!r} is already in the log with another "
            f"{', '.join(self.differing)}. A logged decision never changes: "
            "use a new id, or record what changed as an outcome."
        )


class OutcomeConflict(StoreError):
    """The same outcome_id was recorded before with other content."""

    def __init__(self, outcome_id: str) -> None:
        self.outcome_id = outcome_id
        super().__init__(outcome_id)

    def __str__(self) -> str:
        return (
            f"Outcome {self.outcome_id!r} is already in the log with other content. "
            "Leave the id out to record a further outcome."
        )


class StoreUnavailable(StoreError):
    """The log's files cannot be read or written."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        self.path = path
        self.reason = reason
        self.remedy = remedy
        super().__init__(path, reason, remedy)

    def __str__(self) -> str:
        return f"The log at {self.path} cannot be used: {self.reason}. {self.remedy}"


class StoreDamaged(StoreError):
    """The file is there but is not a healthy log."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        return (
            f"The log at {self.path} is damaged: {self.reason}. "
            "Run 'decision-log doctor' to see what can be rebuilt from the journal."
        )


class NewerStore(StoreError):
    """The file was written by a newer version of this program."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        self.path = path
        self.found = found
        self.known = known
        super().__init__(path, found, known)

    def __str__(self) -> str:
        return (
            f"The log at {self.path} has schema version {self.found}, but this program knows only "
            f"versions up to {self.known}. Upgrade with 'pip install --upgrade decision-log'."
        )


class CannotWrite(DecisionLogError):
    """A file cannot be written where it was asked for."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        return (
            f"{self.path} cannot be written: {self.reason}. What was there before is untouched; "
            "choose another place, or free some space."
        )


class ImportFailed(DecisionLogError):
    """A file to import cannot be read at all."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        self.path = path
        self.reason = reason
        self.remedy = remedy
        super().__init__(path, reason, remedy)

    def __str__(self) -> str:
        return f"{self.path} cannot be imported: {self.reason}. {self.remedy}"
