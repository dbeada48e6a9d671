"""Standard streams that may be closed, full, or unable to hold every character."""

from __future__ import annotations

import codecs
import json
import os
import sys
from contextlib import suppress
from typing import TextIO

_REPLACEMENTS = {
    "–": "-", "—": "-", "−": "-", "‐": "-", "─": "-", "━": "-", "╌": "-", "│": "|", "…": "...",
    "●": "o", "○": "o", "×": "x", "’": "'", "‘": "'", "“": '"', "”": '"', "•": "*", "≥": ">=",
    "≤": "<=", "→": "->", "█": "#", "▏": "|", "\u00a0": " ", "\u202f": " ",
}  # fmt: skip
"""Plain characters for those of ours that an old encoding lacks."""

_HANDLER = "decision_cli.transliterate"


def prepare_streams() -> None:
    """Give the process streams that can take any text.

    A closed stdout or stderr is replaced by the null device. Where the encoding is not UTF-8, characters
    that it lacks are written as similar ones or as ``?``.
    """
    if sys.stdout is None:
        sys.stdout = _null_device()
    if sys.stderr is None:
        sys.stderr = _null_device()
    codecs.register_error(_HANDLER, _transliterate)
    for stream in (sys.stdout, sys.stderr):
        handler = "backslashreplace" if is_unicode(stream) else _HANDLER
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=handler)


def flush_streams(code: int) -> int:
    """Write what is buffered and return the exit code of the process.

    A reader that went away (``… | head``) is no error. A full disk is: the message goes to stderr and
    the code becomes 1, unless it is an error already.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        with suppress(OSError, ValueError):
            sys.stderr.write(f"Error: the output could not be written: {error.strerror}.\n")
        code = code or 1
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    return code


def say(text: str, *, err: bool = False) -> None:
    """Print a message for people; whatever texts of others it names, nothing in it moves the cursor."""
    print(inert(text), file=sys.stderr if err else sys.stdout)


def inert(text: str) -> str:
    """Replace what would move the cursor; help and names of commands need none of what this loads."""
    from decision_log.text.terminal_text import safe_text

    return safe_text(text)


def write_json(value: object, *, indent: int | None = None) -> None:
    """Print for programs: valid JSON in any encoding, keys in their documented order, nothing else."""
    escaped = not is_unicode(sys.stdout)
    text = json.dumps(value, ensure_ascii=escaped, indent=indent, allow_nan=False)
    sys.stdout.write(f"{text}\n")


def discard_output() -> None:
    """Point stdout at the null device, so that nothing is left to fail when the process ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_unicode(stream: TextIO) -> bool:
    """Tell whether a stream can hold every character."""
    try:
        return codecs.lookup(stream.encoding or "ascii").name.startswith("utf")
    except LookupError:
        return False


def _transliterate(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    part = error.object[error.start : error.end]
    return "".join(_REPLACEMENTS.get(character, "?") for character in part), error.end


def _null_device() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  # stays open with the process
