"""History of decisions: that of decisions with one outcome is what the definition makes of it."""

from __future__ import annotations

from itertools import product

STATUSES = ("won", "lost", "open", "reversed", "refund", "xyzzy")
MONEY = (0.0, 12.345, -5.0)


def test_the_history_of_decisions_with_one_outcome_is_that_of_the_definition(store, facts):
    outcomes = [
        facts.outcome(
            f"d{place}",
            hours=hours,
            outcome_type="deal",
            outcome_status=status,
            revenue_generated=money,
            customer_acquired=customer,
            deal_closed=deal,
        )
        for place, (status, money, customer, deal, hours) in enumerate(
            product(STATUSES, MONEY, (False, True), (False, True), (-3.0, 4.0))
        )
    ]
    store.log_decisions(facts.decision(each.decision_id) for each in outcomes)
    store.record_outcomes(outcomes)
    assert store.status(verify=True).damage == ()
    assert store.query("SELECT count(DISTINCT state) AS n FROM decision_history").to_pylist() == [
        {"n": 3}
    ]
    assert store.query("SELECT count(*) AS n FROM decision_history").to_pylist() == [
        {"n": len(outcomes)}
    ]


def test_a_second_outcome_makes_the_history_again(store, facts):
    store.log_decisions([facts.decision("one"), facts.decision("two")])
    store.record_outcomes([facts.win("one"), facts.win("two")])
    store.fold()
    store.record_outcome(facts.outcome("two", hours=2, outcome_status="reversed"))
    rows = store.query("SELECT decision_id, state FROM decision_history ORDER BY ALL").to_pylist()
    assert [(row["decision_id"], row["state"]) for row in rows] == [
        ("one", "won"), ("two", "lost"), ("two", "won"),
    ]  # fmt: skip
    assert store.status(verify=True).damage == ()
