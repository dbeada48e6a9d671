"""What a model learns from: every decision known at a moment, and what had become of it by then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from decision_features import Labels, OpportunityFrame
from decision_log.evidence import STATE_CODES

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from decision_store.store import Store


@dataclass(frozen=True, slots=True)
class TrainingData:
    """N decisions in time order, aligned.

    Parameters
    ----------
    frame : OpportunityFrame
        What was known of each when it was decided on.
    labels : Labels
        State and revenue as of the moment; ``closed_at`` is when the log learnt of it, so that an
        earlier moment can be looked at without knowing what came later.
    ids : tuple of str
        Their decision ids.
    """

    frame: OpportunityFrame
    labels: Labels
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


def read_training(store: Store, as_of: datetime) -> TrainingData:
    """Read all decisions known at a moment, oldest first.

    Parameters
    ----------
    store : Store
        Where they are; an empty log gives no rows.
    as_of : datetime
        Aware. Facts recorded later are not used.
    """
    table = store.ask("training", as_of=as_of)
    decided_at = _moments(table, "timestamp")
    return TrainingData(
        frame=OpportunityFrame.from_columns(
            type=_values(table, "opportunity_type"),
            source=_values(table, "opportunity_source"),
            timestamp=decided_at,
            content=_values(table, "opportunity_content"),
            score=_values(table, "opportunity_score"),
            sender=_values(table, "sender"),
            action=_values(table, "action_taken"),
            maker=_values(table, "decision_maker"),
            context=_contexts(_values(table, "context")),
        ),
        labels=Labels.from_columns(
            state=[STATE_CODES[state] for state in _values(table, "state")],
            decided_at=decided_at,
            closed_at=_moments(table, "learnt_at"),
            revenue=table.column("revenue").to_numpy(),
            as_of=numpy_moment(as_of),
        ),
        ids=tuple(_values(table, "decision_id")),
    )


def numpy_moment(moment: datetime) -> np.datetime64:
    """Turn an aware moment into numpy's naive UTC.

    Examples
    --------
    >>> str(numpy_moment(datetime(2026, 2, 8, 10, tzinfo=UTC)))
    '2026-02-08T10:00:00.000000'
    """
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _values(table: pa.Table, column: str) -> list[Any]:
    values: list[Any] = table.column(column).to_pylist()
    return values


def _moments(table: pa.Table, column: str) -> NDArray[np.datetime64]:
    return np.asarray(table.column(column).to_numpy(), dtype="datetime64[us]")


def _contexts(texts: list[str | None]) -> list[dict[str, Any] | None]:
    decode = msgspec.json.Decoder().decode
    nothing = {None, "", "{}"}
    return [None if text in nothing else decode(text) for text in texts]  # type: ignore[arg-type]
