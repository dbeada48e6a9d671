"""Estimates of many opportunities as columns: what is expected of each, and what is known of its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from decision_log.predicting.explain import LEAST_REVENUE_SAID, model_sentence
from decision_log.predicting.number_columns import amounts, percents
from decision_log.predicting.template import as_format, escaped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_log.predicting.estimate import Estimate

    Floats = NDArray[np.float64]
    Cell = tuple[str, str]

_NUMBERS = ("probability", "low", "high", "confidence", "revenue")
"""Fields of an estimate that are read of many cells at once."""

_WITHOUT_REVENUE, _WITH_REVENUE = (as_format(model_sentence(revenue)) for revenue in (0.0, 1.0))


class CellEstimates:
    """Estimates of the cells asked about so far, numbered in the order in which they came.

    Attributes
    ----------
    names : list of (str, str)
        Type and source of each.
    estimates : list of Estimate
        What the rates say of each cell.
    sentences, templates : list of str
        What is known of each cell in words, and the same as a template.
    """

    def __init__(self) -> None:
        self.names: list[Cell] = []
        self.estimates: list[Estimate] = []
        self.sentences: list[str] = []
        self.templates: list[str] = []
        self._numbers = np.empty((len(_NUMBERS), 0))
        self._places: dict[Cell, int] = {}

    def unknown(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return those of the cells that were not added yet, each once."""
        known = self._places
        return [cell for cell in dict.fromkeys(cells) if cell not in known]

    def add(
        self, cells: Sequence[Cell], estimates: Sequence[Estimate], sentences: Sequence[str]
    ) -> None:
        """Add cells, with what the rates say of each and with what is known of it in words."""
        for cell in cells:
            self._places[cell] = len(self._places)
        self.names += cells
        self.sentences += sentences
        self.templates += map(escaped, sentences)
        self.estimates += estimates
        new = np.array([[getattr(one, name) for one in estimates] for name in _NUMBERS])
        self._numbers = np.concatenate([self._numbers, new], axis=1)

    def codes(self, cells: Sequence[Cell]) -> NDArray[np.intp]:
        """Return the numbers of N cells, all of them added before."""
        return np.fromiter(map(self._places.__getitem__, cells), np.intp, len(cells))

    def of(self, codes: NDArray[np.intp]) -> Estimates:
        """Return the estimates of N opportunities by their cells alone."""
        return Estimates(self, codes, *self._numbers.take(codes, axis=1))


@dataclass(frozen=True, slots=True)
class Estimates:
    """What is expected of N opportunities; indexing gives the `Estimate` of one.

    Parameters
    ----------
    cells : CellEstimates
        What the rates say of their cells.
    codes : ndarray of intp, shape (N,)
        The cell of each.
    probability, low, high : ndarray, shape (N,)
        P(won), a fraction, and its 95 % interval.
    confidence : ndarray, shape (N,)
        In [0, 1].
    revenue : ndarray, shape (N,)
        Expected revenue per decision.
    why : sequence of N str, optional
        What speaks for and against each by a model, in words; None where the rates alone are put into words.
    """

    cells: CellEstimates
    codes: NDArray[np.intp]
    probability: Floats
    low: Floats
    high: Floats
    confidence: Floats
    revenue: Floats
    why: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Estimate:
        """Return the estimate of one opportunity."""
        cell: Estimate = self.cells.estimates[self.codes[row]]
        template = (self if len(self) == 1 else self.take([row])).templates()[0]
        if self.why is None:
            return cell._replace(template=template)
        numbers = (self.probability, self.low, self.high, self.revenue)
        probability, low, high, revenue = (float(column[row]) for column in numbers)
        # The spread of revenue is that of the cell, moved to where the model expects it.
        scale = revenue / cell.revenue if cell.revenue > 0 else 0.0
        return cell._replace(
            probability=probability,
            low=low,
            high=high,
            revenue=revenue,
            revenue_low=min(scale * cell.revenue_low, revenue),
            revenue_high=max(scale * cell.revenue_high, revenue),
            template=template,
        )

    def take(self, rows: Sequence[int]) -> Estimates:
        """Return the estimates of some of the opportunities."""
        columns = {
            name: getattr(self, name)[rows]
            for name in ("codes", "probability", "low", "high", "confidence", "revenue")
        }
        why = None if self.why is None else [self.why[row] for row in rows]
        return replace(self, **columns, why=why)

    def templates(self) -> list[str]:
        """Return a sentence or two for people about each, as templates."""
        known = [self.cells.templates[code] for code in self.codes.tolist()]
        if self.why is None:
            return known
        said = [model_sentence(0.0), model_sentence(LEAST_REVENUE_SAID)]
        return [
            f"{cell} {said[revenue]} {escaped(why)}".rstrip()
            for cell, revenue, why in zip(known, self._says_revenue(), self.why, strict=True)
        ]

    def sentences(self) -> list[str]:
        """Return the same with the numbers filled in."""
        known = [self.cells.sentences[code] for code in self.codes.tolist()]
        if self.why is None:
            return known
        n = len(self)
        written = percents(np.concatenate([self.probability, self.low, self.high]))
        given = zip(
            known, self.why, self._says_revenue(), amounts(self.revenue),
            written[:n], written[n : 2 * n], written[2 * n :], strict=True,
        )  # fmt: skip
        return [
            f"{cell} {_WITH_REVENUE % (p, low, high, revenue)} {why}".rstrip()
            if says_revenue
            else f"{cell} {_WITHOUT_REVENUE % (p, low, high)} {why}".rstrip()
            for cell, why, says_revenue, revenue, p, low, high in given
        ]

    def _says_revenue(self) -> list[bool]:
        said: list[bool] = (self.revenue >= LEAST_REVENUE_SAID).tolist()
        return said
