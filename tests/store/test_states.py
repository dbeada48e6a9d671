"""What counts: won, lost and open, as of a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_store import Decision, Outcome, Store
from decision_store.vocabulary import Vocabulary

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = START + timedelta(days=3650)

WIN = {"outcome_type": "conversion", "outcome_status": "success"}
LOSS = {"outcome_type": "conversion", "outcome_status": "failed"}
CASES: dict[str, tuple[list[dict[str, Any]], str, float | None]] = {
    "no outcome": ([], "open", None),
    "only a response": ([{"response_received": True}], "open", None),
    "pending": ([{"outcome_type": "conversion", "outcome_status": "pending"}], "open", None),
    "a success that is no conversion": ([{"outcome_status": "success"}], "open", None),
    "conversion and success": ([WIN], "won", 1),
    "letter case and blanks": ([{"outcome_type": " Conversion", "outcome_status": "SUCCESS "}], "won", 1),
    "customer acquired": ([{"customer_acquired": True}], "won", 1),
    "deal closed": ([{"deal_closed": True}], "won", 1),
    "failed": ([LOSS], "lost", 1),
    "no conversion": ([{**LOSS, "outcome_status": "no_conversion"}], "lost", 1),
    "Closed Lost": ([{**LOSS, "outcome_status": "Closed Lost"}], "lost", 1),
    "verloren": ([{"outcome_type": "Auftrag", "outcome_status": "verloren"}], "lost", 1),
    "gagné": ([{"outcome_type": "vente", "outcome_status": "gagné"}], "won", 1),
    "a status without a type": ([{"outcome_type": "unknown", "outcome_status": "closedwon"}], "won", 1),
    "a response that says no": ([{"outcome_status": "rejected"}], "open", None),
    "a meeting that was a success": ([{"outcome_type": "meeting", "outcome_status": "won"}], "open", None),
    "words that nobody knows": ([{"outcome_type": "conversion", "outcome_status": "xyzzy"}], "open", None),
    "failed twice: the first counts": ([LOSS, {**LOSS, "outcome_status": "lost"}], "lost", 1),
    "failed, then won": ([LOSS, WIN], "won", 2),
    "won, then failed": ([WIN, LOSS], "lost", 2),
    "won, then pending": ([WIN, {"outcome_status": "pending"}], "won", 1),
    "won twice: the first counts": ([WIN, {"deal_closed": True}], "won", 1),
    "won, then reversed": ([WIN, {"outcome_status": "Reversed"}], "lost", 2),
    "reversed without a win": ([{"outcome_status": "reversed"}], "open", None),
    "won, reversed, won again": ([WIN, {"outcome_status": "reversed"}, WIN], "won", 3),
    "won, reversed, failed": (
        [WIN, {"outcome_status": "reversed"}, LOSS], "lost", 2,
    ),
    "a row that wins and fails": ([{**WIN, "outcome_status": "failed", "deal_closed": True}], "won", 1),
    "a row that wins and is reversed": ([{"deal_closed": True, "outcome_status": "reversed"}], "lost", 1),
    "partial refund": ([{**WIN, "revenue_generated": 100.0}, {"revenue_generated": -40.0}], "won", 1),
    "full refund": ([{**WIN, "revenue_generated": 100.0}, {"revenue_generated": -100.0}], "lost", 2),
    "refund in parts": (
        [{**WIN, "revenue_generated": 100.0}, {"revenue_generated": -40.0}, {"revenue_generated": -60.0}],
        "lost", 3,
    ),
    "refund in cents that floats cannot hold": (
        [{**WIN, "revenue_generated": 0.1}, {"revenue_generated": 0.2}, {"revenue_generated": -0.3}],
        "lost", 3,
    ),
    "cost of a win without revenue": ([WIN, {"revenue_generated": -5.0}], "won", 1),
    "full refund on a winning row": (
        [{"revenue_generated": 10.0}, {"deal_closed": True, "revenue_generated": -10.0}], "lost", 2,
    ),
    "refund before any win": (
        [{"revenue_generated": 10.0}, {"revenue_generated": -10.0}, WIN], "won", 3,
    ),
}  # fmt: skip


def states_of(store, facts, cases):
    """Record the outcomes of each case for a decision of its own, an hour apart; return the decisions' rows."""
    store.log_decisions(facts.decision(name, opportunity_source=name) for name in cases)
    store.record_outcomes(
        facts.outcome(name, hours=hours, **row)
        for name, rows in cases.items()
        for hours, row in enumerate(rows, start=1)
    )
    asked = store.ask("decisions", as_of=facts.later, since=None, until=None, limit=None)
    return {row["decision_id"]: row for row in asked.to_pylist()}


@pytest.fixture(scope="module")
def states(temporary_store, facts_once):
    with temporary_store() as store:
        return states_of(store, facts_once, {name: rows for name, (rows, *_) in CASES.items()})


@pytest.mark.parametrize("case", CASES)
def test_a_decision_has_the_state_that_its_outcomes_give_it(states, case):
    rows, state, hours = CASES[case]
    found = states[case]
    assert found["state"] == state
    paid = sum(row.get("revenue_generated", 0) for row in rows)
    assert found["revenue"] == pytest.approx(paid if state == "won" else 0)
    if hours is not None:
        assert found["hours"] == hours
        assert found["closed_at"] == (START + timedelta(hours=hours)).replace(tzinfo=None)
    else:
        assert found["closed_at"] is None
        assert found["hours"] == 3650 * 24  # its age


def test_two_outcome_rows_of_one_decision_are_one_win(store, facts):
    store.log_decision(facts.decision())
    store.record_outcome(facts.win(hours=1, revenue_generated=100.0, customer_acquired=True))
    store.record_outcome(facts.win(hours=2, revenue_generated=50.0, deal_closed=True))
    (cell,) = store.ask("cells", as_of=facts.later).to_pylist()
    assert (cell["won"], cell["decisions"], cell["customers"], cell["deals"]) == (1, 1, 1, 1)
    assert (cell["revenue"], cell["paid"]) == (150.0, 1)


def test_hours_given_by_the_caller_are_kept_and_others_worked_out(store, facts):
    store.log_decisions(
        [facts.decision("told"), facts.decision("silent"), facts.decision("before")]
    )
    store.record_outcome(facts.win("told", hours=5, time_to_outcome_hours=2.5))
    store.record_outcome(facts.win("silent", hours=5))
    store.record_outcome(facts.win("before", hours=-5))
    rows = store.ask("outcomes", as_of=facts.later, since=None, until=None).to_pylist()
    found = {r["decision_id"]: (r["time_to_outcome_hours"], r["hours_given"]) for r in rows}
    assert found == {"told": (2.5, True), "silent": (5.0, False), "before": (0.0, False)}


def test_an_outcome_counts_only_once_its_decision_is_known(store, facts):
    late = START + timedelta(hours=10)
    store.log_decision(facts.decision(recorded_at=late))
    store.record_outcome(facts.win(hours=1))
    assert store.ask("cells", as_of=START + timedelta(hours=5)).num_rows == 0
    assert facts.state(store, as_of=late)["state"] == "won"


def test_a_decision_dated_in_the_future_is_not_known_yet(store, facts):
    store.log_decision(facts.decision(timestamp=START + timedelta(days=1), recorded_at=START))
    assert store.ask("cells", as_of=START).num_rows == 0


def test_cost_and_effort_that_are_unknown_are_not_zero(store, facts):
    store.log_decisions(
        [
            facts.decision("a", cost_usd=10.0),
            facts.decision("b", effort_minutes=30.0),
            facts.decision("c"),
        ]
    )
    for each in "abc":
        store.record_outcome(facts.win(each, revenue_generated=100.0))
    (cell,) = store.ask("cells", as_of=facts.later).to_pylist()
    assert (cell["cost"], cell["cost_known"], cell["revenue_where_cost_known"]) == (10, 1, 100)
    assert (cell["effort_minutes"], cell["effort_known"], cell["revenue_where_effort_known"]) == (
        30,
        1,
        100,
    )


def test_the_view_of_conversion_metrics_agrees_with_the_cells(store, facts):
    store.log_decisions([facts.decision(f"d{i}", opportunity_type=f"t{i % 3}") for i in range(30)])
    for i in range(0, 30, 2):
        store.record_outcome(facts.win(f"d{i}", hours=i + 1, revenue_generated=10.0 * i))
    for i in range(1, 30, 4):
        store.record_outcome(
            facts.outcome(f"d{i}", outcome_status="failed", response_received=True)
        )
    now = datetime.now(UTC)
    cells = store.ask("cells", as_of=now).to_pylist()
    matured = store.ask("matured", as_of=now).to_pylist()
    with store._database.reading() as connection:
        view = (
            connection.sql("FROM conversion_metrics ORDER BY opportunity_type")
            .to_arrow_table()
            .to_pylist()
        )
    for cell, had_chance, metric in zip(cells, matured, view, strict=True):
        assert metric["total_decisions"] == cell["decisions"]
        assert cell["won"] + cell["lost"] <= had_chance["matured"] <= cell["decisions"]
        assert metric["conversion_rate"] == pytest.approx(100 * cell["won"] / had_chance["matured"])
        assert metric["total_revenue"] == cell["revenue"]
        assert metric["avg_time_to_conversion_hours"] == cell["won_hours_sum"] / cell["won"]
        assert (metric["won"], metric["lost"], metric["open"]) == (
            cell["won"],
            cell["lost"],
            cell["open"],
        )


RECEIVED: dict[str, tuple[list[tuple[str, float]], str, float, float]] = {
    # rows as (status, amount); state, revenue, received
    "a deposit on an open deal is no revenue yet": ([("pending", 50)], "open", 0, 50),
    "the deposit counts once it is won": ([("pending", 50), ("won", 200)], "won", 250, 250),
    "a reversal takes its money with it": ([("won", 2500), ("reversed", 0)], "lost", 0, 0),
    "a reversal that says the money": ([("won", 2500), ("reversed", -2500)], "lost", 0, 0),
    "a refund after the reversal is the same money": (
        [("won", 2500), ("reversed", 0), ("refunded", -2500)], "lost", 0, 0,
    ),
    "more goes back than came in": ([("won", 100), ("chargeback", -115)], "lost", 0, -15),
    "won again after a reversal": ([("won", 100), ("reversed", 0), ("won", 120)], "won", 120, 120),
    "won again, refund of the first late": (
        [("won", 100), ("reversed", 0), ("won", 120), ("refunded", -100)], "won", 120, 120,
    ),
    "reversed twice": ([("won", 100), ("reversed", 0), ("won", 120), ("reversed", 0)], "lost", 0, 0),
    "a cancellation leaves what was received": ([("won", 100), ("canceled", 0)], "lost", 0, 100),
    "a cancellation with a refund": ([("won", 100), ("canceled", 0), ("refunded", -100)], "lost", 0, 0),
    "a part refund": ([("won", 100), ("refunded", -40)], "won", 60, 60),
    "a full refund": ([("won", 100), ("refunded", -100)], "lost", 0, 0),
    "lost with a deposit kept": ([("pending", 30), ("lost", 0)], "lost", 0, 30),
}  # fmt: skip


@pytest.fixture(scope="module")
def states_and_cells(temporary_store, facts_once):
    cases = {
        name: [
            {"outcome_type": "sale", "outcome_status": status, "revenue_generated": amount}
            for status, amount in rows
        ]
        for name, (rows, *_) in RECEIVED.items()
    }
    with temporary_store() as store:
        states = states_of(store, facts_once, cases)
        cells = store.ask("cells", as_of=facts_once.later).to_pylist()
        return states, {cell["opportunity_source"]: cell for cell in cells}


@pytest.mark.parametrize("case", RECEIVED)
def test_revenue_is_what_stands_of_a_won_decision(states_and_cells, case):
    _, state, revenue, received = RECEIVED[case]
    states, cells = states_and_cells
    found, cell = states[case], cells[case]
    assert (found["state"], found["revenue"], found["received"]) == (state, revenue, received)
    pending = received if state == "open" else 0
    kept = received if state == "lost" else 0
    assert (cell["revenue"], cell["pending_revenue"], cell["received_not_won"]) == (
        revenue, pending, kept,
    )  # fmt: skip


def oracle(rows: list[Outcome]) -> tuple[str, Decimal]:
    """Tell the state and the money received by reading the rules row by row."""
    words = Vocabulary()
    state, had_win, nothing = "open", False, Decimal(0)
    settled = balance = returned = taken = received = nothing
    for row in rows:
        meaning = words.meaning(row.outcome_type, row.outcome_status)
        wins = row.customer_acquired or row.deal_closed or meaning == "won"
        had_win = had_win or wins
        amount = Decimal(str(row.revenue_generated))
        balance += amount
        returned += max(-amount, nothing)
        # A refund after a reversal is money that the reversal took along.
        net = balance + min(returned, taken)
        if meaning == "reversed":
            settled += min(net, nothing)
            received, taken = settled, max(balance, nothing)
            balance = returned = nothing
        else:
            received = settled + net
        refunded = amount < 0 and received <= 0 < received - amount
        if had_win and (meaning == "reversed" or refunded):
            state = "lost"
        elif wins:
            state = "won"
        elif meaning == "lost":
            state = "lost"
    return state, received


rows_of_a_decision = st.lists(
    st.fixed_dictionaries(
        {
            "hour": st.integers(0, 12),
            "outcome_type": st.sampled_from(["conversion", "response", "Refund "]),
            "outcome_status": st.sampled_from(
                ["success", "pending", "failed", "reversed", " Lost", "xyzzy"]
            ),
            "revenue_generated": st.sampled_from([0.0, 0.1, 0.2, 50.0, -0.3, -50.0]),
            "customer_acquired": st.sampled_from([False, False, False, True]),
            "deal_closed": st.sampled_from([False, False, False, True]),
            "response_received": st.booleans(),
        }
    ),
    max_size=6,
)
# A database costs more than its rows: few long logs instead of many short ones.
logs = st.lists(rows_of_a_decision, min_size=8, max_size=24)


def facts_of(log: list[list[dict[str, Any]]]) -> tuple[list[Decision], list[Outcome]]:
    decisions, outcomes = [], []
    for number, rows in enumerate(log):
        known = START + timedelta(hours=number % 3)
        decisions.append(Decision(f"d{number}", START, "lead", f"s{number % 2}", "reply", known))
        for place, row in enumerate(rows):
            at = START + timedelta(hours=row["hour"])
            fields = {name: value for name, value in row.items() if name != "hour"}
            outcomes.append(
                Outcome(
                    outcome_id=f"{number}-{place}",
                    decision_id=f"d{number}",
                    occurred_at=at,
                    recorded_at=at,
                    **fields,
                )
            )
    return decisions, outcomes


def answers(store: Store, as_of: datetime) -> list[list[dict[str, Any]]]:
    return [
        store.ask("cells", as_of=as_of).to_pylist(),
        store.ask("delays", as_of=as_of).to_pylist(),
        store.ask("decisions", as_of=as_of, since=None, until=None, limit=None).to_pylist(),
        store.ask("outcomes", as_of=as_of, since=None, until=None).to_pylist(),
    ]


@settings(max_examples=8, deadline=None)
@given(log=logs, hour=st.integers(0, 13))
def test_facts_recorded_after_as_of_never_change_an_answer(temporary_store, log, hour):
    as_of = START + timedelta(hours=hour)
    decisions, outcomes = facts_of(log)
    with temporary_store() as everything, temporary_store() as cut:
        everything.log_decisions(decisions)
        everything.record_outcomes(outcomes)
        known = [d for d in decisions if d.recorded_at <= as_of]
        ids = {d.decision_id for d in known}
        cut.log_decisions(known)
        cut.record_outcomes(o for o in outcomes if o.recorded_at <= as_of and o.decision_id in ids)
        assert answers(everything, as_of) == answers(cut, as_of)


@settings(max_examples=8, deadline=None)
@given(log=logs, hour=st.integers(0, 13), folds=st.integers(1, 4))
def test_states_are_those_of_the_rules_read_row_by_row(temporary_store, log, hour, folds):
    as_of = START + timedelta(hours=hour)
    decisions, outcomes = facts_of(log)
    with temporary_store() as store:
        store.log_decisions(decisions)
        for part in range(folds):  # in several folds, so that history is extended and not only made
            store.record_outcomes(outcomes[part::folds])
            store.fold()
        order = {o.outcome_id: (i % folds, i) for i, o in enumerate(outcomes)}
        asked = store.ask("decisions", as_of=as_of, since=None, until=None, limit=None).to_pylist()
        for row in asked:
            rows = [
                o
                for o in outcomes
                if o.decision_id == row["decision_id"] and o.recorded_at <= as_of
            ]
            rows.sort(key=lambda o: (o.recorded_at, order[o.outcome_id]))
            state, received = oracle(rows)
            assert (row["decision_id"], row["state"]) == (row["decision_id"], state)
            assert row["received"] == pytest.approx(float(received))
            assert row["revenue"] == (row["received"] if state == "won" else 0)
        cells = store.ask("cells", as_of=as_of).to_pylist()
        delays = store.ask("delays", as_of=as_of).to_pylist()
        for state in ("won", "lost", "open"):
            expected = sum(row["state"] == state for row in asked)
            assert sum(cell[state] for cell in cells) == expected
            assert sum(r["decisions"] for r in delays if r["state"] == state) == expected
        assert store.status(verify=True).damage == ()
