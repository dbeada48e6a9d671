"""Texts from outside are inert in every file and on the terminal: nothing moves the cursor, links or calculates."""

from __future__ import annotations

import csv
import json
import logging
import re

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog, DecisionSummaryGenerator
from decision_log.reports.page.report import write_report

HOSTILE = (
    "=cmd|' /C calc'!A1 \x1b]0;hi\x07\u202e [click](http://evil.example) "
    "![i](http://evil.example/x) <img src=x onerror=y>"
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with DecisionLog(home=folder) as log:
        for i in range(3):
            log.log_decision(
                f"d-{i}", HOSTILE, HOSTILE, HOSTILE, HOSTILE, sender=HOSTILE, opportunity_id=f"={i}+1",
                decision_maker="@SUM(1)", context={"plan": HOSTILE},
            )  # fmt: skip
        log.won("d-0", 10.0, notes=HOSTILE)
        summaries = DecisionSummaryGenerator(log=log)
        summaries.save_summary(summaries.generate_daily_summary())
        summaries.save_summary(summaries.generate_weekly_summary())
        write_report(log, folder / "reports" / "report.html")
    items = [
        {"id": "=1+1", "type": HOSTILE, "source": HOSTILE, "content": HOSTILE, "sender": HOSTILE}
    ]
    (folder / "data" / "opportunities.json").write_text(json.dumps(items))
    return folder


def written(home, ending):
    return [p.read_text(encoding="utf-8") for p in sorted((home / "reports").rglob(f"*{ending}"))]


def test_markdown_has_no_links_images_tags_or_control_characters(home):
    texts = written(home, ".md")
    assert len(texts) == 2
    for text in texts:
        assert "evil" not in text or not re.search(r"(?<!\\)\]\(|(?<!\\)<img", text)
        assert not CONTROL.search(text)


def test_html_holds_them_as_text_only(home):
    (page,) = written(home, ".html")
    assert "<img" not in page
    assert 'href="http' not in page
    assert not CONTROL.search(page)


@pytest.mark.parametrize(
    "words",
    [("list",), ("show", "d-0"), ("conversions",), ("roi",), ("history", "d-0"), ("score",)],
    ids=" ".join,
)
def test_the_terminal_gets_no_control_characters(home, words):
    result = CliRunner().invoke(app, ["--home", str(home), *words])
    assert result.exit_code == 0, result.output
    assert not CONTROL.search(result.output.replace("\r", ""))


@pytest.mark.parametrize(
    "words",
    [
        ("log", "--id", HOSTILE, "-t", HOSTILE, "-s", HOSTILE, "-a", HOSTILE),
        ("log", "--id", "n", "-t", "a", "-s", "b", "-a", "c", "--context", HOSTILE),
        ("outcome", "d-1", "-t", "conversion", "-s", HOSTILE),
        ("outcome", HOSTILE, "-t", HOSTILE, "-s", "won"),
        ("won", HOSTILE),
        ("show", HOSTILE),
        ("undo", HOSTILE),
        ("correct", HOSTILE, "--type", HOSTILE),
        ("rename", "--type", HOSTILE, HOSTILE),
        ("map", f"{HOSTILE}={HOSTILE}"),
        ("import", HOSTILE),
        ("score", HOSTILE),
        ("models", "show", HOSTILE),
        ("conversions", "--as-of", HOSTILE),
        ("query", HOSTILE),
        (HOSTILE,),
        ("list", f"--{HOSTILE}"),
    ],
    ids=lambda words: " ".join(word for word in words if HOSTILE not in word),
)
def test_no_message_repeats_control_characters(home, words):
    result = CliRunner().invoke(app, ["--home", str(home), *words])
    assert not CONTROL.search(result.output.replace("\r", ""))
    assert result.output


def test_the_log_file_holds_no_control_characters(home):
    CliRunner().invoke(app, ["--home", str(home), "import", f"{HOSTILE[:60]}.csv"])
    logging.getLogger("decision_log").warning("read %s", HOSTILE)
    log = (home / "logs" / "decision-log.log").read_text(encoding="utf-8")
    assert not CONTROL.search(log)


@pytest.mark.parametrize("words", [("list",), ("conversions",), ("roi",)], ids=" ".join)
def test_no_cell_of_a_csv_table_is_a_formula(home, words):
    result = CliRunner().invoke(app, ["--home", str(home), *words, "--csv"])
    assert result.exit_code == 0, result.output
    cells = [cell for row in csv.reader(result.stdout.splitlines()) for cell in row]
    assert any("cmd|" in cell for cell in cells)
    assert [
        c for c in cells if c[:1] in tuple("=+-@\t\r") and not re.fullmatch(r"-?[\d.]+", c)
    ] == []
