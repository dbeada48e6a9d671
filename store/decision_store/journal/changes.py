"""Changes of a log: cheap signs that another process has written, without opening the database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from decision_store.file_state import file_state
from decision_store.journal.append import CHANGE_COUNTER, sizes

_PREDICTION_KINDS = (b'"kind":"prediction"', b'"table_kind":"prediction"')
"""In a journal line of a prediction, or of a segment of them; within a text the quotes are escaped."""

_FINDING_KINDS = (b'"kind":"finding"', b'"table_kind":"finding"')
"""In a line of statuses of insights, which follow from other facts."""


def token(database: Path, journal: Path) -> tuple[object, ...]:
    """Return a value that differs once any process has acknowledged a fact or folded; a few µs.

    Parameters
    ----------
    database, journal : Path
        The DuckDB file and the folder of the journal.
    """
    return (*file_state(database), _change_counter(journal), *file_state(journal))


_VERSION = re.compile(rb'"model_version":"([^"\\]*)"')
"""Who made the prediction in a journal line."""


def only_predictions_since(
    journal: Path, before: Mapping[str, int], by: re.Pattern[str] | None = None
) -> bool:
    """Tell whether nothing but predictions and findings was journalled since; the database is not opened.

    Parameters
    ----------
    before : mapping
        What `sizes` of that folder returned then.
    by : pattern, optional
        Whose predictions do not count as anything; by default everybody's.

    Returns
    -------
    bool
        False also where that cannot be determined, as when a journal file has been replaced.
    """
    now = sizes(journal)
    if any(size > now.get(name, -1) for name, size in before.items()):
        return False
    for name, size in now.items():
        if size == before.get(name, 0):
            continue
        try:
            with (journal / name).open("rb") as file:
                file.seek(before.get(name, 0))
                grown = file.read(size - before.get(name, 0))
        except OSError:
            return False
        if not all(_is_prediction(line, by) for line in grown.splitlines()):
            return False
    return True


def _is_prediction(line: bytes, by: re.Pattern[str] | None) -> bool:
    if any(kind in line for kind in _FINDING_KINDS):
        return True
    if not any(kind in line for kind in _PREDICTION_KINDS):
        return False
    found = _VERSION.search(line) if by is not None else None
    return by is None or (
        found is not None and by.fullmatch(found[1].decode("utf-8", "replace")) is not None
    )


def _change_counter(folder: Path) -> bytes:
    try:
        return (folder / CHANGE_COUNTER).read_bytes()
    except OSError:
        return b""
