"""Find fields that are dated after the decision: they hold what happened later.

A date after the decision may also be a plan known when the opportunity came in, such as the day of an event. Plans
reach beyond the present, and what happened does not: a field of which some dates lie after the present is no leak.
In an old log every plan lies in the past; such a field has to be allowed by name.

Dates are ISO 8601, or in any other format that imports read, found for the whole column; numbers are dates
(seconds or milliseconds since 1970, days of a spreadsheet) only where they all lie near their decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import values
from decision_features.hyperparameters import (
    LEAK_LATE,
    LEAK_LEAST_EACH,
    LEAK_PLANNED,
    LEAK_YEARS,
)
from decision_features.labels import Labels
from decision_store.date_formats import DMY, MDY, NAMED, YMD, DateFormat, evidence_of

_WRITTEN = frozenset({DMY, MDY, YMD, NAMED})


def dated_afterwards(column: Sequence[Any], labels: Labels) -> str:
    """Why a field must not be used, judged by its dates; empty where it may be, or has no dates.

    Parameters
    ----------
    column : sequence of N values
        None, an empty text or nan where missing.
    labels : Labels
        Of the same decisions.
    """
    closed = np.flatnonzero((labels.won | labels.lost) & ~np.isnat(labels.decided_at))
    decided = _days(labels.decided_at)
    found = _moments(column, decided)[closed]
    there = np.isfinite(found)
    if there.sum() < LEAK_LEAST_EACH:
        return ""
    if reason := _at_closing(found, closed, labels):
        return reason
    found, ahead = found[there], found[there] - decided[closed][there]
    late = ahead > _tolerance(found, ahead)
    share = float(late.mean())
    present = _days(np.array([labels.as_of], dtype="datetime64[us]"))[0]
    planned = float(np.mean(found > present + 1))
    if share < LEAK_LATE or planned >= LEAK_PLANNED:
        return ""
    return (
        f"its dates lie after the decision for {share:.0%} of the decisions, so it is not known yet when an "
        "opportunity is scored"
    )


def _at_closing(found: NDArray[np.float64], closed: NDArray[np.intp], labels: Labels) -> str:
    """Whether the dates are those of the day on which the decision was closed."""
    ended = _days(labels.closed_at)[closed]
    waited = (ended - _days(labels.decided_at)[closed]) > 2.0
    there = waited & np.isfinite(found)
    if there.sum() < max(LEAK_LEAST_EACH, 0.5 * waited.sum()):
        return ""
    near = float(np.mean(np.abs(found[there] - ended[there]) <= 1.0))
    if near < 0.8:
        return ""
    return f"it is the date on which the decision was closed, for {near:.0%} of them"


def _tolerance(found: NDArray[np.float64], ahead: NDArray[np.float64]) -> float:
    """Return how many days after its decision a date may lie: a day where it has no clock, or another zone's."""
    without_clock = float(np.mean(found == np.floor(found)))
    quarters = ahead * 96.0  # offsets of time zones are whole quarters of an hour
    shifted = float(np.mean((np.abs(quarters - np.round(quarters)) < 0.1) & (np.abs(ahead) < 0.6)))
    return 1.0 if without_clock >= 0.5 or shifted >= 0.9 else 1.0 / 24.0


def _moments(column: Sequence[Any], decided: NDArray[np.float64]) -> NDArray[np.float64]:
    """Read a column of dates in days since 1970; nan where a value is none, and where the column is of another kind."""
    iso = np.array([values.moment(value) for value in column], dtype=np.float64)
    texts = [_text(value) for value in column]
    filled = sum(bool(text) for text in texts)
    if not filled or np.isfinite(iso).sum() >= 0.5 * filled:
        return iso
    evidence = evidence_of(Counter(filter(None, texts)))
    best = np.full(len(texts), np.nan)
    for code in evidence.candidates():
        one = DateFormat(code)
        meanings = {text: one.read(text) if text else None for text in set(texts)}
        read = np.array([values.moment(meanings[text]) for text in texts], dtype=np.float64)
        ahead = np.abs(read - decided)
        near = ahead[np.isfinite(ahead)] <= 365.25 * LEAK_YEARS
        if code not in _WRITTEN and not (near.size and near.mean() >= 0.98):
            continue  # amounts and telephone numbers look like counts of days and seconds
        if np.isnan(best).all() or np.nanmedian(ahead) < np.nanmedian(np.abs(best - decided)):
            best = read
    return best


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = value.strip() if isinstance(value, str) else f"{value!r}"
    return text if len(text) <= 40 else ""


def _days(moments: NDArray[np.datetime64]) -> NDArray[np.float64]:
    days = moments.astype("datetime64[us]").astype(np.int64) / 86_400e6
    days[np.isnat(moments)] = np.nan
    return np.asarray(days)
