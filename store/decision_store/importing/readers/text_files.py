"""Text files opened in their encoding: UTF-8 is read as it comes, any other encoding needs the whole file."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from decision_store.importing.readers.encodings import decode, is_utf16

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK_BYTES = 4 << 20
_HEAD_BYTES = 4096
_LONGEST_LINE = 1 << 20  # of those above the rows
_INERT = tuple(f"'{sign}".encode() for sign in "=+-@\t\r'")


@dataclass(frozen=True, slots=True)
class OpenText:
    """A text file to be read line by line.

    Parameters
    ----------
    lines : iterator of str
        With their ends as in the file; a byte that is not valid is an unpaired surrogate.
    encoding : str
        Its name as people write it.
    certain : bool
        False where it was guessed.
    has_inert_cells : bool
        Whether some cell may begin with an apostrophe that makes it no formula for a spreadsheet.
    utf8 : Path, optional
        The file, where it is in UTF-8.
    """

    lines: Iterator[str]
    encoding: str
    certain: bool
    has_inert_cells: bool
    utf8: Path | None = None

    def offset(self, lines: int) -> int | None:
        """Return where a file in UTF-8 goes on after some lines; None where they end otherwise than by a line feed."""
        if self.utf8 is None:
            return None
        with self.utf8.open("rb") as file:
            if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
                file.seek(0)
            for _ in range(lines):
                line = file.readline(_LONGEST_LINE)
                if not line.endswith(b"\n") or line.count(b"\r") != line.endswith(b"\r\n"):
                    return None
            return file.tell()


def open_text(path: Path, encoding: str | None = None) -> OpenText:
    """Open a text file, in the encoding stated by the user or found out."""
    if encoding is None:
        is_utf8, has_inert = _looked_through(path)
        if is_utf8:
            return OpenText(
                _lines(path), "UTF-8", certain=True, has_inert_cells=has_inert, utf8=path
            )
    decoded = decode(path.read_bytes(), encoding)
    has_inert = any(pair.decode() in decoded.text for pair in _INERT)
    lines = iter(io.StringIO(decoded.text, newline=""))
    return OpenText(lines, decoded.encoding, decoded.certain, has_inert)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from file


def _looked_through(path: Path) -> tuple[bool, bool]:
    """Tell whether a file is valid UTF-8, and whether it may have inert cells."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_inert, last = False, b""
    with path.open("rb") as file:
        if is_utf16(file.read(_HEAD_BYTES)):
            return False, False
        file.seek(0)
        while block := file.read(_BLOCK_BYTES):
            whole = last + block
            has_inert = has_inert or (b"'" in whole and any(pair in whole for pair in _INERT))
            last = block[-1:]
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False, has_inert
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, has_inert
    return True, has_inert
