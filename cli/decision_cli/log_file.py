"""The home's log file: what each command did, in identifiers, counts and durations; no texts."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAX_BYTES = 1_000_000
FILES_KEPT = 3

_logger = logging.getLogger("decision_cli")


class Activity:
    """The facts that one command leaves in the log file.

    Examples
    --------
    >>> activity = Activity("import")
    >>> activity.note(added=3, rejected=0)
    >>> activity.line(failed=None)
    'import added=3 rejected=0 in ... ms'
    """

    def __init__(self, command: str) -> None:
        self.command = command
        self._facts: dict[str, object] = {}
        self._started = time.monotonic()

    def note(self, **facts: object) -> None:
        """Add identifiers or counts; never a text, a name or an address."""
        self._facts.update(facts)

    def line(self, failed: BaseException | None) -> str:
        """Write the facts in one line, with the duration and the kind of error, if any."""
        words = [self.command, *(f"{name}={value}" for name, value in self._facts.items())]
        if failed is not None:
            words.append(f"failed={type(failed).__name__}")
        milliseconds = 1000 * (time.monotonic() - self._started)
        return " ".join(words).replace("\n", " ") + f" in {milliseconds:.0f} ms"


@contextmanager
def logged(command: str, path: Path) -> Iterator[Activity]:
    """Log what a command does to a file, where a log lives beside it and it can be written.

    A command must work in a home that it may only read, and must not leave a folder behind in one
    that holds no log; then nothing is logged.

    Parameters
    ----------
    command : str
        Its name.
    path : Path
        ``logs/decision-log.log`` in the home. Beyond `MAX_BYTES` a new one is started and `FILES_KEPT`
        old ones stay, as ``decision-log.log.1`` and so on.
    """
    activity = Activity(command)
    handler = _FileHandler(path)
    handler.setFormatter(_SafeFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    previous = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    failed: BaseException | None = None
    try:
        yield activity
    except BaseException as error:
        failed = error
        raise
    finally:
        _logger.log(logging.ERROR if failed else logging.INFO, "%s", activity.line(failed))
        root.setLevel(previous)
        root.removeHandler(handler)
        handler.close()


class _SafeFormatter(logging.Formatter):
    """Writes texts of others so that nothing moves the cursor of who reads the file in a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        from decision_log.text.terminal_text import safe_text

        return safe_text(super().format(record))


class _FileHandler(logging.Handler):
    """Appends whole lines with one write each, so that processes may share the file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line; a log file that cannot be written is no reason to fail."""
        home = self._path.parent.parent
        if not (home / "data").is_dir():
            return
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            self._rotate()
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            file = os.open(self._path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                os.write(file, line)
            finally:
                os.close(file)

    def _rotate(self) -> None:
        try:
            if self._path.stat().st_size < MAX_BYTES:
                return
        except FileNotFoundError:
            return
        for number in range(FILES_KEPT, 0, -1):
            older = self._path if number == 1 else self._numbered(number - 1)
            with suppress(FileNotFoundError):
                older.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
