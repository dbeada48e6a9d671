"""Cache of the names that the log knows, so that logging a decision can warn of a misspelt one without a database.

Lines of JSON, ``[field, key, name as shown]``: writers append what is new, the fold replaces the whole. The file can
be deleted at any time; the next fold of a decision writes it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import orjson

from decision_store.durable_files import atomic_write, private_opener
from decision_store.errors import DecisionLogError
from decision_store.file_state import NO_FILE, file_state
from decision_store.names import NameTable, name_key

MOST_NAMES = 20_000
"""A log with more coins its names by program; misspellings are not looked for then."""

NameRow = tuple[str, str, str]


class NameCache:
    """Cache of names by field.

    Parameters
    ----------
    folder : Path
        The journal folder.

    Examples
    --------
    >>> import tempfile
    >>> cache = NameCache(Path(tempfile.mkdtemp()))
    >>> cache.add({"opportunity_type": "Golf Coaching"})
    >>> cache.unknown({"opportunity_type": "golf_coaching"}), cache.unknown({"opportunity_type": "job"})
    ([], ['opportunity_type'])
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "names.cache"
        self._seen: tuple[int, int, int] | None = None
        self._shown: dict[str, dict[str, str]] = {}
        self._count = 0

    def unknown(self, names: Mapping[str, str]) -> list[str]:
        """Return the fields whose name was not met before."""
        shown = self._current()
        return [
            field for field, name in names.items() if name_key(name) not in shown.get(field, {})
        ]

    def add(self, names: Mapping[str, str]) -> None:
        """Keep names, by field. Errors are ignored: it is a cache."""
        fresh = [
            (field, name_key(names[field]), names[field])
            for field in self.unknown(names)
            if self._count < MOST_NAMES
        ]
        if not fresh:
            return
        lines = b"".join(orjson.dumps(row) + b"\n" for row in fresh)
        with suppress(OSError), open(self._path, "ab", opener=private_opener) as file:
            file.write(lines)

    def write(self, rows: Iterable[NameRow]) -> None:
        """Replace what is kept. Errors are ignored: it is a cache."""
        content = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        with suppress(OSError, DecisionLogError):
            if self._path.exists() and self._path.read_bytes() == content:
                return
            with atomic_write(self._path) as file:
                file.write(content)

    def tables(self) -> dict[str, NameTable]:
        """Return the known names by field."""
        return {field: NameTable(shown) for field, shown in self._current().items()}

    def _current(self) -> dict[str, dict[str, str]]:
        """Read the file again where it has changed."""
        seen = file_state(self._path)
        if seen == NO_FILE:
            self._seen, self._shown, self._count = None, {}, 0
        elif seen != self._seen:
            self._shown, self._count = _read(self._path)
            self._seen = seen
        return self._shown


def _read(path: Path) -> tuple[dict[str, dict[str, str]], int]:
    shown: dict[str, dict[str, str]] = {}
    count = 0
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return shown, count
    for line in lines:
        with suppress(ValueError, TypeError):  # a line that was cut, or is of another version
            field, key, name = orjson.loads(line)
            shown.setdefault(field, {}).setdefault(key, name)
            count += 1
    return shown, count
