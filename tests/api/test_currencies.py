"""A log has one currency: the first import that names one decides, and another one needs a rate."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from decision_log import DecisionLog
from decision_log.importing.prepare import ImportDoubtful
from decision_store.errors import ImportFailed, InvalidRecord, UnknownDecision
from decision_store.importing import ImportOptions
from decision_store.journal.currency_file import CurrencyFile

CRM = Path(__file__).resolve().parents[3] / "shared" / "data" / "crm"
needs_crm = pytest.mark.skipif(not CRM.is_dir(), reason="the exports are not here")


def sheet(path: Path, amount: str, prefix: str = "a") -> Path:
    rows = [f"{prefix}{n},2026-03-0{n},won,{amount},Web" for n in (1, 2)]
    path.write_text("\n".join(["Ref,Date,Status,Amount,Source", *rows]), encoding="utf-8")
    return path


def own(path: Path, code: str) -> Path:
    path.write_text(
        "outcome_id,decision_id,outcome_type,outcome_status,revenue_generated,currency,occurred_at\n"
        f"o-{code},a-1,deal,won,30,{code},2026-03-09\n"
    )
    return path


def totals(log: DecisionLog) -> dict[str, float]:
    rows = log.ask("cells", as_of=datetime.now(UTC)).to_pylist()
    counts = {name: sum(row[name] for row in rows) for name in ("won", "lost", "open")}
    return {**counts, "revenue_of_won": round(sum(row["revenue"] for row in rows), 2)}


def facts(log: DecisionLog) -> tuple[int, int]:
    return log.ask("all_decisions").num_rows, log.ask("all_outcomes").num_rows


def test_another_currency_is_refused_and_nothing_is_written(tmp_path):
    first = sheet(tmp_path / "eur.csv", "€50.00")
    second = sheet(tmp_path / "usd.csv", "$100.00", "b")
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([first])
        before = facts(log)
    with DecisionLog(home=tmp_path / "home") as log:
        with pytest.raises(
            ImportDoubtful, match=r"in USD, and the log's currency is EUR.*--rate USD"
        ):
            log.import_history([second], accept=True)
        assert facts(log) == before
        log.import_history([second], options=ImportOptions(rates={"USD": 0.5}))
        assert totals(log)["revenue_of_won"] == 200.0
        assert log.import_history([first]).added == 0


def test_amounts_of_no_named_currency_count_as_the_default(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([sheet(tmp_path / "plain.csv", "70")])
        euros = sheet(tmp_path / "eur.csv", "€50.00", "b")
        with pytest.raises(
            ImportDoubtful, match=r"EUR, and those in the log count as USD.*--rate EUR"
        ):
            log.import_history([euros])
        log.import_history([euros], options=ImportOptions(rates={"EUR": 2.0}))
        assert (totals(log)["revenue_of_won"], log.store.currency) == (340.0, "USD")


def test_an_option_names_the_currency_of_amounts_that_name_none(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        plain = sheet(tmp_path / "plain.csv", "70")
        log.import_history([plain], options=ImportOptions(currency="EUR"))
        with pytest.raises(ImportFailed, match=r"--currency is USD, but .* in EUR.*--rate USD"):
            log.import_history([plain], options=ImportOptions(currency="USD"))
        with pytest.raises(ImportDoubtful, match="EUR"):
            log.import_history([sheet(tmp_path / "usd.csv", "$5.00", "b")])


def test_the_currency_that_is_set_is_that_of_the_log(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "decision-log.toml").write_text('currency = "GBP"\n')
    with DecisionLog(home=home) as log:
        euros = sheet(tmp_path / "eur.csv", "€50.00")
        with pytest.raises(ImportDoubtful, match=r"in EUR, and the log's currency is GBP"):
            log.import_history([euros])
        assert log.store.currency is None
        log.import_history([sheet(tmp_path / "gbp.csv", "£8.00")])
    (home / "decision-log.toml").write_text('currency = "EUR"\n')
    with DecisionLog(home=home) as log, pytest.raises(ImportFailed, match=r"EUR, but .* in GBP"):
        log.import_history([euros])


def test_files_of_one_import_have_one_currency(tmp_path):
    euros, dollars = sheet(tmp_path / "e.csv", "€5.00"), sheet(tmp_path / "d.csv", "$5.00", "b")
    with DecisionLog(home=tmp_path / "home") as log:
        with pytest.raises(ImportDoubtful, match="in USD, those of another file in EUR"):
            log.import_history([euros, dollars], accept=True)
        plain = sheet(tmp_path / "p.csv", "7", "c")
        with pytest.raises(
            ImportDoubtful, match="name no currency, and those of other files are in EUR"
        ):
            log.import_history([euros, plain])
        assert facts(log) == (0, 0)
        log.import_history(
            [euros, dollars], options=ImportOptions(currency="EUR", rates={"USD": 2})
        )
        assert totals(log)["revenue_of_won"] == 30.0


def test_a_rate_into_no_named_currency_is_asked_about(tmp_path):
    euros = sheet(tmp_path / "e.csv", "€5.00")
    with DecisionLog(home=tmp_path / "home") as log:
        prepared = log.prepare_import([euros], options=ImportOptions(rates={"EUR": 1.1}))
    with pytest.raises(ImportDoubtful, match="--currency CODE"):
        prepared.write()


def test_tables_in_the_logs_own_columns_have_its_currency_too(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        log.log_decision("a-1", "coaching", "email", "Offered", timestamp="2026-03-01")
        log.import_history([own(tmp_path / "one.csv", "CHF")])
        assert log.store.currency == "CHF"
        with pytest.raises(ImportDoubtful, match="NOK, and the log's currency is CHF"):
            log.import_history([own(tmp_path / "two.csv", "NOK")])


def test_a_dry_run_keeps_no_currency(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([sheet(tmp_path / "e.csv", "€5.00")], dry_run=True)
        assert log.store.currency is None


def test_of_two_processes_the_first_decides(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        prepared = log.prepare_import([sheet(tmp_path / "e.csv", "€5.00")])
        assert log.store.keep_currency("USD") == "USD"
        with pytest.raises(ImportFailed, match="is EUR, but the amounts in the log are in USD"):
            prepared.write()
        assert facts(log) == (0, 0)


def test_a_currency_file_that_holds_no_code_is_reported(tmp_path):
    kept = CurrencyFile(tmp_path)
    kept.path.write_text("euros?")
    with pytest.raises(ImportFailed, match=r"'euros\?' is no currency code"):
        kept.read()


@needs_crm
@pytest.mark.parametrize("name", ["hubspot", "salesforce", "pipedrive", "excel_de"])
def test_each_export_equals_the_truth_in_a_log_of_its_own(name, tmp_path):
    truth = json.loads((CRM / "truth.json").read_text())[name]
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([CRM / f"{name}.csv"])
        assert {"decisions": facts(log)[0], **totals(log)} == truth


@needs_crm
def test_exports_of_one_currency_add_up_and_another_needs_a_rate(tmp_path):
    truth = json.loads((CRM / "truth.json").read_text())
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([CRM / "hubspot.csv"])
        log.import_history([CRM / "salesforce.csv"])
        both = {
            key: round(truth["hubspot"][key] + truth["salesforce"][key], 2)
            for key in ("won", "lost", "open", "revenue_of_won")
        }
        assert totals(log) == both
        before = facts(log)
        with pytest.raises(ImportDoubtful, match=r"in EUR, and those in the log count as USD"):
            log.import_history([CRM / "pipedrive.csv"], accept=True)
        assert (facts(log), totals(log)) == (before, both)
        log.import_history([CRM / "pipedrive.csv"], options=ImportOptions(rates={"EUR": 2.0}))
        expected = both["revenue_of_won"] + 2 * truth["pipedrive"]["revenue_of_won"]
        assert totals(log)["revenue_of_won"] == pytest.approx(expected, abs=0.05)


def test_an_amount_that_is_refused_names_no_currency_for_the_log(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("d", "coaching", "email", "Sent")
        log.read_amount("5 €")
        with pytest.raises(UnknownDecision):
            log.won("nobody", "5 €")
        log.won("d", "5 €", dry_run=True)
        with pytest.raises(InvalidRecord, match="must be in one currency, not in EUR and USD"):
            log.record_outcomes(
                [{"decision_id": "d", "outcome_type": "sale", "outcome_status": "won", "revenue_generated": amount}
                 for amount in ("5 €", "$5")]
            )  # fmt: skip
        assert log.store.currency is None
        log.won("d", "$5")
        assert log.store.currency == "USD"
        with pytest.raises(InvalidRecord, match="must be in USD"):
            log.won("d", "5 €")
