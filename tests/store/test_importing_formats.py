from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from decision_store.facts import Decision, Outcome
from decision_store.importing import History, read_history

DATA = Path(__file__).parents[1] / "data"
PREDECESSOR = DATA / "predecessor.db"
REAL = Path(__file__).parents[2] / "../shared/data"
NOW = datetime(2026, 2, 9, tzinfo=UTC)
KINDS = ("decisions", "outcomes")


def rows_of(kind: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"{PREDECESSOR.as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {kind} ORDER BY id")]  # noqa: S608
    for row in rows:
        del row["id"]
    return rows


def write_csv(folder: Path, kind: str, *, separator: str = ",", encoding: str = "utf-8") -> Path:
    rows, path = rows_of(kind), folder / f"{kind}.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_csv(folder: Path) -> list[Path]:
    return [write_csv(folder, kind) for kind in KINDS]


def as_csv_of_a_spreadsheet(folder: Path) -> list[Path]:
    return [write_csv(folder, kind, separator=";", encoding="utf-8-sig") for kind in KINDS]


def as_tabbed_text(folder: Path) -> list[Path]:
    return [write_csv(folder, kind, separator="\t") for kind in KINDS]


def as_json_lines(folder: Path) -> list[Path]:
    paths = []
    for kind in KINDS:
        paths.append(folder / f"{kind}.jsonl")
        paths[-1].write_text("\n".join(json.dumps(row) for row in rows_of(kind)))
    return paths


def as_json(folder: Path) -> list[Path]:
    path = folder / "history.json"
    path.write_text(json.dumps({kind: rows_of(kind) for kind in KINDS}, indent=1))
    return [path]


def as_json_lists(folder: Path) -> list[Path]:
    paths = [folder / f"{kind}.json" for kind in KINDS]
    for path, kind in zip(paths, KINDS, strict=True):
        rows = rows_of(kind)
        for row in rows:
            if row.get("context"):
                row["context"] = json.loads(row["context"])
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return paths


def as_parquet(folder: Path) -> list[Path]:
    paths = []
    for kind in KINDS:
        paths.append(folder / f"{kind}.parquet")
        pq.write_table(pa.Table.from_pylist(rows_of(kind)), paths[-1])
    return paths


def as_typed_parquet(folder: Path) -> list[Path]:
    """The way a data frame would write it: real times, truth values, categories."""
    paths = []
    for kind in KINDS:
        rows = rows_of(kind)
        for row in rows:
            for name in ("timestamp", "recorded_at", "created_at"):
                if name in row:
                    row[name] = datetime.fromisoformat(row[name]).replace(tzinfo=UTC)
            for name in ("customer_acquired", "deal_closed", "response_received"):
                if name in row:
                    row[name] = bool(row[name])
        table = pa.Table.from_pylist(rows)
        for name in ("opportunity_type", "outcome_status"):
            if name in table.column_names:
                place = table.column_names.index(name)
                table = table.set_column(place, name, table[name].dictionary_encode())
        paths.append(folder / f"{kind}.parquet")
        pq.write_table(table, paths[-1])
    return paths


WRITERS = [
    as_csv,
    as_csv_of_a_spreadsheet,
    as_tabbed_text,
    as_json_lines,
    as_json,
    as_json_lists,
    as_parquet,
    as_typed_parquet,
]


@pytest.mark.parametrize("write", WRITERS)
def test_the_same_history_gives_equal_tables_from_every_format(write: Any, tmp_path: Path) -> None:
    wanted = read_history([PREDECESSOR], now=NOW)
    found = read_history(write(tmp_path), now=NOW)
    assert found.rejected == ()
    assert found.decisions.equals(wanted.decisions)
    assert found.outcomes.equals(wanted.outcomes)


def test_what_was_read_from_an_own_table_is_that_table(tmp_path: Path) -> None:
    history = read_history([PREDECESSOR], now=NOW)
    pq.write_table(history.decisions, tmp_path / "a.parquet")
    pq.write_table(history.outcomes, tmp_path / "b.parquet")
    again = read_history([tmp_path / "a.parquet", tmp_path / "b.parquet"], now=NOW)
    assert again.decisions.equals(history.decisions)
    assert again.outcomes.equals(history.outcomes)


def as_records(history: History) -> tuple[list[Decision], list[Outcome]]:
    """Make the records, whose own checks must find nothing."""

    def aware(row: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
            for name, value in row.items()
        }

    decisions = [
        Decision(**(aware(row) | {"context": json.loads(row["context"])}))
        for row in history.decisions.to_pylist()
    ]
    return decisions, [Outcome(**aware(row)) for row in history.outcomes.to_pylist()]


def test_every_row_taken_passes_the_checks_of_the_records() -> None:
    decisions, outcomes = as_records(read_history([PREDECESSOR], now=NOW))
    assert (len(decisions), len(outcomes)) == (287, 358)


def test_a_real_extract_is_read_without_a_reject() -> None:
    paths = [DATA / "hotel_bookings" / f"{kind}.parquet" for kind in KINDS]
    history = read_history(paths, now=NOW)
    assert history.rejected == ()
    assert (len(history.decisions), len(history.outcomes)) == (2_000, 2_000)
    assert all(json.loads(text) for text in history.decisions["context"].to_pylist())


@pytest.mark.parametrize(
    ("name", "decisions", "outcomes"),
    [
        ("bank_marketing", 41_188, 41_188),
        ("hillstrom", 64_000, 64_000),
        ("hotel_bookings", 119_390, 119_390),
        ("maven_crm", 8_800, 8_800),
        ("persuasion_for_good", 1_017, 1_017),
        ("x_education", 9_240, 9_240),
    ],
)
def test_real_sets_are_read_without_a_reject(name: str, decisions: int, outcomes: int) -> None:
    paths = [REAL / name / f"{kind}.parquet" for kind in KINDS]
    if not all(path.exists() for path in paths):
        pytest.skip(f"{name} is not here")
    history = read_history(paths, now=NOW)
    assert history.rejected == ()
    assert (len(history.decisions), len(history.outcomes)) == (decisions, outcomes)
    assert len(set(history.outcomes["outcome_id"].to_pylist())) == outcomes


def test_times_without_a_zone_are_taken_in_the_given_one(tmp_path: Path) -> None:
    naive = datetime(2026, 1, 1, 12)  # noqa: DTZ001
    table = pa.table({"decision_id": ["a"], "timestamp": pa.array([naive], pa.timestamp("ms"))})
    pq.write_table(table, tmp_path / "d.parquet")
    (tmp_path / "d.csv").write_text("decision_id,timestamp\na,2026-01-01 12:00\n")
    for name in ("d.parquet", "d.csv"):
        history = read_history([tmp_path / name], now=NOW, zone=ZoneInfo("Europe/Berlin"))
        assert history.decisions["timestamp"][0].as_py() == naive.replace(hour=11)


def test_nested_columns_and_typed_attributes_are_kept_in_the_context(tmp_path: Path) -> None:
    table = pa.table(
        {
            "decision_id": ["a", "b"],
            "timestamp": ["2026-01-01", "2026-01-02"],
            "tags": [["x", "y"], None],
            "seen": pa.array([datetime(2026, 1, 1), None], pa.timestamp("us")),  # noqa: DTZ001
            "context": [{"n": 1}, {"n": 2}],
        }
    )
    pq.write_table(table, tmp_path / "d.parquet")
    history = read_history([tmp_path / "d.parquet"], now=NOW)
    assert [json.loads(text) for text in history.decisions["context"].to_pylist()] == [
        {"n": 1, "seen": "2026-01-01T00:00:00", "tags": ["x", "y"]},
        {"n": 2},
    ]
    assert history.notes == ("d.parquet: kept in the context: tags, seen",)


def test_progress_reaches_the_total_where_it_is_known(tmp_path: Path) -> None:
    answer: list[tuple[int, int | None]] = []
    read_history([PREDECESSOR], now=NOW, progress=lambda done, total: answer.append((done, total)))
    assert answer[-1] == (645, 645)
    read_history(
        as_csv(tmp_path), now=NOW, progress=lambda done, total: answer.append((done, total))
    )
    assert answer[-1] == (645, None)
