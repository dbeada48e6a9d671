"""Backup of a log into a folder, made while others write, and its restoration.

The journal is what is backed up: it holds every fact, and the database is rebuilt from it. Of each file only what the
backup lacks is copied, up to one moment: the number in the sequence of the log that was reached when the backup began.
So an outcome never comes without its decision. What was written is then read back and compared. ``manifest.json`` is
replaced last: a backup that was cut short is the earlier one, with some bytes too many.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import orjson

from decision_store.database import completeness, journal_positions
from decision_store.durable_files import (
    atomic_write_text,
    make_folder,
    private_opener,
    sync,
    sync_folder,
)
from decision_store.errors import BackupFailed, LogExists, NotInJournal
from decision_store.fault_points import reach
from decision_store.home_key import HOME_KEY
from decision_store.journal import append as journal
from decision_store.journal.segment_reader import segment_of
from decision_store.journal.sequence import Sequence

if TYPE_CHECKING:
    from decision_store.database.current import CurrentDatabase

MANIFEST = "manifest.json"
UNFINISHED = "unfinished"
"""An empty file in the folder of a first backup, until its manifest is written."""

FORMAT = 1
_JOURNAL = "journal"
_EXTRA = "home"
_KEPT = ("currency.txt", HOME_KEY)
"""Files of the journal folder, beside journal files and segments, that nothing else can replace."""


class Entry(TypedDict):
    """A file in the manifest; `stored` is the name it has in the backup, where that is another one."""

    bytes: int
    sha256: str
    stored: NotRequired[str]


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds.

    Parameters
    ----------
    folder : Path
        Where it lies.
    files, bytes : int
        In it.
    copied : int
        Bytes that this run copied.
    records : int
        Lines of the journal, the rows of bulk loads not counted.
    """

    folder: Path
    files: int
    bytes: int
    copied: int
    records: int


def back_up(database: CurrentDatabase, folder: Path, extra: Iterable[Path] = ()) -> BackupReport:
    """Bring the backup in a folder up to date, and verify it by reading it back.

    Parameters
    ----------
    folder : Path
        Made where it is missing; a folder with anything but a backup is refused.
    extra : iterable of Path
        Files and folders beside the log's own ``data`` folder that come along, such as settings and models.

    Raises
    ------
    BackupFailed
        The folder holds something else, or what was read back differs.
    NotInJournal
        The journal does not hold every row of the database, so that it cannot be the backup.
    """
    _take(folder)
    target = folder / _JOURNAL
    make_folder(target)
    source, home = database.journal_folder, database.path.parent.parent
    database.fold()
    with database.file.reading() as connection:  # shared: no file is merged away meanwhile
        lost = completeness.uncovered_rows(connection, source, journal_positions.stored(connection))
        if lost:
            raise NotInJournal(database.path, lost)
        last = Sequence(source).reached()
        entries: dict[str, Entry] = {}
        wanted: set[str] = set()
        copied = records = 0
        for name, size in journal.sizes(source).items():
            part = journal.read(source, name, 0, size)
            lines = [line for line in part.lines if line.number is None or line.number <= last]
            data = b"".join(b"%s\n" % line.raw for line in lines)
            records += len(lines)
            wanted |= {s["file"] for line in lines if (s := segment_of(line.payload or b""))}
            copied += _bring_up_to_date(target / name, data)
            entries[f"{_JOURNAL}/{name}"] = _entry(data)
            reach("backup: file copied")
        for name in sorted(wanted) + [name for name in _KEPT if (source / name).exists()]:
            data = (source / Path(name).name).read_bytes()
            entries[f"{_JOURNAL}/{Path(name).name}"] = entry = _changing(name, data)
            copied += _bring_up_to_date(target / entry["stored"], data)
        for path in _files(extra):
            data = path.read_bytes()
            name = f"{_EXTRA}/{path.relative_to(home)}"
            make_folder((folder / name).parent)
            entries[name] = entry = _changing(path.name, data)
            copied += _bring_up_to_date((folder / name).with_name(entry["stored"]), data)
    manifest = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(), "files": entries}
    reach("backup: before manifest")
    atomic_write_text(
        folder / MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode()
    )
    reach("backup: manifest written")
    kept = {folder / MANIFEST, *(_stored(folder, *item) for item in entries.items())}
    for path in _files([folder]):
        if path not in kept:
            path.unlink()  # merged into others, or forgotten
    verified = verify(folder)
    size = sum(entry["bytes"] for entry in verified.values())
    return BackupReport(folder, len(verified), size, copied, records)


def _take(folder: Path) -> None:
    """Make the folder, and mark a first backup as such, so that one that is cut short can be repeated."""
    if any((folder / name).exists() for name in (MANIFEST, UNFINISHED)):
        return
    if folder.exists() and any(folder.iterdir()):
        raise BackupFailed(folder, "the folder holds other things; choose an empty or a new one")
    make_folder(folder)
    with open(folder / UNFINISHED, "ab", opener=private_opener):
        pass


def verify(folder: Path) -> dict[str, Entry]:
    """Read a backup and compare every byte with its manifest; return its files by name.

    Raises
    ------
    BackupFailed
        It is no backup, or a file is missing or differs.
    """
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        entries, form = dict(manifest["files"]), manifest["format"]
        for name, entry in entries.items():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise BackupFailed(folder, f"{name} lies outside it")
            data = _stored(folder, name, entry).read_bytes()[: entry["bytes"]]
            if _entry(data).items() - entry.items():
                raise BackupFailed(folder, f"{name} differs from what was backed up")
    except OSError as error:
        raise BackupFailed(folder, f"{error.filename}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupFailed(folder, f"{MANIFEST} is not that of a backup ({error})") from error
    if form != FORMAT:
        raise BackupFailed(folder, f"it has format {form}, and this program knows {FORMAT}")
    return entries


def restore(backup: Path, database: Path) -> int:
    """Put a verified backup where no log is; return how many files it has.

    The files are copied beside their place and renamed, so that a restoration which is cut short leaves no log. The
    database is rebuilt by the first question.

    Raises
    ------
    LogExists
        There is a log, or a part of one.
    BackupFailed
        The backup does not hold what it should.
    """
    target = database.with_suffix(".journal")
    if database.exists() or target.exists():
        raise LogExists(database)
    files = verify(backup)
    home = database.parent.parent
    make_folder(database.parent)
    unfinished = target.with_name(f".{target.name}.restoring-{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_folder(unfinished)
    try:
        for name, entry in files.items():
            kind, _, rest = name.partition("/")
            place = unfinished / rest if kind == _JOURNAL else home / rest
            if kind != _JOURNAL and place.exists():
                continue  # a settings file that somebody has made already stays
            make_folder(place.parent)
            data = _stored(backup, name, entry).read_bytes()
            _bring_up_to_date(place, data[: entry["bytes"]])
            reach("restore: file copied")
        sync_folder(unfinished)
        reach("restore: before rename")
        if target.exists():
            raise LogExists(database)
        unfinished.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return len(files)


def _bring_up_to_date(path: Path, data: bytes) -> int:
    """Make a file hold these bytes; only what it lacks is written. Return how much that was."""
    held = path.read_bytes() if path.exists() else None
    if held == data:
        return 0
    start = len(held) if held and data.startswith(held) else 0
    if not start:
        path.unlink(missing_ok=True)
    with open(path, "ab", opener=private_opener) as file:
        file.write(data[start:])
        file.flush()
        sync(file.fileno())
    sync_folder(path.parent)
    return len(data) - start


def _entry(data: bytes) -> Entry:
    return {"bytes": len(data), "sha256": sha256(data).hexdigest()}


def _changing(name: str, data: bytes) -> Entry:
    """Return the entry of a file that is replaced as a whole: each content lies under a name of its own."""
    entry = _entry(data)
    return {**entry, "stored": f"{Path(name).name}.{entry['sha256'][:12]}"}


def _stored(folder: Path, name: str, entry: Mapping[str, Any]) -> Path:
    path = folder / name
    return path.with_name(Path(str(entry["stored"])).name) if "stored" in entry else path


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
        elif path.is_file():
            yield path
