"""Report of a training run, and what there is to learn from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision_log.models.backtest import matured

if TYPE_CHECKING:
    from decision_model.inputs.history import History

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is to learn from.

    Parameters
    ----------
    won, lost, open : int
        Decisions by state.
    matured : int
        Open ones that are older than the settled age of their type.
    """

    won: int
    lost: int
    open: int
    matured: int

    @property
    def closed(self) -> int:
        """Won, lost or matured."""
        return self.won + self.lost + self.matured


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training run did.

    Parameters
    ----------
    as_of : datetime
        Facts up to then were used.
    seed : int
    counts : Counts
    trained : bool
        Whether a version was made.
    reason : str
        One sentence: what was done, or why not.
    serving : str
        Who answers from now on: a version, or ``rates``.
    version : str or None
        The version made.
    promoted : bool
        Whether it serves now.
    gate : dict
        ``reason`` and ``evidence`` of the comparison with the champion; empty where nothing was trained.
    fields : list of dict
        The data dictionary: ``name``, ``kind``, ``present`` (a fraction), ``distinct``, ``example``,
        ``used``, ``refused`` (why it is left out; empty where it is not).
    seconds : float
        How long it took.
    lacks : str
        What the history lacks for a replay, with the remedy; empty where it lacks nothing.
    """

    as_of: datetime
    seed: int
    counts: Counts
    trained: bool
    reason: str
    serving: str
    version: str | None = None
    promoted: bool = False
    gate: Row = field(default_factory=dict)
    fields: list[Row] = field(default_factory=list)
    seconds: float = 0.0
    lacks: str = ""

    def to_dict(self) -> Row:
        """As JSON has it."""
        return {
            **asdict(self),
            "as_of": self.as_of.isoformat(),
            "counts": {**asdict(self.counts), "closed": self.counts.closed},
        }


def count(history: History) -> Counts:
    """Count what there is to learn from."""
    labels = history.labels
    return Counts(
        won=int(labels.won.sum()),
        lost=int(labels.lost.sum()),
        open=int(labels.open.sum()),
        matured=int((matured(history).settled.judged & labels.open).sum()),
    )
