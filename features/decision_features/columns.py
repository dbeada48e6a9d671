"""The columns a model looks at: learnt from training decisions, the same code for training and scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from decision_features import values
from decision_features.blocks import KINDS, Block, Entries, Levels, Number, Words, text_length
from decision_features.dictionary import DataDictionary, Field, Kind
from decision_features.frame import OpportunityFrame
from decision_features.history import NAMES as HISTORY_NAMES
from decision_features.history import as_features

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Past = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Fields to columns, in blocks: one block per field (numbers of one field share one, so does a vocabulary).

    Parameters
    ----------
    parts : tuple of (str, str, Block)
        What each block reads: how (``number``, ``days``, …), from which field, and what it learnt.
    """

    parts: tuple[tuple[str, str, Block], ...]

    @classmethod
    def learn(
        cls, frame: OpportunityFrame, dictionary: DataDictionary, past: Past | None = None
    ) -> Encoder:
        """Learn levels, quantiles and vocabularies; no answer is looked at.

        Parameters
        ----------
        past : ndarray, shape (N, 4), optional
            `SenderHistory.before` of the same frame.
        """
        parts: list[tuple[str, str, Block]] = []
        for how, field in _wanted(dictionary, past):
            column = _read(how, field, frame, past)
            block = _learn(how, field, column)
            if len(frame) and block.columns and _varies(block, column):
                parts.append((how, field, block))
        return cls(tuple(parts))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(name for _, _, block in self.parts for name in block.columns)

    @property
    def blocks(self) -> tuple[str, ...]:
        """Names of the blocks."""
        return tuple(block.name for _, _, block in self.parts)

    @property
    def widths(self) -> NDArray[np.intp]:
        """Columns per block."""
        return np.array([len(block.columns) for _, _, block in self.parts], dtype=np.intp)

    def transform(self, frame: OpportunityFrame, past: Past | None = None) -> csr_array:
        """Encode N opportunities, shape (N, P)."""
        from scipy.sparse import csr_array

        shape = (len(frame), int(self.widths.sum()))
        triples = []
        start = 0
        for how, field, block in self.parts:
            rows, places, weights = block.entries(_read(how, field, frame, past))
            triples.append((rows, places + start, weights))
            start += len(block.columns)
        if not triples:
            return csr_array(shape, dtype=np.float64)
        rows, places, weights = (np.concatenate(part) for part in zip(*triples, strict=True))
        return csr_array((weights, (rows, places)), shape=shape)

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain data, fit for JSON."""
        return [
            {"how": how, "field": field, "kind": block.kind, **asdict(block)}
            for how, field, block in self.parts
        ]

    @classmethod
    def from_dict(cls, parts: Sequence[dict[str, Any]]) -> Encoder:
        """From `to_dict`, as it is or after a way through JSON."""
        read: list[tuple[str, str, Block]] = []
        for part in parts:
            given: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in part.items()
            }
            how, field, kind = (
                str(given.pop("how")),
                str(given.pop("field")),
                str(given.pop("kind")),
            )
            read.append((how, field, KINDS[kind](**given)))
        return cls(tuple(read))


_OF_KIND = {
    Kind.NUMBER: ("number",),
    Kind.CATEGORY: ("level",),
    Kind.LIST: ("entries",),
    Kind.DATE: ("days",),
    Kind.TEXT: ("words", "length"),
}


def _wanted(dictionary: DataDictionary, past: Past | None) -> list[tuple[str, str]]:
    """(how to read, field) of every block, in a fixed order."""
    fields: list[Field] = [field for field in dictionary.fields if field.used]
    found = [(how, field.name) for field in fields for how in _OF_KIND[field.kind]]
    used = {field.name for field in fields}
    if {"type", "source"} <= used:
        found.append(("pair", "type and source"))
    found += [("weekday", "weekday"), ("hour", "hour")]
    if past is not None and "sender" in used:
        found += [("past", name) for name in HISTORY_NAMES]
    return found


def _read(  # noqa: PLR0911  one return per way to read
    how: str, field: str, frame: OpportunityFrame, past: Past | None
) -> Any:
    """Fetch the raw values a block reads."""
    if how == "pair":
        return [f"{kind} / {source}" for kind, source in zip(frame.type, frame.source, strict=True)]
    if how in {"weekday", "hour"}:
        return _calendar(how, frame.timestamp)
    if how == "past":
        if past is None:
            return np.full(len(frame), np.nan)
        return as_features(past)[:, HISTORY_NAMES.index(field)]
    column = frame.attribute(field[8:]) if field.startswith("context.") else getattr(frame, field)
    if how == "number":
        return values.numbers(column.tolist())
    if how == "days":
        return values.days_ahead(column.tolist(), frame.timestamp)
    if how in {"words", "length"}:
        texts = [None if value is None else str(value) for value in column]
        return texts if how == "words" else text_length(texts)
    return column


def _learn(how: str, field: str, column: Any) -> Block:
    name = {"days": f"days to {field}", "length": f"log length of {field}"}.get(how, field)
    if how in {"number", "days", "length", "past"}:
        return Number.learn(name, column)
    if how == "entries":
        return Entries.learn(name, column)
    return Words.learn(name, column) if how == "words" else Levels.learn(name, column)


def _varies(block: Block, column: Any) -> bool:
    """Whether the block tells any two training rows apart."""
    if isinstance(block, Levels):
        return len(block.columns) > 1 or (block.usual and block.usual[0] < 1) or block.has_missing
    if isinstance(block, Number):
        known = column[np.isfinite(column)]
        return block.has_missing or (len(known) > 0 and bool(known.min() < known.max()))
    return True


def _calendar(how: str, timestamp: NDArray[np.datetime64]) -> list[str | None]:
    """Day of the week, or the four hours of the day, UTC."""
    hours = timestamp.astype("datetime64[h]").astype(np.int64)
    if how == "weekday":
        days = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")  # 1970-01-01 was a Thursday
        told = [days[h // 24 % 7] for h in hours.tolist()]
    else:
        told = [f"{h % 24 // 4 * 4:02d}-{h % 24 // 4 * 4 + 4:02d}h" for h in hours.tolist()]
    return [None if gone else t for gone, t in zip(np.isnat(timestamp).tolist(), told, strict=True)]
