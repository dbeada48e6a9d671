"""What was taken back can be imported again, read otherwise, and later exports find it there."""

from __future__ import annotations

import pytest

from decision_log import DecisionLog
from decision_store.importing import ImportOptions
from decision_store.importing.reconciliation import known

HEAD = "id,type,source,content,created,status,amount,closed\n"
FILE = (
    f"{HEAD}x1,coaching,email,one,02/03/2026,won,100,03/03/2026\n"
    "x2,coaching,email,two,03/03/2026,lost,,04/03/2026\nx3,seminar,web,three,04/03/2026,open,,\n"
)
DAY_FIRST = ImportOptions(dates={"": "dmy"})
MONTH_FIRST = ImportOptions(dates={"": "mdy"})


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "deals.csv"
    path.write_text(FILE)
    return path


def shown(log):
    sql = 'SELECT decision_id, month("timestamp") AS month FROM decisions ORDER BY decision_id'
    return {row["decision_id"]: row["month"] for row in log.query(sql)}


def test_an_import_that_was_taken_back_comes_again_with_another_reading(log, sheet):
    log.import_history([sheet], options=MONTH_FIRST)
    assert set(shown(log).values()) == {2, 3, 4}
    log.undo()
    left = log.import_history([sheet], options=DAY_FIRST)
    assert (left.added, "--again" in left.notes[-1]) == (0, True)
    report = log.import_history([sheet], options=DAY_FIRST, again=True)
    assert (report.added, report.conflicting) == (5, ())
    assert shown(log) == {"x1~2": 3, "x2~2": 3, "x3~2": 3}
    rates = log.get_conversion_rates()
    assert sum(row["won"] for row in rates) == 1
    assert sum(row["total_revenue"] for row in rates) == 100.0


def test_later_exports_find_it_under_its_new_id_and_add_what_is_new(log, sheet):
    log.import_history([sheet], options=MONTH_FIRST)
    log.undo()
    log.import_history([sheet], options=DAY_FIRST, again=True)
    for again in (False, True):
        report = log.import_history([sheet], options=DAY_FIRST, again=again)
        assert (report.added, report.unchanged) == (0, 5)
    sheet.write_text(FILE.replace("open,,", "won,70,05/03/2026"))
    assert log.import_history([sheet], options=DAY_FIRST).added == 1
    assert sum(row["total_revenue"] for row in log.get_conversion_rates()) == 170.0


def test_it_can_be_taken_back_and_imported_again_more_than_once(log, sheet):
    for _ in range(3):
        log.import_history([sheet], options=DAY_FIRST, again=True)
        log.undo()
    assert shown(log) == {}
    log.import_history([sheet], options=DAY_FIRST, again=True)
    assert list(shown(log)) == ["x1~4", "x2~4", "x3~4"]
    assert log.import_history([sheet], options=DAY_FIRST).unchanged == 5


def test_what_one_took_back_alone_stays_so_in_later_exports(log, sheet):
    log.import_history([sheet], options=DAY_FIRST)
    log.undo("x2")
    assert log.import_history([sheet], options=DAY_FIRST).added == 0
    assert list(shown(log)) == ["x1", "x3"]


def test_outcomes_with_ids_of_their_own_come_again_with_their_decisions(log, tmp_path):
    decisions, outcomes = tmp_path / "decisions.csv", tmp_path / "outcomes.csv"
    decisions.write_text(
        "decision_id,opportunity_type,opportunity_source,action_taken,timestamp\n"
        "k1,lead,mail,reply,2026-01-02T00:00:00Z\n"
    )
    outcomes.write_text(
        "outcome_id,decision_id,outcome_type,outcome_status,revenue_generated,occurred_at\n"
        "o1,k1,conversion,success,5,2026-01-03T00:00:00Z\n"
    )
    files = [decisions, outcomes]
    log.import_history(files)
    log.undo()
    report = log.import_history(files, again=True)
    assert (report.added, report.conflicting) == (2, ())
    assert log.query("SELECT outcome_id, decision_id FROM outcomes ORDER BY 1")[1] == {
        "outcome_id": "o1~2",
        "decision_id": "k1~2",
    }
    assert log.import_history(files).added == 0


def test_it_makes_no_difference_in_how_many_parts_deals_are_compared_with_the_log(
    log, sheet, monkeypatch
):
    log.import_history([sheet], options=DAY_FIRST)
    changed = FILE.replace("open,,", "won,70,05/03/2026").replace("won,100", "won,90")
    sheet.write_text(
        f"{changed.replace(',one,', ',other,')}x4,coaching,web,four,05/03/2026,open,,\n"
    )

    def reported(at_once):
        monkeypatch.setattr(known, "_DEALS_AT_ONCE", at_once)
        report = log.import_history([sheet], options=DAY_FIRST, dry_run=True)
        prepared = log.prepare_import([sheet], options=DAY_FIRST)
        return report.unchanged, prepared.unchanged, report.notes, ids_of(prepared.history)

    def ids_of(history):
        tables = (history.decisions["decision_id"], history.outcomes["outcome_id"])
        return [sorted(ids.to_pylist()) for ids in tables]

    whole = reported(100)
    assert (whole[1], whole[3]) == (5, [["x4"], ["x3:won"]])
    assert whole == reported(1) == reported(3)
