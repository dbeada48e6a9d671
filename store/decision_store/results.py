"""Results of bulk writes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was not taken, and why."""

    kind: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of many records: `added + unchanged + len(rejected)` is how many there were."""

    added: int
    unchanged: int
    rejected: tuple[Reject, ...]
