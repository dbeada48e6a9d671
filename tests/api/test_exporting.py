"""An export, imported into an empty home, is the identical log, and inert in a spreadsheet."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log import DecisionLog
from decision_log.importing.prepare import ImportDoubtful
from decision_store.csv_cells import inert, original
from decision_store.exporting import FORMATS

START = datetime(2026, 1, 1, 8, 0, 0, 123_456, tzinfo=UTC)
KINDS = ("decisions", "outcomes", "amendments", "predictions", "aliases")
TEXTS = (
    "=HYPERLINK(\"http://x\")", "+1", "-1", "@x", "'=1", "''", "'tis", "a\r\nb\nc", "\tx", "1,5; \"q\"", " spaced ",
    "ünïcödé 漢字 \u200b", "", "007", "1.43E", "Total", "null", "2026-01-01", "true", "€ 5",
)  # fmt: skip


def fill(home: Path) -> DecisionLog:
    """A log with every kind of fact and texts that files mangle."""
    log = DecisionLog(home=home)
    for n, text in enumerate(TEXTS * 2):
        made = START + timedelta(hours=5 * n, microseconds=n)
        log.log_decision(
            f"=d-{n}" if n % 2 else f"Total {n}", text.strip() or "general", "e-mail", text.strip() or "x", text,
            12.125 if n % 3 else None, text, text, {"k": text, "n": [1, 1.5, None, {"a": 2**53}], "budget": "1,12"},
            timestamp=made, recorded_at=made, opportunity_id=None if n % 2 else f"o-{n}", cost_usd=1.125,
        )  # fmt: skip
        ended = made + timedelta(days=n % 7)
        for status, revenue in [("success", 1000.125), ("reversed", -0.1)][: n % 3]:
            log.record_outcome(
                f"=d-{n}" if n % 2 else f"Total {n}", "conversion", status, revenue, bool(n % 2), False, True, text,
                occurred_at=ended, recorded_at=ended + timedelta(hours=n),
            )  # fmt: skip
    log.store.keep_currency("EUR")
    log.predict_outcome({"type": "coaching", "source": "e-mail", "content": "=1+1", "id": "o-1"})
    log.store.add_alias(_alias())
    log.correct_decision("=d-1", opportunity_type="corrected", sender="=someone")
    log.map_word("Handshake=won")
    log.record_outcome("=d-5", "conversion", "handshake", 7.5)
    log.undo("=d-3")
    log.undo(log.ask("all_outcomes")["outcome_id"][0].as_py())
    return log


def _alias() -> Any:
    from decision_store.facts import Alias

    return Alias(
        alias_id="a-1", field="opportunity_source", name="e-mail", target="mail", recorded_at=START
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("filled") / "home"
    fill(home).close()
    return home


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_imported_into_an_empty_home_is_the_identical_log(
    form: str, filled: Path, tmp_path: Path
) -> None:
    moments = [START + timedelta(days=days) for days in (0, 1, 4, 9, 400)]
    with DecisionLog(home=filled) as log:
        files = log.export(tmp_path / "files", form)
        assert {path.name for path in files} == {f"{kind}.{form}" for kind in KINDS}
        wanted = {kind: log.ask(f"all_{kind}") for kind in KINDS}
        cells = [log.ask("cells", as_of=moment) for moment in moments]
        rates = log.get_conversion_rates()
    with DecisionLog(home=tmp_path / "b") as copy:
        report = copy.import_history(sorted(files))
        assert (report.rejected, report.conflicting) == ((), ())
        assert report.added == sum(files.values())
        for kind in KINDS:
            assert copy.ask(f"all_{kind}").to_pylist() == wanted[kind].to_pylist(), kind
        assert [copy.ask("cells", as_of=moment) for moment in moments] == cells
        assert copy.get_conversion_rates() == rates
        again = copy.import_history(sorted(files))
        assert (again.added, again.unchanged) == (0, sum(files.values()))


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_keeps_the_currency_and_is_refused_by_a_log_in_another(
    form: str, tmp_path: Path
) -> None:
    with DecisionLog(home=tmp_path / "a") as log:
        log.log_decision("d", "coaching", "email", "Sent", cost_usd=5)
        log.won("d", "1.200,50 €")
        files = sorted(log.export(tmp_path / "files", form))
    with DecisionLog(home=tmp_path / "b") as copy:
        report = copy.import_history(files)
        assert (copy.currency, report.added, report.notes) == ("EUR", 2, ())
    with DecisionLog(home=tmp_path / "c") as other:
        other.log_decision("d", "coaching", "email", "Sent")
        other.won("d", "$7")
        with pytest.raises(ImportDoubtful, match="EUR, and the log's currency is USD"):
            other.import_history(files)


def test_no_cell_of_a_csv_export_is_a_formula(filled: Path, tmp_path: Path) -> None:
    with DecisionLog(home=filled) as log:
        log.export(tmp_path / "files", "csv")
    for path in (tmp_path / "files").iterdir():
        assert path.stat().st_mode & 0o077 == 0
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for name, cell in row.items():
                    numeric = name in {"revenue_generated", "probability", "low", "high"}
                    assert numeric or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell


def test_an_export_of_an_empty_log_can_be_imported(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path / "a") as log:
        files = log.export(tmp_path / "files", "csv")
    with DecisionLog(home=tmp_path / "b") as copy:
        assert copy.import_history(sorted(files)).added == 0


def test_a_wrong_format_is_refused(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path) as log, pytest.raises(ValueError, match="parquet, csv, jsonl"):
        log.export(tmp_path, "xlsx")


@given(st.text(alphabet="'=+-@\t\ra1", max_size=6))
@settings(max_examples=300)
def test_every_text_comes_back_from_its_inert_form(text: str) -> None:
    assert original(inert(text)) == text
    assert not inert(text).startswith(("=", "+", "-", "@", "\t", "\r"))
