"""Pairs of a type and a source that have no decisions: which of them a fitted model may be asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from decision_model.hyperparameters import MOST_PAIRS

if TYPE_CHECKING:
    from decision_model.rates.additive import Layout

    Pair = tuple[str | None, str | None]


def pairs_without_cell(layout: Layout, cells: Collection[Pair]) -> list[Pair]:
    """Return the pairs that are no cells and may be asked for, None for a name never seen, in a fixed order.

    Where there are many names, only the pairs with a new type or source.
    """
    types, sources = [*layout.type_level, None], [*layout.source_level, None]
    every = len(types) * len(sources) <= MOST_PAIRS
    return [
        (one, other)
        for one in dict.fromkeys(types)
        for other in dict.fromkeys(sources)
        if (every or one is None or other is None) and (one, other) not in cells
    ]
