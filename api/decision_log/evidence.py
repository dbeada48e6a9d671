"""From the store's facts to what the model looks at: Arrow tables in, numpy arrays out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from decision_model.inputs.evidence import Evidence
from decision_model.inputs.senders import SenderSums
from decision_model.inputs.time_slices import TimeSlices
from decision_model.rates.prediction import RatePrediction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from decision_model.rates.model import RateModel
    from decision_store import Store

PAYMENT_SUMS = ("paid_revenue", "paid_revenue_squared", "largest_revenue")
SENDER_SUMS = ("senders", "squares", "wins_squared")

QUESTIONS = ("cells", "delays", "payments", "slices", "senders")
"""What the rate model is fitted to, as questions to the store."""

STATE_CODES = {"open": 0, "won": 1, "lost": 2}


def asked(
    store: Store,
    as_of: datetime,
    *,
    aged_at: datetime | None = None,
    cells: pa.Table | None = None,
) -> list[pa.Table]:
    """Ask the store `QUESTIONS`, using only facts recorded by ``as_of``.

    Parameters
    ----------
    aged_at : datetime, optional
        The moment at which slices of time end; by default ``as_of``.
    cells : pyarrow.Table, optional
        Ask about these cells alone; see `Store.ask_all`.
    """
    aged_at = as_of if aged_at is None else aged_at
    return store.ask_all(QUESTIONS, cells, as_of=as_of, aged_at=aged_at)


def spliced(
    base: Sequence[pa.Table], fresh: Sequence[pa.Table], touched: pa.Table
) -> list[pa.Table]:
    """Replace what answers to `QUESTIONS` say of the touched cells by newer answers, in the order of the cells."""
    again = set(_pairs(touched))
    names = sorted(set(_pairs(base[0])) | again)
    position = {pair: place for place, pair in enumerate(names)}
    is_touched = np.array([pair in again for pair in names], dtype=np.bool_)
    result = []
    for old, new in zip(base, fresh, strict=True):
        of_old, of_new = _places(old, position), _places(new, position)
        keep, take = np.flatnonzero(~is_touched[of_old]), np.flatnonzero(is_touched[of_new])
        order = np.argsort(np.concatenate([of_old[keep], of_new[take]]), kind="stable")
        rows = np.concatenate([keep, old.num_rows + take])[order]
        result.append(pa.concat_tables([old, new]).combine_chunks().take(pa.array(rows)))
    return result


def _pairs(table: pa.Table) -> list[tuple[str, str]]:
    return list(
        zip(_texts(table, "opportunity_source"), _texts(table, "opportunity_type"), strict=True)
    )


def learn_evidence(store: Store, as_of: datetime) -> Evidence:
    """Ask the store for all that the rate model needs, using only facts recorded by ``as_of``."""
    return evidence_of_answers(asked(store, as_of), as_of)


def delay_evidence(answers: Sequence[pa.Table]) -> Evidence:
    """Align the answers to ``cells`` and ``delays``: what delays are learnt from."""
    cells, delays = answers
    sources, types = _texts(cells, "opportunity_source"), _texts(cells, "opportunity_type")
    position = {cell: i for i, cell in enumerate(zip(sources, types, strict=True))}
    won, lost, still_open = (_numbers(cells, name) for name in ("won", "lost", "open"))
    return replace(
        Evidence.from_counts(tuple(types), tuple(sources), won=won, lost=lost),
        open=still_open,
        **_delay_rows(delays, position),
    )


def _delay_rows(delays: pa.Table, position: dict[tuple[str, str], int]) -> dict[str, Any]:
    """Columns of the histogram of delays, as of `Evidence`."""
    return {
        "delay_cell": _places(delays, position),
        "delay_state": states_of(delays),
        "delay_hours": _numbers(delays, "hours"),
        "delay_count": _numbers(delays, "decisions"),
    }


def evidence_of_answers(answers: Sequence[pa.Table], as_of: datetime) -> Evidence:
    """Align the answers to `QUESTIONS` with the cells."""
    cells, delays, payments, slices, senders = answers
    sources, types = _texts(cells, "opportunity_source"), _texts(cells, "opportunity_type")
    position = {cell: i for i, cell in enumerate(zip(sources, types, strict=True))}
    rows = _delay_rows(delays, position)
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
        **rows,
        longest_hours=_ages(cells, as_of),
        **_placed(payments, position, PAYMENT_SUMS),
        recording_lag=_lags(delays, rows["delay_cell"], rows["delay_state"], len(position)),
        slices=_slices(slices, position),
        senders=SenderSums(**_placed(senders, position, SENDER_SUMS)),
    )


def rates_of_cells(
    answers: Sequence[pa.Table], as_of: datetime, fit: Callable[[Evidence], RateModel]
) -> tuple[pa.Table, RatePrediction, RateModel]:
    """Give the store's cells, in the same order what the rate model says of them, and the model.

    Parameters
    ----------
    answers : sequence of pyarrow.Table
        To `QUESTIONS`.
    fit : callable
        Fits a model to the evidence.
    """
    cells, model = answers[0], fit(evidence_of_answers(answers, as_of))
    types, sources = _texts(cells, "opportunity_type"), _texts(cells, "opportunity_source")
    return cells, model.predict(types, sources), model


def _texts(table: pa.Table, column: str) -> list[str]:
    texts: list[str] = table.column(column).to_pylist()
    return texts


def _places(table: pa.Table, position: dict[tuple[str, str], int]) -> NDArray[np.intp]:
    """Return the cell of each row; names are looked up once for each pair that occurs."""
    sources, source = _encoded(table, "opportunity_source")
    types, kind = _encoded(table, "opportunity_type")
    pairs, row = np.unique(source * len(types) + kind, return_inverse=True)
    names = zip(*np.divmod(pairs, len(types)), strict=True)
    cells = (position[str(sources[s]), str(types[t])] for s, t in names)
    return np.fromiter(cells, np.intp, len(pairs))[row]


def states_of(table: pa.Table) -> NDArray[np.int8]:
    """Return the code of the state of each row, as `STATE_CODES`."""
    texts, place = _encoded(table, "state")
    return np.array([STATE_CODES[str(text)] for text in texts[:-1]], dtype=np.int8)[place]


def text_column(table: pa.Table, column: str) -> NDArray[np.object_]:
    """Return the texts of a column, None where there is none; equal ones are one object."""
    texts, place = _encoded(table, column)
    return np.array(texts, dtype=object)[place]


def _encoded(table: pa.Table, column: str) -> tuple[list[str | None], NDArray[np.int64]]:
    """Return the different texts of a column with None behind them, and the place of each row's among them."""
    encoded = table.column(column).combine_chunks().dictionary_encode()
    texts: list[str | None] = encoded.dictionary.to_pylist()
    place = encoded.indices.fill_null(len(texts)) if encoded.null_count else encoded.indices
    return [*texts, None], place.to_numpy().astype(np.int64)


def _placed(
    table: pa.Table, position: dict[tuple[str, str], int], columns: tuple[str, ...]
) -> dict[str, Any]:
    """Columns in the order of the cells, 0 where a cell has no row."""
    rows = _places(table, position)
    found = {}
    for name in columns:
        found[name] = np.zeros(len(position))
        found[name][rows] = _numbers(table, name)
    return found


def _slices(table: pa.Table, position: dict[tuple[str, str], int]) -> TimeSlices:
    numbers = (_numbers(table, name) for name in ("hours", "decisions", "won", "lost"))
    return TimeSlices(
        _places(table, position),
        _numbers(table, "slice").astype(np.intp),
        *numbers,
    )


def _lags(
    delays: pa.Table, cell: NDArray[np.intp], state: NDArray[np.int8], n_cells: int
) -> NDArray[np.float64]:
    """Hours from occurrence to record, summed over the wins of each cell."""
    late = np.maximum(_numbers(delays, "hours") - _numbers(delays, "occurred_hours"), 0.0)
    wins = _numbers(delays, "decisions") * (state == STATE_CODES["won"])
    return np.bincount(cell, late * wins, n_cells).astype(np.float64)


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
