"""Reading opportunities: an aggregator's envelope, a bare list, JSON Lines or Parquet."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from decision_log.opportunity import InvalidOpportunity
from decision_store.errors import DecisionLogError

WANTED = (
    'expected {"opportunities": [...]}, a list of objects, or one object on each line (JSON Lines)'
)

_Read = TypeVar("_Read")


class UnreadableOpportunities(DecisionLogError):
    """A file of opportunities cannot be read at all."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        return f"{self.path} cannot be scored: {self.reason}."


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
    """Items of a file, not decoded yet: each the bytes of one JSON value, with its place.

    Parameters
    ----------
    items : list of (int, Raw)
        Place in the input, and its JSON.
    rejected : list of Rejected
        What is not even JSON, or holds numbers that JSON does not know.
    """

    items: list[tuple[int, msgspec.Raw]]
    rejected: list[Rejected]


def read_opportunities(path: Path) -> OpportunityFile:
    """Read a file of opportunities.

    Raises
    ------
    UnreadableOpportunities
        It is missing, empty, not JSON, or not in one of the known shapes; the message says where
        and what was found.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return _from_objects(_parquet_rows(path))
        data = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableOpportunities(path, "there is no such file") from None
    except IsADirectoryError:
        raise UnreadableOpportunities(path, "it is a folder") from None
    except OSError as error:
        raise UnreadableOpportunities(path, error.strerror or str(error)) from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise UnreadableOpportunities(path, f"it is empty; {WANTED}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableOpportunities(path, f"line {line} is not UTF-8 text") from None
    lines = path.suffix.lower() in {".jsonl", ".ndjson"}
    return _json_lines(data) if lines else _json(path, data)


def _json(path: Path, data: bytes) -> OpportunityFile:
    raw = _try(lambda: msgspec.json.decode(data, type=list[msgspec.Raw]))
    if raw is not None:
        return OpportunityFile(list(enumerate(raw)), [])
    envelope = _try(lambda: msgspec.json.decode(data, type=dict[str, msgspec.Raw]))
    if envelope is not None and "opportunities" in envelope:
        inner = envelope["opportunities"]
        raw = _try(lambda: msgspec.json.decode(inner, type=list[msgspec.Raw]))
        if raw is not None:
            return OpportunityFile(list(enumerate(raw)), [])
        raise UnreadableOpportunities(path, f'"opportunities" must be a list; {WANTED}')
    if envelope is not None:
        keys = ", ".join(list(envelope)[:8]) or "no keys"
        raise UnreadableOpportunities(path, f"it is one object with {keys}; {WANTED}")
    return _lenient(path, data)


def _lenient(path: Path, data: bytes) -> OpportunityFile:
    """Read what is not strict JSON: several lines, or NaN and Infinity as Python writes them."""
    text = data.decode()
    try:
        value = json.loads(text)
    except RecursionError:
        raise UnreadableOpportunities(path, "it is nested too deeply") from None
    except json.JSONDecodeError as error:
        first = data.lstrip().split(b"\n", 1)[0]
        if error.msg == "Extra data" and _try(lambda: msgspec.json.decode(first)) is not None:
            return _json_lines(data)
        reason = f"line {error.lineno}, column {error.colno} is not JSON ({error.msg})"
        raise UnreadableOpportunities(path, reason) from None
    if isinstance(value, dict) and isinstance(value.get("opportunities"), list):
        value = value["opportunities"]
    if not isinstance(value, list):
        raise UnreadableOpportunities(path, f"it holds {type(value).__name__}; {WANTED}")
    return _from_objects(value)


def _json_lines(data: bytes) -> OpportunityFile:
    items: list[tuple[int, msgspec.Raw]] = []
    rejected: list[Rejected] = []
    lines = [line for line in data.splitlines() if line.strip()]
    for index, line in enumerate(lines):
        try:
            msgspec.json.decode(line, type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError) as error:
            rejected.append(Rejected(index, f"its line is not JSON ({error})", line.decode()))
        else:
            items.append((index, msgspec.Raw(line)))
    return OpportunityFile(items, rejected)


def _from_objects(values: Iterable[object]) -> OpportunityFile:
    items: list[tuple[int, msgspec.Raw]] = []
    rejected: list[Rejected] = []
    for index, value in enumerate(values):
        wrong = _not_finite(value)
        if wrong is None:
            items.append((index, msgspec.Raw(msgspec.json.encode(value))))
        else:
            reason = InvalidOpportunity(f"its {wrong[0]} is {wrong[1]}, which is no number").reason
            rejected.append(Rejected(index, reason, _without_nan(value)))
    return OpportunityFile(items, rejected)


def _not_finite(value: object, name: str = "value") -> tuple[str, float] | None:
    """Find the first number that JSON cannot write, with the key it stands under."""
    if isinstance(value, float) and not math.isfinite(value):
        return name, value
    if isinstance(value, Mapping):
        found = (_not_finite(inner, str(key)) for key, inner in value.items())
    elif isinstance(value, list):
        found = (_not_finite(inner, name) for inner in value)
    else:
        return None
    return next((one for one in found if one is not None), None)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    return [_without_nan(inner) for inner in value] if isinstance(value, list) else value


def _parquet_rows(path: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except pa.ArrowException as error:
        raise UnreadableOpportunities(path, f"it is not a Parquet file ({error})") from None
    return rows


def _try(read: Callable[[], _Read]) -> _Read | None:
    try:
        return read()
    except (msgspec.DecodeError, RecursionError):
        return None
