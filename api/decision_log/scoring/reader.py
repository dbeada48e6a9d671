"""Reader of opportunities: an envelope, a list, JSON Lines, CSV or Parquet; a file or standard input."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from decision_log.scoring.input_checks import KNOWN_KEYS
from decision_log.scoring.item_json import json_of
from decision_log.scoring.key_map import ENVELOPE_KEY
from decision_store.errors import DecisionLogError, ImportFailed

if TYPE_CHECKING:
    import pyarrow as pa

_UTF8_MARK = b"\xef\xbb\xbf"

WANTED = (
    'expected {"opportunities": [...]}, a list of objects, or one object on each line (JSON Lines)'
)

_Read = TypeVar("_Read")


_MISSING = "there is no such file. Put the opportunities there, name their file, or give '-' for standard input"


class UnreadableOpportunities(DecisionLogError):
    """A file of opportunities cannot be read at all."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        name = "Standard input" if self.path == STDIN else self.path
        return f"{name} cannot be scored: {self.reason}."


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that cannot be scored.

    Parameters
    ----------
    index : int
        Its place in the input, from 0.
    reason : str
        Why.
    item : object
        The item as it was found, or its text where it is not JSON.
    """

    index: int
    reason: str
    item: object


@dataclass(frozen=True, slots=True)
class OpportunityFile:
    """Items of a file, not decoded yet: each the bytes of one JSON value.

    Parameters
    ----------
    items : list of Raw
        The JSON of each, without blanks around it.
    places : sequence of int
        Where in the input each of ``items`` stands.
    rejected : list of Rejected
        What is not even JSON, or holds numbers that JSON does not know.
    table : pyarrow.Table, optional
        The whole table, where the file is Parquet: ``places`` are its rows.
    """

    items: list[msgspec.Raw]
    places: Sequence[int]
    rejected: list[Rejected]
    table: pa.Table | None = None


STDIN = Path("-")
"""Stands for standard input."""

TABLE_SUFFIXES = frozenset({".csv", ".tsv"})


def read_opportunities(path: Path, *, envelope: str = ENVELOPE_KEY) -> OpportunityFile:
    """Read a file of opportunities, or standard input.

    Parameters
    ----------
    path : Path
        A file; its suffix says what it is (``.parquet``, ``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson``,
        otherwise JSON or JSON Lines). ``-`` is standard input, which may also be CSV.
    envelope : str
        Key of the list of items, where the file is one object.

    Raises
    ------
    UnreadableOpportunities
        It is missing, empty, not JSON, or not in one of the known shapes; the message says where
        and what was found.
    """
    if path == STDIN:
        return _from_stdin(envelope)
    try:
        if path.suffix.lower() == ".parquet":
            table = _parquet_table(path)
            return replace(_from_objects(table.to_pylist()), table=table)
        if path.suffix.lower() in TABLE_SUFFIXES:
            return _from_table(path, path)
        data = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableOpportunities(path, _MISSING) from None
    except IsADirectoryError:
        raise UnreadableOpportunities(path, "it is a folder") from None
    except OSError as error:
        raise UnreadableOpportunities(path, error.strerror or str(error)) from None
    lines = path.suffix.lower() in {".jsonl", ".ndjson"}
    return _from_bytes(path, data, envelope, lines=lines)


def _from_stdin(envelope: str) -> OpportunityFile:
    """Read standard input: JSON where it begins like JSON, otherwise CSV."""
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or sys.stdin.isatty():
        raise UnreadableOpportunities(STDIN, f"standard input holds nothing; {WANTED}")
    data: bytes = stream.read()
    start = data.removeprefix(_UTF8_MARK).lstrip()
    if not start or start[:1] in b'[{"' or start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _from_bytes(STDIN, data, envelope, lines=False)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "stdin.csv"
        copy.write_bytes(data)
        return _from_table(STDIN, copy)


def _from_bytes(path: Path, data: bytes, envelope: str, *, lines: bool) -> OpportunityFile:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        with suppress(UnicodeDecodeError):
            data = data.decode("utf-16").encode()
    data = data.removeprefix(_UTF8_MARK)
    if not data or data.isspace():
        raise UnreadableOpportunities(path, f"it is empty; {WANTED}")
    try:
        if not data.isascii():
            data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableOpportunities(path, f"line {line} is not UTF-8 text") from None
    return _json_lines(data) if lines else _json(path, data, envelope)


def _json(path: Path, data: bytes, envelope: str) -> OpportunityFile:
    raw = _try(lambda: msgspec.json.decode(data, type=list[msgspec.Raw])) or _listed(data, envelope)
    if raw is not None:
        return OpportunityFile(raw, range(len(raw)), [])
    found = _object(data)
    inner = _inside(found or {}, envelope)
    if inner is not None:
        raw = _try(lambda: msgspec.json.decode(inner, type=list[msgspec.Raw]))
        if raw is not None:
            return OpportunityFile(raw, range(len(raw)), [])
        raise UnreadableOpportunities(path, f'"{envelope}" must be a list; {WANTED}')
    if found is not None:
        lists = _lists(found)
        raise UnreadableOpportunities(path, _other_envelope(list(found), lists))
    return _lenient(path, data, envelope)


def _listed(data: bytes, key: str) -> list[msgspec.Raw] | None:
    """Read the list under a key of an object; None where there is none."""
    items = [("items", list[msgspec.Raw])]
    try:
        envelope = msgspec.defstruct("Envelope", items, rename={"items": key})
    except ValueError:  # quotes and backslashes, which no field of a class may have
        return None
    found: Any = _try(lambda: msgspec.json.decode(data, type=envelope))
    return None if found is None else found.items


def _object(data: bytes | msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    """Read an object, its values not decoded; None where it is none."""
    return _try(lambda: msgspec.json.decode(data, type=dict[str, msgspec.Raw]))


def _inside(found: Mapping[str, msgspec.Raw], path: str) -> msgspec.Raw | None:
    """Return the value under a key, or under a path of keys with dots; None where there is none."""
    if path in found:
        return found[path]
    head, _, rest = path.partition(".")
    if not rest or head not in found:
        return None
    deeper = _object(found[head])
    return None if deeper is None else _inside(deeper, rest)


def _lists(found: Mapping[str, msgspec.Raw], prefix: str = "") -> list[str]:
    """Return where an object holds lists, as paths of keys; those within objects it holds last."""
    here = [f"{prefix}{key}" for key, value in found.items() if bytes(value)[:1] == b"["]
    if prefix:
        return here
    for key, value in found.items():
        if bytes(value)[:1] == b"{":
            deeper = _object(value)
            here += _lists(deeper or {}, f"{key}.")
    return here


def _other_envelope(keys: Sequence[str], lists: Sequence[str]) -> str:
    """Say which keys were found instead of the envelope's, and how to name the right one."""
    shown = ", ".join(keys[:8]) or "no keys"
    if not lists:
        return f"it is one object with {shown}; {WANTED}"
    return (
        f"it is one object with {shown}; {WANTED}. If the items are under {lists[0]!r}, give "
        f"--map {lists[0]}={ENVELOPE_KEY}"
    )


def _lenient(path: Path, data: bytes, envelope: str) -> OpportunityFile:
    """Read what is not strict JSON: several lines, or NaN and Infinity as Python writes them."""
    try:
        value = json.loads(data)
    except RecursionError:
        raise UnreadableOpportunities(path, "it is nested too deeply") from None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and _is_json(data.lstrip().split(b"\n", 1)[0]):
            return _json_lines(data)
        reason = f"line {error.lineno}, column {error.colno} is not JSON ({error.msg})"
        raise UnreadableOpportunities(path, reason) from None
    except ValueError as error:  # an integer of more digits than Python reads
        raise UnreadableOpportunities(path, f"it holds a number out of range ({error})") from None
    if isinstance(value, dict):
        lists = [str(key) for key, inner in value.items() if isinstance(inner, list)]
        if envelope not in value:
            raise UnreadableOpportunities(path, _other_envelope([*map(str, value)], lists))
        value = value[envelope]
    if not isinstance(value, list):
        raise UnreadableOpportunities(path, f"it holds {type(value).__name__}; {WANTED}")
    return _from_objects(value)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _json_lines(data: bytes) -> OpportunityFile:
    lines = filter(None, map(bytes.strip, data.splitlines()))
    return _gathered(map(_from_line, lines))


def _from_objects(values: Iterable[object]) -> OpportunityFile:
    return _gathered(map(json_of, values))


def _gathered(found: Iterable[msgspec.Raw | tuple[str, object]]) -> OpportunityFile:
    items: list[msgspec.Raw] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    for index, one in enumerate(found):
        if isinstance(one, msgspec.Raw):
            items.append(one)
            places.append(index)
        else:
            rejected.append(Rejected(index, *one))
    return OpportunityFile(items, places, rejected)


def _from_line(line: bytes) -> msgspec.Raw | tuple[str, object]:
    """Give the JSON of a line, or why it cannot be used and what to keep of it."""
    try:
        return msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"its line is not JSON ({error})", line.decode()
    return json_of(value)


def _from_table(path: Path, file: Path) -> OpportunityFile:
    """Read CSV; headings are matched with our keys whatever their case and spaces."""
    from decision_store.importing.cells.columnar import pieces
    from decision_store.importing.cells.values import attribute
    from decision_store.importing.readers.csv_files import read_csv

    try:
        table = read_csv(file)
        names = _headings(table.names)
        found: dict[int, msgspec.Raw | tuple[str, object]] = {}
        for batch in table.batches:
            found |= {row: (f"its row {reason}", None) for row, reason in batch.unreadable}
            columns = [(ours, pieces(batch.columns[theirs])) for theirs, ours in names]
            for place, row in enumerate(batch.row_numbers):
                item = {ours: _cell(ours, cells[place], attribute) for ours, cells in columns}
                found[row] = json_of({k: v for k, v in item.items() if v is not None})
    except ImportFailed as error:
        raise UnreadableOpportunities(path, f"it is no table: {error.reason}") from None
    return _gathered(found[row] for row in sorted(found))


def _headings(names: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the headings of a table with keys; one without a name is left out."""
    own = {*KNOWN_KEYS, "opportunity_id", "message_id"}
    pairs: list[tuple[str, str]] = []
    for name in filter(None, names):
        folded = name.strip().lower().replace(" ", "_").replace("-", "_")
        short = folded.removeprefix("opportunity_")
        ours = folded if folded in own else short if short in own else name
        taken = {ours_before for _, ours_before in pairs}
        pairs.append((name, name if ours in taken else ours))
    return pairs


def _cell(key: str, value: Any, attribute: Callable[[object], object]) -> Any:
    """Return a cell: our own keys as text, other columns as the import reads an attribute."""
    if isinstance(value, str) and not value.strip():
        return None
    return value if key in KNOWN_KEYS else attribute(value)


def _parquet_table(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read()
    except pa.ArrowException as error:
        raise UnreadableOpportunities(path, f"it is not a Parquet file ({error})") from None


def _try(read: Callable[[], _Read]) -> _Read | None:
    try:
        return read()
    except (msgspec.DecodeError, RecursionError):
        return None
