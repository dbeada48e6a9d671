"""The shown logs as frames and labels, and the rows on which each is judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from decision_features import Labels, OpportunityFrame

DEFAULT_DATA = Path(__file__).resolve().parents[2] / "../shared/data"
FAILED = {"failed", "no_conversion", "lost", "rejected"}


@dataclass(frozen=True, slots=True)
class Log:
    """One log: its decisions in time order, their outcomes, and how to cut it."""

    name: str
    frame: OpportunityFrame
    labels: Labels
    folds: tuple[tuple[float, float], ...]  # (cut, end of the test rows) as shares of the rows
    most_train: int = 15_000
    most_test: int = 3_000

    def cuts(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Training rows (the newest before the cut) and test rows (spread evenly over what follows)."""
        n = len(self.frame)
        for begin, end in self.folds:
            cut, last = int(n * begin), int(n * end)
            train = np.arange(max(0, cut - self.most_train), cut)
            test = np.arange(cut, last)
            if len(test) > self.most_test:
                test = test[np.linspace(0, len(test) - 1, self.most_test).astype(int)]
            yield train, test


THREE = ((0.55, 0.70), (0.70, 0.85), (0.85, 1.0))
TEN = tuple((0.5 + 0.05 * k, 0.55 + 0.05 * k) for k in range(10))


def read(name: str, data: Path = DEFAULT_DATA) -> tuple[OpportunityFrame, Labels]:
    """Read a shown log in time order, with its labels as known in the end."""
    table = pq.read_table(data / name / "decisions.parquet").to_pydict()
    outcomes = pq.read_table(data / name / "outcomes.parquet").to_pydict()
    frame = OpportunityFrame.from_columns(
        type=table["opportunity_type"],
        source=table["opportunity_source"],
        timestamp=np.array(table["timestamp"], dtype="datetime64[us]"),
        content=table["opportunity_content"],
        score=table["opportunity_score"],
        sender=table["sender"],
        action=table["action_taken"],
        maker=table["decision_maker"],
        context=[json.loads(c) if c else {} for c in table["context"]],
    )
    won = np.array(
        [
            bool(a or d)
            for a, d in zip(outcomes["customer_acquired"], outcomes["deal_closed"], strict=True)
        ]
    )
    lost = ~won & np.isin(outcomes["outcome_status"], list(FAILED))
    recorded = np.array(outcomes["recorded_at"], dtype="datetime64[us]")
    labels = Labels.from_columns(
        state=np.where(won, 1, np.where(lost, 2, 0)),
        decided_at=frame.timestamp,
        closed_at=np.where(won | lost, recorded, np.datetime64("NaT", "us")),
        revenue=np.array([r or 0.0 for r in outcomes["revenue_generated"]]),
    )
    order = np.argsort(frame.timestamp, kind="stable")
    return frame.take(order), labels.take(order)


def shown(name: str, data: Path = DEFAULT_DATA, *, with_action: bool = False) -> Log:
    """Read a shown log with its traps taken out, as served: without action and maker unless asked for."""
    folds = THREE
    base = name.removesuffix("_10")
    frame, labels = read(base, data)
    if not with_action:
        frame = frame.as_served()
    keep = np.ones(len(frame), dtype=bool)
    most_train = 15_000
    if base == "hotel_bookings":
        month = frame.timestamp.astype("datetime64[M]")
        keep = (month >= np.datetime64("2015-07")) & (month <= np.datetime64("2017-02"))
        most_train = 8_000
    if base == "bank_marketing":
        most_train = 8_000
    if base == "maven_crm":
        keep = labels.won | labels.lost
        frame = without(
            frame,
            sender=True,
            keys={
                "sector",
                "year_established",
                "account_revenue_musd",
                "employees",
                "office_location",
                "subsidiary_of",
            },
        )
    if base == "hillstrom":
        most_train = 30_000
    rows = np.flatnonzero(keep)
    if base == "hillstrom":
        rows = np.random.default_rng(7).permutation(rows)
    if name.endswith("_10"):
        folds = TEN
    return Log(name, frame.take(rows), labels.take(rows), folds, most_train)


def without(frame: OpportunityFrame, *, keys: set[str], sender: bool = False) -> OpportunityFrame:
    """Leave out some context keys, and the sender."""
    from dataclasses import replace

    context = tuple({k: v for k, v in c.items() if k not in keys} for c in frame.context)
    nobody = np.full(len(frame), None, dtype=object)
    return replace(frame, context=context, sender=nobody if sender else frame.sender)


SHOWN = (
    "hotel_bookings",
    "bank_marketing",
    "bank_marketing_10",
    "maven_crm",
    "hillstrom",
    "persuasion_for_good",
    "x_education",
)
