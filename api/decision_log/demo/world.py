"""Generator of sample data: ``decision-log demo``.

The business behind it is in :mod:`decision_log.demo.business`; the true rates are `TRUE_RATES`.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from decision_log.demo.arrivals import TRUE_RATES, Arrival, Senders, arrive
from decision_log.demo.business import DAYS, DEMO_SEED, DemoWorld, build_world
from decision_log.settings import Home
from decision_store.durable_files import atomic_write_text
from decision_store.errors import DecisionLogError
from decision_store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "DEMO_SEED",
    "TRUE_RATES",
    "DemoRefused",
    "DemoReport",
    "DemoWorld",
    "build_world",
    "demo_opportunities",
    "make_demo",
]

MARKER = "demo.json"
"""File beside the database that says: this log was invented, it may be overwritten."""

DEMO_ID = "demo-"
"""Every invented decision's id starts so."""

INBOX_SIZE = 27

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class DemoRefused(DecisionLogError):
    """The folder holds something that is not a demo."""

    def __init__(self, home: Path, found: Path) -> None:
        self.home = home
        self.found = found
        super().__init__(home, found)

    def __str__(self) -> str:
        return (
            f"The folder {self.home} already holds {self.found.name}, which is not a demo, so "
            "nothing was written. Choose an empty folder with --home, such as --home demo."
        )


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What `make_demo` left in the folder.

    Parameters
    ----------
    home : Path
        The folder.
    written : bool
        False where the demo was kept because someone has added decisions of their own to it.
    decisions, outcomes, opportunities : int
        In the log and in the opportunities file.
    since, until : datetime
        First and last day of the invented log; the moment the demo was made is ``until``.
    seed : int
        Of all random choices.
    """

    home: Path
    written: bool
    decisions: int
    outcomes: int
    opportunities: int
    since: datetime
    until: datetime
    seed: int


def make_demo(home: Path, *, now: datetime, seed: int = DEMO_SEED, days: int = DAYS) -> DemoReport:
    """Write a log of 800 invented decisions, an agent's predictions of them, and a file of new opportunities.

    A demo made earlier in the same folder is replaced, unless someone has logged decisions of
    their own into it since: then it is kept as it is.

    Parameters
    ----------
    home : Path
        The folder; made where it is missing.
    now : datetime
        Aware; the log ends here.
    seed : int
        The same seed, days and day of ``now`` give the same facts.
    days : int
        Length of the log.

    Raises
    ------
    DemoRefused
        The folder holds a log or opportunities that are not a demo. Nothing is changed.
    """
    now = now.astimezone(UTC)
    paths = Home(home)
    marker = paths.database.parent / MARKER
    if marker.exists():
        kept = _kept(paths, marker)
        if kept is not None:
            return kept
    else:
        _refuse_strangers(paths)
    world = build_world(now=now, seed=seed, days=days)
    inbox = demo_opportunities(now=now, seed=seed)
    report = DemoReport(
        home=home,
        written=True,
        decisions=len(world.decisions),
        outcomes=len(world.outcomes),
        opportunities=len(inbox["opportunities"]),
        since=now - timedelta(days=days),
        until=now,
        seed=seed,
    )
    atomic_write_text(
        marker, _marker_text(report)
    )  # first: an interrupted demo is still known as one
    _clear(paths)
    with Store(paths.database) as store:
        store.log_decisions(world.decisions)
        store.record_outcomes(world.outcomes, ids_given=True)
        store.log_predictions(world.predictions)
        store.fold()
    atomic_write_text(paths.opportunities, json.dumps(inbox, indent=2, ensure_ascii=False) + "\n")
    return report


def demo_opportunities(*, now: datetime, seed: int = DEMO_SEED) -> dict[str, Any]:
    """Invent what an aggregator would write: the new opportunities of the last two days.

    One has no score, one comes from a source the log has never seen, one has no source at all, one
    belongs to a cell without history; dates come as moments and as bare days.
    """
    rng = random.Random(f"inbox {seed}")  # its own stream: the log stays as it is if this changes
    people = Senders(rng)
    items = [_inbox_item(number, now, people, rng) for number in range(1, INBOX_SIZE + 1)]
    items[3].pop("score", None)
    items[3].pop("raw_score", None)
    items[8]["source"] = "linkedin"
    items[14].pop("source")
    items[20].update(type="partnership", source="revenue_dashboard")
    scores = [item["score"] for item in items if "score" in item]
    return {
        "last_updated": now.isoformat(),
        "total_opportunities": len(items),
        "opportunities": items,
        "summary": {
            "by_type": dict(Counter(item["type"] for item in items)),
            "by_source": dict(Counter(item.get("source", "unknown") for item in items)),
            "average_score": round(sum(scores) / len(scores), 1),
        },
    }


REVENUE_POTENTIAL = {
    "golf_coaching": "$100-300",
    "coaching": "$300-800",
    "partnership": "$800-4000",
    "product_feedback": "$20-60",
}
SUBJECTS = {
    "golf_coaching": "Golf lesson",
    "coaching": "Coaching programme",
    "partnership": "Working together",
    "product_feedback": "About the app",
}


def _inbox_item(number: int, now: datetime, people: Senders, rng: random.Random) -> dict[str, Any]:
    arrival = arrive(people, rng)
    moment = now - timedelta(hours=rng.uniform(0.2, 48.0))
    item: dict[str, Any] = {
        "id": f"opp-{number:03d}",
        "type": arrival.kind,
        "source": arrival.source,
        "score": 50.0 if arrival.score is None else arrival.score,
        "sender": arrival.sender,
        "content": arrival.content,
        "timestamp": moment.date().isoformat() if number % 7 == 0 else moment.isoformat(),
    }
    item.update(_extras(arrival, number, rng))
    return item


def _extras(arrival: Arrival, number: int, rng: random.Random) -> dict[str, Any]:
    """Give the optional keys, each where such a message would have it."""
    extras: dict[str, Any] = {
        "action_required": rng.choice(("reply", "call", "send offer")),
        "revenue_potential": REVENUE_POTENTIAL[arrival.kind],
    }
    if arrival.source == "email":
        extras["subject"] = SUBJECTS[arrival.kind]
    if "url" in arrival.context:
        extras["url"] = arrival.context["url"]
    if "influence" in arrival.context:
        extras["influence_score"] = arrival.context["influence"]
    if number % 3 == 0:
        extras["ease"] = rng.choice(("easy", "medium", "hard"))
        extras["time_required"] = rng.choice(("15 min", "30 min", "1 hour"))
    if number % 4 == 0:
        extras["raw_score"] = round(rng.uniform(0.2, 0.98), 3)
        extras["task_id"] = f"task-{400 + number}"
    return extras


def _journal(paths: Home) -> Path:
    return Store(paths.database).journal_folder


def _refuse_strangers(paths: Home) -> None:
    for found in (paths.database, _journal(paths), paths.opportunities):
        if found.exists():
            raise DemoRefused(paths.folder, found)


def _kept(paths: Home, marker: Path) -> DemoReport | None:
    """Tell what is there if it must be kept: decisions that no demo invented."""
    if not (paths.database.exists() or _journal(paths).exists()):
        return None
    with Store(paths.database) as store:
        log = store.ask("decisions", as_of=END_OF_TIME, since=None, until=None, limit=None)
        ids: list[str] = log.column("decision_id").to_pylist()
        if all(decision_id.startswith(DEMO_ID) for decision_id in ids):
            return None
        outcomes = store.ask("outcomes", as_of=END_OF_TIME, since=None, until=None).num_rows
    made = json.loads(marker.read_text(encoding="utf-8"))
    return DemoReport(
        home=paths.folder,
        written=False,
        decisions=len(ids),
        outcomes=outcomes,
        opportunities=made["opportunities"],
        since=datetime.fromisoformat(made["since"]),
        until=datetime.fromisoformat(made["until"]),
        seed=made["seed"],
    )


def _marker_text(report: DemoReport) -> str:
    marker = {
        "note": "This log is invented. 'decision-log demo' may replace it.",
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "seed": report.seed,
        "opportunities": report.opportunities,
    }
    return json.dumps(marker, indent=2) + "\n"


def _clear(paths: Home) -> None:
    """Remove the earlier demo's log and what was made from it; reports stay."""
    for path in (paths.database, paths.database.with_name(f"{paths.database.name}.wal")):
        path.unlink(missing_ok=True)
    for folder in (_journal(paths), paths.models):
        shutil.rmtree(folder, ignore_errors=True)
    paths.scored.unlink(missing_ok=True)
