"""Forgetting people: their texts and names leave the journal, its segments and the database; counts and money stay.

What is to be forgotten is noted in a file first; the process that opens the log after a crash completes it. Then each
journal file with such a record is replaced by one without it, in the way in which `decision_store.database.merging`
does, and the database is made again from the journal, so that no free page holds anything of the old one.
"""

from __future__ import annotations

import hmac
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from decision_store.database import fold as folding
from decision_store.database import text_occurrences
from decision_store.durable_files import atomic_write, sync_folder
from decision_store.errors import StoreDamaged
from decision_store.facts import BY_KIND, DECISIONS
from decision_store.fault_points import reach
from decision_store.home_key import make_home_key
from decision_store.journal import append as journal
from decision_store.journal import segments
from decision_store.journal.id_cache import content_cache, outcome_cache
from decision_store.journal.payloads import canonical_json
from decision_store.journal.segment_reader import read_segment, segment_of
from decision_store.names import sender_key
from decision_store.record_classes import FactTable

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from decision_store.database.connection import Database
    from decision_store.journal.id_cache import IdCache

NOTE = "forget.json"
FORGOTTEN = "[forgotten]"
"""Stands in a text of somebody else where the person was named."""

_NAME = re.compile(r"^\s*\"?([^<>\"@]{3,}?)\"?\s*<")


@dataclass
class Target:
    """What is to be forgotten.

    Parameters
    ----------
    senders : list of str
        Keys of the senders.
    decisions : list of str
        Ids of the decisions whose texts and identity go.
    opportunities : list of str
        Ids of their opportunities.
    spellings : list of str
        How the senders were written; replaced in every text of the log.
    names : list of str
        Names and spellings that are replaced in the records of those decisions alone.
    texts_of : list of str
        Ids of decisions of which only the texts go.
    texts : list of str
        The texts that go and that nobody else's record holds, for looking whether they are gone.
    """

    senders: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    opportunities: list[str] = field(default_factory=list)
    spellings: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    texts_of: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.senders or self.decisions or self.texts_of)


class Scrubber:
    """Takes what is to be forgotten out of records.

    Parameters
    ----------
    target : Target
        What is to be forgotten.
    key : bytes
        Secret of the home: ids that name a person become the same pseudonym everywhere.
    """

    def __init__(self, target: Target, key: bytes) -> None:
        self._key = key
        self._senders = frozenset(target.senders)
        self._decisions = frozenset(target.decisions)
        self._opportunities = frozenset(target.opportunities)
        self._texts_of = frozenset(target.texts_of)
        self._everywhere = _pattern(target.spellings)
        self._in_own = _pattern([*target.spellings, *target.names])
        self._in_ids = _pattern([*target.spellings, *target.names], words=False)

    def record(self, kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record without what is to be forgotten; an equal one where it has nothing of it."""
        own = record.get("decision_id") in self._decisions or (
            kind == DECISIONS.kind and sender_key(str(record.get("sender") or "")) in self._senders
        )
        names = self._in_own if own else self._everywhere
        clean = {name: self._value(name, value, names) for name, value in record.items()}
        if own:
            clean.update({name: v for name, v in _BLANK.items() if name in clean})
            if kind == "amendment" and clean.get("field") in _BLANK:
                clean["value"] = ""
            if clean.get("opportunity_id"):
                clean["opportunity_id"] = self._pseudonym(str(record["opportunity_id"]))
        elif record.get("decision_id") in self._texts_of:
            clean.update({name: "" for name in _TEXTS if name in clean})
            if kind == "amendment" and clean.get("field") == "opportunity_content":
                clean["value"] = ""
        if kind == "prediction" and record.get("opportunity_id") in self._opportunities:
            clean["opportunity_id"] = self._pseudonym(str(record["opportunity_id"]))
            clean["inputs_hash"] = ""
        return clean

    def text(self, text: str) -> str:
        """Return a text of anybody without the spellings of the person."""
        return text if self._everywhere is None else self._everywhere.sub(FORGOTTEN, text)

    def _value(self, name: str, value: Any, names: re.Pattern[str] | None) -> Any:
        if names is None:
            return value
        if isinstance(value, str):
            if name in _IDS and self._in_ids and self._in_ids.search(value):
                return self._pseudonym(value)
            return names.sub(FORGOTTEN, value)
        if isinstance(value, Mapping):
            return {
                str(self._value("", k, names)): self._value("", v, names) for k, v in value.items()
            }
        if isinstance(value, list):
            return [self._value("", part, names) for part in value]
        return value

    def _pseudonym(self, name: str) -> str:
        if name.startswith("forgotten-"):
            return name
        return f"forgotten-{hmac.new(self._key, name.encode(), 'sha256').hexdigest()[:16]}"


_TEXTS = ("opportunity_content", "notes")
_BLANK: dict[str, Any] = {
    "opportunity_content": "", "sender": "", "context": {}, "notes": "", "reason": "",
}  # fmt: skip
_IDS = frozenset({"decision_id", "opportunity_id", "outcome_id", "amendment_id"})


# ---- what is concerned -----------------------------------------------------------------------------


def resolve(
    connection: DuckDBPyConnection,
    *,
    senders: Collection[str] = (),
    decisions: Collection[str] = (),
    older_than: datetime | None = None,
) -> Target:
    """Find what is to be forgotten, in every version of every decision.

    Parameters
    ----------
    senders : collection of str
        In any spelling.
    decisions : collection of str
        Ids.
    older_than : datetime, optional
        The texts of decisions made before this moment go; naive UTC.
    """
    keys = {sender_key(sender) for sender in senders}
    rows = connection.execute(
        "SELECT decision_id, sender, opportunity_id FROM decisions UNION ALL "
        "SELECT decision_id, sender, opportunity_id FROM decision_versions UNION ALL "
        "SELECT decision_id, value, NULL FROM amendments WHERE field = 'sender'"
    ).fetchall()
    spellings = {sender for _, sender, _ in rows if sender and sender_key(sender) in keys}
    # Those of records that were rejected.
    for (record,) in connection.execute(
        "SELECT record FROM rejects WHERE kind = 'decision'"
    ).fetchall():
        with suppress(ValueError, KeyError, TypeError):
            sender = str(orjson.loads(record)["record"]["sender"])
            spellings |= {sender} if sender and sender_key(sender) in keys else set()
    spellings |= {*senders, *keys}
    chosen = {
        i for i, sender, _ in rows if i in decisions or (sender and sender_key(sender) in keys)
    }
    mine = [row for row in rows if row[0] in chosen]
    names = {sender for _, sender, _ in mine if sender} | {sender_key(s) for _, s, _ in mine if s}
    names |= {m[1].strip() for name in names | spellings if (m := _NAME.match(name))}
    old: set[str] = set()
    if older_than is not None:
        texts = (
            "SELECT decision_id FROM every_decision AS d WHERE \"timestamp\" < $1 AND (opportunity_content <> '' "
            "OR decision_id IN (SELECT decision_id FROM outcomes WHERE notes <> ''))"
        )
        old = {i for (i,) in connection.execute(texts, [older_than]).fetchall()} - chosen
    written = connection.execute(
        "WITH wanted AS (SELECT unnest(?::VARCHAR[]) AS decision_id) "
        "SELECT opportunity_content FROM decisions SEMI JOIN wanted USING (decision_id) "
        "UNION SELECT opportunity_content FROM decision_versions SEMI JOIN wanted USING (decision_id) "
        "UNION SELECT notes FROM outcomes SEMI JOIN wanted USING (decision_id)",
        [sorted(chosen | old)],
    ).fetchall()
    opportunities = {o for _, _, o in mine if o}
    own = {text for (text,) in written if text.strip()}
    shared = text_occurrences.held_by_others(connection, own, chosen | old, opportunities)
    return Target(
        senders=sorted(keys - {""}),
        decisions=sorted(chosen),
        opportunities=sorted(opportunities),
        spellings=sorted(s for s in spellings if s.strip()),
        names=sorted(names),
        texts_of=sorted(old),
        texts=sorted(own - shared),
    )


def _pattern(names: Iterable[str], *, words: bool = True) -> re.Pattern[str] | None:
    """Return a pattern of all names, longest first; where they must be whole words, without their ends."""
    distinct = sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True)
    if not words:
        distinct = [name for name in distinct if len(name) > 3]
    if not distinct:
        return None
    body = "|".join(map(re.escape, distinct))
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)" if words else body, re.IGNORECASE)


# ---- the work --------------------------------------------------------------------------------------


def is_unfinished(folder: Path) -> bool:
    """Tell whether something was to be forgotten and the process died over it."""
    return (folder / NOTE).exists()


def note(folder: Path, target: Target) -> None:
    """Note what is to be forgotten; from here on it will be, whatever happens to this process."""
    with atomic_write(folder / NOTE) as file:
        file.write(orjson.dumps(asdict(target)))
    (folder / NOTE).chmod(0o600)
    reach("forget: noted")


def finish(database: Database, folder: Path, known: IdCache) -> None:
    """Forget what is noted; called while `Database.alone`. Doing it again changes nothing."""
    scrubber = Scrubber(Target(**orjson.loads((folder / NOTE).read_bytes())), make_home_key(folder))
    for name, size in journal.sizes(folder).items():
        _rewrite_file(folder, name, size, scrubber)
    reach("forget: journal rewritten")
    _rebuild(database, folder, known)
    reach("forget: database replaced")
    _remove_leftovers(database.path, folder)
    (folder / NOTE).unlink()
    sync_folder(folder)


def _rewrite_file(folder: Path, name: str, size: int, scrubber: Scrubber) -> None:
    """Replace a journal file that has something of it; a writer who had it open goes on in another one."""
    part = journal.read(folder, name, 0, size)
    replaced = [(line, _scrubbed(folder, line, scrubber)) for line in part.lines]
    if all(line.raw == clean for line, clean in replaced) and not part.rest:
        return
    retired = name if name.startswith(journal.RETIRED) else f"{journal.RETIRED}{name}"
    (folder / name).rename(folder / retired)
    reach("forget: file retired")
    # What was acknowledged in it until that moment.
    rest = journal.read(folder, retired, part.position, (folder / retired).stat().st_size)
    clean = [c for _, c in replaced] + [_scrubbed(folder, line, scrubber) for line in rest.lines]
    with atomic_write(folder / f"{journal.unique_name()}.v{journal.FORMAT}.jl") as file:
        file.writelines(b"%s\n" % raw for raw in clean if raw is not None)
    reach("forget: file written")
    (folder / retired).unlink()


def _scrubbed(folder: Path, line: journal.Line, scrubber: Scrubber) -> bytes | None:
    """Return a line without what is to be forgotten; None for a damaged one that may hold some of it."""
    if line.payload is None:
        text = line.raw.decode("utf-8", "replace")
        return line.raw if scrubber.text(text) == text else None
    if segment := segment_of(line.payload):
        record = _scrub_segment(folder, segment, scrubber)
        kind = "segment"
    else:
        try:
            parsed = orjson.loads(line.payload)
            kind, record = parsed["kind"], scrubber.record(parsed["kind"], parsed["record"])
        except (ValueError, KeyError, TypeError, AttributeError):
            text = line.payload.decode("utf-8", "replace")
            return line.raw if scrubber.text(text) == text else None
    parsed = orjson.loads(line.payload)
    if record == parsed["record"]:
        return line.raw
    payload = orjson.dumps({**parsed, "kind": kind, "record": record}, option=orjson.OPT_SORT_KEYS)
    body = payload if line.number is None else b"%d %s" % (line.number, payload)
    return journal.line(body).rstrip(b"\n")


def _scrub_segment(folder: Path, segment: dict[str, Any], scrubber: Scrubber) -> dict[str, Any]:
    """Return the reference to a bulk load without what is to be forgotten."""
    facts = BY_KIND.get(segment["table_kind"])
    path = folder / Path(segment["file"]).name
    if facts is None:
        return segment
    try:
        table = read_segment(path, segment["sha256"], facts).select(list(facts.names))
    except (OSError, ValueError):
        return segment  # nobody can read it; doctor names it
    clean = _scrub_table(facts, table, scrubber)
    if clean is None:
        return segment
    ((_, payload),) = segments.write(folder, facts, clean)
    record: dict[str, Any] = orjson.loads(payload)["record"]
    return record


def _scrub_table(facts: FactTable, table: pa.Table, scrubber: Scrubber) -> pa.Table | None:
    """Return a table without what is to be forgotten; None where it has nothing of it."""
    import pyarrow as pa

    json_names = [f.name for f in facts.fields if f.type.value == "json"]
    changed, rows = False, []
    for row in table.to_pylist():
        parsed = {**row, **{name: orjson.loads(row[name]) for name in json_names if row[name]}}
        clean = scrubber.record(facts.kind, parsed)
        if clean != parsed:
            changed = True
            row.update({n: canonical_json(v) if n in json_names else v for n, v in clean.items()})
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=table.schema) if changed else None


def _rebuild(database: Database, folder: Path, known: IdCache) -> None:
    """Make the database again from the journal; what only it holds, the insights, is copied."""
    caches = (known, content_cache(folder), outcome_cache(folder))
    # Removed at the end: while they are there, no new one can be taken for one of them.
    aside = [cache.put_aside() for cache in caches]
    with database.beside() as (new, connection):
        folding.fold(connection, folder, known, new.path)
        reach("forget: database made")
        if database.exists:
            with database.source(connection):
                if missing := _lost(connection):
                    raise StoreDamaged(database.path, f"its journal lacks {missing}")
                connection.execute("INSERT INTO insights SELECT * FROM source.insights")
    database.replace_by(new)
    for old in filter(None, aside):
        shutil.rmtree(old, ignore_errors=True)


def _lost(connection: DuckDBPyConnection) -> str | None:
    """Say what of the database `source` is missing in `log`, which may have facts of the last moment, too."""
    measures = ["SELECT count(*) FROM {}." + name for name in _STAYING]  # noqa: S608 - names above
    measures.append("SELECT sum(revenue_generated::DECIMAL(28, 6)) FROM {}.outcomes")
    old, new = (
        [connection.execute(m.format(db)).fetchall()[0][0] for m in measures]
        for db in ("source", "log")
    )
    for name, before, after in zip(_STAYING, old, new, strict=False):
        if after < before:
            return f"{before - after} {name}"
    if old[:-1] == new[:-1] and old[-1] != new[-1]:
        return f"revenue: {old[-1]} is {new[-1]}"
    return None


_STAYING = ("decisions", "outcomes", "amendments", "predictions")


def _remove_leftovers(path: Path, folder: Path) -> None:
    """Remove copies that repairs and crashes left, and segments that no line refers to any longer."""
    wanted = set()
    for file, size in journal.sizes(folder).items():
        for line in journal.read(folder, file, 0, size).lines:
            if segment := segment_of(line.payload or b""):
                wanted.add(Path(segment["file"]).name)
    for left in _leftovers(path, folder, wanted):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _leftovers(path: Path, folder: Path, wanted: Collection[str]) -> Iterator[Path]:
    yield from path.parent.glob(f"{path.name}.damaged-*")
    yield from path.parent.glob(f".{folder.name}.restoring-*")
    yield from folder.glob(".*.tmp")
    yield from (arrow for arrow in folder.glob("*.arrow") if arrow.name not in wanted)
