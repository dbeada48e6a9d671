"""The one reader of the log for training, backtest and evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from decision_features import Labels, OpportunityFrame
from decision_log.evidence import STATE_CODES
from decision_log.predicting.stated import stated_before
from decision_model.inputs.history import History, OutcomeRows, utc64

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from decision_store.store import Store

AsKnown = Callable[[datetime], History]


def read_history(store: Store, as_of: datetime, *, rows: bool = False) -> History:
    """Read all decisions known at a moment, oldest first, and their states then.

    Parameters
    ----------
    store : Store
        Where they are; an empty log gives no rows.
    as_of : datetime
        Aware. Facts recorded later are not used.
    rows : bool
        Whether to read the single outcome rows too.
    """
    table = store.ask("training", as_of=as_of)
    frame = OpportunityFrame.from_columns(
        type=_values(table, "opportunity_type"),
        source=_values(table, "opportunity_source"),
        timestamp=_moments(table, "timestamp"),
        content=_values(table, "opportunity_content"),
        score=_values(table, "opportunity_score"),
        sender=_values(table, "sender"),
        action=_values(table, "action_taken"),
        maker=_values(table, "decision_maker"),
        context=_contexts(_values(table, "context")),
    )
    frame = replace(frame, stated=stated_before(store, as_of, _values(table, "decision_id")))
    return _history(store, as_of, table, frame, rows=rows)


def history_reader(store: Store, *, rows: bool = True) -> AsKnown:
    """Return a function that reads a log as it was known at a moment, with its outcome rows.

    Asked for the same moment twice, it reads once. Decisions never change: those read for one moment serve
    every earlier one, and only their states are asked for again. So ask for the latest moment first.
    """
    read: dict[datetime, History] = {}

    def known(moment: datetime) -> History:
        if moment in read:
            return read[moment]
        later = next((one for one in read.values() if one.as_of > moment), None)
        if later is None:
            found = read_history(store, moment, rows=rows)
        else:
            table = store.ask("training", as_of=moment)
            place = {one: row for row, one in enumerate(later.ids)}
            chosen = [place[one] for one in _values(table, "decision_id")]
            found = _history(store, moment, table, later.frame.take(chosen), rows=rows)
        read[moment] = found
        return found

    return known


def _history(
    store: Store, as_of: datetime, table: pa.Table, frame: OpportunityFrame, *, rows: bool
) -> History:
    found = History(
        as_of=as_of,
        ids=tuple(_values(table, "decision_id")),
        frame=frame,
        labels=Labels.from_columns(
            state=[STATE_CODES[state] for state in _values(table, "state")],
            decided_at=frame.timestamp,
            closed_at=_moments(table, "learnt_at"),
            revenue=table.column("revenue").to_numpy(),
            as_of=utc64(as_of),
        ),
    )
    if not rows:
        return found
    return replace(found, rows=_outcome_rows(store.ask("outcome_rows", as_of=as_of), found.ids))


def _outcome_rows(table: pa.Table, ids: tuple[str, ...]) -> OutcomeRows:
    place = {one: row for row, one in enumerate(ids)}
    return OutcomeRows(
        decision=np.array([place[one] for one in _values(table, "decision_id")], dtype=np.intp),
        recorded_at=_moments(table, "recorded_at"),
        converted=table.column("converted").to_numpy(zero_copy_only=False).astype(np.bool_),
    )


def _values(table: pa.Table, column: str) -> list[Any]:
    values: list[Any] = table.column(column).to_pylist()
    return values


def _moments(table: pa.Table, column: str) -> NDArray[np.datetime64]:
    return np.asarray(table.column(column).to_numpy(), dtype="datetime64[us]")


def _contexts(texts: list[str | None]) -> list[dict[str, Any] | None]:
    decode = msgspec.json.Decoder().decode
    nothing = {None, "", "{}"}
    return [None if text in nothing else decode(text) for text in texts]  # type: ignore[arg-type]
