"""The queue: what to answer, to follow up and to close, or what a search found, as rows to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from decision_log.reports.page.text import Excerpt, duration, excerpt, kind_name, money
from decision_log.reports.work.worklist import lists_to_do
from decision_log.scoring.scored import scored_items
from decision_web.desk import Desk

Row = Mapping[str, Any]

LISTS = {"next": "Do next", "answer": "To answer", "overdue": "Overdue", "waiting": "Waiting"}
LISTED = 40
FOUND = 50


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the queue: a decision, or a scored opportunity without one.

    Parameters
    ----------
    id : str
        Of the decision or the opportunity.
    kind : {"decision", "opportunity"}
        Which of them.
    who, what : Excerpt, str
        Sender, and type with source.
    when : str
        How long it has waited, in words.
    overdue : bool
        Open for longer than wins of its type take.
    state : str
        open, won or lost; empty for an opportunity.
    chance, low, high : float, optional
        In percent; None where it cannot be judged, and the range where it is not known. Of an open decision: that
        it is won in the end, as long as it has waited.
    value : float, optional
        Expected revenue.
    """

    id: str
    kind: str
    who: Excerpt
    what: str
    when: str
    overdue: bool
    state: str
    chance: float | None
    low: float | None
    high: float | None
    value: float | None

    @property
    def money(self) -> str:
        """Expected revenue in words; "?" where it is not known."""
        return money(self.value)


@dataclass(frozen=True, slots=True)
class Queue:
    """The list that is shown, the counts of all lists, and as of when the chances are (a time of day)."""

    name: str
    items: tuple[Item, ...]
    counts: Mapping[str, int]
    rates_as_of: str
    query: str = ""
    more: int = 0


def read_queue(desk: Desk, name: str, query: str) -> Queue:
    """Return a list of the queue, or what a search found.

    Parameters
    ----------
    name : str
        One of `LISTS`.
    query : str
        Part of a text, an action or a sender; empty: no search.
    """
    work = desk.answers.get("work", lambda: _work(desk))
    if query:
        found = desk.answers.get(("search", query), lambda: _search(desk, query))
        return Queue("", found, _counts(desk, work), work["rates_as_of"], query)
    shown = [item for item in _listed(work, name) if not desk.is_put_off(item.id)]
    more = max(len(shown) - LISTED, 0)
    return Queue(name, tuple(shown[:LISTED]), _counts(desk, work), work["rates_as_of"], "", more)


def listed_item(desk: Desk, identifier: str) -> Item | None:
    """Return the row of an item that some list shows, None where none does."""
    work = desk.answers.get("work", lambda: _work(desk))
    return next(
        (i for n in ("answer", "waiting", "overdue") for i in work[n] if i.id == identifier), None
    )


def _work(desk: Desk) -> dict[str, Any]:
    with desk.use() as log:
        scored = scored_items(log.settings.home.scored)
        found = lists_to_do(log, scored, limit=LISTED, kept=log.kept_chances)
    return {
        "rates_as_of": f"{datetime.fromisoformat(found['rates_as_of']):%H:%M:%S}",
        "answer": [_opportunity(row) for row in found["answer"]],
        "overdue": [_decision(row, overdue=True) for row in found["overdue"]],
        "waiting": [_decision(row, overdue=False) for row in found["waiting"]],
        "totals": dict(found["totals"]),
    }


def _listed(work: Row, name: str) -> list[Item]:
    if name in {"answer", "overdue", "waiting"}:
        found: list[Item] = work[name]
        return found
    everything = [*work["answer"], *work["waiting"], *work["overdue"]]
    return sorted(everything, key=lambda item: -(item.value or 0.0))


def _counts(desk: Desk, work: Row) -> dict[str, int]:
    counts = {
        name: work["totals"][name] - sum(desk.is_put_off(item.id) for item in work[name])
        for name in ("answer", "overdue", "waiting")
    }
    return {"next": sum(counts.values()), **counts}


def _opportunity(row: Row) -> Item:
    low, high = row["interval"] or (None, None)
    return Item(
        id=row["opportunity_id"] or "",
        kind="opportunity",
        who=excerpt(str(row["sender"] or ""), 80),
        what=kind_name(str(row["opportunity_type"]), str(row["opportunity_source"])),
        when="to answer"
        if row["waiting_hours"] is None
        else f"to answer, {duration(row['waiting_hours'])} old",
        overdue=False,
        state="",
        chance=row["conversion_probability"],
        low=low,
        high=high,
        value=row["expected_revenue"],
    )


def _decision(row: Row, *, overdue: bool) -> Item:
    waited = duration(row["waiting_hours"])
    return Item(
        id=row["decision_id"],
        kind="decision",
        who=excerpt(row["sender"], 80),
        what=kind_name(row["opportunity_type"], row["opportunity_source"]),
        when=f"overdue, {waited}" if overdue else f"waiting {waited}",
        overdue=overdue,
        state="open",
        chance=row["conversion_probability"],
        low=None,
        high=None,
        value=row["expected_revenue"],
    )


def _search(desk: Desk, query: str) -> tuple[Item, ...]:
    with desk.use() as log:
        rows = {
            row["decision_id"]: row
            for wanted in ({"text": query}, {"sender": query})
            for row in log.find_decisions(**wanted, limit=FOUND)  # type: ignore[arg-type]
        }
    newest = sorted(rows.values(), key=lambda row: row["timestamp"], reverse=True)
    return tuple(_found(row) for row in newest[:FOUND])


def _found(row: Row) -> Item:
    ago = duration(row["hours"])
    when = {"open": f"open for {ago}", "won": f"won after {ago}", "lost": f"lost after {ago}"}
    return Item(
        id=row["decision_id"],
        kind="decision",
        who=excerpt(row["sender"], 80),
        what=kind_name(row["opportunity_type"], row["opportunity_source"]),
        when=when[row["state"]],
        overdue=bool(row["overdue"]),
        state=row["state"],
        chance=None,
        low=None,
        high=None,
        value=row["revenue"] if row["state"] == "won" else None,
    )


def after(items: Iterable[Item], identifier: str) -> str:
    """Return the id of the item after one, or before it where it is the last; empty where it stands alone."""
    ids = [item.id for item in items]
    if identifier not in ids:
        return ids[0] if ids else ""
    place = ids.index(identifier)
    rest = [*ids[place + 1 : place + 2], *ids[max(place - 1, 0) : place]]
    return rest[0] if rest else ""
