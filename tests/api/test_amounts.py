"""Amounts as people write them, and the currency of a log."""

from __future__ import annotations

import pytest

from decision_log import DecisionLog
from decision_log.reports.tables.table import Column, Table, in_currency
from decision_log.text.money import money_text
from decision_store.errors import InvalidRecord


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as made:
        made.log_decision("d-1", "coaching", "email", "Replied")
        yield made


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("499", 499), (" 12.50 ", 12.5), ("1,200.50", 1200.5), ("1.200,50", 1200.5), ("1,200", 1200),
        ("$1,200", 1200), ("USD 1.200", 1200), ("1 200,50", 1200.5), ("1'200.50", 1200.5),
        ("12,5", 12.5), ("(40)", -40), ("-40.00 $", -40), ("1.5k", 1500), ("US$ 99", 99),
        ("1,20,000", 120_000), ("1e3", 1000), ("−40", -40),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(log, text, number):
    assert log.read_amount(text) == pytest.approx(number)


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "nan", "inf", "1.2.3", "1,2,3.4.5", "12 apples", "€"]
)
def test_what_is_no_amount_is_refused(log, text):
    with pytest.raises(InvalidRecord, match="must be an amount"):
        log.read_amount(text)


def test_a_point_before_three_digits_can_be_read_in_two_ways_and_is_refused(log):
    with pytest.raises(InvalidRecord, match=r"two ways.*1200 or as 1\.2000"):
        log.won("d-1", "1.200")
    assert log.state_of("d-1") == "open"


def test_the_first_currency_that_is_named_stays_and_another_is_refused(log):
    assert log.currency == "USD"
    log.won("d-1", "1.200,50 €")
    assert log.currency == "EUR"
    for amount, currency in (("$5", None), (5, "USD"), ("5", "chf")):
        with pytest.raises(InvalidRecord, match="must be in EUR"):
            log.record_outcome("d-1", "sale", "won", amount, currency=currency)
    assert log.record_outcome("d-1", "sale", "won", 5, currency="eur").new
    assert log.find_decisions()[0]["revenue"] == 1205.5


def test_amounts_without_a_currency_count_in_the_default_one(log):
    log.won("d-1", 10)
    with pytest.raises(InvalidRecord, match="must be in USD"):
        log.won("d-1", "5 €", again=True)


def test_the_sign_that_several_currencies_share_is_that_of_the_log(tmp_path):
    (tmp_path / "decision-log.toml").write_text('currency = "CAD"')
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("d-1", "coaching", "email", "Replied")
        assert log.won("d-1", "$5").new
        assert log.currency == "CAD"


def test_the_same_amount_in_other_words_is_a_repeat(log):
    first = log.won("d-1", 1200.5)
    for same in ("1,200.50", "1.200,50", "$1,200.50", 1200.50):
        repeated = log.won("d-1", same)
        assert (repeated.new, repeated.id) == (False, first.id)
    assert log.find_decisions()[0]["revenue"] == 1200.5


def test_many_outcomes_at_once_are_read_alike(log):
    added = log.record_outcomes(
        [
            {"decision_id": "d-1", "outcome_type": "sale", "outcome_status": "won",
             "revenue_generated": "1.200,50 €"},
            {"decision_id": "d-1", "outcome_type": "sale", "outcome_status": "pending",
             "revenue_generated": 3, "currency": "EUR"},
        ]
    )  # fmt: skip
    assert added.added == 2
    assert log.currency == "EUR"


def test_money_that_is_no_revenue_stands_in_rates_and_returns(log):
    log.log_decision("d-2", "coaching", "email", "Asked")
    log.record_outcome("d-1", "payment", "pending", 30)
    log.record_outcome("d-2", "payment", "pending", 20)
    log.lost("d-2")
    for row in (*log.get_conversion_rates(), *log.calculate_roi_by_type()):
        assert (row["total_revenue"], row["pending_revenue"], row["received_not_won"]) == (
            0,
            30,
            20,
        )


def test_a_table_names_the_currency_of_its_amounts():
    table = Table("Sums", (Column("a", "Expected $", "money"), Column("b", "Paid", "money")), [])
    assert [c.heading for c in in_currency(table, "GBP").columns] == ["Expected £", "Paid"]
    plain = Table("Sums", (Column("b", "Paid", "money"),), [], note="So far.")
    assert in_currency(plain, "CHF").note == "So far. Amounts in CHF."
    assert money_text(-1200.4, "EUR") == "−€1,200"
