"""Times of outcomes: occurred and recorded, where the file holds only part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.importing.cells.moments import MOMENT

if TYPE_CHECKING:
    from datetime import datetime

_MICROSECONDS_PER_HOUR = 3_600_000_000
# Longer than the log's calendar; keeps the arithmetic within 64 bits.
_MOST_HOURS = 24.0 * 366 * 231

NO_TIME = (
    "has neither recorded_at nor occurred_at, and its decision is not among the imported ones, "
    "so its time is unknown"
)
IN_FUTURE = "its decision's timestamp plus time_to_outcome_hours must not lie in the future"


def with_times(
    outcomes: pa.Table, decisions: pa.Table, latest: datetime
) -> tuple[pa.Table, dict[int, str]]:
    """Fill the times of outcomes that miss them.

    Each of the two stands for the other. Without both, it is the decision's timestamp plus the
    hours to the outcome, or the timestamp alone where no hours are given.

    Parameters
    ----------
    outcomes, decisions : pyarrow.Table
        The checked rows; only these decisions are known here.
    latest : datetime
        Later ones are in the future.

    Returns
    -------
    outcomes : pyarrow.Table
        Times may still be missing in the rows named beside it.
    problems : dict
        Row position to the reason why its time is not known.
    """
    occurred, recorded = outcomes.column("occurred_at"), outcomes.column("recorded_at")
    unknown = pc.and_(occurred.is_null(), recorded.is_null())
    if pc.any(unknown).as_py():
        derived = _derived(outcomes, decisions)
        in_time = pc.less_equal(derived, pa.scalar(latest.replace(tzinfo=None), MOMENT))
    else:
        derived = pa.nulls(len(outcomes), MOMENT)
        in_time = pa.nulls(len(outcomes), pa.bool_())
    problems = {}
    for index in pc.indices_nonzero(unknown).to_pylist():
        if in_time[index].as_py() is None:
            problems[index] = NO_TIME
        elif not in_time[index].as_py():
            problems[index] = IN_FUTURE
    for name, times in (
        ("occurred_at", pc.coalesce(occurred, recorded, derived)),
        ("recorded_at", pc.coalesce(recorded, occurred, derived)),
    ):
        outcomes = outcomes.set_column(outcomes.column_names.index(name), name, times)
    return outcomes, problems


def _derived(outcomes: pa.Table, decisions: pa.Table) -> pa.ChunkedArray:
    ids = decisions.column("decision_id").combine_chunks()
    place = pc.index_in(outcomes.column("decision_id"), value_set=ids)
    decided = decisions.column("timestamp").take(place)
    hours = pc.min_element_wise(
        pc.fill_null(outcomes.column("time_to_outcome_hours"), 0.0), _MOST_HOURS
    )
    later = pc.round(pc.multiply(hours, float(_MICROSECONDS_PER_HOUR))).cast(pa.int64())
    return pc.add(decided.cast(pa.int64()), later).cast(MOMENT)
