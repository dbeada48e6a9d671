"""The simple methods: worked numbers, oracles, fallbacks and no look ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from histories import history_of
from sklearn.linear_model import LogisticRegression

from decision_features import OpportunityFrame
from decision_model.evaluation.baselines import BaseRate, BaseScore, LastRows, OdooScoring
from decision_model.inputs.history import OutcomeRows, utc64
from decision_store.facts import Decision

START = datetime(2026, 1, 1, tzinfo=UTC)
BASELINES = (BaseRate, BaseScore, LastRows, OdooScoring)


def decision(hour, *, kind="lead", source="mail", score=None, context=None):
    made = START + timedelta(hours=hour)
    return Decision(
        f"d{hour}",
        made,
        kind,
        source,
        "reply",
        made,
        opportunity_score=score,
        context=context or {},
    )


def asked(*decisions):
    return OpportunityFrame.from_decisions(decisions)


def history(decisions, state, rows=()):
    """Rows are (position, hour recorded, converted)."""
    size = len(decisions)
    recorded = [utc64(START + timedelta(hours=hour)) for _, hour, _ in rows]
    return history_of(
        as_of=START + timedelta(days=365),
        decisions=decisions,
        state=state,
        hours=np.ones(size),
        rows=OutcomeRows(
            np.array([place for place, _, _ in rows], dtype=np.intp),
            np.array(recorded, dtype="datetime64[us]"),
            np.array([converted for _, _, converted in rows], dtype=np.bool_),
        ),
    )


@pytest.mark.parametrize("baseline", BASELINES)
def test_an_empty_log_gives_one_half(baseline):
    assert baseline().fit(history([], [])).predict(asked(decision(0))).tolist() == [0.5]


@pytest.mark.parametrize("baseline", BASELINES)
def test_no_questions_give_no_answers(baseline):
    fitted = baseline().fit(history([decision(0)], [1]))
    assert fitted.predict(asked()).shape == (0,)


def test_the_base_rate_leaves_open_decisions_out():
    known = history([decision(i) for i in range(6)], [1, 2, 2, 2, 0, 0])
    assert BaseRate().fit(known).predict(asked(decision(9))) == pytest.approx(1.5 / 5.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_base_score_is_an_ordinary_logistic_regression(seed):
    rng = np.random.default_rng(seed)
    score = rng.uniform(0, 100, 500)
    won = rng.random(500) < 1 / (1 + np.exp(-(score - 60) / 15))
    known = history([decision(i, score=s) for i, s in enumerate(score)], np.where(won, 1, 2))
    questions = [decision(1000 + i, score=float(s)) for i, s in enumerate((0, 40, 60, 100))]
    z = (np.r_[score, score.mean(), score.mean()] - score.mean()) / score.std()
    weight = np.r_[np.ones(500), 0.5, 0.5]
    # scikit-learn 1.9: penalty 1/(2C) slope² with C = 2.5².
    oracle = LogisticRegression(C=2.5**2, tol=1e-10).fit(
        z[:, None], np.r_[won, True, False], sample_weight=weight
    )
    expected = oracle.predict_proba(
        (np.array([[0.0], [40.0], [60.0], [100.0]]) - score.mean()) / score.std()
    )[:, 1]
    assert BaseScore().fit(known).predict(asked(*questions)) == pytest.approx(expected, abs=1e-5)


def test_without_a_score_the_base_rate_answers():
    known = history([decision(i, score=50.0 + i) for i in range(4)], [1, 2, 2, 2])
    fitted = BaseScore().fit(known)
    assert fitted.predict(asked(decision(9))) == pytest.approx(1.5 / 5.0)


def test_a_score_that_parts_wins_from_losses_completely_stays_short_of_certainty():
    known = history([decision(i, score=float(i)) for i in range(100)], [2] * 50 + [1] * 50)
    low, high = (
        BaseScore().fit(known).predict(asked(decision(0, score=0.0), decision(1, score=100.0)))
    )
    assert 0.0 < low < 0.01
    assert 0.99 < high < 1.0


def test_a_constant_score_says_no_more_than_the_base_rate():
    known = history([decision(i, score=70.0) for i in range(9)], [1] * 3 + [2] * 6)
    assert BaseScore().fit(known).predict(asked(decision(99, score=70.0))) == pytest.approx(
        3.5 / 10
    )


def test_the_predecessors_rule_counts_rows_and_takes_pending_for_not_converted():
    known = history(
        [decision(0), decision(1), decision(2)],
        [1, 0, 0],
        rows=[(0, 1, False), (0, 2, True), (1, 3, False), (2, 4, False)],
    )
    assert LastRows().fit(known).predict(asked(decision(9))) == pytest.approx(1 / 4)


def test_the_predecessors_rule_takes_the_last_twenty_rows_of_the_same_cell():
    decisions = [decision(0), decision(1, source="fair")]
    rows = [(0, hour, hour > 10) for hour in range(1, 26)] + [(1, 30, False)] * 30
    known = history(decisions, [1, 2], rows)
    assert LastRows().fit(known).predict(asked(decision(90))) == pytest.approx(15 / 20)
    assert LastRows(5).fit(known).predict(asked(decision(90))) == pytest.approx(1.0)


def test_the_predecessors_rule_never_sees_rows_recorded_at_or_after_the_decision():
    rows = [(0, 1, False), (0, 5, True), (0, 9, True)]
    fitted = LastRows().fit(history([decision(0)], [1], rows))
    questions = [decision(5), decision(6), decision(10), decision(1)]
    base = BaseRate().fit(history([decision(0)], [1])).rate_
    assert fitted.predict(asked(*questions)) == pytest.approx([0.0, 1 / 2, 2 / 3, base])


def test_a_cell_without_rows_gets_the_base_rate():
    known = history([decision(0), decision(1)], [1, 2], [(0, 3, True)])
    assert LastRows().fit(known).predict(asked(decision(9, kind="new"))) == pytest.approx(0.5)


def test_odoo_multiplies_type_source_and_choices_and_leaves_numbers_and_dates_out():
    contexts = [
        {"size": "big", "amount": 3.0, "due": "2026-03-01", "vip": True, "none": None},
        {"size": "small", "amount": 4.0, "due": "2026-03-02", "vip": False, "none": None},
    ]
    known = history([decision(i, context=c) for i, c in enumerate(contexts)], [1, 2])
    found = OdooScoring().fit(known).predict(asked(decision(9, context=contexts[0])))
    # size and vip each 1.1/1.2 against .1/1.2; type and source alike on both sides.
    assert found == pytest.approx(round(121 / 122, 4))


def test_odoo_reads_nested_fields_bins_numbers_when_asked_and_ignores_what_it_is_given():
    decisions = [
        decision(i, context={"firm": {"size": "big" if i < 50 else "small"}, "leak": str(i % 2)})
        for i in range(100)
    ]
    known = history(decisions, [1 + i % 2 for i in range(100)])
    assert OdooScoring(ignore=["leak"]).fit(known).predict(asked(decisions[0])) == pytest.approx(
        0.5
    )
    assert OdooScoring().fit(known).predict(asked(decisions[0]))[0] > 0.99
    numbers = [decision(i, context={"amount": float(i)}) for i in range(100)]
    binned = OdooScoring(number_bins=10).fit(history(numbers, [2] * 50 + [1] * 50))
    assert binned.predict(asked(numbers[95]))[0] > 0.95
    assert binned.predict(asked(numbers[5]))[0] < 0.05


def test_odoo_takes_lists_as_tags_that_need_fifty_closed_decisions():
    decisions = [decision(i, context={"tags": ["a" if i % 4 else "b"]}) for i in range(400)]
    state = [1 if i % 4 else 2 for i in range(400)]
    enough = OdooScoring().fit(history(decisions, state)).predict(asked(decisions[0]))
    few = OdooScoring().fit(history(decisions[:40], state[:40])).predict(asked(decisions[0]))
    assert enough[0] < 0.01
    assert few[0] == pytest.approx(30.1 / 40.2, abs=1e-4)
