from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pytest

from decision_store.errors import ImportFailed
from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.importing import History, RejectedRow, read_history

PREDECESSOR = Path(__file__).parents[1] / "data" / "predecessor.db"
NOW = datetime(2026, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def history() -> History:
    return read_history([PREDECESSOR], now=NOW)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copy(PREDECESSOR, tmp_path / "decision_log.db"))


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_every_row_is_taken_in_the_columns_of_the_log(history: History) -> None:
    assert (len(history.decisions), len(history.outcomes)) == (287, 358)
    assert history.rejected == ()
    assert history.notes == ()
    assert history.decisions.schema == DECISIONS()
    assert history.outcomes.schema == OUTCOMES()


def test_a_decision_keeps_what_the_predecessor_wrote(history: History) -> None:
    decision = history.decisions.slice(2, 1).to_pylist()[0]
    assert decision == {
        "decision_id": "dec_20260208_00003",
        "timestamp": datetime(2025, 11, 26, 14, 49, 39, 131492),  # noqa: DTZ001
        "opportunity_type": "product_feedback",
        "opportunity_source": "email",
        "opportunity_content": "App crashed twice\ttoday\nplease fix",
        "opportunity_score": 39.0,
        "sender": "@user3",
        "action_taken": "Sent thank you",
        "decision_maker": "jarvis",
        "context": '{"channel":"email","followers":4582}',
        "opportunity_id": None,
        "received_at": None,
        "cost_usd": None,
        "effort_minutes": None,
        "action_probability": None,
        "recorded_at": datetime(2025, 11, 26, 14, 49, 39),  # noqa: DTZ001
    }
    assert history.decisions["context"][0].as_py() == "{}"


def test_statuses_and_refunds_are_kept_as_they_are(history: History) -> None:
    status = history.outcomes["outcome_status"]
    counts = {row["values"]: row["counts"] for row in pc.value_counts(status).to_pylist()}
    assert counts == {"success": 137, "pending": 125, "no_conversion": 93, "refunded": 3}
    refunds = history.outcomes.filter(pc.equal(status, "refunded"))
    assert pc.max(refunds["revenue_generated"]).as_py() < 0
    assert pc.sum(history.outcomes["customer_acquired"]).as_py() == 137


def test_times_of_record_are_utc_whatever_zone_is_set(copy: Path) -> None:
    tokyo = read_history([copy], now=NOW, zone=ZoneInfo("Asia/Tokyo"))
    assert tokyo.outcomes["recorded_at"][0].as_py() == datetime(2025, 11, 29, 7, 48, 36)  # noqa: DTZ001
    change(copy, "UPDATE decisions SET timestamp = '2026-01-01 09:00' WHERE id = 1")
    tokyo = read_history([copy], now=NOW, zone=ZoneInfo("Asia/Tokyo"))
    assert tokyo.decisions["timestamp"][0].as_py() == datetime(2026, 1, 1)  # noqa: DTZ001


def test_outcomes_get_the_same_ids_each_time_and_every_one_its_own(history: History) -> None:
    again = read_history([PREDECESSOR], now=NOW)
    assert again == history
    assert len(set(history.outcomes["outcome_id"].to_pylist())) == 358
    doubled = read_history([PREDECESSOR, PREDECESSOR], now=NOW)
    assert doubled.decisions.equals(history.decisions)
    assert doubled.outcomes.equals(history.outcomes)
    assert doubled.rejected == ()
    assert "358 outcomes came more than once" in doubled.notes[-1]


def test_a_file_that_grew_only_adds_outcomes_even_one_equal_to_an_earlier(
    copy: Path, history: History
) -> None:
    names = (
        "decision_id, outcome_type, outcome_status, revenue_generated, customer_acquired, "
        "deal_closed, response_received, time_to_outcome_hours, notes, recorded_at"
    )
    change(
        copy,
        f"INSERT INTO outcomes ({names}) SELECT {names} FROM outcomes WHERE id = 2",  # noqa: S608
    )
    grown = read_history([copy], now=NOW)
    assert len(grown.outcomes) == 359
    assert grown.outcomes.slice(0, 358).equals(history.outcomes)
    first, last = grown.outcomes["outcome_id"][1].as_py(), grown.outcomes["outcome_id"][358].as_py()
    assert last == f"{first}-2"


def test_missing_columns_and_tables_are_tolerated(copy: Path) -> None:
    change(
        copy,
        "ALTER TABLE decisions DROP COLUMN context",
        "ALTER TABLE decisions DROP COLUMN sender",
        "ALTER TABLE outcomes DROP COLUMN deal_closed",
        "ALTER TABLE outcomes DROP COLUMN notes",
        "DROP TABLE conversion_metrics",
        "DROP TABLE insights",
    )
    history = read_history([copy], now=NOW)
    assert (len(history.decisions), len(history.outcomes)) == (287, 358)
    assert set(history.decisions["context"].to_pylist()) == {"{}"}
    assert not pc.any(history.outcomes["deal_closed"]).as_py()
    change(copy, "DROP TABLE outcomes")
    assert len(read_history([copy], now=NOW).outcomes) == 0


def test_without_a_timestamp_a_decision_has_the_time_of_its_record(copy: Path) -> None:
    change(
        copy,
        "CREATE TABLE d AS SELECT decision_id, opportunity_type, action_taken, created_at "
        "FROM decisions",
        "DROP TABLE decisions",
        "ALTER TABLE d RENAME TO decisions",
    )
    decisions = read_history([copy], now=NOW).decisions
    assert decisions["timestamp"].equals(decisions["recorded_at"])
    assert decisions["opportunity_source"][0].as_py() == "unknown"


def test_one_bad_value_costs_one_row_reported_by_its_rowid(copy: Path) -> None:
    change(
        copy,
        "UPDATE decisions SET opportunity_score = 140 WHERE id = 7",
        "UPDATE decisions SET context = 'not json' WHERE id = 9",
        "UPDATE decisions SET timestamp = 'soon' WHERE id = 11",
        "UPDATE decisions SET sender = CAST(X'E9E9' AS TEXT) WHERE id = 13",
        "UPDATE outcomes SET revenue_generated = '12,50' WHERE id = 20",
    )
    history = read_history([copy], now=NOW)
    assert (len(history.decisions), len(history.outcomes)) == (283, 357)
    assert [(row.kind, row.row_number) for row in history.rejected] == [
        ("decisions", 7),
        ("decisions", 9),
        ("decisions", 11),
        ("decisions", 13),
        ("outcomes", 20),
    ]
    reasons = [row.reason for row in history.rejected]
    assert "opportunity_score must lie in [0, 100], but it is 140" in reasons[0]
    assert "context must be the text of a JSON object" in reasons[1]
    assert "timestamp must be ISO 8601" in reasons[2]
    assert "sender must be UTF-8" in reasons[3]
    assert "must have a decimal point" in reasons[4]
    assert isinstance(history.rejected[0], RejectedRow)
    assert history.rejected[0].path == copy


def test_rows_still_in_the_write_ahead_log_are_read(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute(
            "INSERT INTO outcomes (decision_id, outcome_type, outcome_status) "
            "VALUES ('dec_20260208_00001', 'response', 'pending')"
        )
        writer.commit()
        now = datetime(2100, 1, 1, tzinfo=UTC)  # the row's time is SQLite's own clock
        assert len(read_history([copy], now=now).outcomes) == 359


def test_reading_leaves_no_trace_beside_the_file(copy: Path) -> None:
    change(copy, "PRAGMA journal_mode = WAL")
    before = (sorted(copy.parent.iterdir()), copy.read_bytes(), copy.stat().st_mtime_ns)
    read_history([copy], now=NOW)
    assert (sorted(copy.parent.iterdir()), copy.read_bytes(), copy.stat().st_mtime_ns) == before


def test_only_the_wanted_kind_is_read(history: History) -> None:
    outcomes = read_history([PREDECESSOR], now=NOW, kind="outcomes")
    assert len(outcomes.decisions) == 0
    assert outcomes.outcomes.equals(history.outcomes)


def test_a_damaged_database_and_one_without_the_tables_are_reported(
    copy: Path, tmp_path: Path
) -> None:
    content = bytearray(copy.read_bytes())
    content[100:3000] = b"\xff" * 2900
    copy.write_bytes(content)
    with pytest.raises(ImportFailed, match="not a healthy SQLite database"):
        read_history([copy], now=NOW)
    other = tmp_path / "other.db"
    change(other, "CREATE TABLE songs (title TEXT)")
    with pytest.raises(ImportFailed, match=r"no table 'decisions'.*its tables: songs"):
        read_history([other], now=NOW)
    other.write_bytes(b"SQLCipher garbage" * 100)
    with pytest.raises(ImportFailed, match="no SQLite database: it is damaged, encrypted"):
        read_history([other], now=NOW)
