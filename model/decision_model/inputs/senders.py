"""Closed decisions by sender: what tells how alike decisions about one sender end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SenderSums:
    """Closed decisions of each cell by sender; all arrays have shape (C,).

    Parameters
    ----------
    senders : ndarray
        How many different ones; a decision whose sender is not known is a sender of its own.
    squares : ndarray
        Sum over senders of m^2, with m decisions each.
    wins_squared : ndarray
        Sum over senders of w^2 / m, with w wins each.
    """

    senders: Floats
    squares: Floats
    wins_squared: Floats

    @classmethod
    def of(
        cls, cell: NDArray[np.intp], sender: NDArray[np.object_], won: NDArray[np.bool_], n: int
    ) -> SenderSums:
        """Count closed decisions; None is a sender that is not known."""
        number: dict[object, int] = {}
        everyone = np.fromiter(
            (number.setdefault(i if one is None else str(one), len(number)) for i, one in enumerate(sender)),
            dtype=np.intp,
            count=len(sender),
        )  # fmt: skip
        pairs, place = np.unique(cell * max(len(number), 1) + everyone, return_inverse=True)
        m = np.bincount(place, minlength=len(pairs)).astype(np.float64)
        w = np.bincount(place, won.astype(np.float64), len(pairs))
        of_cell = pairs // max(len(number), 1)
        return cls(
            *(
                np.bincount(of_cell, x, n).astype(np.float64)
                for x in (np.ones(len(m)), m * m, w * w / m)
            )
        )
