from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log.scoring.formula import moved_sentence, recommendation, score_parts
from decision_log.settings import DEFAULT_TIERS, ScoreWeights

fractions = st.floats(0, 1)
money = st.floats(-1e9, 1e9)
WEIGHTS = ScoreWeights()


def test_the_documented_example_is_72_2():
    parts = score_parts(85, 0.755, 350.50, 0.85, WEIGHTS)
    assert parts == pytest.approx((34.0, 22.65, 7.01, 8.5))
    assert parts.total == 72.2


@given(st.floats(0, 100), fractions, money, fractions)
def test_a_score_lies_between_0_and_100(base, probability, revenue, confidence):
    assert 0 <= score_parts(base, probability, revenue, confidence, WEIGHTS).total <= 100


@given(st.floats(0, 99), fractions, money, fractions)
def test_more_of_anything_never_lowers_the_score(base, probability, revenue, confidence):
    less = score_parts(base, probability * 0.9, revenue - 10, confidence * 0.9, WEIGHTS).total
    assert score_parts(base + 1, probability, revenue, confidence, WEIGHTS).total >= less


def test_revenue_gives_at_most_20_points_and_a_loss_takes_none():
    assert score_parts(0, 0, 1e9, 0, WEIGHTS).revenue == 20.0
    assert score_parts(0, 0, -1e9, 0, WEIGHTS).revenue == 0.0


@pytest.mark.parametrize(
    ("score", "begins"),
    [
        (100, "HIGH PRIORITY"), (70, "HIGH PRIORITY"), (69.9, "MEDIUM-HIGH"), (60, "MEDIUM-HIGH"),
        (59.9, "MEDIUM -"), (45, "MEDIUM -"), (44.9, "LOW"), (30, "LOW"), (29.9, "VERY LOW"),
        (0, "VERY LOW"),
    ],
)  # fmt: skip
def test_each_tier_begins_at_its_documented_score(score, begins):
    assert recommendation(score, DEFAULT_TIERS).startswith(begins)


@given(st.floats(0, 100), st.floats(0, 1), st.floats(-1e4, 1e6), st.floats(0, 1), st.booleans())
@settings(max_examples=60)
def test_the_reason_of_a_score_names_where_it_came_from_and_where_it_went(
    base, probability, revenue, confidence, given_score
):
    parts = score_parts(base, probability, revenue, confidence, ScoreWeights())
    said = moved_sentence(
        base, parts, ScoreWeights(), given=given_score, probability=probability, revenue=revenue
    )
    start, rest = said.split(": ", 1)
    assert start.endswith(f"{parts.total:.0f}")
    assert ("no base score was given" in start) == (not given_score)
    points = [float(n) for n in re.findall(r"(-?\d+) of \d+ (?:points )?for ", rest)]
    assert sum(points) == pytest.approx(parts.total, abs=2.1)  # each is rounded
    assert len(points) == 4
