"""Daily and weekly summaries: what they count, as of when, and how the report is written."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from decision_log import DecisionLog, DecisionSummaryGenerator, Settings
from decision_log.reports.summary.markdown import render_markdown
from decision_log.reports.summary.period import Period
from decision_log.reports.summary.text import without_signs
from decision_log.reports.tables.markdown import plain
from decision_store.errors import CannotWrite, InvalidRecord
from decision_summary import DecisionSummaryGenerator as FromDoor
from decision_summary import arguments_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from decision_log.results import Summary

DOCUMENTED_KEYS = {
    "date", "generated_at", "overview", "decisions", "outcomes", "insights", "conversion_rates",
    "roi_breakdown", "performance_summary",
}  # fmt: skip
DAY = "2026-02-04"
HISTORIES: list[list[tuple[str, float]]] = [
    [], [("won", 100.0)], [("lost", 0.0)], [("pending", 20.0)], [("won", 80.0), ("refunded", -80.0)],
    [("lost", 0.0), ("won", 60.0)], [("won", 40.0), ("won", 5.0)],
]  # fmt: skip


def decide(log: DecisionLog, decision_id: str, at: str, content: str = "Hello") -> None:
    log.log_decision(
        decision_id, "coaching", "email", "Replied", content, 60, timestamp=at, recorded_at=at
    )


def learn(log: DecisionLog, decision_id: str, at: str, status: str, revenue: float = 0.0) -> None:
    log.record_outcome(
        decision_id, "conversion" if revenue >= 0 else "refund", status, revenue,
        response_received=status == "success", occurred_at=at, recorded_at=at,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two wins, one loss, one full and one partial refund around the fourth of February."""
    home = tmp_path_factory.mktemp("summary") / "home"
    with DecisionLog(home=home) as log:
        for number in range(1, 7):
            decide(log, f"d-{number}", f"2026-02-0{number}T10:00")
        learn(log, "d-1", "2026-02-02T12:00", "success", 200.0)
        learn(log, "d-2", "2026-02-03T12:00", "success", 300.0)
        learn(log, "d-3", "2026-02-04T09:00", "success", 500.0)
        learn(log, "d-4", "2026-02-04T12:00", "failed")
        learn(log, "d-1", "2026-02-04T13:00", "refunded", -200.0)
        learn(log, "d-2", "2026-02-04T14:00", "refunded", -50.0)
        learn(log, "d-5", "2026-02-06T12:00", "success", 900.0)
        log.find_decisions()
    return home


@pytest.fixture
def log(made_once: Path, tmp_path: Path) -> Iterator[DecisionLog]:
    """A copy of it, to change at will."""
    with DecisionLog(home=shutil.copytree(made_once, tmp_path / "home")) as log:
        yield log


@pytest.fixture(scope="module")
def shared(made_once: Path) -> Iterator[DecisionLog]:
    """The log itself, for tests that leave it as it is."""
    with DecisionLog(home=made_once) as log:
        yield log


@pytest.fixture(scope="module")
def day(shared: DecisionLog) -> Summary:
    return DecisionSummaryGenerator(log=shared).generate_daily_summary(DAY)


@pytest.fixture(scope="module")
def week(shared: DecisionLog) -> Summary:
    return DecisionSummaryGenerator(log=shared).generate_weekly_summary(DAY)


def test_a_summary_has_the_documented_keys(day: Summary, week: Summary) -> None:
    assert set(day) >= DOCUMENTED_KEYS
    assert set(week) >= {*DOCUMENTED_KEYS, "week"}


def test_the_overview_counts_the_day_and_shows_refunds(day: Summary) -> None:
    assert day["overview"] == {
        "decisions_made": 1, "outcomes_recorded": 4, "responses": 1,
        "won": 1, "lost": 1, "reversed": 1,
        "revenue": 250.0, "revenue_received": 500.0, "refunded": 250.0,
        "total_decisions": 4, "total_won": 2, "total_lost": 2, "total_open": 0,
        "pending_revenue": 0.0, "received_not_won": 0.0, "customers": 0, "deals": 0, "overdue": 0,
    }  # fmt: skip


def test_what_was_won_lost_and_reversed_is_named(day: Summary) -> None:
    named = {kind: [row["decision_id"] for row in rows] for kind, rows in day["changes"].items()}
    assert named == {"won": ["d-3"], "lost": ["d-4"], "reversed": ["d-1"]}


def test_a_past_day_knows_nothing_of_the_days_after_it(log: DecisionLog, day: Summary) -> None:
    decide(log, "late", "2026-02-07T10:00")
    learn(log, "d-4", "2026-02-07T11:00", "success", 70.0)
    after = DecisionSummaryGenerator(log=log).generate_daily_summary(DAY)
    assert {**after, "generated_at": None} == {**day, "generated_at": None}


def test_the_same_day_asked_as_of_noon_knows_less(shared: DecisionLog) -> None:
    generator = DecisionSummaryGenerator(log=shared)
    overview = generator.generate_daily_summary(DAY, as_of="2026-02-04T12:30")["overview"]
    assert (overview["won"], overview["lost"], overview["reversed"]) == (1, 1, 0)


def test_a_week_runs_from_monday_to_sunday(week: Summary) -> None:
    assert (week["date"], week["week"]) == ("2026-02-02", "2026-W06")
    assert week["until"][:10] == "2026-02-09"


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]
)
def test_days_add_up_to_weeks_and_to_the_log_also_with_late_entries(
    tmp_path: Path, seed: int
) -> None:
    """Decisions and outcomes entered days after they happened, outcomes entered before their decision."""
    random = Random(seed)
    first = datetime(2026, 2, 2, tzinfo=UTC)

    def moment(earliest: float, latest: float) -> tuple[float, datetime]:
        at = min(random.uniform(earliest, latest), 13.99)
        return at, first + timedelta(days=at)

    with DecisionLog(home=tmp_path) as log:
        for number in range(25):
            decided, timestamp = moment(0, 12)
            _, entered = moment(decided, decided + random.choice([0.0, 9.0]))
            log.log_decision(
                f"d-{number}", "coaching", "email", "Replied", timestamp=timestamp,
                recorded_at=entered,
            )  # fmt: skip
            for status, amount in random.choice(HISTORIES):
                happened, occurred_at = moment(decided, decided + 3)
                _, learnt = moment(happened, happened + random.choice([0.0, 9.0]))
                log.record_outcome(
                    f"d-{number}", "refund" if amount < 0 else "conversion", status, amount,
                    response_received=status != "lost", occurred_at=occurred_at, recorded_at=learnt,
                    again=True,
                )  # fmt: skip
        generator = DecisionSummaryGenerator(log=log)
        days = [generator.generate_daily_summary(f"2026-02-{day:02}") for day in range(2, 16)]
        weeks = [generator.generate_weekly_summary(day) for day in ("2026-02-02", "2026-02-09")]
        outcomes = log.outcomes_between(as_of="2026-02-15")
        end = weeks[-1]["overview"]

    def total(key: str, periods: list[Summary]) -> float:
        return sum(period["overview"][key] for period in periods)

    for start, week in zip((0, 7), weeks, strict=True):
        for key in (
            "decisions_made", "outcomes_recorded", "responses", "won", "lost", "reversed", "revenue", "refunded",
        ):  # fmt: skip
            assert total(key, [week]) == pytest.approx(total(key, days[start : start + 7])), key
    assert total("decisions_made", weeks) == end["total_decisions"] == 25
    assert total("outcomes_recorded", weeks) == len(outcomes)
    assert total("won", weeks) - total("reversed", weeks) == end["total_won"]
    revenue = sum(row["revenue_generated"] for row in outcomes)
    assert total("revenue", weeks) == pytest.approx(revenue)
    for kind, key in (("decisions", "decision_id"), ("outcomes", "outcome_id")):
        listed = [row[key] for day in days for row in day[kind]]
        assert len(listed) == len(set(listed))


def test_a_win_that_is_voided_a_day_later_is_reversed_on_that_day(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path) as log:
        decide(log, "d-1", "2026-02-02T10:00")
        learn(log, "d-1", "2026-02-03T10:00", "success", 100.0)
        log.undo()
        changes = log.state_changes("2026-02-01")
    assert [(row["was"], row["state"]) for row in changes] == [("open", "won"), ("won", "open")]


def test_money_of_decisions_that_are_not_won_is_shown_apart(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path) as log:
        for name, status, amount in (("d-1", "pending", 30.0), ("d-2", "won", 50.0)):
            decide(log, name, "2026-02-04T10:00")
            learn(log, name, "2026-02-04T11:00", status, amount)
        learn(log, "d-2", "2026-02-04T12:00", "lost")
        summary = DecisionSummaryGenerator(log=log).generate_daily_summary(DAY)
    overview = summary["overview"]
    assert (overview["pending_revenue"], overview["received_not_won"]) == (30.0, 50.0)
    assert "pending, for open decisions: $30.00" in summary["performance_summary"]
    assert "received, not won: $50.00" in summary["performance_summary"]
    assert "Received, not won" in render_markdown(summary)


def test_a_week_may_be_given_by_its_number(shared: DecisionLog) -> None:
    generator = DecisionSummaryGenerator(log=shared)
    assert generator.generate_weekly_summary("2026-W06")["week"] == "2026-W06"


def test_without_a_date_the_week_is_the_seven_days_that_end_today(shared: DecisionLog) -> None:
    generator = DecisionSummaryGenerator(log=shared)
    week = generator.generate_weekly_summary(as_of="2026-02-05T12:00")
    assert (week["date"], week["until"][:10], week["week"]) == (
        "2026-01-30",
        "2026-02-06",
        "2026-W06",
    )
    counted = {"decisions_made": 5, "outcomes_recorded": 6, "won": 3, "lost": 1, "revenue": 750.0}
    assert {name: week["overview"][name] for name in counted} == counted


def test_as_of_gives_the_same_bytes_again(log: DecisionLog) -> None:
    first, second = (
        [path.read_bytes() for path in generator.save_summary(
            generator.generate_weekly_summary(as_of="2026-02-05T12:00"))]
        for generator in (DecisionSummaryGenerator(log=log), DecisionSummaryGenerator(log=log))
    )  # fmt: skip
    assert first == second


def test_the_top_outcome_and_what_came_true_are_those_of_the_period(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path) as log:
        for name in ("d-1", "d-2"):
            log.predict_outcome({"id": name, "type": "coaching", "source": "email"}, record=True)
            log.log_decision(name, "coaching", "email", "Replied", opportunity_id=name)
        log.scorer().flush()
        log.record_prediction("d-1", 0.2, predictor="ann")
        log.won("d-1", 40)
        log.won("d-2", 50)
        # The seven days that end today: midnight may pass while this runs.
        summary = DecisionSummaryGenerator(log=log).generate_weekly_summary()
    assert summary["top_outcome"]["decision_id"] == "d-2"
    assert summary["top_outcome"]["revenue"] == 50
    assert (summary["came_true"]["decided"], summary["came_true"]["won"]) == (2, 2)
    assert "Top outcome: $50.00, Coaching, email (d-2)" in summary["performance_summary"]


def test_the_iso_year_of_new_year_is_the_weeks_own() -> None:
    assert Period.week_of(date(2027, 1, 1), UTC).label == "2026-W53"


def test_days_begin_at_midnight_of_the_configured_zone(tmp_path: Path) -> None:
    settings = replace(Settings.load(tmp_path), zone=ZoneInfo("America/New_York"))
    with DecisionLog(settings=settings) as log:
        decide(log, "late evening", "2026-02-05T03:30+00:00")  # 22:30 of the fourth in New York
        generator = DecisionSummaryGenerator(log=log)
        assert generator.generate_daily_summary(DAY)["overview"]["decisions_made"] == 1
        assert generator.generate_daily_summary("2026-02-05")["overview"]["decisions_made"] == 0


def test_the_day_the_clocks_change_has_23_hours() -> None:
    day = Period(date(2026, 3, 29), 1, ZoneInfo("Europe/Berlin"))
    assert (day.until - day.since).total_seconds() == 23 * 3600


def test_waiting_decisions_are_listed_longest_first(log: DecisionLog) -> None:
    decide(log, "waits", "2026-02-01T08:00")
    summary = DecisionSummaryGenerator(log=log).generate_daily_summary("2026-02-06")
    assert [row["decision_id"] for row in summary["waiting"]] == ["waits", "d-6"]
    assert summary["waiting"][0]["waiting_hours"] == pytest.approx(5 * 24 + 16, abs=0.1)


def test_overdue_and_longest_waiting_are_those_of_the_whole_list(log: DecisionLog) -> None:
    for as_of in (None, "2026-03-02T12:00:00Z"):
        summary = DecisionSummaryGenerator(log=log).generate_daily_summary(as_of=as_of)
        found = log.find_decisions(state="open", as_of=as_of)
        assert summary["overview"]["overdue"] == sum(row["overdue"] for row in found)
        since = datetime.fromisoformat(summary["as_of"]) - timedelta(days=90)
        recent = [row for row in found if datetime.fromisoformat(row["timestamp"]) >= since]
        recent.sort(key=lambda row: (row["timestamp"], row["decision_id"]))
        assert [row["decision_id"] for row in summary["waiting"]] == [
            row["decision_id"] for row in recent[:10]
        ]


def test_an_empty_log_gives_an_empty_summary_that_says_so(tmp_path: Path) -> None:
    with DecisionSummaryGenerator(tmp_path) as generator:
        summary = generator.generate_daily_summary(DAY)
    assert summary["overview"]["total_decisions"] == 0
    assert "The log: empty" in summary["performance_summary"]
    assert render_markdown(summary).startswith("# Decisions of Wednesday, 4 February 2026")


def test_a_day_that_has_not_started_says_so(shared: DecisionLog) -> None:
    generator = DecisionSummaryGenerator(log=shared)
    summary = generator.generate_daily_summary("2026-02-09", as_of="2026-02-06T12:00")
    assert summary["performance_summary"] == "This day has not started yet."


def test_the_text_counts_what_the_overview_counts(day: Summary) -> None:
    text = day["performance_summary"]
    assert "Decisions: 1 (" in text
    assert "Outcomes: 4 recorded; 1 won, 1 lost, 1 won earlier and now reversed" in text
    assert "Revenue: $250.00 ($500.00 received, $250.00 refunded)" in text
    assert "The log: " in without_signs(text)
    assert all(line[0].isascii() for line in without_signs(text).splitlines())


@pytest.mark.parametrize("wrong", ["someday", "2026-02-30", "2026-W60", ""])
def test_a_date_that_cannot_be_read_is_refused(shared: DecisionLog, wrong: str) -> None:
    with pytest.raises(InvalidRecord, match="date"):
        DecisionSummaryGenerator(log=shared).generate_daily_summary(wrong)


# -- files ---------------------------------------------------------------------------------------


def test_a_saved_day_and_week_have_the_documented_names(
    log: DecisionLog, day: Summary, week: Summary
) -> None:
    generator = DecisionSummaryGenerator(log=log)
    paths = [*generator.save_summary(day), *generator.save_summary(week)]
    reports = log.settings.home.folder / "reports" / "decision-summaries"
    assert [path.name for path in paths] == [
        "decision-summary-2026-02-04.json", "decision-summary-2026-02-04.md",
        "weekly-summary-2026-W06.json", "weekly-summary-2026-W06.md",
    ]  # fmt: skip
    assert {path.parent for path in paths} == {reports}
    assert sorted(reports.iterdir()) == sorted(paths)


def test_the_json_file_holds_the_summary_itself(log: DecisionLog, day: Summary) -> None:
    json_path, _ = DecisionSummaryGenerator(log=log).save_summary(day)
    assert json.loads(json_path.read_text(encoding="utf-8")) == day


def test_a_report_that_cannot_be_written_leaves_the_old_one(
    log: DecisionLog, day: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = DecisionSummaryGenerator(log=log)
    json_path, markdown_path = generator.save_summary(day)
    old = json_path.read_bytes(), markdown_path.read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdatasync", full_disk)
    with pytest.raises(CannotWrite, match="No space"):
        generator.save_summary({**day, "performance_summary": "new"})
    assert (json_path.read_bytes(), markdown_path.read_bytes()) == old
    assert len(list(json_path.parent.iterdir())) == 2


def test_the_report_has_a_table_for_each_thing_asked(day: Summary) -> None:
    text = render_markdown(day)
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert headings[:3] == ["Overview", "Won and lost", "Decisions made"]
    rates = "How often each kind is won, most often first"
    assert {rates, "Return by type and source"} <= set(headings)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(log: DecisionLog) -> None:
    decide(log, "odd | id", "2026-02-04T11:00", "a | b\n| c\\| d \\")
    text = render_markdown(DecisionSummaryGenerator(log=log).generate_daily_summary(DAY))
    for section in text.split("\n## ")[1:]:
        rows = [line for line in section.splitlines() if line.startswith("|")]
        assert len({bars(row) for row in rows}) <= 1


def bars(row: str) -> int:
    """Count the bars that end a cell: those not behind an odd number of backslashes."""
    count = 0
    for position, sign in enumerate(row):
        before = row[:position]
        if sign == "|" and (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            count += 1
    return count


@given(text=st.text(max_size=200))
def test_no_text_can_break_out_of_its_cell(text: str) -> None:
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert bars(shown) == 0
    assert not shown.endswith("\\") or shown.endswith("\\\\")


@pytest.mark.parametrize(
    "markup",
    [
        "<script>",
        "[click](http://x)",
        "![i](x)",
        "`code`",
        "**b**",
        "https://x.y",
        "www.x.y",
        "&lt;",
    ],
)
def test_markup_in_a_message_is_shown_as_it_is(markup: str) -> None:
    markdown = MarkdownIt("gfm-like", {"linkify": False})
    assert markdown.renderInline(plain(markup)) == (
        markup.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )


# -- the door ------------------------------------------------------------------------------------


def test_the_documented_module_gives_the_same_class() -> None:
    assert FromDoor is DecisionSummaryGenerator


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ([], ["summary"]),
        (["2026-02-08"], ["summary", "--date", "2026-02-08"]),
        (["date", "2026-02-08"], ["summary", "--date", "2026-02-08"]),
        (["weekly"], ["summary", "--weekly"]),
        (["weekly", "2026-02-08"], ["summary", "--weekly", "--date", "2026-02-08"]),
        (["weekly", "--home", "demo"], ["summary", "--weekly", "--home", "demo"]),
    ],
)
def test_the_documented_words_are_understood(words: list[str], arguments: list[str]) -> None:
    assert arguments_of(words) == arguments


def test_today_is_the_default(shared: DecisionLog) -> None:
    moment = datetime(2026, 2, 5, 12, tzinfo=UTC)
    summary = DecisionSummaryGenerator(log=shared).generate_daily_summary(as_of=moment)
    assert summary["date"] == "2026-02-05"
