"""The work screen in Chromium: its keys, its live numbers, its size, and hostile texts."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from injections import injections
from tests.look.conftest import SIZES, served

from decision_log import DecisionLog


def opened(chromium, address, problems, size="desktop", scheme="light", **options):
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, **options
    )
    context.set_default_timeout(120_000)
    page = problems.watch(context.new_page())
    page.goto(address)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_the_screen_and_complains_of_nothing(
    chromium, address, problems, size, scheme, tmp_path
):
    page = opened(chromium, address, problems, size, scheme)
    for path in ("/?list=overdue", "/?q=budget", "/report", "/"):
        page.goto(address.partition("/?")[0] + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(16, 19, 23)")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button')].filter((b) => b.offsetParent)
            .map((b) => b.getBoundingClientRect().height)"""
    )
    assert min(small) >= (44 if size == "phone" else 32)
    page.screenshot(path=tmp_path / f"{size}-{scheme}.png")


def test_from_the_list_to_won_and_undone_by_keys_alone(chromium, address, problems, home):
    page = opened(chromium, address, problems)
    page.goto(address.partition("/?")[0] + "/?list=waiting")
    first = page.locator(".items > li.on a.t").inner_text()
    page.keyboard.press("j")
    page.wait_for_function(
        "(first) => document.querySelector('.items > li.on a.t').innerText !== first", arg=first
    )
    chosen = page.locator("main .meta code").inner_text()
    page.locator("input[name=revenue]").fill("120")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    page.wait_for_selector(".undo")
    assert "recorded as won, $120" in page.locator(".undo").inner_text()
    with DecisionLog(home=home) as log:
        assert log.state_of(chosen) == "won"
        page.keyboard.press("u")
        page.wait_for_selector(".undo", state="detached")
        assert log.state_of(chosen) == "open"
    page.wait_for_load_state(
        "load"
    )  # only then the browser moves the focus to the part that the address names
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"


def test_an_outcome_recorded_elsewhere_shows_without_a_click(chromium, address, problems, home):
    pages = [opened(chromium, address, problems) for _ in range(3)]
    before = int(pages[0].locator("#now dd").nth(1).inner_text())
    with DecisionLog(home=home) as log:
        (row,) = log.find_decisions(state="open", limit=1)
        log.won(row["decision_id"], 75.0)
    for page in pages:
        page.wait_for_function(
            "(count) => document.querySelectorAll('#now dd')[1].innerText === String(count)",
            arg=before + 1,
        )


def test_what_is_being_typed_is_not_taken_away(chromium, address, problems, home):
    page = opened(chromium, address, problems)
    page.goto(address.partition("/?")[0] + "/?list=waiting")
    page.locator("input[name=revenue]").fill("333")
    decisions = page.locator("#now dd").nth(0).inner_text()
    with DecisionLog(home=home) as log:
        log.log_decision(None, "coaching", "email", "Replied", "A text of its own")
    page.wait_for_function(
        "(before) => document.querySelectorAll('#now dd')[0].innerText !== before", arg=decisions
    )
    assert page.locator("input[name=revenue]").input_value() == "333"


def test_it_works_without_javascript(chromium, address, home):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    page.goto(address.partition("/?")[0] + "/?list=waiting")
    chosen = page.locator("main .meta code").inner_text()
    page.locator("main button[value=lost]").click()
    assert "recorded as lost" in page.locator(".undo").inner_text()
    page.locator(".undo button").click()
    with DecisionLog(home=home) as log:
        assert log.state_of(chosen) == "open"


def test_every_control_has_a_name_and_headings_descend(chromium, address, problems):
    page = opened(chromium, address, problems)
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('a, button, input:not([type=hidden])')]
            .filter((e) => !(e.innerText || e.getAttribute('aria-label') || (e.labels && e.labels.length)))
            .map((e) => e.outerHTML)"""
    )
    assert unnamed == []
    levels = [
        int(h[1])
        for h in page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map((h) => h.tagName)")
    ]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_hostile_texts_run_nothing(chromium, problems, tmp_path):
    with DecisionLog(home=tmp_path) as log:
        for n, text in enumerate(injections(100)):
            # A few cells are enough: what is tried here is the page, not the rates.
            kind = text if n % 10 == 0 else "coaching"
            log.log_decision(f"{text}{n}", kind, kind, text, text, 50, text, text)
        ids = [row["decision_id"] for row in log.find_decisions(limit=5)]
    with served(tmp_path) as address:
        page = opened(chromium, address, problems, "phone")
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        assert page.locator(".items > li").count() == 40
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["phone"][0]
        for link in page.locator(".items a.t").all()[: len(ids)]:
            page.goto(address.partition("/?")[0] + link.get_attribute("href"))
            assert page.locator("img, iframe, script:not([src='/static/work.js'])").count() == 0
            assert not re.search(
                "[\u202a-\u202e\u2066-\u2069\x1b]", page.locator("body").inner_text()
            )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/?list=overdue", "/?q=budget", "/report"])
def test_axe_finds_nothing_serious(chromium, address, problems, path, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(chromium, address, problems, "phone", scheme)
    page.goto(address.partition("/?")[0] + path)
    found = axe.run(page).response["violations"]
    serious = [
        (one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []
