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
        The columns it makes, in the order in which it makes them: the numbers themselves, all logarithms,
        all hinges, all flags of missing ones.
    """

    def __init__(self, blocks: Sequence[Number], starts: Sequence[int]) -> None:
        self._signed = np.array([k for k, block in enumerate(blocks) if block.logarithm], np.intp)
        self._filled = np.array([not block.has_missing for block in blocks], dtype=bool)
        hinges = [(k, knot) for k, block in enumerate(blocks) for knot in block.knots]
        self._bent = np.array([k for k, _ in hinges], np.intp)
        self._knots = np.array([knot for _, knot in hinges])
        self._logs = np.array([k for k, block in enumerate(blocks) if block.log_spread], np.intp)
        with_log = [blocks[k] for k in self._logs.tolist()]
        # The numbers themselves, then the logarithms.
        self._source = np.append(np.arange(len(blocks)), self._logs).astype(np.intp)
        self._mean = np.array([b.mean for b in blocks] + [b.log_mean for b in with_log])
        self._spread = np.array([b.spread for b in blocks] + [b.log_spread for b in with_log])
        self._flagged = np.flatnonzero(~self._filled)
        places: list[int] = list(starts)
        places += [starts[k] + 1 + len(blocks[k].knots) for k in self._logs]
        for start, block in zip(starts, blocks, strict=True):
            places += range(start + 1, start + 1 + len(block.knots))
        places += [starts[k] + len(blocks[k].columns) - 1 for k in self._flagged.tolist()]
        self.columns = np.array(places, np.intp)

    def __call__(self, raw: Floats) -> Floats:
        """Standardised values, hinges, logarithms and flags of N rows, shape (N, K) to (N, D).

        A missing value is 0 and has its flag, or is the mean where training had none missing.
        """
        known = np.isfinite(raw)
        everything = bool(known.all())
        # Missing ones stand for nothing until the end, where they are set to 0.
        used = (raw if everything else np.where(known, raw, 0.0)).take(self._source, axis=1)
        if len(self._signed):
            used[:, self._signed] = signed_log(used[:, self._signed])
        if len(self._logs):
            logs = used[:, -len(self._logs) :]
            np.log1p(np.maximum(logs, 0.0), out=logs)
        used -= self._mean
        used /= self._spread
        np.minimum(np.maximum(used, -CLIP, out=used), CLIP, out=used)
        if everything:
            hinges = np.maximum(used.take(self._bent, axis=1) - self._knots, 0.0)
            flags = np.zeros((len(raw), len(self._flagged)))
        else:
            used = np.where(known.take(self._source, axis=1), used, 0.0)
            hinges = np.maximum(used.take(self._bent, axis=1) - self._knots, 0.0)
            hinges *= (known | self._filled).take(self._bent, axis=1)
            flags = ~known.take(self._flagged, axis=1)
        return np.concatenate([used, hinges, flags], axis=1)
