"""Results of writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """Result of one record; its truth value is whether it is new.

    Parameters
    ----------
    id : str
        Its id; of a repeat, that of the record which is there already.
    new : bool
        False: the same content is in the log already, and nothing was written.
    recorded_at : datetime
        When the log learnt of it; of a repeat, when it learnt of the first.
    """

    id: str
    new: bool
    recorded_at: datetime

    def __bool__(self) -> bool:
        return self.new


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was not taken, and why."""

    kind: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class BulkResult:
    """Result of many records: `added + unchanged + len(rejected)` is how many there were."""

    added: int
    unchanged: int
    rejected: tuple[Reject, ...]
