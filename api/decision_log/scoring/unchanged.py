"""Notes on written files of scores, so that the same input and the same log are not scored again.

They lie beside the database, may be deleted at any time, and hold counts and names of types and sources, no texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from decision_log.scoring.ranked_rows import first_rows
from decision_log.scoring.reader import STDIN
from decision_log.scoring.scored_file import ScoredFile
from decision_log.scoring.state import (
    NO_STATED,
    ScoringState,
    read_notes,
    stated_digest,
    written_state,
)
from decision_store.durable_files import atomic_write
from decision_store.errors import CannotWrite, StoreError
from decision_store.file_state import file_state

if TYPE_CHECKING:
    from decision_log.log import Log

MOST_FILES = 100
"""Files that are remembered; the one written longest ago goes first."""

_COUNTS = (
    "model_version", "total_opportunities", "average_score", "total_predicted_revenue", "priority_breakdown",
    "data_sources", "repeated_ids", "warnings",
)  # fmt: skip
_JSON = ".json"


class ScoredNotes:
    """The notes about one file of scores; made before the input is read, so that they tell what it was made from.

    Parameters
    ----------
    log : Log
    source, target : Path
        Input and output.
    options : mapping of str to str
        As of :class:`ScoringState`.
    """

    def __init__(self, log: Log, source: Path, target: Path, options: Mapping[str, str]) -> None:
        self._path = log.store.path.with_suffix(".scores-cache")
        self._log = log
        self._source = source
        self._target = target
        self._state = ScoringState.now(log, options)
        self._input = written_state(source)

    def unchanged(self, top: int) -> ScoredFile | None:
        """Return what was written where it would be written again; None where it would not, or cannot be told."""
        if self._source == STDIN:
            return None
        note = read_notes(self._path).get(str(self._target.absolute()))
        if note is None or self._differs(note):
            return None
        try:
            best, rejected = first_rows(self._target, top)
            found = ScoredFile(
                self._target,
                datetime.fromisoformat(note["generated_at"]),
                **note["counts"],
                rejected=rejected,
                top=best,
                unchanged=True,
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if note.get("rejected") == len(rejected) else None

    def note(self, report: ScoredFile, *, listens: bool) -> None:
        """Remember what was written; a folder that cannot be written is no error.

        Parameters
        ----------
        listens : bool
            Whether the model uses what others stated.
        """
        # A server may have scored with rates from before the newest facts, and only JSON has a place for what was
        # rejected.
        server = self._log.rate_fits.patience > 0
        no_place = bool(report.rejected) and self._target.suffix.lower() != _JSON
        if (
            self._source == STDIN
            or server
            or no_place
            or self._input != written_state(self._source)
        ):
            return
        state = self._state.as_json()
        with suppress(CannotWrite, StoreError):
            notes = read_notes(self._path)
            notes.pop(str(self._target.absolute()), None)
            notes[str(self._target.absolute())] = {
                "state": {**state, "stated": stated_digest(self._log) if listens else NO_STATED},
                "input": self._input,
                "output": file_state(self._target),
                "generated_at": report.generated_at.isoformat(),
                "counts": {name: getattr(report, name) for name in _COUNTS},
                "rejected": len(report.rejected),
            }
            newest = dict(list(notes.items())[-MOST_FILES:])
            with atomic_write(self._path) as file:
                file.write(orjson.dumps(newest))

    def _differs(self, note: Mapping[str, Any]) -> bool:
        return not (
            note.get("input") == self._input
            and note.get("output") == list(file_state(self._target))
            and isinstance(note.get("state"), dict)
            and self._state.holds(self._log, note["state"])
        )
