"""Known names of types, sources and decision makers: lookup, "did you mean", merge, rename, look-alikes."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decision_log.rows import iso
from decision_store.errors import InvalidRecord
from decision_store.facts import Alias
from decision_store.names import NameTable, lookalikes, name_key

if TYPE_CHECKING:
    from decision_store.store import Store

Row = dict[str, Any]
Cell = tuple[str, str]

FIELDS = {
    "type": "opportunity_type",
    "source": "opportunity_source",
    "maker": "decision_maker",
}
"""What has names, and the field that holds them."""

_CELLS_REMEMBERED = 100_000


class NameRefused(InvalidRecord):
    """A name cannot be merged or given; the reason is the whole sentence."""

    def __str__(self) -> str:
        return self.reason if self.reason.endswith("?") else f"{self.reason}."


class KnownNames:
    """The names that a log knows, as a scorer uses them.

    Parameters
    ----------
    tables : mapping of str to NameTable
        Of each field in `FIELDS`; a log without decisions has none.

    Attributes
    ----------
    met : dict of (str, str) to (str, str)
        Cells that `cell` was asked for, in the spelling of the log.
    """

    def __init__(self, tables: Mapping[str, NameTable] | None = None) -> None:
        self._tables = tables or {}
        self.met: dict[Cell, Cell] = {}

    def cell(self, kind: str, source: str) -> Cell:
        """Return a (type, source) pair in the spelling of the log."""
        written = (kind, source)
        known = self.met.get(written)
        if known is None:
            known = (self._canonical("type", kind), self._canonical("source", source))
            if len(self.met) >= _CELLS_REMEMBERED:
                self.met.clear()
            self.met[written] = known
        return known

    def maker(self, name: str | None) -> str | None:
        """Return a decision maker in the spelling of the log."""
        return None if name is None else self._canonical("maker", name)

    def note(self, kind: str, source: str) -> str:
        """Return "did you mean" for a type or source never seen where close ones are known, else nothing."""
        return " ".join(
            note
            for what, name in (("type", kind), ("source", source))
            if (note := self._did_you_mean(what, name))
        )

    def _did_you_mean(self, what: str, name: str) -> str:
        table = self._tables.get(FIELDS[what])
        close = table.close_to(name) if table else []
        if not close:
            return ""
        return f"The {what} {name!r} is new: did you mean {' or '.join(close)}?"

    def _canonical(self, what: str, name: str) -> str:
        table = self._tables.get(FIELDS[what])
        return table.canonical(name) if table else name


def unknown_names(tables: Mapping[str, NameTable], given: Mapping[str, str | None]) -> list[str]:
    """Return a sentence for each name that the log does not know, with close ones.

    Parameters
    ----------
    tables : mapping of str to NameTable
        The known names by field.
    given : mapping of str to str or None
        A name by what it is, a key of `FIELDS`.
    """
    sentences = []
    for what, name in given.items():
        table = tables.get(FIELDS[what], NameTable({}))
        if name and not table.knows(name):
            close = table.close_to(name)
            hint = f" Did you mean {' or '.join(close)}?" if close else ""
            sentences.append(f"No decision has the {what} {name!r}.{hint}")
    return sentences


def spelling_hints(
    tables: Mapping[str, NameTable], new: Mapping[str, str], decision_id: str
) -> list[str]:
    """Return "did you mean" and the command that corrects it, for names that resemble known ones.

    Parameters
    ----------
    tables : mapping of str to NameTable
        The known names by field.
    new : mapping of str to str
        Names of a decision that were never seen before it, by field.
    decision_id : str
        Of that decision.
    """
    options = {field: what for what, field in FIELDS.items()}
    hints = []
    for field, name in new.items():
        shown = tables[field].shown if field in tables else {}
        others = NameTable({key: one for key, one in shown.items() if key != name_key(name)})
        if close := others.close_to(name):
            command = shlex.join(
                ["decision-log", "correct", decision_id, f"--{options[field]}", close[0]]
            )
            hints.append(
                f"The {options[field]} {name!r} is new: did you mean {' or '.join(close)}? "
                f"If so: {command}"
            )
    return hints


def name_rows(store: Store, what: str, as_of: datetime) -> list[Row]:
    """List the names of a field: how often each is used, and its spellings.

    Parameters
    ----------
    what : {"type", "source", "maker"}
        Which names.

    Returns
    -------
    list of dict
        ``name`` (as it is shown), ``decisions``, ``spellings`` (all that were met), ``first_decision``,
        ``last_decision``; most decisions first.
    """
    field = _field(what)
    spellings: dict[str, list[str]] = {}
    for row in store.ask("names").to_pylist():
        if row["field"] == field:
            spellings.setdefault(row["canonical"], []).append(row["spelling"])
    return [
        {
            "name": row["name"],
            "decisions": row["decisions"],
            "spellings": spellings.get(row["name"], [row["name"]]),
            "first_decision": iso(row["first_decision"]),
            "last_decision": iso(row["last_decision"]),
        }
        for row in store.ask("name_counts", as_of=as_of).to_pylist()
        if row["field"] == field
    ]


def merge_names(store: Store, what: str, name: str, target: str) -> Row:
    """Record that two known names are one; all decisions show the second from now on.

    Raises
    ------
    InvalidRecord
        One of them is not in the log, or they are one name already.
    """
    table = _table(store, what, name)
    if not table.knows(target):
        advice = f"to give {name!r} a new name use 'types rename'"
        raise _unknown(store, what, target, table, advice)
    if table.canonical(name) == table.canonical(target):
        raise NameRefused(what, name, f"{name!r} and {target!r} are one {what} already")
    return _record(store, what, table.canonical(name), table.canonical(target))


def rename(store: Store, what: str, name: str, target: str) -> Row:
    """Record another spelling or another name for a known one.

    Raises
    ------
    InvalidRecord
        The name is not in the log, or the new one belongs to another.
    """
    table = _table(store, what, name)
    shown = table.canonical(name)
    if table.knows(target) and table.canonical(target) != shown:
        sentence = f"There is a {what} {target!r} already; to make them one use 'types merge'"
        raise NameRefused(what, target, sentence)
    if not target.strip():
        raise InvalidRecord(what, target, "must not be empty")
    if target == shown:
        raise NameRefused(what, target, f"{target!r} is the name of this {what} already")
    return _record(store, what, shown, target)


def lookalike_remarks(store: Store) -> list[str]:
    """Return a sentence for each group of names that look alike but are not one name."""
    known: dict[str, dict[str, None]] = {}
    for row in store.ask("names").to_pylist():
        known.setdefault(row["field"], {}).setdefault(row["canonical"])
    words = {field: what for what, field in FIELDS.items()}
    return [
        f"The {words[field]}s {' and '.join(_escaped(name) for name in group)} look alike but are different names; "
        "merge them with 'decision-log types merge' if they are one."
        for field, names in known.items()
        for group in lookalikes(names)
    ]


def _escaped(name: str) -> str:
    """Show characters that look alike."""
    return repr(name) if name.isascii() else f"{name!r} ({name.encode('unicode_escape').decode()})"


def _record(store: Store, what: str, name: str, target: str) -> Row:
    alias = Alias(
        alias_id=str(uuid.uuid4()),
        field=_field(what),
        name=name,
        target=target,
        recorded_at=datetime.now(UTC),
    )
    store.add_alias(alias)
    return {"field": what, "name": name, "target": target, "alias_id": alias.alias_id}


def _table(store: Store, what: str, name: str) -> NameTable:
    table = store.names().get(_field(what), NameTable({}))
    if not table.knows(name):
        raise _unknown(store, what, name, table)
    return table


def _unknown(
    store: Store, what: str, name: str, table: NameTable, further: str = ""
) -> InvalidRecord:
    close = table.close_to(name)
    known = store.names()
    elsewhere = [
        other
        for other, field in FIELDS.items()
        if other != what and field in known and known[field].knows(name)
    ]
    hints = [f"did you mean {' or '.join(close)}?"] if close else []
    hints += [f"it is a {other} (--of {other})" for other in elsewhere]
    hints += [further] if further else []
    known_first = f"There is no {what} {name!r} in the log"
    return NameRefused(what, name, "; ".join([known_first, *hints]))


def _field(what: str) -> str:
    if what not in FIELDS:
        raise InvalidRecord("field", what, f"must be one of {', '.join(FIELDS)}")
    return FIELDS[what]
