"""Similar past decisions: of the newest of the same cell the most alike, read once per cell and kept in memory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from decision_log.predicting.alike import AlikeDecisions
from decision_log.predicting.prediction_facts import storable
from decision_log.rows import iso

if TYPE_CHECKING:
    from decision_log.answer_cache import AnswerCache
    from decision_log.opportunity import Opportunity
    from decision_log.results import SimilarDecision
    from decision_store.store import Store

Cell = tuple[str, str]

SIMILAR_SHOWN = 5
NEWEST_COMPARED = 1_000
"""Decisions of a cell among which the most alike are looked for."""

MOST_ALIKE = 8
"""So many are counted by their outcomes."""

FEWEST_COUNTED = 3
"""Fewer say nothing."""

_HOUR_SECONDS = 3600.0


class Similar(NamedTuple):
    """Past decisions like one opportunity.

    Parameters
    ----------
    rows : list of SimilarDecision
        Up to five, the most alike first; the newest where there is nothing to compare by.
    ids : str
        Theirs, a JSON list.
    sentence : str
        How the most alike ended, such as "Of the 8 most alike, 5 were won, 2 lost and 1 is open."; empty with
        fewer than three, or with nothing to compare by.
    """

    rows: list[SimilarDecision]
    ids: str
    sentence: str


class SimilarDecisions:
    """The newest decisions of each cell as of a moment; valid until the log grows.

    Parameters
    ----------
    store : Store
        The log.
    as_of : datetime
        Only facts recorded by then are used.
    answers : AnswerCache, optional
        Where ``as_of`` is now: what other processes have read already.
    """

    def __init__(self, store: Store, as_of: datetime, answers: AnswerCache | None = None) -> None:
        self._store = store
        self._answers = answers
        self._as_of = as_of
        self._cells: dict[
            Cell, tuple[list[dict[str, Any]], AlikeDecisions, dict[int, SimilarDecision]]
        ] = {}
        self._ids: dict[Cell, str] = {}

    def of(self, one: Opportunity, now: datetime) -> Similar:
        """Find the past decisions of an opportunity's cell that are most like it; open ones have the age of ``now``."""
        rows, alike, shown = self._cells.get(one.cell) or self._read(one.cell)
        order = alike.order(one.item, MOST_ALIKE)
        places = (order or range(len(rows)))[:SIMILAR_SHOWN]
        for place in places:
            if place not in shown:
                shown[place] = _shown(rows[place])
        return Similar(
            [_aged(shown[place], rows[place], now) for place in places],
            _listed(rows[place]["decision_id"] for place in places),
            _outcomes([rows[place]["state"] for place in order]),
        )

    def _read(
        self, cell: Cell
    ) -> tuple[list[dict[str, Any]], AlikeDecisions, dict[int, SimilarDecision]]:
        kind, source = map(storable, cell)
        asked = {"opportunity_type": kind, "opportunity_source": source, "limit": NEWEST_COMPARED}
        rows = (
            self._store.ask("similar", as_of=self._as_of, **asked).to_pylist()
            if self._answers is None
            else self._answers.rows("similar", as_of=self._as_of, **asked)
        )
        self._cells[cell] = rows, AlikeDecisions(rows), {}
        return self._cells[cell]

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


def _outcomes(states: Sequence[str]) -> str:
    """Say how decisions ended.

    Examples
    --------
    >>> _outcomes(["won", "lost", "won", "open"])
    'Of the 4 most alike, 2 were won, 1 was lost and 1 is open.'
    """
    if len(states) < FEWEST_COUNTED:
        return ""
    counts = {state: states.count(state) for state in ("won", "lost", "open")}
    if len(states) in counts.values():
        state = states[0]
        return f"Of the {len(states)} most alike, all {_verb(state, 2)} {state}."
    said = [
        f"{count or 'none'} {_verb(state, count)} {state}"
        for state, count in counts.items()
        if count or state == "won"
    ]
    return f"Of the {len(states)} most alike, {', '.join(said[:-1])} and {said[-1]}."


def _verb(state: str, count: int) -> str:
    if state == "open":
        return "is" if count == 1 else "are"
    return "was" if count == 1 else "were"


def _listed(ids: Iterable[str]) -> str:
    return json.dumps(list(ids), ensure_ascii=False, separators=(",", ":"))


def _shown(row: dict[str, Any]) -> SimilarDecision:
    return {
        "decision_id": row["decision_id"],
        "timestamp": iso(row["timestamp"]),
        "content": row["opportunity_content"],
        "action_taken": row["action_taken"],
        "state": row["state"],
        "revenue": round(row["revenue"], 2),
        "hours": round(row["hours"], 1),
    }


def _aged(shown: SimilarDecision, row: dict[str, Any], now: datetime) -> SimilarDecision:
    """Return a decision as it is shown; an open one has the age of ``now``."""
    if row["state"] != "open":
        return shown.copy()
    age = (now - row["timestamp"].replace(tzinfo=UTC)).total_seconds() / _HOUR_SECONDS
    return {**shown, "hours": round(age, 1)}
