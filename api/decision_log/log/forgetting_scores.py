"""Forgetting in files of scores: items of a person are taken down to what scoring added."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_log.written_scores import WrittenScores, files_at
from decision_store.durable_files import atomic_write, atomic_write_text
from decision_store.names import sender_key

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.database.forgetting import Target
    from decision_store.store import Store

_STAY = frozenset({"type", "source", "score", "opportunity_type", "opportunity_source"})
_WORDS = frozenset({"recommendation", "model_version", "score_parts", *_STAY})


@dataclass(frozen=True, slots=True)
class _Concerned:
    """Keys of the senders, and ids of the opportunities, that are to be forgotten."""

    senders: frozenset[str]
    ids: frozenset[str]

    def holds(self, item: Any) -> bool:
        """Tell whether an item is one of theirs."""
        if not isinstance(item, dict):
            return False
        sender = sender_key(str(item.get("sender") or ""))
        return sender in self.senders or str(item.get("id")) in self.ids


class Unreadable(Exception):
    """A file that `score` wrote is no longer what it wrote."""


def forget_in_scores(
    store: Store, usual: Path, target: Target
) -> tuple[list[Path], dict[Path, str]]:
    """Take people and opportunities out of all files of scores that were written from a log.

    Parameters
    ----------
    usual : Path
        The scored file of the home.

    Returns
    -------
    changed : list of Path
        Files that were written again.
    unreached : dict of Path to str
        Files that may hold what is to be forgotten, and why they could not be reached.
    """
    register = WrittenScores(store)
    concerned = _Concerned(frozenset(target.senders), frozenset(target.opportunities))
    changed: list[Path] = []
    unreached: dict[Path, str] = {}
    gone: list[Path] = []
    for place in (usual, *register.places()):
        if not place.exists():
            if place != usual:
                gone.append(place)
                unreached[place] = "it is no longer there"
            continue
        for path in files_at(place):
            try:
                if _scored_without(path, concerned):
                    changed.append(path)
            except FileNotFoundError:
                unreached[path] = "it is no longer there"
            except Unreadable as error:
                if path != usual:  # the home is searched afterwards
                    unreached[path] = str(error)
            except (OSError, ValueError) as error:  # CannotWrite names the path itself
                unreached[path] = getattr(error, "strerror", None) or str(error)
    if gone:
        register.drop(gone)
    return changed, unreached


def _scored_without(path: Path, concerned: _Concerned) -> bool:
    """Take a person's opportunities in one file of scores down to what scoring added; return whether it changed.

    Raises
    ------
    OSError, CannotWrite
        It cannot be read or written.
    Unreadable
        It is no file of scores any longer.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet_without(path, concerned)
    data = path.read_bytes()
    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        return _lines_without(path, data, concerned)
    try:
        envelope = json.loads(data)
        items = envelope["opportunities"]
    except (ValueError, KeyError, TypeError):
        raise Unreadable("it is no file of scores") from None
    kept, changed = _without(items if isinstance(items, list) else [], concerned)
    if changed:
        envelope["opportunities"] = kept
        rejected = envelope.get("rejected")
        if isinstance(rejected, list):
            envelope["rejected"] = [r for r in rejected if not concerned.holds(r)]
        atomic_write_text(path, json.dumps(envelope, ensure_ascii=False, indent=2))
    return changed


def _lines_without(path: Path, data: bytes, concerned: _Concerned) -> bool:
    try:
        items = [json.loads(line) for line in data.splitlines() if line.strip()]
    except ValueError:
        raise Unreadable("it is no file of scores") from None
    kept, changed = _without(items, concerned)
    if changed:
        with atomic_write(path) as file:
            file.writelines(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in kept)
    return changed


def _without(items: Iterable[Any], concerned: _Concerned) -> tuple[list[Any], bool]:
    kept, changed = [], False
    for item in items:
        is_theirs = concerned.holds(item)
        changed |= is_theirs
        kept.append(_anonymous(item) if is_theirs else item)
    return kept, changed


def _anonymous(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item with its numbers, its type and source, and the words that scoring chose."""
    return {
        key: value
        for key, value in item.items()
        if key != "id" and (key in _WORDS or not isinstance(value, str | list | dict))
    }


def _parquet_without(path: Path, concerned: _Concerned) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
    except pa.ArrowInvalid:
        raise Unreadable("it is no file of scores") from None
    names = [name for name in ("sender", "id") if name in table.column_names]
    rows = table.select(names).to_pylist() if names else []
    theirs = pa.array([concerned.holds(row) for row in rows], pa.bool_())
    if not any(theirs.to_pylist()):
        return False
    with atomic_write(path) as file:
        pq.write_table(_emptied(table, theirs), file, compression="zstd")
    return True


def _emptied(table: pa.Table, theirs: pa.Array) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    def emptied(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        kind = column.type
        number = (
            pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
        )
        if name != "id" and (name in _WORDS or number):
            return column
        return pc.if_else(theirs, pa.scalar(None, kind), column)

    columns = [emptied(name, table.column(name)) for name in table.column_names]
    return pa.table(columns, names=table.column_names)
