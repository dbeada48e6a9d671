"""Scoring kernel: what scoring adds to opportunities, made by columns; the same for one, a batch and a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

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

REMEMBERED = 50_000
"""Most pairs of cell and base score whose row is kept: about 50 MB."""

INSUFFICIENT = -1.0
"""Stands for the base score of an item that has neither score nor anything else to judge it by."""

MISSING = -2.0
"""Stands for that of an item without a score."""

ENCODE = msgspec.json.Encoder().encode
DECODE = msgspec.json.Decoder().decode

_DIGITS = np.array([1, 2, 2, 2, 2, 2, 2, 2, 2])[:, None]
"""Decimals of what is written of each item: score, its four parts, revenue, probability and interval."""

_FLAGS = {
    MISSING: b',"score_missing":true',
    INSUFFICIENT: b',"score_missing":true,"insufficient_data":true',
}

_ROW = (
    b'"original_score":%b,"adjusted_score":%b,"recommendation":%b,"score_parts":%b%b,"reasoning":%b,'
    b'"predicted_revenue":%b,"conversion_probability":%b,"prediction_confidence":%b,"interval":[%b,%b],'
    b'"expected_value":%b,"historical_data":%b'
)
"""The added keys of one item, without those that a whole input determines."""

_PARTS = b'{"base":%b,"conversion":%b,"revenue":%b,"confidence":%b}'


class Added(NamedTuple):
    """What scoring adds to one item."""

    score: float
    tier: str
    value: float  # expected revenue, rounded as it is written
    parts: bytes  # of the score, a JSON object
    json: bytes  # the added keys, a JSON object without its braces


@dataclass(frozen=True, slots=True)
class _CellJson:
    """What the rows of one cell share."""

    confidence: bytes
    history: bytes

    @classmethod
    def of(cls, cell: Estimate) -> _CellJson:
        history = {
            "conversion_rate": round(100 * cell.rate, 2),
            "avg_revenue": round(cell.average_revenue, 2),
            "sample_size": cell.sample_size,
        }
        return cls(ENCODE(round(cell.confidence, 3)), ENCODE(history))


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
        self._tiers = [(text, ENCODE(text)) for _, text in settings.tiers]
        self._version = b',"model_version":' + ENCODE(version)
        self._cells: CellEstimates | None = None
        self._of_cells: list[_CellJson] = []
        self._known: dict[tuple[int, float], Added] = {}

    def __call__(self, items: Sequence[Opportunity], estimates: Estimates) -> list[Added]:
        """Score N opportunities.

        Where the rates alone estimate, items of the same cell and base score are equal, and what an earlier one got is
        looked up.
        """
        if self._cells is not estimates.cells:
            self._cells = estimates.cells
            self._of_cells.clear()
            self._known.clear()
        new = estimates.cells.estimates[len(self._of_cells) :]
        self._of_cells += map(_CellJson.of, new)
        bases = [_base(one) for one in items]
        if estimates.why is not None:
            return self._scored(items, bases, estimates)
        known, keys = self._known, list(zip(estimates.codes.tolist(), bases, strict=True))
        if len(known) > REMEMBERED:
            known.clear()
        rows = {key: row for row, key in enumerate(keys) if key not in known}
        if rows:
            fresh = list(rows.values())
            some = self._scored(
                [items[row] for row in fresh], [bases[row] for row in fresh], estimates.take(fresh)
            )
            known.update(zip(rows, some, strict=True))
        return [known[key] for key in keys]

    def moved(self, items: Sequence[Opportunity], estimates: Estimates) -> list[str]:
        """Say of each how and why the score moved from its base score: the first sentence of its reasoning."""
        base = np.array([one.score for one in items], dtype=np.float64)
        given = [not one.score_missing for one in items]
        parts = score_parts(
            base, estimates.probability, estimates.revenue, estimates.confidence, self._weights
        )
        return moved_sentences(
            base, parts, self._weights, given, estimates.probability, estimates.revenue
        )

    def _scored(
        self, items: Sequence[Opportunity], bases: Sequence[float], estimates: Estimates
    ) -> list[Added]:
        n = len(items)
        base = np.array([one.score for one in items], dtype=np.float64)
        e = estimates
        parts = score_parts(base, e.probability, e.revenue, e.confidence, self._weights)
        numbers = np.array(
            [parts.exact_total, *parts, e.revenue, 100 * e.probability, 100 * e.low, 100 * e.high]
        )
        shown = rounded(numbers, _DIGITS)
        written = _texts(shown)
        scores, _, _, _, _, values, *_ = shown.tolist()
        tiers = [self._tiers[place] for place in tiers_of(shown[0], self.tiers).tolist()]
        given = [base_given >= 0 for base_given in bases]
        moved = moved_sentences(base, parts, self._weights, given, e.probability, e.revenue)
        reasons = [
            _text(f"{first} {rest}") for first, rest in zip(moved, e.sentences(), strict=True)
        ]
        cells = [self._of_cells[code] for code in e.codes.tolist()]
        of_score = [_PARTS % four for four in zip(*written[1:5], strict=True)]
        total, revenue, probability, low, high = written[0], *written[5:]
        rows = zip(
            bases,
            total,
            tiers,
            of_score,
            reasons,
            revenue,
            probability,
            low,
            high,
            cells,
            strict=True,
        )
        version = self._version
        json = [
            _ROW
            % (
                b"null" if base_given < 0 else ENCODE(base_given),
                score,
                tier[1],
                four,
                _FLAGS[base_given] if base_given < 0 else b"",
                reason,
                money,
                chance,
                cell.confidence,
                least,
                most,
                money,
                cell.history,
            )
            + version
            for base_given, score, tier, four, reason, money, chance, least, most, cell in rows
        ]
        return [
            Added(scores[row], tiers[row][0], values[row], of_score[row], json[row])
            for row in range(n)
        ]


def added_row(added: Added) -> dict[str, Any]:
    """Return the added keys of one item as a dictionary."""
    row: dict[str, Any] = DECODE(b"{" + added.json + b"}")
    return row


def _base(one: Opportunity) -> float:
    """Return the base score that was given, or what stands for none."""
    if not one.score_missing:
        return one.score
    return INSUFFICIENT if lacks_everything(one) else MISSING


def _text(text: str) -> bytes:
    """Write a text as JSON; half a character (a lone surrogate), which JSON does not know, as a question mark."""
    try:
        return ENCODE(text)
    except UnicodeEncodeError:
        return ENCODE(text.encode("utf-8", "replace").decode())


def _texts(numbers: Floats) -> list[list[bytes]]:
    """Write K columns of N numbers as JSON."""
    columns, n = numbers.shape
    texts = ENCODE(numbers.ravel().tolist())[1:-1].split(b",")
    return [texts[column * n : (column + 1) * n] for column in range(columns)]
