"""Importing into a log that holds something already: what is new, what is not certain, what is refused."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crm_exports import STYLES, Deal, Style, deals, truth, write

from decision_log import DecisionLog
from decision_log.importing.prepare import ImportDoubtful
from decision_log.importing.recipe import load_recipe, save_recipe
from decision_log.importing.report import causes
from decision_store.importing import ImportOptions

WORLD = deals(40)
LARGE = deals(80)  # no order of day, month and year fits all of its dates but the right one


def style(name: str) -> Style:
    return next(each for each in STYLES if each.name == name)


def totals(log: DecisionLog) -> dict[str, float]:
    rows = log.ask("cells", as_of=datetime.now(UTC)).to_pylist()
    found = {state: sum(row[state] for row in rows) for state in ("won", "lost", "open")}
    return {**found, "revenue": round(sum(row["revenue"] for row in rows), 2)}


def ended(deal: Deal, state: str) -> Deal:
    return replace(deal, state=state, amount=500.0)


@pytest.mark.parametrize("written", STYLES, ids=lambda each: each.name)
def test_an_unchanged_export_writes_nothing(written: Style, tmp_path: Path) -> None:
    path = write(LARGE, written, tmp_path / "export.csv")
    with DecisionLog(home=tmp_path / "home") as log:
        first = log.import_history([path])
        assert totals(log) == truth(LARGE)
        journal = {p: p.stat().st_size for p in (tmp_path / "home").rglob("*.journal/*")}
        again = log.import_history([path])
        assert (again.added, again.unchanged) == (0, first.added)
        assert {p: p.stat().st_size for p in (tmp_path / "home").rglob("*.journal/*")} == journal


@pytest.mark.parametrize("name", ["hubspot", "salesforce-de", "pipedrive", "odoo", "sheet-fr"])
def test_tomorrows_export_adds_what_is_new(name: str, tmp_path: Path) -> None:
    later = timedelta(days=1)
    opened = [deal for deal in WORLD if deal.state == "open"]
    won, lost = opened[0], opened[1]
    fresh = replace(WORLD[0], number=900, created=WORLD[0].created + later, person="q")
    changes = {won.number: ended(won, "won"), lost.number: ended(lost, "lost")}
    tomorrow = [*(changes.get(deal.number, deal) for deal in WORLD), fresh]
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([write(WORLD, style(name), tmp_path / "today.csv")])
        report = log.import_history([write(tomorrow, style(name), tmp_path / "tomorrow.csv")])
        assert report.added == 3 + (fresh.state != "open")
        assert report.conflicting == ()
        assert totals(log) == truth(tomorrow)


def test_what_differs_from_the_log_is_reported_and_not_taken(tmp_path: Path) -> None:
    won = next(deal for deal in WORLD if deal.state == "won" and deal.amount)
    changed = [replace(deal, kind="x", amount=1.0) if deal is won else deal for deal in WORLD]
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([write(WORLD, style("hubspot"), tmp_path / "a.csv")])
        report = log.import_history([write(changed, style("hubspot"), tmp_path / "a.csv")])
        assert report.added == 0
        assert any("opportunity_type of 1" in note for note in report.notes)
        assert any("amounts of 1 won deal differ" in note for note in report.notes)
        assert totals(log) == truth(WORLD)


def test_a_deal_that_is_lost_after_it_was_won_and_won_again_follows(tmp_path: Path) -> None:
    with DecisionLog(home=tmp_path / "home") as log:
        for state in ("won", "lost", "won", "lost"):
            world = [ended(WORLD[0], state)]
            report = log.import_history([write(world, style("hubspot"), tmp_path / "a.csv")])
            assert report.conflicting == ()
            assert totals(log)[state] == 1


def test_two_programs_fill_one_log(tmp_path: Path) -> None:
    options = ImportOptions(rates={"EUR": 1.0})  # Pipedrive's file names euros, the others nothing
    with DecisionLog(home=tmp_path / "home") as log:
        for name in ("hubspot", "salesforce", "pipedrive", "odoo"):
            path = write(WORLD, style(name), tmp_path / f"{name}.csv")
            log.import_history([path], options=options)
        assert totals(log) == {key: pytest.approx(4 * value) for key, value in truth(WORLD).items()}


def test_a_doubtful_file_is_refused_until_it_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Ref,Date,Status,Source\n1,2026-03-04,won,Web\n2,2026-03-04,zorp,Web\n")
    with DecisionLog(home=tmp_path / "home") as log:
        with pytest.raises(ImportDoubtful, match=r"'zorp' \(1 row\).*--value"):
            log.import_history([path])
        assert totals(log)["won"] == 0
        log.import_history([path], accept=True)
        assert totals(log) == {"won": 1, "lost": 0, "open": 1, "revenue": 0}


def test_a_recipe_gives_the_same_again(tmp_path: Path) -> None:
    path, recipe = tmp_path / "x.csv", tmp_path / 'a "recipe".toml'
    path.write_text('Ref,When,Status,Source\n1,03/04/2026,in "K",Web\n2,05/06/2026,zorp,Web\n')
    stated = ImportOptions(
        mapping={"When": "timestamp"}, dates={"When": "mdy"}, values={'in "K"': "won"}
    )
    with DecisionLog(home=tmp_path / "a") as log:
        report = log.import_history([path], options=stated, accept=True)
        save_recipe(recipe, stated, report)
        before = totals(log)
    kept = load_recipe(recipe)
    assert kept.layout == "sheet"
    with DecisionLog(home=tmp_path / "b") as log:
        log.import_history([path], options=ImportOptions().over(kept))
        assert totals(log) == before


def test_refused_rows_are_summarised_by_cause_with_the_remedy(tmp_path: Path) -> None:
    rows = [f"d{n},2026-01-{n + 1:02},x" for n in range(20)]
    rows += [f"e{n},1/{n + 13}/2026,x" for n in range(3)]
    path = tmp_path / "d.csv"
    path.write_text("\n".join(["decision_id,timestamp,opportunity_type", *rows]))
    with DecisionLog(home=tmp_path / "home") as log:
        report = log.import_history([path])
    found = causes(report)
    assert [(cause.count, cause.text, cause.remedy) for cause in found] == [
        (3, "timestamp looks like m/d/Y", "add --dates mdy")
    ]
    assert report.added == 20


# ---- payments ----------------------------------------------------------------------------------

STRIPE = (
    "id", "Created date (UTC)", "Amount", "Amount Refunded", "Currency", "Captured", "Status", "Customer Email",
    "decision_id (metadata)", "Disputed Amount", "Dispute Status",
)  # fmt: skip
PAID = dict(zip(STRIPE, ("ch_1", "2026-02-01 10:00:00", "100.00", "0.00", "usd", "true", "Paid", "", "", "", ""), strict=True))  # noqa: E501  # fmt: skip


def payments(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, STRIPE)
        writer.writeheader()
        writer.writerows(PAID | row for row in rows)
    return path


def log_of(home: Path, *senders: str) -> DecisionLog:
    log = DecisionLog(home=home)
    for number, sender in enumerate(senders):
        made = f"2026-01-{number + 1:02}"
        log.log_decision(
            f"d-{number}", "coaching", "email", "Replied", sender=sender, timestamp=made, recorded_at=made
        )  # fmt: skip
    return log


def test_payments_are_matched_by_id_and_by_email_and_the_rest_is_reviewed(tmp_path: Path) -> None:
    path = payments(
        tmp_path / "stripe.csv",
        {"id": "ch_1", "decision_id (metadata)": "d-0", "Amount Refunded": "30.00"},
        {"id": "ch_2", "Customer Email": "Ann@Example.com", "Amount": "1,250.00"},
        {"id": "ch_3", "Customer Email": "bob@example.com"},
        {"id": "ch_4", "decision_id (metadata)": "nobody"},
        {"id": "ch_5"},
        {"id": "ch_6", "Status": "Failed", "decision_id (metadata)": "d-0"},
        {"id": "ch_7", "Captured": "false", "decision_id (metadata)": "d-0"},
    )
    senders = ("x@example.com", "Ann <ann@example.com>", "bob@example.com", "bob@example.com")
    with log_of(tmp_path / "home", *senders) as log:
        report = log.import_history([path])
        assert [item.payment.payment_id for item in report.review] == [
            "stripe-ch_3",
            "stripe-ch_4",
            "stripe-ch_5",
        ]
        assert report.review[0].candidates == ("d-2", "d-3")
        assert (report.added, totals(log)["won"], totals(log)["revenue"]) == (3, 2, 1320.0)
        assert log.import_history([path]).added == 0


def test_a_growing_refund_and_a_lost_dispute_take_money_once(tmp_path: Path) -> None:
    mine = {"decision_id (metadata)": "d-0"}
    with log_of(tmp_path / "home", "x@example.com") as log:
        for refunded, left in (("0", 100.0), ("30.00", 70.0), ("50.00", 50.0), ("50.00", 50.0)):
            log.import_history([payments(tmp_path / "s.csv", mine | {"Amount Refunded": refunded})])
            assert totals(log)["revenue"] == left
        lost = {"Amount Refunded": "50.00", "Disputed Amount": "100.00", "Dispute Status": "lost"}
        for _ in range(2):
            log.import_history([payments(tmp_path / "s.csv", mine | lost)])
            assert totals(log) == {"won": 0, "lost": 1, "open": 0, "revenue": 0.0}


def test_money_that_the_log_has_from_elsewhere_is_not_counted_twice(tmp_path: Path) -> None:
    with log_of(tmp_path / "home", "x@example.com") as log:
        log.record_outcome("d-0", "conversion", "success", 100.0, occurred_at="2026-01-20")
        path = payments(tmp_path / "s.csv", {"Customer Email": "x@example.com"})
        report = log.import_history([path])
        assert (report.added, len(report.review)) == (0, 1)
        assert totals(log)["revenue"] == 100.0


def test_a_review_file_that_was_completed_is_imported(tmp_path: Path) -> None:
    with log_of(tmp_path / "home", "a@example.com") as log:
        report = log.import_history([payments(tmp_path / "s.csv", {"id": "ch_1"}, {"id": "=1+1"})])
        assert report.review_file is not None
        with report.review_file.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["outcome_id"] for row in rows] == ["stripe-ch_1", "stripe-=1+1"]
        rows[0]["decision_id"] = "d-0"
        with report.review_file.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        again = log.import_history([report.review_file])
        assert (again.added, again.rejected) == (1, ())
        assert totals(log)["revenue"] == 100.0


def test_payments_alone_are_all_reviewed(tmp_path: Path) -> None:
    crm = Path(__file__).parents[2] / "../shared/data/crm/stripe.csv"
    if not crm.exists():
        pytest.skip("the data set is not here")
    with DecisionLog(home=tmp_path / "home") as log:
        report = log.import_history([crm])
        assert (report.added, len(report.review)) == (0, report.outcomes_read)
        assert totals(log) == {"won": 0, "lost": 0, "open": 0, "revenue": 0}


@pytest.mark.parametrize("heading", ["status", "Outcome"])
def test_the_logs_own_columns_beside_how_decisions_ended_are_read_as_a_sheet(
    heading: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        f"decision_id,timestamp,opportunity_source,sender,type,{heading},amount\n"
        "a,2026-02-01,email,ann@x.y,coaching,won,250\n"
        "b,2026-02-02,email,bob@x.y,coaching,lost,\n"
    )
    with DecisionLog(home=tmp_path / "home") as log:
        log.import_history([path])
        assert totals(log) == {"won": 1, "lost": 1, "open": 0, "revenue": 250.0}
        assert [row["name"] for row in log.types()] == ["coaching"]
