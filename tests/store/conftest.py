"""Facts that the store's tests are made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from decision_store import Decision, Outcome, Store

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Facts:
    """Builds decisions and outcomes in which a test names only what it is about."""

    start = START
    later = START + timedelta(days=3650)

    def __init__(self) -> None:
        self._numbers = count()

    def decision(self, decision_id: str = "d", **given: Any) -> Decision:
        at = given.pop("timestamp", START)
        fields = {
            "opportunity_type": "lead",
            "opportunity_source": "mail",
            "action_taken": "reply",
            "recorded_at": at,
        }
        return Decision(decision_id=decision_id, timestamp=at, **{**fields, **given})

    def outcome(self, decision_id: str = "d", hours: float = 1.0, **given: Any) -> Outcome:
        at = START + timedelta(hours=hours)
        fields = {
            "outcome_id": f"o{next(self._numbers)}",
            "outcome_type": "response",
            "outcome_status": "pending",
            "occurred_at": at,
            "recorded_at": at,
        }
        return Outcome(decision_id=decision_id, **{**fields, **given})

    def win(self, decision_id: str = "d", hours: float = 1.0, **given: Any) -> Outcome:
        kind = {"outcome_type": "conversion", "outcome_status": "success"}
        return self.outcome(decision_id, hours, **{**kind, **given})

    def state(
        self, store: Store, decision_id: str = "d", as_of: datetime | None = None
    ) -> dict[str, Any]:
        (row,) = store.ask(
            "decision", decision_id=decision_id, as_of=as_of or self.later
        ).to_pylist()
        return dict(row)

    def ids(self, store: Store) -> list[str]:
        asked = store.ask("decisions", as_of=self.later, since=None, until=None, limit=None)
        return sorted(asked.column("decision_id").to_pylist())

    def outcome_ids(self, store: Store) -> list[str]:
        asked = store.ask("outcomes", as_of=self.later, since=None, until=None)
        return sorted(asked.column("outcome_id").to_pylist())


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "decision_log.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened
