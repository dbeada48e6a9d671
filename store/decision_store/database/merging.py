"""Merge of small journal files once they are folded, so that many short runs do not slow down every question.

Nothing acknowledged can be lost, even with writers that know nothing of a merge: a file is renamed first, so that its
writer, who looks for it by its path after each write, acknowledges nothing in it any longer; only then is it read to
its end. A crash leaves a file under either name, or its lines twice; folding a line again changes nothing.
"""

from __future__ import annotations

import logging
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from decision_store.database import journal_positions
from decision_store.database.transactions import transaction
from decision_store.durable_files import atomic_write, sync_folder
from decision_store.errors import DecisionLogError
from decision_store.fault_points import reach
from decision_store.journal import append as journal
from decision_store.journal.payloads import encode
from decision_store.journal.read import MERGED
from decision_store.journal.segment_lines import expanded, referred_to
from decision_store.journal.segment_reader import is_small, segment_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

logger = logging.getLogger(__name__)

SMALL_FILES = 64
"""Small files from which on they are merged."""

_PID = re.compile(r"-(\d+)-[0-9a-f]+(\.v1)?\.jl$")


@dataclass(slots=True)
class _Group:
    """Files that become one, their folded lines, and those that no fold has seen yet."""

    files: list[str] = field(default_factory=list)
    folded: list[bytes] = field(default_factory=list)
    waiting: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(map(len, self.folded)) + sum(map(len, self.waiting))


def merge(
    connection: DuckDBPyConnection,
    folder: Path,
    *,
    at_least: int = SMALL_FILES,
    segments: bool = False,
) -> int:
    """Merge the small files that nobody writes to; return how many there were.

    Called under the exclusive lock, with the database attached. Errors of the disk leave the files as they are.

    Parameters
    ----------
    at_least : int
        Nothing is done where fewer than these could be merged.
    segments : bool, default=False
        Whether small segments become lines of the journal file that refers to them.
    """
    sizes = journal.sizes(folder)
    left_over = any(name.startswith(journal.RETIRED) for name in sizes)
    if not (segments or left_over) and len(sizes) < max(2, at_least):
        return 0
    positions = journal_positions.stored(connection)
    folded = {
        name: size
        for name, size in sizes.items()
        if size
        and _is_folded(size, journal_positions.progress(positions, name))
        and not _is_written_elsewhere(name)
    }
    referring = {
        name
        for name, size in folded.items()
        if segments
        and any(
            is_small(segment_of(line.payload or b""))
            for line in journal.read(folder, name, 0, size).lines
        )
    }
    small = [
        name for name, size in folded.items() if size < journal.ROTATE_BYTES or name in referring
    ]
    left_over = any(name.startswith(journal.RETIRED) for name in small)
    if len(small) < (1 if referring else 2 if left_over else max(2, at_least)):
        return 0
    merged = 0
    try:
        for group in _groups(folder, small, positions):
            _replace(connection, folder, group, segments=segments)
            merged += len(group.files)
    except (OSError, DecisionLogError) as error:
        logger.warning("journal files could not be merged; they stay as they are: %s", error)
    return merged


def _is_folded(size: int, progress: tuple[int, int]) -> bool:
    """Tell whether a fold has looked at a whole file; it may have seen more, of a write that failed."""
    position, seen = progress
    return position <= size <= seen


def _is_written_elsewhere(name: str) -> bool:
    """Tell whether a program of format 1, which holds no lock on its file, may still be writing to it."""
    found = _PID.search(name)
    if found is None or int(found[1]) == os.getpid():
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _groups(
    folder: Path, names: Sequence[str], positions: Mapping[str, tuple[int, int]]
) -> Iterator[_Group]:
    group = _Group()
    for name in names:
        if (found := _retire(folder, name, journal_positions.progress(positions, name)[0])) is None:
            continue
        retired, folded, waiting = found
        group.files.append(retired)
        group.folded.append(folded)
        group.waiting.append(waiting)
        if group.size >= journal.ROTATE_BYTES:
            yield group
            group = _Group()
    if group.files:
        yield group


def _retire(folder: Path, name: str, position: int) -> tuple[str, bytes, bytes] | None:
    """Rename a file, then read it to its end; None where somebody writes to it or it is damaged."""
    path = folder / name
    with path.open("rb") as file:
        if not journal.lock_file(file.fileno()):
            return None
        part = journal.read(folder, name, 0, os.fstat(file.fileno()).st_size)
        if any(line.payload is None for line in part.lines) or b"\0" in part.rest:
            return None  # what is wrong with it stays where doctor finds it
        retired = name if name.startswith(journal.RETIRED) else f"{journal.RETIRED}{name}"
        reach("merge: before retiring")
        path.rename(folder / retired)
        reach("merge: retired")
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    return retired, whole[:position], whole[position:]


def _replace(
    connection: DuckDBPyConnection, folder: Path, group: _Group, *, segments: bool
) -> None:
    """Write one file in place of several; the database knows of it before they go."""
    names = {name.removeprefix(journal.RETIRED) for name in group.files} | set(group.files)
    digests = ",".join(sorted(f"{zlib.crc32(name.encode()):08x}" for name in names))
    # Earlier lists of merged files move along: a database that is older than these merges needs them.
    head = journal.line(encode(MERGED, {"files": digests}))
    target = folder / f"{journal.unique_name()}.v{journal.FORMAT}.jl"
    expanded_files: set[str] = set()
    with atomic_write(target) as file:
        file.write(head)
        for lines in group.folded:
            kept, replaced = expanded(folder, lines) if segments else (lines, ())
            expanded_files.update(replaced)
            file.write(kept)
        position = file.tell()
        file.writelines(group.waiting)
        reach("merge: written")
    reach("merge: in place")
    with transaction(connection):
        connection.execute(
            "DELETE FROM journal_positions WHERE file IN (SELECT unnest(?))", [sorted(names)]
        )
        connection.execute(
            "INSERT INTO journal_positions VALUES (?, ?, ?)",
            [target.name, position, position],
        )
    reach("merge: committed")
    for name in group.files:
        with suppress(FileNotFoundError):
            (folder / name).unlink()
            reach("merge: removing")
    sync_folder(folder)
    if expanded_files:
        for name in expanded_files - referred_to(folder, expanded_files):
            (folder / name).unlink(missing_ok=True)
            reach("merge: segment removed")
