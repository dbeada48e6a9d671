"""Facts that the store's tests are made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from decision_store import Decision, Outcome, Store
from decision_store.database import migrations
from decision_store.journal import segment_reader
from decision_store.journal.comparing import as_row

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

    def make_old_log(
        self, path: Path, version: int, decisions: list[Decision], outcomes: list[Outcome]
    ) -> None:
        """Make a database as an older program left it, before the migrations after `version`."""
        _make_old_log(path, version, decisions, outcomes)

    def ids(self, store: Store) -> list[str]:
        asked = store.ask("decisions", as_of=self.later, since=None, until=None, limit=None)
        return sorted(asked.column("decision_id").to_pylist())

    def outcome_ids(self, store: Store) -> list[str]:
        asked = store.ask("outcomes", as_of=self.later, since=None, until=None)
        return sorted(asked.column("outcome_id").to_pylist())


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture(scope="session")
def facts_once() -> Facts:
    """The same for what is made once and shared."""
    return Facts()


@pytest.fixture(params=["lines", "segments"])
def load_form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both forms in which loads are written, whatever their size."""
    most = 0 if request.param == "segments" else segment_reader.LINES_AT_MOST
    monkeypatch.setattr(segment_reader, "LINES_AT_MOST", most)
    return str(request.param)


@pytest.fixture
def as_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write even small loads as segments."""
    monkeypatch.setattr(segment_reader, "LINES_AT_MOST", 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "decision_log.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened


def _make_old_log(
    path: Path, version: int, decisions: list[Decision], outcomes: list[Outcome]
) -> None:
    """Make a database as an older program left it, before the migrations after `version`."""
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as old:
        migrations.migrate(old, path, migrations.known()[:version])
        for table, records in (("decisions", decisions), ("outcomes", outcomes)):
            for record in records:
                _insert_old(old, table, as_row(record) or {})
        old.execute(
            "INSERT INTO decision_history "
            "SELECT * FROM history_of((SELECT list(DISTINCT decision_id) FROM outcomes))"
        )


def _insert_old(old: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    columns = [name for (name, *_) in old.execute(f"DESCRIBE {table}").fetchall()]
    derived = {
        "hours_given": False,
        "opportunity_type": "lead",
        "opportunity_source": "mail",
        "decision_timestamp": START.replace(tzinfo=None),
        "decision_recorded_at": START.replace(tzinfo=None),
        "decision_has_cost": False,
        "decision_has_effort": False,
    }
    values = {name: value for name, value in {**derived, **row}.items() if name in columns}
    values = {name: 1.0 if name == "time_to_outcome_hours" else v for name, v in values.items()}
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join("?" for _ in values)
    old.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(values.values()))  # noqa: S608
