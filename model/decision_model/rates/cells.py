"""The evidence of the rate model, counted from a frame and its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.follow_up import delay_bins
from decision_model.inputs.evidence import Evidence
from decision_model.inputs.senders import SenderSums
from decision_model.inputs.time_slices import TimeSlices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_features import Labels, OpportunityFrame


def evidence_of(frame: OpportunityFrame, labels: Labels) -> Evidence:
    """Count decisions, revenue and delays per (type, source), as of the labels' moment."""
    return evidence_of_columns(frame.type, frame.source, frame.sender, labels)


def evidence_of_columns(
    types: NDArray[np.object_],
    sources: NDArray[np.object_],
    senders: NDArray[np.object_],
    labels: Labels,
) -> Evidence:
    """Count decisions by two names each, which need not be type and source.

    Delays are put in bins an eighth of a doubling wide, by their mean.

    Parameters
    ----------
    types, sources : ndarray of object, shape (N,)
        The pair is the cell; delays are common to the first name.
    senders : ndarray of object, shape (N,)
        None where not known.
    labels : Labels
    """
    split, cell = _pairs(types, sources)
    size = len(split)
    closed = np.flatnonzero(~labels.open)
    paid = labels.won & (labels.revenue > 0)
    log_revenue = np.log(labels.revenue, where=paid, out=np.zeros(len(labels)))
    timed = np.flatnonzero(np.isfinite(labels.hours))
    hours = labels.hours[timed]
    bins = delay_bins(hours)
    least = int(bins.min(initial=0))
    width = int(bins.max(initial=0)) - least + 1
    keys = (cell[timed] * 3 + labels.state[timed]) * width + bins - least
    rows, where, count = np.unique(keys, return_inverse=True, return_counts=True)
    of_cell, of_state = np.divmod(rows // width, 3)

    amount = np.where(paid, labels.revenue, 0.0)
    longest, largest = np.zeros(size), np.zeros(size)
    np.maximum.at(largest, cell, amount)
    age = (labels.as_of - labels.decided_at) / np.timedelta64(1, "h")
    np.maximum.at(longest, cell, np.nan_to_num(age))

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(cell, values.astype(np.float64), minlength=size)

    return Evidence(
        types=tuple(first for first, _ in split),
        sources=tuple(second for _, second in split),
        won=total(labels.won),
        lost=total(labels.lost),
        open=total(labels.open),
        paid=total(paid),
        revenue=total(labels.revenue),
        sum_log_revenue=total(log_revenue),
        sum_log_revenue_squared=total(log_revenue**2),
        delay_cell=of_cell.astype(np.intp),
        delay_state=of_state.astype(np.int8),
        delay_hours=np.bincount(where, hours, minlength=len(rows)) / np.maximum(count, 1),
        delay_count=count.astype(np.float64),
        longest_hours=longest,
        paid_revenue=total(amount),
        paid_revenue_squared=total(amount**2),
        largest_revenue=largest,
        slices=TimeSlices.of(cell, np.maximum(np.nan_to_num(age), 0.0), labels.state),
        senders=SenderSums.of(cell[closed], senders[closed], labels.won[closed], size),
    )


def _pairs(
    types: NDArray[np.object_], sources: NDArray[np.object_]
) -> tuple[list[tuple[str, str]], NDArray[np.intp]]:
    """Return the pairs of names that occur, in order, and the place of each decision's."""
    (first, of_type), (second, of_source) = map(_numbered, (types, sources))
    codes, cell = np.unique(of_type * max(len(second), 1) + of_source, return_inverse=True)
    pairs = [
        (first[a], second[b]) for a, b in zip(*np.divmod(codes, max(len(second), 1)), strict=True)
    ]
    return pairs, cell.astype(np.intp)


def _numbered(names: NDArray[np.object_]) -> tuple[list[str], NDArray[np.intp]]:
    """Return the names in order, and the place of each row's."""
    unique = sorted({str(name) for name in names})
    place = {name: i for i, name in enumerate(unique)}
    return unique, np.fromiter(
        (place[str(name)] for name in names), dtype=np.intp, count=len(names)
    )
