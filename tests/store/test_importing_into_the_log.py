"""From the predecessor's file into the log and back out."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from decision_store.database import caches, loading
from decision_store.importing import read_history
from decision_store.journal.id_cache import IdCache, content_cache, outcome_cache
from decision_store.store import Store

PREDECESSOR = Path(__file__).parents[1] / "data" / "predecessor.db"
NOW = datetime(2026, 2, 9, tzinfo=UTC)


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    history = read_history([PREDECESSOR], now=NOW)
    with Store(tmp_path / "decision_log.duckdb") as store:
        first = store.load(history.decisions, history.outcomes, None)
        assert (first.added, first.unchanged, first.rejected) == (645, 0, ())
        before = store.ask("cells", as_of=NOW)
        again = read_history([PREDECESSOR], now=NOW)
        second = store.load(again.decisions, again.outcomes, None)
        assert (second.added, second.unchanged, second.rejected) == (0, 645, ())
        assert store.ask("cells", as_of=NOW).equals(before)


def test_a_decision_won_three_times_counts_once(tmp_path: Path) -> None:
    # The predecessor's own table showed 115 % for this cell: 30 winning outcome rows over 26 decisions.
    history = read_history([PREDECESSOR], now=NOW)
    with Store(tmp_path / "decision_log.duckdb") as store:
        store.load(history.decisions, history.outcomes, None)
        cells = store.ask("cells", as_of=NOW)
    mine = pc.and_(
        pc.equal(cells["opportunity_type"], "golf_coaching"),
        pc.equal(cells["opportunity_source"], "email"),
    )
    cell = cells.filter(mine).to_pylist()[0]
    assert (cell["decisions"], cell["responses"]) == (26, 26)
    assert (cell["won"], cell["lost"], cell["open"]) == (26, 0, 0)


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_rows_are_compared_with_the_log_by_parts_as_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(loading, "_COMPARED_ROWS", at_once)
    history = read_history([PREDECESSOR], now=NOW)
    decisions, outcomes = history.decisions.slice(0, 12), history.outcomes
    outcomes = outcomes.filter(
        pc.is_in(outcomes["decision_id"], decisions["decision_id"].combine_chunks())
    )
    actions = pa.array(["other" if row in {2, 11} else "same" for row in range(12)])
    texts = [pa.array(["same"] * 12), actions]
    place = decisions.column_names.index("action_taken")
    logged, changed = (decisions.set_column(place, "action_taken", text) for text in texts)
    with Store(tmp_path / "decision_log.duckdb") as store:
        store.load(logged.slice(0, 10), outcomes.slice(0, 0), None)
        found = store.load(changed, outcomes, None)
        assert (found.added, found.unchanged) == (2 + outcomes.num_rows, 9)
        assert [r.id for r in found.rejected] == [decisions["decision_id"][2].as_py()]
        again = store.load(changed, outcomes, None)
        assert (again.added, again.unchanged, again.rejected) == (
            0,
            11 + outcomes.num_rows,
            found.rejected,
        )


@pytest.mark.parametrize("many", [1, 10_000])
def test_a_first_load_makes_the_caches_that_the_database_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(caches, "_MANY", many)
    history = read_history([PREDECESSOR], now=NOW)
    place = history.decisions.column_names.index("recorded_at")
    recent = pa.repeat(
        pa.scalar(datetime.now(UTC).replace(tzinfo=None)), history.decisions.num_rows
    )
    decisions = history.decisions.set_column(place, "recorded_at", recent.cast(pa.timestamp("us")))
    with Store(tmp_path / "decision_log.duckdb") as store:
        store.load(decisions.slice(1), history.outcomes, None)
        folder = store.journal_folder
        known = (IdCache(folder / "ids"), outcome_cache(folder), content_cache(folder))
        made = [cache.digests() for cache in known]
        for cache in known:
            shutil.rmtree(cache.folder)
        store.load(decisions.slice(0, 1), history.outcomes.slice(0, 0), None)
        again = [cache.digests() for cache in known]
    assert all(made)
    assert [first <= second for first, second in zip(made, again, strict=True)] == [True] * 3
    assert [len(second - first) for first, second in zip(made, again, strict=True)] == [1, 0, 1]
