"""Similar past decisions: the newest of the same cell, read once per cell and kept in memory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decision_log.predicting.prediction_facts import storable
from decision_log.rows import iso

if TYPE_CHECKING:
    from decision_log.results import SimilarDecision
    from decision_store.store import Store

Cell = tuple[str, str]

SIMILAR_SHOWN = 5

_HOUR_SECONDS = 3600.0


class SimilarDecisions:
    """The newest decisions of each cell as of a moment; valid until the log grows.

    Parameters
    ----------
    store : Store
        The log.
    as_of : datetime
        Only facts recorded by then are used.
    """

    def __init__(self, store: Store, as_of: datetime) -> None:
        self._store = store
        self._as_of = as_of
        self._rows: dict[Cell, list[dict[str, Any]]] = {}
        self._ids: dict[Cell, str] = {}

    def rows(self, cell: Cell, now: datetime) -> list[SimilarDecision]:
        """Return the similar decisions of a cell, newest first; open ones have the age of ``now``."""
        found = self._rows.get(cell)
        if found is None:
            kind, source = map(storable, cell)
            found = self._rows[cell] = self._store.ask(
                "similar",
                opportunity_type=kind,
                opportunity_source=source,
                as_of=self._as_of,
                limit=SIMILAR_SHOWN,
            ).to_pylist()
            self._ids[cell] = _listed(row["decision_id"] for row in found)
        return [_shown(row, now) for row in found]

    def ids(self, cells: Sequence[Cell]) -> list[str]:
        """Return for each cell the ids of its similar decisions, a JSON list; one query for all new cells."""
        new = [cell for cell in dict.fromkeys(cells) if cell not in self._ids]
        if new:
            found: defaultdict[Cell, list[str]] = defaultdict(list)
            table = self._store.ask(
                "newest_decisions",
                types=[storable(kind) for kind, _ in new],
                sources=[storable(source) for _, source in new],
                as_of=self._as_of,
                limit=SIMILAR_SHOWN,
            )
            for row in table.to_pylist():
                found[row["opportunity_type"], row["opportunity_source"]].append(row["decision_id"])
            for kind, source in new:
                self._ids[kind, source] = _listed(found[storable(kind), storable(source)])
        return [self._ids[cell] for cell in cells]


def _listed(ids: Iterable[str]) -> str:
    return json.dumps(list(ids), ensure_ascii=False, separators=(",", ":"))


def _shown(row: dict[str, Any], now: datetime) -> SimilarDecision:
    hours = row["hours"]
    if row["state"] == "open":
        hours = (now - row["timestamp"].replace(tzinfo=UTC)).total_seconds() / _HOUR_SECONDS
    return {
        "decision_id": row["decision_id"],
        "timestamp": iso(row["timestamp"]),
        "content": row["opportunity_content"],
        "action_taken": row["action_taken"],
        "state": row["state"],
        "revenue": round(row["revenue"], 2),
        "hours": round(hours, 1),
    }
