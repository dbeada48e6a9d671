"""Settled age of a type: by then 95 % of its wins are recorded. Oracle: counting, where nothing is censored early."""

from __future__ import annotations

from datetime import timedelta

import pytest


def settled_hours(store, facts) -> dict[str, float]:
    as_of = facts.start + timedelta(hours=5_000)
    rows = store.ask("settled_ages", as_of=as_of).to_pylist()
    return {row["opportunity_type"]: row["settled_hours"] for row in rows}


def log_wins(store, facts, kind: str, hours: list[float]) -> None:
    for number, after in enumerate(hours):
        decided = facts.decision(f"{kind} {number}", opportunity_type=kind)
        store.log_decision(decided)
        store.record_outcome(facts.win(decided.decision_id, hours=after))
    store.log_decision(facts.decision(f"{kind} open", opportunity_type=kind))


def bin_end(hours: float) -> float:
    """Delays are counted in eight bins per doubling; the end of the one that holds a delay."""
    end = 1.0
    while end <= hours:
        end *= 2 ** (1 / 8)
    return end


@pytest.mark.parametrize("late", [1, 2, 3])
def test_the_settled_age_is_the_first_by_which_95_percent_of_the_wins_came(store, facts, late):
    """Of 40 wins one is 2.5 %: with one or two late ones the age is that of the others, with three it is theirs."""
    log_wins(store, facts, "lead", [10.0] * (40 - late) + [1_000.0] * late)
    expected = bin_end(10.0 if late <= 2 else 1_000.0)
    assert settled_hours(store, facts)["lead"] == pytest.approx(expected)


@pytest.mark.parametrize(("wins", "own"), [(19, False), (20, True)])
def test_a_type_with_fewer_than_20_wins_waits_as_long_as_all_types(store, facts, wins, own):
    log_wins(store, facts, "slow", [1_000.0] * 60)
    log_wins(store, facts, "quick", [10.0] * wins)
    expected = bin_end(10.0 if own else 1_000.0)
    assert settled_hours(store, facts)["quick"] == pytest.approx(expected)
