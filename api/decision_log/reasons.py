"""The strongest reasons for and against, in words, from what each field adds to the log-odds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from decision_features import OpportunityFrame
    from decision_model.trained import TrainedModel

    Floats = NDArray[np.float64]

MATERIAL = 0.1
"""Log-odds below which a field is not worth a word: at even chances, two and a half points."""

REASONS_SHOWN = 2
WORDS_SHOWN = 2
LONGEST_VALUE = 40

_PAST = {
    "sender known": "how often this sender was decided on before",
    "sender record": "what became of this sender's earlier opportunities",
    "days since the last": "the time since this sender's last one",
}
_NAMES = {"score": "base score", "maker": "decision maker"}


class Reasons:
    """Tells for each opportunity what speaks for and against it most.

    Parameters
    ----------
    model : TrainedModel
        Whose contributions they are.
    """

    def __init__(self, model: TrainedModel) -> None:
        self._parts = model.encoder.parts
        widths = model.encoder.widths
        self._starts = np.r_[0, np.cumsum(widths)]
        weights = model.pool.weights
        self._weights = weights[1] * model.steady.weights + weights[2] * model.full.weights
        self._senders = model.records.senders

    def sentences(self, frame: OpportunityFrame, columns: csr_array, blocks: Floats) -> list[str]:
        """Write one text for each of N opportunities; empty where nothing is material.

        Parameters
        ----------
        frame : OpportunityFrame
            The opportunities.
        columns : csr_array, shape (N, P)
            Their encoded columns.
        blocks : ndarray, shape (N, B)
            What each block of the encoder adds to the log-odds.
        """
        most = min(REASONS_SHOWN, blocks.shape[1])
        if not most:
            return [""] * len(frame)
        order = np.argsort(blocks, axis=1, kind="stable")
        found: list[list[str]] = []
        for label, places, sign in (
            ("For it", order[:, : -most - 1 : -1], 1.0),
            ("Against it", order[:, :most], -1.0),
        ):
            strong = sign * np.take_along_axis(blocks, places, axis=1) >= MATERIAL
            found.append(self._told(label, frame, columns, places, strong, sign))
        return [" ".join(filter(None, both)) for both in zip(*found, strict=True)]

    def value(self, frame: OpportunityFrame, columns: csr_array, block: int, row: int) -> str:
        """Name a block's field and its value for one opportunity."""
        if self._parts[block][0] == "words":
            both = (self._words(columns, block, row, sign) for sign in (1.0, -1.0))
            return _text_with([word for told in both for word in told])
        return self._named(frame, block, row) or f"no {_field_name(self._parts[block][1])}"

    def _told(
        self,
        label: str,
        frame: OpportunityFrame,
        columns: csr_array,
        places: NDArray[np.intp],
        strong: NDArray[np.bool_],
        sign: float,
    ) -> list[str]:
        told = []
        for row, (blocks, enough) in enumerate(zip(places.tolist(), strong.tolist(), strict=True)):
            reasons = []
            for block, is_strong in zip(blocks, enough, strict=True):
                if not is_strong:
                    break
                if self._parts[block][0] == "words":
                    named: str | None = _text_with(self._words(columns, block, row, sign))
                else:
                    named = self._named(frame, block, row)
                if named and named not in reasons:
                    reasons.append(named)
            told.append(f"{label}: {', '.join(reasons)}." if reasons else "")
        return told

    def _words(self, columns: csr_array, block: int, row: int, sign: float) -> list[str]:
        """Give the words of a text that push most in the direction of ``sign``."""
        start, stop = self._starts[block], self._starts[block + 1]
        begin, end = columns.indptr[row], columns.indptr[row + 1]
        here = columns.indices[begin:end]
        push = sign * columns.data[begin:end] * self._weights[here]
        pushed = sorted(
            (
                (-p, place)
                for p, place in zip(push.tolist(), here.tolist(), strict=True)
                if p > 0 and start <= place < stop
            )
        )
        levels = self._parts[block][2].levels  # type: ignore[union-attr]
        return [levels[place - start] for _, place in pushed[:WORDS_SHOWN]]

    def _past(self, field: str, sender: str | None) -> str | None:
        if sender is None:
            return None
        return _PAST[field] if sender in self._senders else "a sender not seen before"

    def _named(self, frame: OpportunityFrame, block: int, row: int) -> str | None:
        """Name the field and its value; None where the opportunity has none that can be told."""
        how, field, learnt = self._parts[block]
        if how == "past":
            return self._past(field, frame.sender[row])
        if how == "pair":
            return f"{_short(frame.type[row])} from {_short(frame.source[row])}"
        if how in {"weekday", "hour"}:
            return _calendar(how, frame.timestamp[row])
        name = _field_name(field)
        value = _raw(frame, field, row)
        if how == "length":
            return "the length of its text" if value else "having no text"
        if value is None or value != value:  # noqa: PLR0124  # nan is not itself
            return f"no {name}" if getattr(learnt, "has_missing", False) else None
        return f"{name} {_short(value)}"


def _text_with(words: Sequence[str]) -> str:
    if not words:
        return "its text"
    return f"its text (words such as {' and '.join(repr(word) for word in words)})"


def _field_name(field: str) -> str:
    return _NAMES.get(field) or field.removeprefix("context.").replace("_", " ")


def _raw(frame: OpportunityFrame, field: str, row: int) -> Any:
    if field.startswith("context."):
        return frame.context[row].get(field[8:])
    return getattr(frame, field)[row]


def _short(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    if isinstance(value, list | tuple):
        value = ", ".join(str(one) for one in value)
    text = " ".join(str(value)[: 4 * LONGEST_VALUE].split())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _calendar(how: str, moment: np.datetime64) -> str | None:
    if np.isnat(moment):
        return None
    at = moment.astype("datetime64[s]").item()
    return f"the weekday ({at:%A})" if how == "weekday" else f"the hour ({at:%H}:00 UTC)"
