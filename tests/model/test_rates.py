"""The rate model as a whole."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_model import Evidence, RateModel, confidence

counts = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=6)


def closed(pairs):
    won, lost = (np.array(column, float) for column in zip(*pairs, strict=True))
    n = len(pairs)
    types, sources = tuple(f"t{i // 2}" for i in range(n)), tuple(f"s{i % 2}" for i in range(n))
    return Evidence.from_counts(types, sources, won=won, lost=lost)


def with_open(evidence, cell, hours, count):
    """Add open decisions of the given ages."""
    cell, count = np.asarray(cell), np.asarray(count, float)
    return replace(
        evidence,
        open=np.bincount(cell, count, minlength=len(evidence.types)),
        delay_cell=np.append(evidence.delay_cell, cell),
        delay_state=np.append(evidence.delay_state, np.zeros(len(cell))),
        delay_hours=np.append(evidence.delay_hours, hours),
        delay_count=np.append(evidence.delay_count, count),
    )


def numbers(prediction):
    return {f.name: getattr(prediction, f.name) for f in fields(prediction)}


def check(cells):
    assert np.all((cells.low >= 0) & (cells.low < cells.mean) & (cells.mean < cells.high))
    assert np.all(cells.high <= 1)
    assert np.all(np.isfinite(cells.evidence) & (cells.evidence >= 0))
    assert np.all((cells.confidence >= 0) & (cells.confidence < 1 + 1e-12))


def test_an_empty_log_answers_with_a_weak_prior():
    answer = RateModel.fit(Evidence.from_counts()).predict(["job"], ["mail"])
    assert 0.2 < answer.mean[0] < 0.4
    assert answer.low[0] < 0.01
    assert answer.high[0] > 0.85
    assert answer.evidence.tolist() == answer.confidence.tolist() == [0]
    assert answer.revenue.tolist() == [0]
    assert np.isnan(answer.hours[0])
    assert not answer.immature[0]


@pytest.mark.parametrize(("n", "least"), [(1, 0.1), (5, 0.7), (10, 0.9), (200, 0.999)])
def test_confidence_counts_similar_decisions(n, least):
    cells = RateModel.fit(closed([(n - n // 3, n // 3)])).cells
    assert cells.confidence[0] == pytest.approx(confidence(np.array([float(n)]))[0], abs=0.03)
    assert cells.confidence[0] >= least


@settings(max_examples=25, deadline=None)
@given(counts)
def test_answers_are_ordered_and_finite_for_any_counts(pairs):
    check(RateModel.fit(closed(pairs)).cells)


@settings(max_examples=20, deadline=None)
@given(counts, st.integers(1, 30))
def test_more_wins_never_lower_the_mean_of_their_cell(pairs, more):
    before = RateModel.fit(closed(pairs)).cells.mean[0]
    pairs[0] = (pairs[0][0] + more, pairs[0][1])
    # Grid and quadrature leave an error of this size.
    assert RateModel.fit(closed(pairs)).cells.mean[0] > before - 2e-3


@settings(max_examples=20, deadline=None)
@given(counts)
def test_order_of_cells_and_names_change_nothing(pairs):
    evidence = closed(pairs)
    turned = Evidence.from_counts(
        tuple(f"x{name}" for name in reversed(evidence.sources)),
        tuple(reversed(evidence.types)),
        won=evidence.won[::-1],
        lost=evidence.lost[::-1],
    )
    first, second = RateModel.fit(evidence).cells, RateModel.fit(turned).cells
    assert second.mean[::-1] == pytest.approx(first.mean, abs=1e-3)


def test_swapping_wins_and_losses_mirrors_the_rate_where_data_outweigh_the_prior(monkeypatch):
    monkeypatch.setattr("decision_model.rates.partial_pooling.INTERCEPT_MEAN", 0.0)
    pairs = [(3, 9), (12, 2), (0, 4), (7, 7)]
    one = RateModel.fit(closed(pairs)).cells
    other = RateModel.fit(closed([(lost, won) for won, lost in pairs])).cells
    assert 1 - other.mean == pytest.approx(one.mean, abs=1e-3)
    assert 1 - other.high == pytest.approx(one.low, abs=2e-3)


def test_many_decisions_speak_for_themselves():
    cells = RateModel.fit(closed([(30_000, 70_000), (900, 100)])).cells
    assert cells.mean == pytest.approx([0.3, 0.9], abs=0.005)
    assert (cells.high - cells.low)[0] == pytest.approx(
        2 * 1.96 * 0.3**0.5 * 0.7**0.5 / 316, rel=0.05
    )


def test_predictions_of_cells_are_those_of_predict_in_any_company():
    model = RateModel.fit(closed([(3, 9), (12, 2), (0, 4)]))
    many = model.predict(["t9", "t1", "t0", "t0", "t1"], ["s0", "s1", "s1", "s0", "s0"])
    alone = [model.predict([t], ["s0"]).mean[0] for t in ("t9", "t0", "t1")]
    assert many.mean[[0, 3, 4]] == pytest.approx(alone, rel=1e-9)
    assert many.mean[[3, 2, 4]] == pytest.approx(model.cells.mean, rel=1e-9)
    assert many.won.tolist() == [0, 0, 12, 3, 0]
    fresh = RateModel.fit(closed([(3, 9), (12, 2), (0, 4)])).predict(["t1"], ["s1"])
    assert fresh.mean[0] == pytest.approx(many.mean[1], rel=1e-9)


def test_the_mean_alone_is_that_of_the_whole_prediction():
    model = RateModel.fit(with_open(closed([(3, 9), (12, 2), (0, 4)]), [0, 1], [30, 500], [5, 8]))
    types, sources = ["t0", "t9", "t1", "t1", "t0"], ["s0", "s0", "s9", "s0", "s0"]
    assert model.mean(types, sources) == pytest.approx(
        model.predict(types, sources).mean, rel=1e-12
    )


def test_the_same_log_gives_the_same_numbers():
    evidence = with_open(closed([(3, 9), (12, 2)]), [0, 1], [30, 500], [5, 8])
    first, second = (numbers(RateModel.fit(evidence).cells) for _ in range(2))
    assert all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)


def test_arguments_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="one length"):
        RateModel.fit(Evidence.from_counts()).predict(["a"], [])


@pytest.mark.parametrize(
    "pairs", [[(0, 0)], [(1, 0)], [(0, 1)], [(40, 0)], [(0, 40)], [(5, 5)] * 3]
)
@pytest.mark.parametrize("age", [0.0, 1.0, 1e5])
@pytest.mark.parametrize("count", [1, 10_000])
def test_open_decisions_of_any_number_and_age_give_finite_answers(pairs, age, count):
    model = RateModel.fit(with_open(closed(pairs), [0], [age], [count]))
    check(model.cells)
    check(model.predict(["new", "t0"], ["new", "new"]))


def test_open_decisions_younger_than_any_win_change_little_and_old_ones_count_as_lost():
    evidence = closed([(20, 0), (15, 25)])
    delays = np.full(2, 48.0)
    evidence = replace(
        evidence, delay_cell=[0, 1], delay_state=[1, 1], delay_hours=delays, delay_count=[20, 15]
    )
    young = RateModel.fit(with_open(evidence, [0], [1.0], [60])).cells
    old = RateModel.fit(with_open(evidence, [0], [24.0 * 200], [60])).cells
    assert young.mean[0] > 0.75
    assert old.mean[0] < 0.45
    assert young.immature.tolist() == [True, False]
    assert not old.immature.any()


def test_merging_equal_bins_of_ages_changes_nothing():
    evidence = closed([(4, 9), (12, 2)])
    whole = RateModel.fit(with_open(evidence, [0, 1], [300, 40], [6, 3])).cells
    parts = RateModel.fit(with_open(evidence, [0, 1, 0], [300, 40, 300], [2, 3, 4])).cells
    assert parts.mean == pytest.approx(whole.mean, abs=1e-9)
    assert parts.high == pytest.approx(whole.high, abs=1e-5)


def test_a_cell_that_is_all_open_disturbs_no_other():
    pairs = [(40, 60), (30, 20), (0, 0)]
    calm = RateModel.fit(closed(pairs)).cells
    busy = RateModel.fit(with_open(closed(pairs), [2], [0.5], [300])).cells
    assert busy.mean[:2] == pytest.approx(calm.mean[:2], abs=0.02)
    assert busy.immature.tolist() == [False, False, True]
    assert busy.evidence[2] < 15


def test_open_decisions_of_unknown_age_say_nothing():
    evidence = closed([(4, 9), (12, 2)])
    mute = RateModel.fit(replace(evidence, open=np.array([50.0, 0]))).cells
    assert mute.mean == pytest.approx(RateModel.fit(evidence).cells.mean, abs=2e-3)
    assert mute.immature.tolist() == [True, False]


@pytest.mark.parametrize(("matured", "immature"), [(40, False), (24, True)])
def test_a_cell_is_immature_while_under_half_of_its_evidence_is_in(matured, immature):
    """Of 60 decisions so many closed; the open ones are younger than any delay and say nothing."""
    evidence = closed([(matured // 2, matured // 2), (200, 200)])
    evidence = replace(
        evidence, delay_cell=[1, 1], delay_state=[1, 2], delay_hours=[48.0, 50.0],
        delay_count=[200, 200], longest_hours=[9000.0, 9000.0],
    )  # fmt: skip
    cells = RateModel.fit(with_open(evidence, [0], [0.5], [60 - matured])).cells
    assert bool(cells.immature[0]) is immature
    assert bool(cells.confidence[0] < 0.7) is immature


def test_evidence_is_what_a_cell_has_and_what_the_others_lend_it():
    alike = RateModel.fit(closed([(30, 70)] * 8 + [(1, 2)])).cells
    unlike = RateModel.fit(closed([(5, 95), (95, 5), (95, 5), (5, 95)] * 2 + [(1, 2)])).cells
    alone = RateModel.fit(closed([(1, 2)])).cells
    assert alone.evidence[0] == pytest.approx(3, abs=0.1)
    assert alike.evidence[8] > 3 + 10
    assert 3 <= unlike.evidence[8] < alike.evidence[8] - 2
    assert alike.confidence[8] > alone.confidence[0] + 0.1


def test_confidence_by_other_cells_alone_is_at_most_a_half():
    evidence = closed([(500, 500), (400, 600), (450, 550), (0, 0)])
    assert 0.2 < RateModel.fit(evidence).cells.confidence[3] <= 0.5
    assert confidence(0.0, 1e9) == 0.5
