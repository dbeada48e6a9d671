"""The columns a model looks at: learnt from training decisions, the same code for training and scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from decision_features.blocks import KINDS, Block, Entries, Levels, Number, Words
from decision_features.dictionary import DataDictionary, Field, Kind
from decision_features.frame import OpportunityFrame
from decision_features.history import NAMES as HISTORY_NAMES
from decision_features.hyperparameters import ENCODED_TOGETHER, MOST_TEXTS
from decision_features.reading import KnownWords, Past, Reader
from decision_features.tables import Encoding

if TYPE_CHECKING:
    from scipy.sparse import csr_array


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
        cls,
        frame: OpportunityFrame,
        dictionary: DataDictionary,
        past: Past | None = None,
        words: KnownWords | None = None,
    ) -> Encoder:
        """Learn levels, quantiles and vocabularies; no answer is looked at.

        Parameters
        ----------
        past : ndarray, shape (N, 4), optional
            `SenderHistory.before` of the same frame.
        words : KnownWords, optional
            Of texts that were split before.
        """
        parts: list[tuple[str, str, Block]] = []
        reader = Reader(frame, past, words)
        for how, field in _wanted(dictionary, past):
            column = reader.read(how, field)
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

    def encoding(self) -> Encoding:
        """Make the look-up tables for encoding many frames."""
        return Encoding(self.parts)

    def transform(
        self, frame: OpportunityFrame, past: Past | None = None, words: KnownWords | None = None
    ) -> csr_array:
        """Encode N opportunities, shape (N, P)."""
        return self.encode(frame, past, words)[0]

    def encode(
        self, frame: OpportunityFrame, past: Past | None = None, words: KnownWords | None = None
    ) -> tuple[csr_array, NDArray[np.float64]]:
        """Encode N opportunities: their columns, shape (N, P), and their fields, as `Encoded.values`."""
        from scipy.sparse import csr_array, vstack

        encoding = self.encoding()
        if not len(frame):
            return (
                csr_array((0, encoding.places.width), dtype=np.float64),
                np.zeros((0, len(encoding.fields.sizes))),
            )
        made, values = [], []
        for start in range(0, len(frame), ENCODED_TOGETHER):
            rows = np.arange(start, min(start + ENCODED_TOGETHER, len(frame)))
            known = None if past is None else past[rows]
            encoded = encoding(frame.take(rows), known, words)
            made.append(encoding.places.as_csr(encoded))
            values.append(encoded.values)
        return csr_array(vstack(made, format="csr")), np.concatenate(values)

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
    Kind.TEXT: ("words", "pieces", "length"),
}


def _wanted(dictionary: DataDictionary, past: Past | None) -> list[tuple[str, str]]:
    """(how to read, field) of every block, in a fixed order."""
    fields: list[Field] = [field for field in dictionary.fields if field.used]
    found = [
        ("number with comma" if field.comma else how, field.name)
        for field in fields
        for how in _OF_KIND[field.kind]
    ]
    used = {field.name for field in fields}
    if {"type", "source"} <= used:
        found.append(("pair", "type and source"))
    found += [("weekday", "weekday"), ("hour", "hour")]
    if past is not None and "sender" in used:
        found += [("past", name) for name in HISTORY_NAMES]
    return found


_NAMED = {
    "days": "days to {}",
    "length": "log length of {}",
    "pieces": "parts of words of {}",
}


def _learn(how: str, field: str, column: Any) -> Block:
    name = _NAMED.get(how, "{}").format(field)
    if how in {"number", "number with comma", "days", "length", "past"}:
        return Number.learn(name, column)
    if how == "entries":
        return Entries.learn(name, column)
    if how in {"words", "pieces"}:
        newest = column[-MOST_TEXTS:]
        return Words.learn(name, newest) if how == "words" else Words.learn_pieces(name, newest)
    return Levels.learn(name, column)


def _varies(block: Block, column: Any) -> bool:
    """Whether the block tells any two training rows apart."""
    if isinstance(block, Levels):
        return len(block.columns) > 1 or (block.usual and block.usual[0] < 1) or block.has_missing
    if isinstance(block, Number):
        known = column[np.isfinite(column)]
        return block.has_missing or (len(known) > 0 and bool(known.min() < known.max()))
    return True
