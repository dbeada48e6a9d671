"""Options of an import: everything a user can state about files, and the recipe file that keeps it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from decision_store.date_formats import CHOICES
from decision_store.errors import ImportFailed
from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.importing.batches import Kind
from decision_store.importing.layouts import NAMES, fold_heading
from decision_store.number_formats import DECIMALS, currency_code
from decision_store.vocabulary import Vocabulary

ANY_COLUMN = ""
"""The key of a format that is stated for all columns."""

SHORT_NAMES = {
    "id": "decision_id",
    "type": "opportunity_type",
    "source": "opportunity_source",
    "content": "opportunity_content",
    "text": "opportunity_content",
    "score": "opportunity_score",
    "action": "action_taken",
    "by": "decision_maker",
    "maker": "decision_maker",
    "status": "outcome_status",
    "revenue": "revenue_generated",
    "cost": "cost_usd",
    "effort": "effort_minutes",
    "date": "timestamp",
    "created": "timestamp",
    "closed_at": "occurred_at",
    "email": "sender",
}
"""Short names of fields, as the options of other commands are called."""

_FIELDS = frozenset({*DECISIONS.names, *OUTCOMES.names})

ROLES = {
    "amount": "value of a deal: revenue if it is won",
    "currency": "code or sign of the amount's currency",
    "won_at": "when it was won",
    "lost_at": "when it was lost",
    "is_won": "yes if it is won",
    "is_closed": "yes if it is won or lost",
    "title": "short text, put before the content",
    "context": "kept as a further attribute",
}
"""What a column can be mapped to besides the fields of the log."""


class InvalidOption(ImportFailed):
    """An option of an import cannot be used."""

    def __init__(self, option: str, value: str, reason: str) -> None:
        self.option = option
        super().__init__(Path(value), reason, "")

    def __str__(self) -> str:
        return f"{self.option} {self.reason}."


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a user states about the files of one import.

    Parameters
    ----------
    kind : Kind, optional
        ``decisions`` or ``outcomes``, where only one of them is wanted.
    mapping : mapping
        Their column to a field of the log or one of `ROLES`; empty leaves it out. Of several
        columns with one field the first that is filled counts.
    layout : str, optional
        One of `decision_store.importing.layouts.NAMES`; recognised by default.
    values : mapping
        Status word to won, lost, open, reversed or refund.
    dates, decimal : mapping
        Column, or `ANY_COLUMN`, to a format.
    constants : mapping
        Field to the value that all rows get.
    encoding : str, optional
        Of text files; found out by default.
    currency : str, optional
        Of amounts that name none, and of the log.
    rates : mapping
        Currency to its value in the log's currency.
    allow : tuple of str
        Columns that are kept as attributes although they tell the answer, by heading.
    standing : tuple of str
        Those of ``allow`` that are a standing permission: no table needs to have them.
    """

    kind: Kind | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    layout: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    decimal: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    currency: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind is not None:
            _check("--kind", self.kind, [kind.value for kind in Kind])
            object.__setattr__(self, "kind", Kind(self.kind))
        mapping = {name: field_of(target) for name, target in self.mapping.items()}
        object.__setattr__(self, "mapping", mapping)
        constants = {field_of(name): value for name, value in self.constants.items()}
        object.__setattr__(self, "constants", constants)
        for name in constants:
            _check("--set", name, sorted(_FIELDS))
        if self.layout is not None:
            _check("--as", self.layout, NAMES)
        for value in self.dates.values():
            _check("--dates", value, CHOICES)
        for value in self.decimal.values():
            _check("--decimal", value, DECIMALS)
        for code in filter(None, [self.currency, *self.rates]):
            if currency_code(code) is None:
                raise InvalidOption(
                    "--currency", code, f"must be a code such as EUR, but it is {code!r}"
                )
        Vocabulary(self.values)
        for name in ("allow", "standing"):
            names = tuple(each.removeprefix("context.") for each in getattr(self, name))
            object.__setattr__(self, name, names)

    def allows(self, column: str) -> bool:
        """Tell whether a column is kept although it tells the answer."""
        return fold_heading(column) in map(fold_heading, self.allow)

    def stated_format(self, name: str, column: str) -> str | None:
        """Return the format of ``dates`` or ``decimal`` that is stated for a column."""
        stated: Mapping[str, str] = getattr(self, name)
        return stated.get(column, stated.get(ANY_COLUMN))

    def vocabulary(self, general: Vocabulary) -> Vocabulary:
        """Return the vocabulary extended by the values stated here."""
        return general.extended(self.values) if self.values else general

    def answering(self, target: tuple[str, str], answer: str) -> Self:
        """Return these options with the answer to a question added."""
        name, key = target
        merged: dict[str, Any] = {name: {**getattr(self, name), key: answer}}
        return replace(self, **merged)

    def over(self, recipe: ImportOptions) -> ImportOptions:
        """Return these options completed by those of a recipe; what is stated here wins."""
        merged: dict[str, Any] = {}
        for each in fields(self):
            own, saved = getattr(self, each.name), getattr(recipe, each.name)
            if isinstance(own, Mapping):
                merged[each.name] = own if ANY_COLUMN in own else {**saved, **own}
            else:
                merged[each.name] = own or saved
        return replace(self, **merged)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a recipe.

        Raises
        ------
        ImportFailed
            It is no recipe.
        """
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ImportFailed(path, f"it is no recipe ({error})", "Save it again.") from None
        known = {each.name for each in fields(cls)}
        for name in data:
            if name not in known:
                reason = f"its setting {name!r} is not known"
                raise ImportFailed(path, reason, f"The settings are: {', '.join(sorted(known))}.")
        if "kind" in data:
            data["kind"] = Kind(data["kind"])
        if isinstance(data.get("allow", []), str):
            data["allow"] = [data["allow"]]
        return cls(**data)

    def dump(self) -> str:
        """Return the recipe as the text of a TOML file."""
        lines = ["# How decision-log reads one kind of file; used by: decision-log import --recipe"]
        tables = []
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Mapping):
                if value:
                    tables += ["", f"[{each.name}]"]
                    tables += [f"{_quoted(key)} = {_quoted(item)}" for key, item in value.items()]
            elif isinstance(value, tuple):
                if value:
                    lines.append(f"{each.name} = [{', '.join(map(_quoted, value))}]")
            elif value is not None:
                lines.append(f"{each.name} = {_quoted(str(value))}")
        return "\n".join([*lines, *tables, ""])


def _check(option: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        reason = f"must be one of {', '.join(choices)}, but it is {value!r}"
        raise InvalidOption(option, value, reason)


def field_of(name: str) -> str:
    """Return the field meant by a name of an option, short or long."""
    return SHORT_NAMES.get(name, name)


def _quoted(value: object) -> str:
    """Write a TOML key or value: what JSON writes is the same but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
