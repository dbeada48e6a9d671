"""The page: it stands alone, texts from outside stay texts, and its numbers are those of the log."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog
from decision_log.reports.page.axes import linear_axis
from decision_log.reports.page.money import returns_by_type
from decision_log.reports.page.report import report_html, write_report
from decision_log.reports.page.text import excerpt
from decision_log.reports.page.times import times_by_type
from decision_log.reports.work.worklist import open_decisions
from decision_store.errors import InvalidRecord

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE decisions; --",
    "{{ 7 * 7 }}{% raw %}",
    "</style><style>*{display:none}",
    "javascript:alert(1)",
    "a\u202eb\u2066c\x1b[2Jd\x07e",
    '=HYPERLINK("http://example.com")',
]


class Seen(HTMLParser):
    """Collects the tags and attributes of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("page") / "home"
    with DecisionLog(home=home) as opened:
        for i, text in enumerate(HOSTILE * 3):
            moment = NOW - timedelta(days=70 - 3 * i)
            opened.log_decision(
                f"d-{i}", "coaching" if i % 2 else text, "email", "replied", text, 50.0,
                sender=text, timestamp=moment, recorded_at=moment,
            )  # fmt: skip
            if i % 3:
                opened.record_outcome(
                    f"d-{i}", "conversion", "success" if i % 3 == 1 else "failed",
                    100.0 if i % 3 == 1 else 0.0, deal_closed=i % 3 == 1,
                    occurred_at=moment + timedelta(days=1), recorded_at=moment + timedelta(days=1),
                )  # fmt: skip
        opened.find_decisions()
    return home


@pytest.fixture
def log(filled_once: Path, tmp_path: Path):
    """A copy of it, to change at will."""
    with DecisionLog(home=shutil.copytree(filled_once, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(filled_once: Path):
    """The log itself, for tests that leave it as it is."""
    with DecisionLog(home=filled_once) as opened:
        yield opened


@pytest.fixture(scope="module")
def page(shared: DecisionLog) -> str:
    return report_html(shared, as_of=NOW)


def scored(log: DecisionLog, texts: list[str]) -> None:
    items = [
        {"id": f"opp-{i}", "type": "coaching", "source": text, "content": text, "sender": text}
        for i, text in enumerate(texts)
    ]
    log.settings.home.opportunities.parent.mkdir(parents=True, exist_ok=True)
    log.settings.home.opportunities.write_bytes(orjson.dumps({"opportunities": items}))
    log.scorer().score_file()


def test_a_page_asks_for_nothing_and_runs_nothing(log: DecisionLog) -> None:
    scored(log, HOSTILE)
    page = report_html(log, as_of=NOW + timedelta(days=1))
    seen = Seen(page)
    assert not {"script", "img", "link", "iframe", "object", "form", "base"} & set(seen.tags)
    names = {name for name, _ in seen.attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"src", "style"})
    targets = [value for name, value in seen.attributes if name == "href"]
    assert all(value and value.startswith("#") for value in targets)


def test_the_policy_allows_the_style_sheet_of_the_page_and_nothing_else(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert style
    assert policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    allowed = policy[1].replace("&#39;", "'")
    assert f"style-src 'sha256-{digest}'" in allowed
    assert allowed.startswith("default-src 'none'")


def test_texts_from_outside_stay_texts(log: DecisionLog) -> None:
    scored(log, [HOSTILE[0], HOSTILE[3], HOSTILE[6]])
    page = report_html(log, as_of=NOW + timedelta(days=1))
    words = Seen(page).words
    assert "<script>alert(1)</script>" in words
    assert "{{ 7 * 7 }}" in words
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page)
    assert "hidden character" in words


def test_every_anchor_leads_to_a_section(page: str) -> None:
    seen = Seen(page)
    ids = {value for name, value in seen.attributes if name == "id"}
    assert {value[1:] for name, value in seen.attributes if name == "href" and value} <= ids


def test_the_page_counts_what_the_log_counts(page: str) -> None:
    words = " ".join(Seen(page).words.split())
    assert "24 decisions: 8 won, 8 lost, 8 open." in words
    assert "$800 so far from 8 wins." in words


def test_the_same_moment_gives_the_same_bytes(log: DecisionLog, page: str) -> None:
    log.log_decision("later", "coaching", "email", "replied")
    assert report_html(log, as_of=NOW) == page


def test_an_empty_log_has_a_page_that_says_what_to_do(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path) as log:
        path = write_report(log, tmp_path / "page.html")
    words = Seen(path.read_text("utf-8")).words
    assert "decision-log import FILE" in words
    assert "too early to compare" in words


@given(st.text(), st.integers(2, 60))
def test_an_excerpt_is_one_short_line_without_hidden_characters(text: str, limit: int) -> None:
    found = excerpt(text, limit)
    assert len(found.text) <= limit
    assert "\n" not in found.text
    assert excerpt(found.text, limit).text == found.text
    assert excerpt(found.text, limit).removed == 0


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_an_axis_holds_its_values_in_order(values: list[float]) -> None:
    axis = linear_axis(values)
    places = [axis.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)
    assert len(axis.ticks) <= 12


def test_the_command_writes_the_page_into_the_home(log: DecisionLog) -> None:
    home = str(log.settings.home.folder)
    result = CliRunner().invoke(app, ["report", "--home", home, "--as-of", "2026-06-30"])
    assert result.exit_code == 0, result.output
    page = log.settings.home.folder / "reports" / "report.html"
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert str(page) in result.output.replace("\n", "")


def test_a_period_without_a_day_is_refused(log: DecisionLog) -> None:
    with pytest.raises(InvalidRecord, match="days must be 1 or more"):
        log.write_report(days=0)


def test_the_page_has_the_overdue_and_the_order_of_the_work_list(log: DecisionLog) -> None:
    scored(log, ["email", "twitter", "fax"])
    work = log.work_list(as_of=NOW, limit=100)
    words = " ".join(Seen(report_html(log, as_of=NOW)).words.split())
    assert work["totals"]["overdue"] > 0
    assert f"{work['totals']['overdue']} open decisions are overdue." in words
    assert f"Overdue: {work['totals']['overdue']}" in words
    listed = [row["opportunity_id"] for row in work["answer"]]
    assert listed == sorted(listed, key=lambda one: words.index(f"log --from {one} --action"))


def test_a_command_on_the_page_holds_no_words_from_outside(log: DecisionLog) -> None:
    items = [{"id": "x; rm -rf ~", "type": "coaching", "source": "email", "score": 50}]
    log.settings.home.opportunities.write_bytes(orjson.dumps({"opportunities": items}))
    log.scorer().score_file()
    assert "log --from" not in Seen(report_html(log, as_of=NOW)).words


def test_a_young_log_says_what_is_missing_and_an_older_one_does_not(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path) as log:
        for i in range(20):
            log.log_decision(f"d-{i}", "coaching", "email", f"Replied {i}")
        log.won("d-0", "50 €")
        words = " ".join(Seen(report_html(log)).words.split())
        assert "Only 1 decision is decided so far. Until about 20 are" in words
        assert "€50 so far from 1 win." in words
        for i in range(1, 20):
            log.lost(f"d-{i}")
        assert "Until about 20 are" not in Seen(report_html(log)).words


def test_returns_of_types_are_those_of_their_cells_together() -> None:
    def cell(source: str, revenue: float, cost: float, ahead: float) -> dict[str, object]:
        return {
            "opportunity_type": "coaching", "opportunity_source": source, "decisions_made": 5, "won": 2, "open": 1,
            "total_revenue": revenue, "expected_revenue": revenue + ahead, "cost": cost, "cost_known": 5,
            "expected_revenue_interval": [revenue + ahead - 3.0, revenue + ahead + 4.0],
            "roi": (revenue - cost) / cost, "expected_roi": (revenue + ahead - cost) / cost,
            "expected_roi_interval": [(revenue + ahead - 3.0 - cost) / cost, (revenue + ahead + 4.0 - cost) / cost],
        }  # fmt: skip

    found = returns_by_type([cell("email", 100, 20, 10), cell("fax", 50, 30, 0)], "EUR")
    (row,) = found.rows
    assert row.so_far == pytest.approx(200)
    assert row.end == pytest.approx(220)
    assert row.low == pytest.approx(100 * (160 - 50 - 3 * 2**0.5) / 50)
    assert row.high == pytest.approx(100 * (160 - 50 + 4 * 2**0.5) / 50)
    assert (found.received, found.ahead) == ("€150", "€10")


def test_the_times_of_the_page_are_those_of_the_rates(shared: DecisionLog) -> None:
    rates = shared.get_conversion_rates(as_of=NOW)
    times = times_by_type(shared, rates, open_decisions(shared, NOW), NOW)
    for row in rates:
        if row["opportunity_type"] in times:
            known = times[row["opportunity_type"]]
            assert known.median == pytest.approx(row["avg_time_to_conversion_hours"], abs=0.01)
            assert known.low <= known.median <= known.high
    assert sum(one.wins for one in times.values()) == sum(row["won"] for row in rates)


def test_a_quiet_log_without_costs_says_so_and_shows_no_empty_columns(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        for n in range(3):
            at = datetime(2025, 3, 3 + n, tzinfo=UTC)
            log.log_decision(f"d-{n}", "golf", "email", "Replied", timestamp=at, recorded_at=at)
            log.won(f"d-{n}", 12_400.0, occurred_at=at, recorded_at=at)
        html = report_html(log, days=7, as_of=datetime(2026, 3, 1, tzinfo=UTC))
    assert "Nothing was decided and nothing won, as in the periods before." in html
    assert "No decision has a cost yet" in html
    assert "Return so far" not in html
