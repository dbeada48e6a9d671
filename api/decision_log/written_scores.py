"""Register of the files that `score` has written outside of the usual place, so that `forget` reaches them.

It lies beside the database and holds paths, no texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from decision_store.durable_files import atomic_write
from decision_store.errors import CannotWrite

if TYPE_CHECKING:
    from decision_store.store import Store

NOTES = ".decision-log"
"""Folder in an output folder of `score --out`: what is known of the run and of each finished file."""

RUN = "run.json"
"""Notes of the run itself in that folder; the others are named after the files."""

SUFFIX = ".scored-files"


class WrittenScores:
    """Files of scores, and folders of them, that were written from one log.

    Parameters
    ----------
    store : Store
        The log.
    """

    def __init__(self, store: Store) -> None:
        self._path = store.path.with_suffix(SUFFIX)

    def add(self, path: Path) -> None:
        """Remember a file or an output folder; a home that cannot be written is no error."""
        known, new = self._read(), str(path.absolute())
        if new not in known:
            self._write([*known, new])

    def drop(self, gone: list[Path]) -> None:
        """Remember some no longer."""
        names = {str(path) for path in gone}
        self._write([one for one in self._read() if one not in names])

    def places(self) -> list[Path]:
        """Return the files and folders, as they were named."""
        return [Path(one) for one in self._read()]

    def _read(self) -> list[str]:
        try:
            found = orjson.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return []
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def _write(self, paths: list[str]) -> None:
        with suppress(CannotWrite), atomic_write(self._path) as file:
            file.write(orjson.dumps(paths))


def files_at(place: Path) -> Iterator[Path]:
    """Give the scored files at a place: itself, or those of an output folder by its notes."""
    if not place.is_dir():
        yield place
        return
    for note in sorted((place / NOTES).glob("*.json")):
        if note.name != RUN:
            yield place / note.name.removesuffix(".json")
