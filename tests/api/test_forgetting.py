"""A forgotten person is found in no byte of the home."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog, DecisionSummaryGenerator
from decision_log.reports.page.report import write_report
from decision_model.artifacts import registry
from decision_store.errors import InvalidRecord

SAVED = Path(__file__).parents[1] / "data" / "models" / "format-5" / "artifacts" / "models"

TEXT = 'Can you coach "my backhand" in Zermatt <soon> & cheaply?\nRegards, Pätrick'


def bytes_of(home: Path) -> bytes:
    return b"\n".join(p.read_bytes() for p in sorted(home.rglob("*")) if p.is_file()).lower()


@pytest.fixture
def home(tmp_path):
    common = {"type": "lead", "source": "mail"}
    pat = {"id": "o-1", "score": 70, "content": TEXT, "sender": "Pätrick <pat@zermail.com>"}
    kim = {"id": "o-2", "score": 60, "content": "Another text", "sender": "kim@example.com"}
    items = [pat | common, kim | common]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "opportunities.json").write_text(json.dumps({"opportunities": items}))
    with DecisionLog(home=tmp_path) as log:
        log.log_decision(
            "d-1", "lead", "mail", "replied", TEXT, sender="PAT@zermail.com", opportunity_id="o-1"
        )
        log.won("d-1", 99.0, notes=TEXT)
        log.log_decision("d-2", "lead", "mail", "replied", "Another text", sender="kim@example.com")
        log.scorer().score_file()
        summaries = DecisionSummaryGenerator(log=log)
        summaries.save_summary(summaries.generate_daily_summary())
        write_report(log, tmp_path / "reports" / "report.html")
    (tmp_path / "data" / "opportunities.json").unlink()
    return tmp_path


def test_nothing_of_a_sender_is_left_in_the_home_and_the_money_stays(home):
    assert b"zermatt" in bytes_of(home)
    with DecisionLog(home=home) as log:
        before = log.get_conversion_rates()
        result = log.forget(sender="pat@ZERMAIL.com")
        assert (result["decisions"], result["found"], result["values_in_log"]) == (1, [], 0)
        assert [(r["won"], r["total_revenue"]) for r in log.get_conversion_rates()] == [
            (r["won"], r["total_revenue"]) for r in before
        ]
        assert log.query("SELECT sender FROM decisions ORDER BY decision_id") == [
            {"sender": ""},
            {"sender": "kim@example.com"},
        ]
        again = log.forget(sender="pat@zermail.com")
        assert again["decisions"] == 0
    held = bytes_of(home)
    for needle in ("zermatt", "zermail", "pätrick", "p\\u00e4trick"):
        assert needle.encode() not in held, needle
    assert b"another text" in held


def test_a_text_that_others_wrote_too_is_no_trace_of_the_person(home):
    with DecisionLog(home=home) as log:
        for sender in ("pat@zermail.com", "kim@example.com"):
            log.log_decision(
                f"c-{sender}", "lead", "mail", "replied", "Thanks a lot", sender=sender
            )
        longer = "Re: thanks a lot, and see you"
        log.log_decision("d-3", "lead", "mail", "replied", longer, sender="kim@example.com")
        result = log.forget(sender="pat@zermail.com")
        assert (result["decisions"], result["found"], result["values_in_log"]) == (2, [], 0)
        kept = log.query("SELECT opportunity_content AS t FROM decisions ORDER BY decision_id")
    assert sorted(row["t"] for row in kept) == ["", "", "Another text", longer, "Thanks a lot"]


def test_a_model_that_is_removed_serves_no_longer(home):
    models = home / "artifacts" / "models"
    shutil.copytree(SAVED, models)
    version = registry.list_versions(models)[0].version
    registry.promote(models, version, who="kim", why="a test", when=datetime.now(UTC))
    (models / version / "notes.txt").write_bytes(TEXT.encode())
    with DecisionLog(home=home) as log:
        assert f"artifacts/models/{version}" in log.forget(sender="pat@zermail.com")["files"]
    assert not (models / version).exists()
    known = registry.read_aliases(models)
    assert (known.champion, known.history[-1].action) == (None, "clear")


def test_a_file_of_the_user_that_names_the_person_is_reported(home):
    (home / "data" / "opportunities.json").write_text('[{"sender": "pat@zermail.com"}]')
    arguments = ["--home", str(home), "forget", "--sender", "pat@zermail.com", "--yes"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "opportunities.json" in result.output.replace("\n", "")


def test_scored_files_elsewhere_are_reached_and_those_that_cannot_be_are_named(
    home, tmp_path_factory
):
    away = tmp_path_factory.mktemp("away")
    rows = [{"id": "o-1", "type": "lead", "content": TEXT, "sender": "pat@zermail.com"},
            {"id": "o-2", "type": "lead", "content": "Another text", "sender": "kim@example.com"}]  # fmt: skip
    (away / "in.json").write_text(json.dumps(rows))
    pq.write_table(pa.Table.from_pylist(rows), away / "in.parquet")
    with DecisionLog(home=home) as log:
        with log.scorer() as scorer:
            scorer.score_file(away / "in.json", away / "one.json")
            scorer.score_file(away / "in.json", away / "lost.json")
            scorer.score_file(away / "in.json", away / "other.json")
            scorer.score_file(away / "in.parquet", away / "one.parquet")
            scorer.score_files([away / "in.json"], away / "many", jobs=1)
        (away / "lost.json").unlink()
        (away / "other.json").write_text("no scores")
        result = log.forget(sender="pat@zermail.com")
        assert result["unreached"] == {
            str(away / "lost.json"): "it is no longer there",
            str(away / "other.json"): "it is no file of scores",
        }
        assert log.forget(sender="kim@example.com")["unreached"].keys() == {
            str(away / "other.json")
        }
    written = [away / "one.json", away / "one.parquet", away / "many" / "in.jsonl"]
    assert {str(path) for path in written} < set(result["files"])
    assert b"zermatt" not in b"".join(path.read_bytes() for path in written).lower()
    table = pq.ParquetFile(written[1]).read().to_pylist()
    assert [(row["id"], row["sender"], row["content"]) for row in table] == [(None, None, None)] * 2
    assert all(row["adjusted_score"] > 0 for row in table)


def test_it_asks_first_and_refuses_what_is_not_there(home):
    result = CliRunner().invoke(app, ["--home", str(home), "forget", "--sender", "pat@zermail.com"])
    assert result.exit_code == 2
    with DecisionLog(home=home) as log:
        with pytest.raises(InvalidRecord):
            log.forget(decision_id="nobody")
        with pytest.raises(InvalidRecord):
            log.forget(sender="  ")
        with pytest.raises(InvalidRecord):
            log.forget()
