"""From the store's facts to what the model looks at: Arrow tables in, numpy arrays out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from decision_model.inputs.evidence import Evidence
from decision_model.inputs.senders import SenderSums
from decision_model.inputs.time_slices import TimeSlices
from decision_model.rates.model import RateModel
from decision_model.rates.prediction import RatePrediction

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

    from decision_store import Store

PAYMENT_SUMS = ("paid_revenue", "paid_revenue_squared", "largest_revenue")
SENDER_SUMS = ("senders", "squares", "wins_squared")

STATE_CODES = {"open": 0, "won": 1, "lost": 2}


def learn_evidence(store: Store, as_of: datetime) -> Evidence:
    """Ask the store for all that the rate model needs, using only facts recorded by ``as_of``."""
    return evidence_from(store, store.ask("cells", as_of=as_of), as_of)


def evidence_from(store: Store, cells: pa.Table, as_of: datetime) -> Evidence:
    """Align delays and payments with the cells.

    Parameters
    ----------
    cells : pyarrow.Table
        The answer to the question ``cells`` as of that moment.
    """
    delays, payments = (store.ask(name, as_of=as_of) for name in ("delays", "payments"))
    sources, types = _texts(cells, "opportunity_source"), _texts(cells, "opportunity_type")
    position = {cell: i for i, cell in enumerate(zip(sources, types, strict=True))}
    delay_cells = zip(
        _texts(delays, "opportunity_source"), _texts(delays, "opportunity_type"), strict=True
    )
    return Evidence(
        types=tuple(types),
        sources=tuple(sources),
        won=_numbers(cells, "won"),
        lost=_numbers(cells, "lost"),
        open=_numbers(cells, "open"),
        paid=_numbers(cells, "paid"),
        revenue=_numbers(cells, "revenue"),
        sum_log_revenue=_numbers(cells, "sum_log_revenue"),
        sum_log_revenue_squared=_numbers(cells, "sum_log_revenue_squared"),
        delay_cell=np.fromiter((position[cell] for cell in delay_cells), dtype=np.intp),
        delay_state=np.array([STATE_CODES[s] for s in _texts(delays, "state")], dtype=np.int8),
        delay_hours=_numbers(delays, "hours"),
        delay_count=_numbers(delays, "decisions"),
        longest_hours=_ages(cells, as_of),
        **_placed(payments, position, PAYMENT_SUMS),
        recording_lag=_lags(delays, position),
        slices=_slices(store.ask("slices", as_of=as_of), position),
        senders=SenderSums(**_placed(store.ask("senders", as_of=as_of), position, SENDER_SUMS)),
    )


def rates_of_cells(
    store: Store, as_of: datetime, fit: Callable[[Evidence], RateModel] = RateModel.fit
) -> tuple[pa.Table, RatePrediction, RateModel]:
    """Give the store's cells, in the same order what the rate model says of them, and the model.

    Parameters
    ----------
    fit : callable
        Fits a model to the evidence.
    """
    cells = store.ask("cells", as_of=as_of)
    model = fit(evidence_from(store, cells, as_of))
    types, sources = _texts(cells, "opportunity_type"), _texts(cells, "opportunity_source")
    return cells, model.predict(types, sources), model


def _texts(table: pa.Table, column: str) -> list[str]:
    texts: list[str] = table.column(column).to_pylist()
    return texts


def _placed(
    table: pa.Table, position: dict[tuple[str, str], int], columns: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Columns in the order of the cells, 0 where a cell has no row."""
    cells = zip(_texts(table, "opportunity_source"), _texts(table, "opportunity_type"), strict=True)
    rows = np.fromiter((position[cell] for cell in cells), dtype=np.intp)
    found = {}
    for name in columns:
        found[name] = np.zeros(len(position))
        found[name][rows] = _numbers(table, name)
    return found


def _slices(table: pa.Table, position: dict[tuple[str, str], int]) -> TimeSlices:
    cells = zip(_texts(table, "opportunity_source"), _texts(table, "opportunity_type"), strict=True)
    numbers = (_numbers(table, name) for name in ("hours", "decisions", "won", "lost"))
    return TimeSlices(
        np.fromiter((position[cell] for cell in cells), dtype=np.intp),
        _numbers(table, "slice").astype(np.intp),
        *numbers,
    )


def _lags(delays: pa.Table, position: dict[tuple[str, str], int]) -> NDArray[np.float64]:
    """Hours from occurrence to record, summed over the wins of each cell."""
    won = np.array([state == "won" for state in _texts(delays, "state")], dtype=np.bool_)
    late = np.maximum(_numbers(delays, "hours") - _numbers(delays, "occurred_hours"), 0.0)
    cells = zip(
        _texts(delays, "opportunity_source"), _texts(delays, "opportunity_type"), strict=True
    )
    place = np.fromiter((position[cell] for cell in cells), dtype=np.intp)
    total = np.bincount(place, late * _numbers(delays, "decisions") * won, len(position))
    return total.astype(np.float64)


def _ages(cells: pa.Table, as_of: datetime) -> NDArray[np.float64]:
    """Hours since the first decision of each cell."""
    first = np.asarray(cells.column("first_decision").to_numpy(), dtype="datetime64[us]")
    now = np.datetime64(as_of.astimezone(UTC).replace(tzinfo=None), "us")
    return np.asarray(
        np.maximum((now - first).astype("timedelta64[us]").astype(np.float64) / 3.6e9, 0.0)
    )


def _numbers(table: pa.Table, column: str) -> NDArray[np.float64]:
    values = table.column(column).to_numpy(zero_copy_only=False)
    return np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0)
