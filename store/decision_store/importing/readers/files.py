"""Recognition of file formats, by content before name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decision_store.errors import ImportFailed
from decision_store.importing.readers.csv_files import read_csv
from decision_store.importing.readers.encodings import decode, is_utf16
from decision_store.importing.readers.json_files import read_json
from decision_store.importing.readers.parquet_files import read_parquet
from decision_store.importing.readers.sqlite_files import MAGIC as SQLITE_MAGIC
from decision_store.importing.readers.sqlite_files import read_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from decision_store.importing.batches import RawTable

_FORMATS = "SQLite, JSON Lines, JSON, CSV or Parquet"
_FOREIGN = {
    b"PK\x03\x04": ("a zip archive or a spreadsheet", "Save the sheet as CSV, or unpack it"),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "Save the sheet as CSV"),
    b"\x1f\x8b": ("compressed", "Unpack it first"),
    b"\x28\xb5\x2f\xfd": ("compressed", "Unpack it first"),
    b"%PDF": ("a PDF document", "Export the data as CSV"),
    b"{\\rtf": ("a text document (RTF)", "Export the data as CSV"),
    b"DUCK": ("a DuckDB file", "Export its tables as Parquet"),
}
_NAMED_BY_SUFFIX = {
    ".db": "SQLite database",
    ".sqlite": "SQLite database",
    ".sqlite3": "SQLite database",
    ".parquet": "Parquet file",
    ".pq": "Parquet file",
}


def tables_of(
    path: Path, encoding: str | None = None, mapped: Iterable[str] = ()
) -> list[RawTable]:
    """Return the tables in a file.

    Parameters
    ----------
    encoding : str, optional
        Of a text file; found out by default.
    mapped : iterable of str
        Columns that the user maps; of JSON also those inside of objects, by dotted names.

    Raises
    ------
    ImportFailed
        If it is not there, cannot be read, or is of no known format.
    """
    head = _head(path)
    try:
        if head.startswith(SQLITE_MAGIC):
            return read_sqlite(path)
        if head.startswith(b"PAR1"):
            return [read_parquet(path)]
        _refuse_foreign(path, head)
        suffix = path.suffix.lower()
        text = decode(head).text.lstrip()
        if suffix in {".json", ".jsonl", ".ndjson"} or text.startswith(("{", "[")):
            return read_json(path, encoding, mapped)
        return [read_csv(path, encoding)]
    except LookupError:
        reason = f"there is no encoding {encoding!r}"
        raise ImportFailed(path, reason, "Write utf-8, utf-16, cp1252 or latin-1.") from None
    except OSError as error:
        raise ImportFailed(path, f"it cannot be read ({error.strerror})", "Try again") from error


def _head(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ImportFailed(path, "it is a folder", f"Name its files ({_FORMATS})")
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise ImportFailed(path, "there is no such file", "Check the path.") from None
    except PermissionError:
        remedy = "Make it readable for you (chmod u+r)"
        raise ImportFailed(path, "you may not read it", remedy) from None
    except OSError as error:
        raise ImportFailed(path, f"it cannot be read ({error.strerror})", "Check it") from error
    if not head.strip():
        raise ImportFailed(path, "it is empty", "Check that it is the right file")
    return head


def _refuse_foreign(path: Path, head: bytes) -> None:
    if head.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in head:
        raise ImportFailed(path, "it is an Excel workbook", "Open it and save the sheet as CSV")
    mark = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if mark.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head")):
        reason = "it is a web page (HTML), as some programs save under the name of a spreadsheet"
        raise ImportFailed(path, reason, "Open it in a spreadsheet and save it as CSV")
    if mark.startswith(b"<"):
        raise ImportFailed(path, "it is XML", "Export the data as CSV or JSON")
    for magic, (what, remedy) in _FOREIGN.items():
        if head.startswith(magic) or (magic == b"DUCK" and head[8:12] == magic):
            raise ImportFailed(path, f"it is {what}", remedy)
    expected = _NAMED_BY_SUFFIX.get(path.suffix.lower())
    if expected:
        raise ImportFailed(
            path,
            f"it is no {expected}: it is damaged, encrypted or something else",
            f"Wanted is {_FORMATS}",
        )
    # Text holds no control characters but white space; random bytes do within a few.
    line = head.split(b"\n", 1)[0]
    if not is_utf16(head) and any(byte < 32 and byte not in b"\t\r\f\v" for byte in line):
        raise ImportFailed(
            path, "it is neither text nor a known format (or is encrypted)", f"Wanted is {_FORMATS}"
        )
