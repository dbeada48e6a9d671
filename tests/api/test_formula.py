from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log.predicting import number_columns
from decision_log.predicting.number_columns import amounts, percents, rounded
from decision_log.predicting.template import percent
from decision_log.scoring.formula import ScoreParts, moved_sentences, score_parts, tiers_of
from decision_log.settings import DEFAULT_TIERS, ScoreWeights

fractions = st.floats(0, 1)
money = st.floats(-1e9, 1e9)
WEIGHTS = ScoreWeights()


def parts_of(*numbers: float) -> ScoreParts:
    return score_parts(*(np.array([number], dtype=float) for number in numbers), WEIGHTS)


def test_the_documented_example_is_72_2():
    parts = parts_of(85, 0.755, 350.50, 0.85)
    assert [part.item() for part in parts] == pytest.approx([34.0, 22.65, 7.01, 8.5])
    assert parts.total.item() == 72.2


@given(st.floats(0, 100), fractions, money, fractions)
def test_a_score_lies_between_0_and_100(base, probability, revenue, confidence):
    assert 0 <= parts_of(base, probability, revenue, confidence).total <= 100


@given(st.floats(0, 99), fractions, money, fractions)
def test_more_of_anything_never_lowers_the_score(base, probability, revenue, confidence):
    less = parts_of(base, probability * 0.9, revenue - 10, confidence * 0.9).total
    assert parts_of(base + 1, probability, revenue, confidence).total >= less


def test_revenue_gives_at_most_20_points_and_a_loss_takes_none():
    assert parts_of(0, 0, 1e9, 0).revenue == 20.0
    assert parts_of(0, 0, -1e9, 0).revenue == 0.0


@pytest.mark.parametrize(
    ("score", "begins"),
    [
        (100, "HIGH PRIORITY"), (70, "HIGH PRIORITY"), (69.9, "MEDIUM-HIGH"), (60, "MEDIUM-HIGH"),
        (59.9, "MEDIUM -"), (45, "MEDIUM -"), (44.9, "LOW"), (30, "LOW"), (29.9, "VERY LOW"),
        (0, "VERY LOW"),
    ],
)  # fmt: skip
def test_each_tier_begins_at_its_documented_score(score, begins):
    (place,) = tiers_of(np.array([score]), DEFAULT_TIERS)
    assert DEFAULT_TIERS[place][1].startswith(begins)


@given(st.floats(0, 100), st.floats(0, 1), st.floats(-1e4, 1e6), st.floats(0, 1), st.booleans())
@settings(max_examples=60)
def test_the_reason_of_a_score_names_where_it_came_from_and_where_it_went(
    base, probability, revenue, confidence, given_score
):
    parts = parts_of(base, probability, revenue, confidence)
    numbers = (np.array([number]) for number in (probability, revenue))
    (said,) = moved_sentences(
        np.array([base]), parts, parts.total, WEIGHTS, [given_score], *numbers
    )
    start, rest = said.split(": ", 1)
    assert start.endswith(f"{parts.total.item():.0f}")
    assert ("no base score was given" in start) == (not given_score)
    points = [float(n) for n in re.findall(r"(-?\d+) of \d+ (?:points )?for ", rest)]
    assert sum(points) == pytest.approx(parts.total.item(), abs=2.1)  # each is rounded
    assert len(points) == 4


halves = st.integers(-(10**6), 10**6).map(lambda n: n / 1000)
numbers = st.one_of(st.floats(-1e15, 1e15), halves, st.sampled_from([2.675, 0.125, 1e300, -0.0]))


MANY = number_columns.FEW + 1
"""From so many numbers on, columns are written by calls of NumPy."""


@given(st.lists(numbers, min_size=1), st.integers(0, 3))
@settings(max_examples=100)
def test_columns_are_rounded_as_one_number_is(column, digits):
    exact = [round(one, digits) for one in column]
    assert rounded(np.array(column), digits).tolist() == exact
    assert rounded(np.array(column * MANY), digits).tolist() == exact * MANY


@given(st.lists(st.one_of(fractions, st.integers(0, 2000).map(lambda n: n / 2000)), min_size=1))
@settings(max_examples=100)
def test_columns_are_written_in_percent_as_one_fraction_is(column):
    written = [percent(one) for one in column]
    assert percents(np.array(column)) == written
    assert percents(np.array(column * MANY)) == written * MANY


@given(st.lists(st.one_of(st.floats(0, 12_000), halves, st.just(-0.0)), min_size=1, max_size=9))
@settings(max_examples=60)
def test_columns_of_amounts_are_written_as_one_amount_is(column):
    written = [amount for one in column for amount in amounts(np.array([one]))]
    assert written == [f"{one + 0.0:,.0f}" for one in column]
    assert amounts(np.array(column * 300)) == written * 300


@given(st.lists(st.integers(0, 1000).map(lambda n: n / 10), min_size=1))
def test_tiers_of_many_scores_are_those_of_each(scores):
    each = [place for one in scores for place in tiers_of(np.array([one]))]
    assert tiers_of(np.array(scores * MANY)) == each * MANY
