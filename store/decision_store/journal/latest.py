"""Latest calls in the journal: what each one recorded, newest first.

One call may write several facts: a correction of two fields, a bulk load. They share the key ``call`` in the journal
(`decision_store.journal.payloads.as_one_call`). The journal, not the database, knows what came last: facts about the
past carry the time of the past.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from decision_store.facts import BY_KIND
from decision_store.journal.append import sizes
from decision_store.journal.segment_reader import segment_ids

KINDS = ("decision", "outcome", "amendment", "alias")
"""Kinds of facts that a call of a person records; predictions, dismissals and findings are none of them."""

_KEPT = 16
"""Calls looked at, newest first: one whose facts were all rejected is followed by the one before it."""

_LINE = re.compile(
    rb'^[0-9a-f]{8} (?:([0-9]+) )?\{"at":([0-9]+),(?:"call":"([0-9a-f]+)",)?'
    rb'"kind":"(?:decision|outcome|amendment|alias|segment)"',
    re.MULTILINE,
)


class FactId(NamedTuple):
    """Kind and id of a fact."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Call:
    """Facts that one call recorded.

    Parameters
    ----------
    facts : tuple of FactId
        In the order in which they were recorded.
    recorded_at : datetime
        When they were written, UTC.
    is_load : bool
        Whether they came as whole tables, as an import does.
    """

    facts: tuple[FactId, ...]
    recorded_at: datetime
    is_load: bool


def latest_calls(folder: Path) -> Iterator[Call]:
    """Return the latest calls of a journal folder, newest first; damaged lines are passed over."""
    newest: dict[bytes, int] = {}
    for file in sizes(folder):
        for found in _LINE.finditer(_content(folder / file)):
            order = int(found[1] or found[2])
            key = found[3] or found[0]
            if order > newest.get(key, -1) and not _has_predictions_only(found):
                newest[key] = order
        for key in sorted(newest, key=newest.__getitem__)[:-_KEPT]:
            del newest[key]
    for key in sorted(newest, key=newest.__getitem__, reverse=True):
        if (call := _read(folder, key)).facts:
            yield call


def _content(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


def _line_of(found: re.Match[bytes]) -> bytes:
    end = found.string.find(b"\n", found.start())
    return found.string[found.start() : end] if end >= 0 else b""


def _has_predictions_only(found: re.Match[bytes]) -> bool:
    line = _line_of(found)
    return not line or b'"table_kind":"prediction"' in line


def _read(folder: Path, key: bytes) -> Call:
    """Read the facts of a call, which is named by its key, or by the beginning of its only line."""
    facts: dict[FactId, None] = {}
    at, is_load = 0, False
    # Lines that a merge wrote in place of one have its number, and follow one another in their file.
    found = (line for file in sizes(folder) for line in _lines(folder / file, key))
    lines = sorted(dict.fromkeys(found), key=_number)
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):
            payload = orjson.loads(line[line.index(b"{") :])
            kind, record = payload["kind"], payload["record"]
            at = max(at, payload["at"])
            is_load |= payload.get("load") is True
            if kind == "segment":
                is_load = True
                kind = record["table_kind"]
                ids = segment_ids(folder / Path(record["file"]).name, BY_KIND[kind])
            else:
                ids = [record[BY_KIND[kind].key]]
            facts |= dict.fromkeys(FactId(kind, each) for each in ids if kind in KINDS)
    return Call(tuple(facts), datetime.fromtimestamp(at / 1e9, UTC), is_load)


def _lines(path: Path, key: bytes) -> Iterator[bytes]:
    content = _content(path)
    if key in content:
        for found in _LINE.finditer(content):
            if key in (found[3], found[0]):
                yield _line_of(found)


def _number(line: bytes) -> int:
    found = _LINE.match(line)
    return int(found[1] or found[2]) if found else 0
