"""The columns of all number fields at once: one row of arithmetic for many fields."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from decision_features.blocks import Number, signed_log
from decision_features.hyperparameters import CLIP

Floats = NDArray[np.float64]


class NumberTable:
    """Turns K fields of raw numbers into the D columns of their blocks.

    Parameters
    ----------
    blocks : sequence of Number, length K
        What was learnt of each field.
    starts : sequence of int, length K
        First column of each block.

    Attributes
    ----------
    columns : ndarray of intp, shape (D,)
        The columns it makes, in the order in which it makes them: the numbers themselves, all hinges,
        all logarithms, all flags of missing ones.
    """

    def __init__(self, blocks: Sequence[Number], starts: Sequence[int]) -> None:
        self._signed = np.array([k for k, block in enumerate(blocks) if block.logarithm], np.intp)
        self._mean = np.array([block.mean for block in blocks])
        self._spread = np.array([block.spread for block in blocks])
        self._filled = np.array([not block.has_missing for block in blocks], dtype=bool)
        hinges = [(k, knot) for k, block in enumerate(blocks) for knot in block.knots]
        self._bent = np.array([k for k, _ in hinges], np.intp)
        self._knots = np.array([knot for _, knot in hinges])
        self._logs = np.array([k for k, block in enumerate(blocks) if block.log_spread], np.intp)
        self._log_mean = np.array([blocks[k].log_mean for k in self._logs])
        self._log_spread = np.array([blocks[k].log_spread for k in self._logs])
        self._flagged = np.flatnonzero(~self._filled)
        places: list[int] = list(starts)
        for start, block in zip(starts, blocks, strict=True):
            places += range(start + 1, start + 1 + len(block.knots))
        places += [starts[k] + 1 + len(blocks[k].knots) for k in self._logs]
        places += [starts[k] + len(blocks[k].columns) - 1 for k in self._flagged.tolist()]
        self.columns = np.array(places, np.intp)

    def __call__(self, raw: Floats) -> Floats:
        """Standardised values, hinges, logarithms and flags of N rows, shape (N, K) to (N, D).

        A missing value is 0 and has its flag, or is the mean where training had none missing.
        """
        known = np.isfinite(raw)
        everything = bool(known.all())
        value = raw if everything else np.where(known, raw, 0.0)
        used = value
        if len(self._signed):
            used = value.copy()
            used[:, self._signed] = signed_log(value[:, self._signed])
        standard = _clipped((used - self._mean) / self._spread)
        logs = value[:, self._logs]
        logs = (np.log1p(np.maximum(logs, 0.0)) - self._log_mean) / self._log_spread
        logs = _clipped(logs)
        if everything:
            hinges = np.maximum(standard[:, self._bent] - self._knots, 0.0)
            flags = np.zeros((len(raw), len(self._flagged)))
        else:
            standard = np.where(known, standard, 0.0)
            logs = np.where(known[:, self._logs], logs, 0.0)
            bent = np.maximum(standard[:, self._bent] - self._knots, 0.0)
            hinges = np.where((known | self._filled)[:, self._bent], bent, 0.0)
            flags = ~known[:, self._flagged]
        return np.concatenate([standard, hinges, logs, flags], axis=1)


def _clipped(values: Floats) -> Floats:
    return np.asarray(np.minimum(np.maximum(values, -CLIP), CLIP))
