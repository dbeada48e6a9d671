"""The work screen: what is shown, acting on it, taking it back, finding, and texts that stay texts."""

from __future__ import annotations

import asyncio
import html
import re
from urllib.parse import urlencode

import pytest

pytest.importorskip("starlette")

from injections import injections
from starlette.testclient import TestClient
from tests.faces.conftest import fill

from decision_log import DecisionLog
from decision_web.app import build_app
from decision_web.desk import Desk
from decision_web.live import Changes
from decision_web.security import Keys

HOST = "http://127.0.0.1:8760"


class Browser:
    """A browser without scripts."""

    def __init__(self, log):
        self._keys = keys = Keys(8760)
        self._client = TestClient(build_app(log, keys), base_url=HOST)
        self._client.get("/", params={"token": keys.token}, follow_redirects=False)

    def page(self, path="/", status=200):
        answer = self._client.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def send(self, state, identifier, path="/act", status=200, **fields):
        sent = {
            "form_token": self._keys.form,
            "id": identifier,
            "state": state,
            "list": "next",
            **fields,
        }
        answer = self._client.post(path, data=sent, headers={"origin": HOST})
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
def browser(log):
    return Browser(log)


@pytest.fixture(scope="module")
def reader(shared_log):
    """A browser on a log that stays as it is."""
    return Browser(shared_log)


def listed(page):
    return re.findall(r'<li[^>]*><div class="row">.*?at=([^"&#]+)', page, re.DOTALL)


def test_the_queue_lists_what_the_work_list_names_and_shows_the_first(reader, shared_log):
    page = reader.page()
    work = shared_log.work_list(limit=40)
    ids = [row["opportunity_id"] for row in work["answer"]]
    ids += [row["decision_id"] for row in [*work["waiting"], *work["overdue"]]]
    assert sorted(listed(page)) == sorted(ids)
    assert f"Do next {len(ids)}" in page
    assert page.count('aria-current="true"') == 2  # the list, and the item
    assert listed(reader.page("/?list=answer")) == ["opp-1"]


def test_won_lost_no_answer_and_later_are_recorded_and_undone(browser, log):
    page = browser.send("won", "d-6", revenue="1,330.50")
    assert "recorded as won, $1,33" in page
    assert "d-6" not in listed(page)
    found = log.get_decision("d-6")["decision"]
    assert (found["state"], found["revenue"]) == ("won", 1330.5)
    page = browser.send("", "d-6", "/undo")
    assert log.state_of("d-6") == "open"
    assert "Undo <kbd" not in page
    for word, state in (("lost", "lost"), ("no_answer", "lost")):
        browser.send(word, "d-7")
        assert log.state_of("d-7") == state
        browser.send("", "d-7", "/undo")
        assert log.state_of("d-7") == "open"
    page = browser.send("later", "d-7")
    assert "d-7" not in listed(page)
    assert log.state_of("d-7") == "open"
    assert "d-7" in listed(browser.send("", "d-7", "/undo"))


def test_an_answer_becomes_a_decision_about_the_scored_opportunity(browser, log):
    browser.send("answered", "opp-1", action="Sent the price list")
    (row,) = log.find_decisions(text="price list")
    assert row["opportunity_id"] == "opp-1"
    assert row["opportunity_content"] == "Do you coach?"
    assert log.work_list()["answer"] == []


def test_sending_a_form_again_records_once(browser, log):
    for _ in range(3):
        browser.send("won", "d-6", revenue="50")
    assert log.get_decision("d-6")["decision"]["revenue"] == 50


def test_a_form_that_cannot_be_recorded_says_why_and_records_nothing(reader, shared_log):
    before = shared_log.revision()
    assert "must be a number" in reader.send("won", "d-6", revenue="12 or so", status=422)
    assert "can be won, lost" in reader.send("answered", "d-6", status=422)
    assert "There is no such" in reader.send("won", "d-99", status=404)
    assert shared_log.revision() == before


def test_an_unusual_amount_is_asked_about_once(log, browser):
    for n in (8, 10):
        log.won(f"d-{n}", 100.0)
    page = browser.send("won", "d-6", revenue="99999", status=422)
    assert "Record it all the same?" in page
    assert 'name="confirm" value="yes"' in page
    assert 'value="99999"' in page
    assert log.state_of("d-6") == "open"
    browser.send("won", "d-6", revenue="99999", confirm="yes")
    assert log.state_of("d-6") == "won"


def test_the_detail_shows_chance_reasons_similar_ones_and_history(reader):
    page = reader.page("/?at=d-1")
    for heading in ("What they wrote", "Why ", "Similar decisions", "History"):
        assert heading in page
    assert "Do you coach? 1" in page
    assert "conversion: won, $101" in page
    assert "There is no such decision" in reader.page("/?at=nothing", 404)


def test_a_search_finds_texts_and_senders_and_names_their_state(reader):
    page = reader.page("/?q=coach%3F+1")
    assert set(listed(page)) == {"d-1", "d-10", "d-11"}
    assert "3 decisions match" in page
    assert len(listed(reader.page("/?q=ANN"))) == 12
    assert "0 decisions match" in reader.page("/?q=zebra")


def test_an_empty_log_says_how_to_begin(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        page = Browser(log).page()
    assert "Nothing waits here" in page
    assert "decision-log score" in page


def test_the_report_is_served_under_the_policy_that_allows_its_style(reader):
    assert "What we learnt" in reader.page("/report")


def test_an_open_page_hears_of_every_change_and_the_store_is_not_held(log):
    async def run():
        changes = Changes(Desk(log))
        tabs = [changes.follow(), changes.follow()]
        first = [await anext(tab) for tab in tabs]
        with DecisionLog(home=log.settings.home.folder) as other:
            other.won("d-6", 10.0)
        later = [await asyncio.wait_for(anext(tab), 300) for tab in tabs]
        for tab in tabs:
            await tab.aclose()
        return first, later

    (first, _), (later, other) = asyncio.run(run())
    assert "event: state" in first
    assert later is other
    counts, change = later.split("\n\n")[:2]
    assert "event: counts" in counts
    assert '"revenue": "$' in counts
    assert "event: change" in change


def test_a_server_that_stops_ends_the_events_of_open_pages(shared_log):
    async def run():
        changes = Changes(Desk(shared_log))
        tab = changes.follow()
        await anext(tab)
        changes.end()
        return [event async for event in tab]

    assert asyncio.run(run()) == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    with DecisionLog(home=tmp_path_factory.mktemp("home")) as log:
        for n, text in enumerate(injections(100)):
            log.log_decision(
                f"{text}{n}" if n % 3 == 0 else f"d-{n}", text, text, text, text, 50, text, text
            )
        yield log


def test_hostile_texts_are_shown_as_texts(hostile):
    browser = Browser(hostile)
    ids = [row["decision_id"] for row in hostile.find_decisions(limit=12)]
    pages = [browser.page(), *(browser.page(f"/?{urlencode({'at': one})}") for one in ids)]
    pages.append(browser.page(f"/?{urlencode({'q': '<script>'})}"))
    for page in pages:
        outside = re.sub(r"<script src=\"/static/work.js\" defer></script>", "", page)
        assert "<script" not in outside
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", outside)
        assert "<img" not in outside
        seen = re.sub(r'<input type="hidden"[^>]*>', "", page)  # ids go back as they are
        assert not set(html.unescape(seen)) & set("\u202e\u2066\u200b\x1b\x07\U000e0041")
    assert any("&lt;script&gt;" in page for page in pages)


def test_a_decision_with_a_hostile_id_can_be_closed_and_undone(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        fill(log)
        odd = '../../act?x="><script>\u202e&amp; a/b'
        log.log_decision(odd, "coaching", "email", "Replied")
        browser = Browser(log)
        browser.send("won", odd, revenue="5")
        assert log.state_of(odd) == "won"
        browser.send("", odd, "/undo")
        assert log.state_of(odd) == "open"
