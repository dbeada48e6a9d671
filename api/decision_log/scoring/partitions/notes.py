"""Notes of a run in the output folder: the state it scores with, and what each finished file was made from.

They hold no text of an opportunity. A damaged or foreign note is as good as none: the file is scored again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from decision_log.scoring.partitions.partition import Partition, Task
from decision_log.scoring.state import read_notes, written_state
from decision_log.written_scores import NOTES, RUN
from decision_store.durable_files import atomic_write
from decision_store.errors import DecisionLogError
from decision_store.file_state import file_state

LOCK = "lock"


class FolderInUse(DecisionLogError):
    """Another process scores into the same folder."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        super().__init__(holder)

    def __str__(self) -> str:
        who = f" ({self.holder})" if self.holder else ""
        return f"Another process{who} is scoring into this folder. Wait until it has finished, or choose another --out."


class RunNotes:
    """The notes in one output folder.

    Parameters
    ----------
    folder : Path
        The output folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / NOTES
        self.lock = self._folder / LOCK

    def run(self) -> dict[str, Any]:
        """Return the notes of the last run: ``state``, ``moment``, ``finished``; empty where there are none."""
        return self._read(RUN)

    def begin(self, state: Mapping[str, Any], moment: datetime) -> None:
        """Note what a run scores with."""
        self._write(RUN, {"state": state, "moment": moment.isoformat(), "finished": False})

    def finish(self) -> None:
        """Note that all files of the run are done."""
        self._write(RUN, {**self.run(), "finished": True})

    def finished(self, task: Task, run: str) -> Partition | None:
        """Return the result of a file that a run has finished, None where it or its input has changed since."""
        note = self._read(f"{task.target.name}.json")
        same = (
            note.get("run") == run
            and note.get("source") == written_state(task.source)
            and note.get("target") == list(file_state(task.target))
        )
        try:
            return Partition(**note["partition"]) if same else None
        except (KeyError, TypeError):
            return None

    def note(self, task: Task, source: list[Any], run: str, made: Partition) -> None:
        """Note that a file is done.

        Parameters
        ----------
        source : list
            `written_state` of the input before it was read.
        run : str
            The identity of the run.
        """
        self._write(
            f"{task.target.name}.json",
            {
                "run": run,
                "source": source,
                "target": file_state(task.target),
                "partition": asdict(made),
            },
        )

    def _read(self, name: str) -> dict[str, Any]:
        return read_notes(self._folder / name)

    def _write(self, name: str, note: Mapping[str, Any]) -> None:
        with atomic_write(self._folder / name) as file:
            file.write(orjson.dumps(note))
