"""Data dictionary of a log: its fields, their kinds, and which of them a model may not use and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import values
from decision_features.frame import OpportunityFrame
from decision_features.hyperparameters import AGREEMENT, MOST_FIELDS, MOST_ROWS_LOOKED_AT
from decision_features.labels import Labels
from decision_features.screening import answer_in_values, answer_in_words, leak
from decision_features.screening_dates import dated_afterwards
from decision_store.number_formats import COMMA, evidence_of, resolve_currency

DECIDED = frozenset({"action", "maker"})
"""Fields that a decision has and an opportunity that is still to be scored has not."""

_WITH_POINT = re.compile(r"[+-]?[0-9]*\.(?:[0-9]{1,2}|[0-9]{4,})")

AFTER_THE_FACT = "not known yet when an opportunity is scored"
EXCLUDED = "excluded by choice"


class Kind(StrEnum):
    """How a field is turned into columns."""

    NUMBER = "number"
    CATEGORY = "category"
    LIST = "list"
    DATE = "date"
    TEXT = "text"
    CONSTANT = "constant"
    IDENTIFIER = "identifier"
    EMPTY = "empty"


USABLE = frozenset({Kind.NUMBER, Kind.CATEGORY, Kind.LIST, Kind.DATE, Kind.TEXT})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the log.

    Parameters
    ----------
    name : str
        ``type``, ``source``, ``score``, … or ``context.<key>``.
    kind : Kind
    present : float
        Share of decisions that have it.
    distinct : int
        Different values among the rows looked at.
    example : str
        One of them.
    refused : str
        Why it is not used; empty where it is.
    comma : bool
        Whether its numbers are texts with decimal commas: a format is that of a whole field.
    """

    name: str
    kind: Kind
    present: float
    distinct: int
    example: str
    refused: str = ""
    comma: bool = False

    @property
    def used(self) -> bool:
        """Whether the model may look at it."""
        return not self.refused and self.kind in USABLE


@dataclass(frozen=True, slots=True)
class DataDictionary:
    """All fields of a log, own columns first, then context keys in alphabetical order."""

    fields: tuple[Field, ...]

    def __getitem__(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    def without(self, names: Collection[str]) -> DataDictionary:
        """Exclude fields by choice; one that is refused for another reason keeps it, unless it is action or maker."""
        fields = tuple(
            replace(one, refused=EXCLUDED)
            if one.name in names and (not one.refused or one.name in DECIDED)
            else one
            for one in self.fields
        )
        return replace(self, fields=fields)

    def excludes(self, name: str) -> bool:
        """Tell whether a field is excluded by choice."""
        return any(one.name == name and one.refused == EXCLUDED for one in self.fields)

    def __str__(self) -> str:
        width = max((len(f.name) for f in self.fields), default=5)
        head = f"{'field':{width}}  {'kind':10}  present  distinct  remark"
        lines = [
            f"{f.name:{width}}  {f.kind:10}  {f.present:7.1%}  {f.distinct:8d}  "
            + (
                f"refused: {f.refused}"
                if f.refused
                else f"such as {f.example}"
                if f.example
                else ""
            )
            for f in self.fields
        ]
        return "\n".join([head, *lines])


def describe(
    frame: OpportunityFrame, labels: Labels | None = None, *, allow: Collection[str] = ()
) -> DataDictionary:
    """Find the fields of a log, their kinds, and those that would give the answer away.

    Parameters
    ----------
    frame : OpportunityFrame
    labels : Labels, optional
        Without them nothing can be screened for leaks.
    allow : collection of str
        Names of fields that are not screened: their users know that they are honest. Without ``context.``, too.
    """
    rows = np.unique(np.linspace(0, max(len(frame) - 1, 0), MOST_ROWS_LOOKED_AT).astype(np.intp))
    rows = rows[: len(frame)]
    sample = frame.take(rows)
    known = None if labels is None else labels.take(rows)
    own = {
        "type": sample.type, "source": sample.source, "action": sample.action,
        "maker": sample.maker, "sender": sample.sender, "score": sample.score, "content": sample.content,
    }  # fmt: skip
    fixed = {"score": Kind.NUMBER, "content": Kind.TEXT}
    fields = [
        _field(
            name,
            column,
            None if name in allow else known,
            sample.timestamp,
            fixed.get(name, Kind.CATEGORY),
        )
        for name, column in own.items()
    ]
    fields.extend(
        _field(
            f"context.{key}",
            sample.attribute(key),
            None if key in allow or f"context.{key}" in allow else known,
            sample.timestamp,
            None,
        )
        for key in _keys(sample)
    )
    return DataDictionary(tuple(fields))


def _keys(frame: OpportunityFrame) -> list[str]:
    counts: dict[str, int] = {}
    for context in frame.context:
        for key in context:
            counts[key] = counts.get(key, 0) + 1
    often = sorted(counts, key=lambda key: (-counts[key], key))[:MOST_FIELDS]
    return sorted(often)


def _field(
    name: str,
    column: NDArray[Any],
    labels: Labels | None,
    timestamp: NDArray[np.datetime64],
    kind: Kind | None,
) -> Field:
    present = np.array([not _missing(value) for value in column], dtype=bool)
    filled = [
        value for value, there in zip(column.tolist(), present.tolist(), strict=True) if there
    ]
    names = [values.name(v) if not isinstance(v, list | tuple | dict) else str(v) for v in filled]
    distinct = len(set(names))
    share = float(present.mean()) if len(present) else 0.0
    comma, mixed = (False, "") if kind is Kind.TEXT else _format(filled)
    if not filled:
        found = Kind.EMPTY
    elif distinct == 1 and present.all():
        found = Kind.CONSTANT
    else:
        found = kind or _kind(filled, distinct, timestamp[present], comma=comma)
    comma = comma and found is Kind.NUMBER
    refused = mixed if found in USABLE else ""
    if found in USABLE and name in DECIDED:
        refused = AFTER_THE_FACT
    elif found in USABLE and labels is not None and not refused:
        refused = leak(present, labels)
        if not refused and found is Kind.TEXT:
            is_request = name == "content"
            refused = answer_in_words(column.tolist(), labels, is_request=is_request)
        elif not refused:
            refused = answer_in_values(column.tolist(), labels)
    if found is Kind.IDENTIFIER:
        refused = "" if labels is None else dated_afterwards(column.tolist(), labels)
        refused = refused or "names the opportunity: nearly every value occurs once"
    return Field(
        name, found, share, distinct, (names[0] or "")[:40] if names else "", refused, comma
    )


def _format(filled: Sequence[Any]) -> tuple[bool, str]:
    """Whether the texts among the values have decimal commas, and why they cannot be read as amounts."""
    texts = Counter(value for value in filled if isinstance(value, str))
    if not texts:
        return False, ""
    evidence = evidence_of(texts)
    if evidence.unread > (1 - AGREEMENT) * evidence.total:
        return False, ""
    currencies = resolve_currency(evidence.currencies)
    if len(currencies) > 1:
        return False, f"its amounts are in several currencies ({', '.join(sorted(currencies))})"
    points = sum(n for text, n in texts.items() if _WITH_POINT.fullmatch(text.strip()))
    evidence.proves["point"] += points + sum(isinstance(value, float) for value in filled)
    if evidence.contradictory:
        return False, "its numbers have decimal points and decimal commas"
    return evidence.decimal() == COMMA, ""


def _missing(value: Any) -> bool:
    if value is None or value == "" or (isinstance(value, list | tuple | dict) and not value):
        return True
    return isinstance(value, float) and value != value  # noqa: PLR0124  nan is not itself


def _kind(  # noqa: PLR0911  one return per kind
    filled: Sequence[Any], distinct: int, timestamp: NDArray[np.datetime64], *, comma: bool = False
) -> Kind:
    if any(isinstance(value, dict) for value in filled):
        return Kind.EMPTY
    if np.mean([isinstance(value, list | tuple) for value in filled]) >= 1 - AGREEMENT:
        return Kind.LIST
    if all(isinstance(value, bool) for value in filled):
        return Kind.CATEGORY
    read = values.numbers(filled, comma=comma)
    if np.isfinite(read).mean() >= AGREEMENT:
        return Kind.IDENTIFIER if _counts_up(read, distinct, timestamp) else Kind.NUMBER
    if np.mean([values.moment(value) == values.moment(value) for value in filled]) >= AGREEMENT:
        return Kind.DATE
    length = np.mean([len(str(value).split()) for value in filled])
    often_new = distinct > 0.5 * len(filled)
    if often_new and length >= 4:
        return Kind.TEXT
    if distinct > 0.9 * len(filled) and len(filled) >= 50:
        return Kind.IDENTIFIER
    return Kind.CATEGORY


def _counts_up(read: NDArray[np.float64], distinct: int, timestamp: NDArray[np.datetime64]) -> bool:
    """Tell a serial number: whole, never twice, and always growing with time."""
    if len(read) < 50 or distinct < len(read) or np.any(read != np.round(read)):
        return False
    return bool(np.all(np.diff(read[np.argsort(timestamp, kind="stable")]) > 0))
