"""Loading history: read files, refuse bad rows by number, load the rest, say what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from decision_log.records import CLOCK_SKEW, Intake
from decision_store.importing import RejectedRow, read_history
from decision_store.store import Reject, Store


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read and what it changed.

    Parameters
    ----------
    decisions_read, outcomes_read : int
        Acceptable rows in the files.
    added, unchanged : int
        Of those: new in the log, and there before. Both 0 in a dry run.
    rejected : tuple of RejectedRow
        Rows that cannot be read, by number and reason.
    conflicting : tuple of Reject
        Rows that contradict what the log holds, by id and reason.
    notes : tuple of str
        Such as columns that went into the context.
    dry_run : bool
        Nothing was written.
    """

    decisions_read: int
    outcomes_read: int
    added: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]
    conflicting: tuple[Reject, ...]
    notes: tuple[str, ...]
    dry_run: bool


def import_history(
    store: Store,
    paths: Sequence[Path],
    *,
    kind: str | None,
    mapping: Mapping[str, str] | None,
    intake: Intake,
    dry_run: bool,
    progress: Callable[[int, int | None], None] | None,
) -> ImportReport:
    """Read the files and load what is acceptable; importing twice changes nothing.

    Raises
    ------
    ImportFailed
        A file cannot be read at all; nothing has been loaded then.
    """
    history = read_history(
        paths,
        kind=kind,
        mapping=mapping,
        zone=intake.zone,
        now=intake.now + CLOCK_SKEW,
        progress=progress,
    )
    result = None if dry_run else store.load(history.decisions, history.outcomes, None)
    return ImportReport(
        decisions_read=history.decisions.num_rows,
        outcomes_read=history.outcomes.num_rows,
        added=result.added if result else 0,
        unchanged=result.unchanged if result else 0,
        rejected=history.rejected,
        conflicting=result.rejected if result else (),
        notes=history.notes,
        dry_run=dry_run,
    )
