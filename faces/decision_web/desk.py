"""The log behind the pages: opened per request, one at a time, with answers kept until it changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from decision_log import DecisionLog, DecisionLogError, OpportunityScorer
from decision_log.reports.work.open_decisions import KeptChances
from decision_log.revision import KeptAnswers

Row = Mapping[str, Any]

_STATE = re.compile(r"\d{1,18}-\d{1,18}")

RATES_SECONDS = 60.0
"""How long after a change pages may show chances by the rates before it; counts and states are never late."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was recorded last, to be shown with its undo.

    Parameters
    ----------
    text : str
        In words.
    record_id : str
        What undo takes back; empty where nothing is in the log, as of "later".
    item_id : str
        The decision or opportunity.
    """

    text: str
    record_id: str
    item_id: str


@dataclass
class Desk:
    """What the pages of one server share.

    Parameters
    ----------
    log : DecisionLog
        It holds no file between two questions.
    """

    log: DecisionLog
    done: Done | None = None
    later: dict[str, datetime] = field(default_factory=dict)
    _scorer: OpportunityScorer | None = None

    def __post_init__(self) -> None:
        self.log.rate_fits.patience = RATES_SECONDS
        self.log.kept_chances = KeptChances()
        self.answers = KeptAnswers(
            self.state, self.log.settings.home.scored, snapshot=self.log.store.snapshot
        )

    def state(self) -> tuple[int, int]:
        """Return what differs once the log has grown, or rates were fitted to what it has grown by."""
        return self.log.revision(), self.log.rate_fits.generation

    def state_name(self) -> str:
        """Return the state as events name it."""
        return "-".join(map(str, self.state()))

    def counts(self) -> Row:
        """Return what was decided and learnt since yesterday's midnight."""
        with self.use() as log:
            return self.answers.get("counts", lambda: log.count_since("yesterday"))

    @contextmanager
    def use(self) -> Iterator[DecisionLog]:
        """Give the log to one request at a time."""
        with self.answers.lock:
            yield self.log

    @contextmanager
    def reading(self, seen: str = "") -> Iterator[None]:
        """Read what one page shows, all of it from what was recorded before.

        Parameters
        ----------
        seen : str
            The state that an event named, as `state_name`: what was read of that or a later one will do.
        """
        least = tuple(map(int, seen.split("-"))) if _STATE.fullmatch(seen) else None
        with self.answers.reading(least):
            yield

    @property
    def scorer(self) -> OpportunityScorer:
        """A scorer for "now" that keeps no predictions: looking at a page is no prediction to be graded."""
        if self._scorer is None:
            self._scorer = self.log.scorer(record=False)
        return self._scorer

    def put_off(self, identifier: str) -> None:
        """Leave an item out of the queue until tomorrow."""
        zone = self.log.settings.zone
        tomorrow = datetime.now(UTC).astimezone(zone) + timedelta(days=1)
        self.later[identifier] = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)

    def is_put_off(self, identifier: str) -> bool:
        """Tell whether an item waits for tomorrow."""
        until = self.later.get(identifier)
        return until is not None and datetime.now(UTC) < until

    def predicted(self, item: Row) -> Row | None:
        """Predict one opportunity; None where it cannot be judged."""
        try:
            return self.scorer.predict_outcome(item)
        except DecisionLogError:
            return None
