"""Fields of the log that a table's columns hold, and the kind of facts in it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from decision_store.errors import ImportFailed
from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.importing.batches import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


FIELDS = {Kind.DECISIONS: DECISIONS.fields, Kind.OUTCOMES: OUTCOMES.fields}

_NAMES = {kind: frozenset(field.name for field in fields) for kind, fields in FIELDS.items()}
FIELD_NAMES = frozenset().union(*_NAMES.values())
"""Names of all fields of decisions and outcomes."""

_OTHER_NAMES = {"created_at": "recorded_at"}  # the predecessor's, in its table of decisions
_LEFT_OUT = frozenset({"", "id"})  # a running number, of the other system or of a data frame

FURTHER_ROLES = frozenset(
    {"amount", "currency", "won_at", "lost_at", "is_won", "is_closed", "title", "context"}
)
"""What a column of a table of deals can be mapped to besides the fields of the log."""

_NEEDED = {
    Kind.DECISIONS: "decisions need 'timestamp' and at least one of 'decision_id', "
    "'opportunity_type', 'opportunity_source', 'opportunity_content', 'action_taken'",
    Kind.OUTCOMES: "outcomes need 'decision_id' and at least one of 'outcome_type', "
    "'outcome_status', 'revenue_generated', 'customer_acquired', 'deal_closed', "
    "'response_received'",
}
_TELLS_DECISIONS = frozenset(
    {"opportunity_type", "opportunity_source", "opportunity_content", "action_taken"}
)
_TELLS_OUTCOMES = frozenset(
    {"outcome_type", "outcome_status", "revenue_generated"}
    | {"customer_acquired", "deal_closed", "response_received"}
)
_NAMED = 40
"""Columns that a note names."""

_MAP_HELP = "Name a column with '--map theirs=ours'"


def plain_name(name: str) -> str:
    """Return a column's name as we would write it.

    Examples
    --------
    >>> plain_name(" Decision ID ")
    'decision_id'
    """
    return re.sub(r"[\s\-]+", "_", name.strip()).casefold()


def check_mapping(mapping: Mapping[str, str], path: Path) -> None:
    """Refuse a mapping to fields that do not exist.

    Raises
    ------
    ImportFailed
        Naming the wrong field and the ones there are.
    """
    ours = sorted(_NAMES[Kind.DECISIONS] | _NAMES[Kind.OUTCOMES] | FURTHER_ROLES)
    for theirs, name in mapping.items():
        if name and name not in ours:
            near = difflib.get_close_matches(name, ours, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise ImportFailed(
                path,
                f"column {theirs!r} is mapped to {name!r}, which is no field of the log",
                f"{hint}The fields are: {', '.join(ours)}",
            )


@dataclass(slots=True)
class Plan:
    """Where each column of one table goes; remembers what it met, for the notes.

    Parameters
    ----------
    kind : Kind
        What the table holds.
    mapping : mapping
        Their column name to ours; to the empty text leaves the column out.
    names : iterable of str
        Their columns, as far as known beforehand.
    """

    kind: Kind
    mapping: Mapping[str, str]
    names: Iterable[str]
    kept: dict[str, None] = field(default_factory=dict)
    left_out: dict[str, None] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    read_elsewhere: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.taken = {plain_name(name) for name in self.names if name not in self.mapping}
        self.taken |= set(self.mapping.values())

    def field_of(self, name: str) -> str | None:
        """Return our field that a column holds, or None if it holds none."""
        if name in self.mapping:
            return self.mapping[name] or None
        plain = plain_name(name)
        plain = _OTHER_NAMES.get(plain, plain) if "recorded_at" not in self.taken else plain
        if plain in self.mapping.values() or plain not in _NAMES[self.kind]:
            return None
        return plain

    def is_kept(self, name: str) -> bool:
        """Tell whether a column that holds none of our fields goes into the context."""
        theirs_to_drop = self.mapping.get(name) == "" or plain_name(name) in _LEFT_OUT
        # A decision's context must not hold its outcome: that would give the answer away.
        other = Kind.OUTCOMES if self.kind is Kind.DECISIONS else Kind.DECISIONS
        alien = plain_name(name) in _NAMES[other] - _NAMES[self.kind]
        kept = self.kind is Kind.DECISIONS and not theirs_to_drop and not alien
        if plain_name(name) and not (self.kind is Kind.OUTCOMES and name in self.read_elsewhere):
            (self.kept if kept else self.left_out).setdefault(name)
        return kept

    def would_keep(self, name: str) -> bool:
        """Tell whether `is_kept` holds, without remembering it for the notes."""
        kept, left_out = dict(self.kept), dict(self.left_out)
        answer = self.is_kept(name)
        self.kept, self.left_out = kept, left_out
        return answer

    def notes(self, path: Path) -> list[str]:
        """Return what to tell about columns that hold none of our fields."""
        lines = []
        if self.kept:
            lines.append(f"{path.name}: kept in the context: {_first(self.kept)}")
        if self.left_out:
            lines.append(f"{path.name}: left out: {_first(self.left_out)}")
        return lines


def recognise(
    names: Iterable[str],
    mapping: Mapping[str, str],
    wanted: Kind | None,
    path: Path,
    *,
    quiet: bool = False,
) -> Kind | None:
    """Return what a table with these columns holds.

    Parameters
    ----------
    names : iterable of str
        The columns found.
    mapping : mapping
        Their name to ours.
    wanted : Kind, optional
        What the caller says; then only the indispensable columns are asked for.
    path : Path
        For the message.
    quiet : bool, default=False
        Return None instead of raising: also where it holds decisions and how they ended.

    Raises
    ------
    ImportFailed
        Saying which columns were found and which are needed.
    """
    found = list(names)
    ours = {mapping.get(name, plain_name(name)) for name in found}
    timed = not ours.isdisjoint({"timestamp", "recorded_at", "created_at"})
    decisions = timed and not ours.isdisjoint(_TELLS_DECISIONS)
    outcomes = "decision_id" in ours and not ours.isdisjoint(_TELLS_OUTCOMES)
    bare_decisions = {"decision_id", "timestamp"} <= ours
    match wanted:
        case Kind.DECISIONS if timed:
            return wanted
        case Kind.OUTCOMES if "decision_id" in ours:
            return wanted
        case None if decisions and outcomes:
            return None
        case None if outcomes:
            return Kind.OUTCOMES
        case None if decisions or bare_decisions:
            return Kind.DECISIONS
    if quiet:
        return None
    needed = _NEEDED[wanted] if wanted else f"{_NEEDED[Kind.DECISIONS]}; {_NEEDED[Kind.OUTCOMES]}"
    raise ImportFailed(
        path, f"its columns are not recognised: found {_listed(found)}; {needed}", f"{_MAP_HELP}."
    )


def _first(names: Iterable[str]) -> str:
    """Return the first names of many."""
    found = list(names)
    more = f", … and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more


def _listed(names: list[str]) -> str:
    shown = [repr(name if len(name) <= 30 else f"{name[:27]}...") for name in names[:12]]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return (", ".join(shown) + more) or "none"
