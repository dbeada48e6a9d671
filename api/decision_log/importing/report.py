"""Report of an import: what it read and changed, and refused rows by their cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from decision_store import date_formats
from decision_store.facts import BY_KIND
from decision_store.importing import RejectedRow
from decision_store.importing.reconciliation.matching import ReviewItem
from decision_store.importing.understanding import Understanding
from decision_store.store import Reject

__all__ = ["Cause", "ImportReport", "Understanding", "causes"]

_TIMES = frozenset({"timestamp", "received_at", "occurred_at", "recorded_at"})
_EXAMPLES = 3
_KINDS = frozenset(BY_KIND)


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
    understood : tuple of Understanding
        Of each table whose layout or formats had to be found out.
    review : tuple of ReviewItem
        Payments whose decision is not certain; not counted.
    review_file : Path, optional
        Where they are listed, to be completed and imported.
    """

    decisions_read: int
    outcomes_read: int
    added: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]
    conflicting: tuple[Reject, ...]
    notes: tuple[str, ...]
    dry_run: bool
    understood: tuple[Understanding, ...] = ()
    review: tuple[ReviewItem, ...] = ()
    review_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Rows that were refused for one reason.

    Parameters
    ----------
    text : str
        The reason.
    count : int
        How many rows.
    rows : tuple of str
        Each row with its place and full reason.
    remedy : str
        What to do; empty where the reason says it.
    places : str
        Where the first of them are, and a value of the first, in short.
    """

    text: str
    count: int
    rows: tuple[str, ...]
    remedy: str = ""
    places: str = ""


def causes(report: ImportReport) -> list[Cause]:
    """Summarise refused rows by their cause, the most frequent first."""
    found: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for row in report.rejected:
        text, _, value = row.reason.rstrip(".").partition(", but it is ")
        name = text.split(" ", 1)[0]
        remedy = ""
        if name in _TIMES and value and (shape := date_formats.shape_of(value.strip("'\""))):
            text, remedy = f"{name} looks like {shape[0]}", shape[1]
        line = f"{row.path.name}, {row.kind or 'file'} row {row.row_number}: {row.reason}"
        place = (row.path.name, str(row.row_number), value, line)
        found.setdefault((text, remedy), []).append(place)
    for reject in report.conflicting:
        line = f"{reject.kind} {reject.id}: {reject.reason}"
        key = (f"{reject.kind}s: {reject.reason}", "")
        found.setdefault(key, []).append((reject.kind, reject.id, "", line))
    listed = [
        Cause(text, len(rows), tuple(line for *_, line in rows), remedy, _places(rows))
        for (text, remedy), rows in found.items()
    ]
    return sorted(listed, key=lambda cause: -cause.count)


def _places(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """Say where the first rows of one cause are: ``leads.csv rows 2, 3, 4, …, such as 'x'``."""
    first, _, value, _ = rows[0]
    here = [number for name, number, _, _ in rows if name == first]
    more = ", …" if len(rows) > len(here[:_EXAMPLES]) else ""
    listed = (
        f"{first} {'rows' if first not in _KINDS else 'ids'} {', '.join(here[:_EXAMPLES])}{more}"
    )
    return f"{listed}, such as {value}" if value else listed
