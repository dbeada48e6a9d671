"""Scoring kernel: what scoring adds to opportunities, made by columns; the same for one, a batch and a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import orjson

from decision_log.predicting.number_columns import rounded
from decision_log.scoring.formula import moved_sentences, score_parts, tiers_of
from decision_log.scoring.input_checks import lacks_everything

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimate import Estimate
    from decision_log.predicting.estimates import CellEstimates, Estimates
    from decision_log.settings import Settings

    Floats = NDArray[np.float64]
    Texts = list[bytes]

REMEMBERED = 50_000
"""Most pairs of cell and base score whose row is kept: about 50 MB."""

INSUFFICIENT = -1.0
"""Stands for the base score of an item that has neither score nor anything else to judge it by."""

MISSING = -2.0
"""Stands for that of an item without a score."""

DECODE = msgspec.json.Decoder().decode

_DIGITS = np.array([1, 2, 2, 2, 2, 2, 2, 2, 2])[:, None]
"""Decimals of what is written of each item: score, its four parts, revenue, probability and interval."""

_FLAGS = {
    MISSING: b',"score_missing":true',
    INSUFFICIENT: b',"score_missing":true,"insufficient_data":true',
}


_PARTS = b'{"base":%b,"confidence":%b,"conversion":%b,"revenue":%b}'


@dataclass(slots=True)
class Added:
    """What scoring adds to N items, as columns.

    Parameters
    ----------
    scores, values : list of float
        Adjusted scores, and expected revenues rounded as they are written.
    tiers : list of int
        Places of the tiers.
    points : list of (bytes, bytes, bytes, bytes)
        Parts of the scores for base score, confidence, conversion and revenue, as written.
    json : list of bytes
        The added keys, each a JSON object without its braces.
    """

    scores: list[float]
    values: list[float]
    tiers: list[int]
    points: list[tuple[bytes, bytes, bytes, bytes]]
    json: Texts

    @property
    def parts(self) -> Texts:
        """Parts of the scores, each a JSON object with sorted keys."""
        return [_PARTS % points for points in self.points]

    def take(self, rows: Sequence[int]) -> Added:
        """Return what is added to some of the items."""
        return Added(*([column[row] for row in rows] for column in self.columns))

    @property
    def columns(self) -> tuple[Sequence[Any], ...]:
        """All columns, in order."""
        return self.scores, self.values, self.tiers, self.points, self.json

    def row(self, place: int) -> dict[str, Any]:
        """Return the added keys of one item as a dictionary."""
        row: dict[str, Any] = DECODE(b"{" + self.json[place] + b"}")
        return row


@dataclass(frozen=True, slots=True)
class _CellJson:
    """What the rows of one cell share: the keys between revenue and interval, and those at the end."""

    confidence: bytes
    history: bytes

    @classmethod
    def of(cls, cell: Estimate, version: bytes) -> _CellJson:
        history = {
            "conversion_rate": round(100 * cell.rate, 2),
            "avg_revenue": round(cell.average_revenue, 2),
            "sample_size": cell.sample_size,
        }
        confidence = orjson.dumps(round(cell.confidence, 3))
        return cls(
            b',"prediction_confidence":%b,"interval":[' % confidence,
            b',"historical_data":%b,"model_version":%b' % (orjson.dumps(history), version),
        )


class ScoringKernel:
    """Scores opportunities by their estimates.

    Parameters
    ----------
    settings : Settings
        Weights and tiers.
    version : str
        Model version to name.
    """

    def __init__(self, settings: Settings, version: str) -> None:
        self._weights = settings.weights
        self.tiers = settings.tiers
        self._tiers = [
            b',"recommendation":%b,"score_parts":{"base":' % orjson.dumps(text)
            for _, text in settings.tiers
        ]
        self._version = orjson.dumps(version)
        self._cells: CellEstimates | None = None
        self._of_cells: list[_CellJson] = []
        self._known: dict[tuple[int, float], tuple[Any, ...]] = {}
        """Rows of `Added` by cell and base score."""

    def __call__(self, items: Sequence[Opportunity], estimates: Estimates) -> Added:
        """Score N opportunities.

        Where the rates alone estimate, items of the same cell and base score are equal, and what an earlier one got is
        looked up.
        """
        if self._cells is not estimates.cells:
            self._cells = estimates.cells
            self._of_cells.clear()
            self._known.clear()
        new = estimates.cells.estimates[len(self._of_cells) :]
        self._of_cells += [_CellJson.of(cell, self._version) for cell in new]
        bases = [_base(one) if one.score_missing else one.score for one in items]
        if estimates.why is not None or not items:
            return self._scored(items, bases, estimates)
        known, keys = self._known, list(zip(estimates.codes.tolist(), bases, strict=True))
        if len(known) > REMEMBERED:
            known.clear()
        rows = {key: row for row, key in enumerate(keys) if key not in known}
        if rows:
            fresh = list(rows.values())
            some = [items[row] for row in fresh]
            made = self._scored(some, [bases[row] for row in fresh], estimates.take(fresh))
            known.update(zip(rows, zip(*made.columns, strict=True), strict=True))
        return Added(*map(list, zip(*map(known.__getitem__, keys), strict=True)))

    def moved(self, items: Sequence[Opportunity], estimates: Estimates) -> list[str]:
        """Say of each how and why the score moved from its base score: the first sentence of its reasoning."""
        base = np.array([one.score for one in items], dtype=np.float64)
        given = [not one.score_missing for one in items]
        parts = score_parts(
            base, estimates.probability, estimates.revenue, estimates.confidence, self._weights
        )
        return moved_sentences(
            base, parts, parts.total, self._weights, given, estimates.probability, estimates.revenue
        )

    def _scored(
        self, items: Sequence[Opportunity], bases: Sequence[float], estimates: Estimates
    ) -> Added:
        base = np.array([one.score for one in items], dtype=np.float64)
        e = estimates
        parts = score_parts(base, e.probability, e.revenue, e.confidence, self._weights)
        numbers = np.array(
            [parts.exact_total, *parts, e.revenue, 100 * e.probability, 100 * e.low, 100 * e.high]
        )
        shown = rounded(numbers, _DIGITS)
        tiers = tiers_of(shown[0], self.tiers)
        given = [base_given >= 0 for base_given in bases]
        moved = moved_sentences(
            base, parts, shown[0], self._weights, given, e.probability, e.revenue
        )
        reasons = map(_text, map("%s %s".__mod__, zip(moved, e.sentences(), strict=True)))
        original, *written = _texts(np.concatenate([base[None], shown]))
        flags: Sequence[bytes] = repeat(b"")  # type: ignore[assignment]
        if not all(given):
            original = [
                b"null" if one < 0 else text for one, text in zip(bases, original, strict=True)
            ]
            flags = [_FLAGS.get(one, b"") for one in bases]
        total, base_part, conversion, of_revenue, of_confidence, money, chance, low, high = written
        cells = [self._of_cells[code] for code in e.codes.tolist()]
        json = _joined(
            b'"original_score":', original, b',"adjusted_score":', total,
            [self._tiers[place] for place in tiers], base_part, b',"conversion":', conversion,
            b',"revenue":', of_revenue, b',"confidence":', of_confidence, b"}", flags,
            b',"reasoning":', reasons, b',"predicted_revenue":', money,
            b',"conversion_probability":', chance, [cell.confidence for cell in cells],
            low, b",", high, b'],"expected_value":', money, [cell.history for cell in cells],
        )  # fmt: skip
        points = list(zip(base_part, of_confidence, conversion, of_revenue, strict=True))
        return Added(shown[0].tolist(), shown[5].tolist(), tiers, points, json)


def _base(one: Opportunity) -> float:
    """Return what stands for the base score of an item without one."""
    return INSUFFICIENT if lacks_everything(one) else MISSING


def _text(text: str) -> bytes:
    """Write a text as JSON; half a character (a lone surrogate), which JSON does not know, as a question mark."""
    try:
        return orjson.dumps(text)
    except TypeError:
        return orjson.dumps(text.encode("utf-8", "replace").decode())


def _texts(numbers: Floats) -> list[Texts]:
    """Write K columns of N numbers as JSON."""
    columns, n = numbers.shape
    texts = orjson.dumps(numbers.ravel(), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
    return [texts[column * n : (column + 1) * n] for column in range(columns)]


def _joined(*pieces: bytes | Iterable[bytes]) -> Texts:
    """Put rows together from columns, and from what stands in all of them."""
    columns = (repeat(one) if isinstance(one, bytes) else one for one in pieces)
    return list(map(b"".join, zip(*columns, strict=False)))
