"""Repeats: finds out whether a record is in the log already, under whatever id.

A cache of content keys answers "certainly new" in microseconds; only a possible repeat asks the database. Keys are
kept before the record is written: a process that is killed in between leaves a key too many, which costs one look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_store.journal.comparing import (
    REPEAT_WITHIN,
    as_row,
    content_key_of,
    decision_content_key,
    is_repeated_decision,
    is_repeated_outcome,
)
from decision_store.journal.id_cache import content_cache
from decision_store.journal.payloads import canonical_json

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.facts import Decision, Outcome

Row = Mapping[str, Any]

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Repeats:
    """Finds repeats of outcomes and decisions whose ids their callers did not choose.

    Parameters
    ----------
    folder : Path
        The journal folder.
    ask : callable
        Answers a question from the database, as `Store.ask`.
    """

    def __init__(self, folder: Path, ask: Callable[..., pa.Table]) -> None:
        self.cache = content_cache(folder)
        self._ask = ask

    def of_outcomes(self, outcomes: Sequence[Outcome]) -> dict[str, list[Row]]:
        """Return decision id -> outcomes that may be the same as one of these, void ones too, newest first."""
        keys = {content_key_of(o): o.decision_id for o in outcomes}
        new = set(self.cache.missing(key for key in keys if key))
        ids = sorted({decision_id for key, decision_id in keys.items() if key not in new})
        found: dict[str, list[Row]] = defaultdict(list)
        if ids:
            for row in self._ask("repeat_candidates", ids=ids).to_pylist():
                found[row["decision_id"]].append(row)
        return found

    def of_decisions(self, decisions: Sequence[Decision]) -> list[Row]:
        """Return standing decisions that may be the same as one of these, newest first."""
        keys = {content_key_of(d): d for d in decisions}
        keys.pop(None, None)
        new = set(self.cache.missing(key for key in keys if key))
        suspects = [decision for key, decision in keys.items() if key not in new]
        if not suspects:
            return []
        rows: list[Row] = self._ask(
            "standing_decisions",
            texts=sorted({d.opportunity_content for d in suspects}),
            since=_FIRST,
            until=max(d.recorded_at for d in suspects) + REPEAT_WITHIN,
        ).to_pylist()
        return rows

    def write(self, records: Iterable[Decision | Outcome], append: Callable[[], None]) -> None:
        """Keep the content keys of records, then write them."""
        keys = [key for key in map(content_key_of, records) if key is not None]
        cache = self.cache.identity
        self.cache.add(keys)
        append()
        if self.cache.identity != cache:  # made again, perhaps before the records were there
            self.cache.add(keys)


def repeated_outcome(
    outcome: Outcome, rows: Iterable[Row], *, occurred_at_given: bool
) -> Row | None:
    """Return the first row that stands and that an outcome repeats."""
    for row in rows:
        if not row.get("voided") and is_repeated_outcome(
            outcome, row, occurred_at_given=occurred_at_given
        ):
            return row
    return None


def repeated_decision(
    decision: Decision, rows: Iterable[Row], *, timestamp_given: bool
) -> Row | None:
    """Return the first row that a decision repeats; None where nothing identifies the decision."""
    key = content_key_of(decision)
    if key is None:
        return None
    for row in rows:
        same = decision_content_key(row) == key
        if same and is_repeated_decision(decision, row, timestamp_given=timestamp_given):
            return row
    return None


def with_content_id(outcome: Outcome, *, occurred_at_given: bool) -> Outcome:
    """Return an outcome under an id made from its content.

    Two processes that record the same at once then write one id, of which the fold keeps one.
    """
    row = as_row(outcome) or {}
    day = int(outcome.recorded_at.timestamp() // REPEAT_WITHIN.total_seconds())
    parts = {name: str(value) for name, value in row.items() if name not in _NO_CONTENT}
    parts["when"] = str(row["occurred_at"]) if occurred_at_given else f"day {day}"
    digest = blake2b(canonical_json(parts).encode(), digest_size=12).hexdigest()
    return replace(outcome, outcome_id=f"out_{digest}")


_NO_CONTENT = frozenset({"outcome_id", "occurred_at", "recorded_at", "outcome_meaning"})
