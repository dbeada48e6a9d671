"""Judging does not depend on how fast outcomes arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from histories import history_of
from hypothesis import given
from hypothesis import strategies as st

from decision_model.delays.follow_up import incidence, settled, settled_decisions
from decision_model.inputs.history import State
from decision_store.facts import Decision

END = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = 365 * 24.0


def observed(won, delay, age):
    """What is known at the end of decisions whose outcomes take ``delay`` hours."""
    known = delay <= age
    state = np.where(known, np.where(won, State.WON, State.LOST), State.OPEN).astype(np.int8)
    return history(state, np.where(known, delay, age), age)


def history(state, hours, age):
    oldest_first = np.argsort(-age, kind="stable")
    decisions = []
    for place in oldest_first.tolist():
        made = END - timedelta(hours=float(age[place]))
        decisions.append(Decision(f"d{place}", made, "lead", "mail", "reply", made))
    return history_of(END, decisions, state[oldest_first], hours[oldest_first])


def world(rng, size, win_delay, loss_delay, rate=0.3):
    """Truth and history; delays are lognormal with spread 1 around their medians, in hours."""
    age = rng.uniform(0.0, YEAR, size)
    won = rng.random(size) < rate
    speed = rng.lognormal(0.0, 1.0, size)
    delay = np.where(won, win_delay * speed, loss_delay * speed)
    return won, observed(won, delay, age)


WORLDS = {
    "only wins are recorded": (360.0, np.inf),
    "losses as fast as wins": (360.0, 360.0),
    "losses ten times faster": (360.0, 36.0),
    "losses ten times slower": (72.0, 720.0),
}


@pytest.mark.parametrize("name", WORLDS)
def test_the_judged_share_of_wins_is_the_true_one_whatever_the_speed_of_outcomes(name):
    rng = np.random.default_rng(20260208)
    judged, closed = [], []
    for _ in range(40):
        won, known = world(rng, 1000, *WORLDS[name])
        rows = settled(known).judged
        judged.append(known.won[rows].mean() / won.mean())
        closed.append(known.won[known.closed].mean() / won.mean())
        assert rows.mean() > 0.5
    # At most 5 % of the wins of the youngest judged are missing, 1 to 2 % of all.
    assert 0.97 <= np.mean(judged) <= 1.02
    if name == "only wins are recorded":
        assert np.mean(closed) > 3.0  # judging what is closed would see nothing but wins
    if name == "losses ten times slower":
        assert np.mean(closed) > 1.05


def test_a_judged_decision_is_judged_whatever_its_outcome():
    """Swap what became of two decisions of the same age: the same ages are judged."""
    rng = np.random.default_rng(4)
    _, known = world(rng, 1000, *WORLDS["losses as fast as wins"])
    found = settled(known)
    youngest = known.age[found.judged].min()
    assert np.array_equal(found.judged, known.age >= youngest)


def test_where_only_wins_are_recorded_the_age_is_the_95_percent_point_of_their_delay():
    rng = np.random.default_rng(5)
    _, known = world(rng, 40_000, 100.0, np.inf)
    expected = 100.0 * np.exp(1.6449)
    assert settled(known).from_age[0] == pytest.approx(expected, rel=0.1)


def test_where_everything_is_closed_everything_is_judged():
    rng = np.random.default_rng(6)
    age = rng.uniform(0.0, YEAR, 200)
    known = observed(rng.random(200) < 0.5, age * 0.5, age)
    found = settled(known)
    assert found.judged.all()
    assert found.ample


def test_nothing_is_judged_where_nothing_was_won_yet_and_some_is_open():
    age = np.linspace(1.0, 100.0, 50)
    state = np.zeros(50, dtype=np.int8)
    assert not settled(history(state, age, age)).judged.any()
    state[:] = State.LOST
    assert settled(history(state, age / 2, age)).judged.all()


def test_an_empty_log_has_nothing_to_judge():
    found = settled(history(np.zeros(0, dtype=np.int8), np.zeros(0), np.zeros(0)))
    assert found.judged.size == 0
    assert not found.ample


def test_each_kind_with_wins_enough_has_its_own_age():
    rng = np.random.default_rng(7)
    _, fast = world(rng, 1500, 24.0, np.inf)
    _, slow = world(rng, 1500, 600.0, np.inf)
    age = np.r_[fast.age, slow.age]
    kinds = np.r_[np.zeros(1500), np.ones(1500)]
    known = history(np.r_[fast.state, slow.state], np.r_[fast.hours, slow.hours], age)
    kinds = kinds[np.argsort(-age, kind="stable")].astype(int).tolist()
    found = settled(known, kinds=kinds)
    by_kind = {kind: found.from_age[kinds.index(kind)] for kind in (0, 1)}
    assert by_kind[0] < 24 * 10 < by_kind[1]


def test_a_log_shorter_than_its_wins_take_is_not_ample():
    rng = np.random.default_rng(8)
    _, short = world(rng, 1000, YEAR, np.inf)
    _, long = world(rng, 1000, 24.0, np.inf)
    assert not settled(short).ample
    assert settled(long).ample


def test_a_type_with_few_wins_is_judged_no_sooner_than_all_types_together():
    rng = np.random.default_rng(9)
    _, many = world(rng, 1500, 100.0, np.inf)
    age = np.r_[many.age, np.linspace(1.0, YEAR, 30)]
    state = np.r_[many.state, np.r_[1, np.zeros(29)]].astype(np.int8)
    hours = np.r_[many.hours, np.r_[1.0, np.linspace(1.0, YEAR, 30)[1:]]]
    kinds = ["many"] * 1500 + ["few"] * 30
    found = settled_decisions(state, hours, age, kinds)
    assert found.from_age[-1] == found.from_age[0] > 200.0


def test_no_log_younger_than_45_days_is_ample_while_much_is_open():
    """Half of the wins take twelve hours and half three weeks: ten days show the first half only."""
    rng = np.random.default_rng(10)
    age = rng.uniform(0, 240, 400)
    wait = np.where(rng.random(400) < 0.5, 12.0, 500.0) * rng.lognormal(0, 0.3, 400)
    young = observed(rng.random(400) < 0.6, np.where(wait < 240, wait, np.inf), age)
    assert not settled(young).ample


def test_without_open_decisions_incidence_is_the_plain_share():
    state = np.array([1, 2, 1, 2, 2], dtype=np.int8)
    found = incidence(state, np.array([1.0, 2.0, 3.0, 3.0, 9.0]))
    assert found.hours.tolist() == [1.0, 2.0, 3.0, 9.0]
    assert found.won == pytest.approx([0.2, 0.2, 0.4, 0.4])
    assert found.open[-1] == pytest.approx(0.0)


def test_without_losses_incidence_is_one_minus_kaplan_meier():
    state = np.array([1, 0, 1, 0, 1, 0], dtype=np.int8)
    hours = np.array([1.0, 2.0, 3.0, 3.0, 5.0, 8.0])
    # By hand: 5/6 after 1, times 3/4 after 3, times 1/2 after 5.
    expected = [1 / 6, 1 / 6, 1 - 5 / 8, 1 - 5 / 16, 1 - 5 / 16]
    assert incidence(state, hours).won == pytest.approx(expected)


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.integers(0, 6)), min_size=1, max_size=30))
def test_won_lost_and_open_never_exceed_one_and_only_move_forward(rows):
    state, hours = np.array(rows).T
    found = incidence(state.astype(np.int8), hours.astype(float))
    assert np.all(np.diff(found.won) >= -1e-12)
    assert np.all(np.diff(found.open) <= 1e-12)
    assert np.all(found.won + found.open <= 1.0 + 1e-9)
