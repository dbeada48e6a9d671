"""Alarms under daily looks: rarely where nothing changes, also in bursts; soon where something does."""

from __future__ import annotations

import numpy as np
import pytest

from decision_model.anytime import anytime_p, average, inflation, log_evidence
from decision_model.evaluation.drift import drifts
from decision_model.evaluation.miscalibration import miscalibration_p
from decision_model.hyperparameters import FALSE_ALARMS

DAYS, PER_DAY, THEN = 60, 5, 300


def field(seed: int, *, burst: int, n_then: int = THEN, moved: float = 0.0) -> tuple[list, list]:
    """A field of three levels in bursts of equal ones; later ``moved`` of the first level become the last."""
    rng = np.random.default_rng([seed, burst, 41])
    shares = np.array([0.5, 0.3, 0.2])
    later = shares + moved * np.array([-1.0, 0.0, 1.0])
    sides = []
    for p, n in ((shares, n_then), (later, DAYS * PER_DAY)):
        drawn = rng.choice(["free", "pro", "team"], n // burst + 1, p=p)
        sides.append(np.repeat(drawn, burst)[:n].tolist())
    return sides[0], sides[1]


def first_alarm(then: list, now: list, step: int = 4) -> int | None:
    """Day of the first alarm of daily looks, here every fourth."""
    days = np.arange(len(then) + len(now)) // PER_DAY
    for day in range(6, DAYS + 1, step):
        m = day * PER_DAY
        found = drifts({"plan": then}, {"plan": now[:m]}, blocks=[days[: len(then) + m]])
        if found[0].alarm:
            return day
    return None


def residual_world(seed: int, *, burst: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Calibrated probabilities; decisions of one sender, ``burst`` in a row, end the same."""
    rng = np.random.default_rng([seed, burst, 43])
    n = DAYS * PER_DAY
    sender = np.arange(n) // burst
    said = 1 / (1 + np.exp(-rng.normal(-0.6, 0.8, n)))[sender * burst]
    won = (rng.random(n) < said)[sender * burst].astype(float)
    return won, said, sender


def ever_miscalibrated(won: np.ndarray, said: np.ndarray, blocks: list[np.ndarray]) -> bool:
    return any(
        miscalibration_p(won[:m], said[:m], [one[:m] for one in blocks]) <= FALSE_ALARMS
        for m in range(4 * PER_DAY, len(won) + 1, PER_DAY)
    )


@pytest.mark.parametrize("burst", [1, 10])
def test_a_still_field_hardly_ever_raises_an_alarm_also_in_bursts(burst):
    assert sum(first_alarm(*field(seed, burst=burst), step=9) is not None for seed in range(8)) <= 1


def test_a_share_that_moves_by_thirty_points_is_found_within_two_weeks():
    days = [first_alarm(*field(seed, burst=1, moved=0.3)) for seed in range(5)]
    assert all(day is not None and day <= 14 for day in days)


def test_forty_percent_predicted_and_fifteen_seen_is_found_and_calibrated_ones_are_not():
    rng = np.random.default_rng(1)
    said, day = np.full(150, 0.4), np.arange(150) // 5
    assert miscalibration_p((rng.random(150) < 0.15).astype(float), said, [day]) < 0.01
    assert miscalibration_p((rng.random(150) < 0.4).astype(float), said, [day]) > FALSE_ALARMS


def test_too_large_differences_between_probabilities_are_found():
    rng = np.random.default_rng(3)
    truth = rng.beta(2, 4, 600)
    log_odds = 2.5 * np.log(truth / (1 - truth))
    won = (rng.random(600) < truth).astype(float)
    assert miscalibration_p(won, 1 / (1 + np.exp(-log_odds))) < 0.01
    assert miscalibration_p(won, truth) > FALSE_ALARMS


def test_a_break_after_long_calibration_is_found():
    rng = np.random.default_rng(4)
    said = np.full(512, 0.5)
    won = (rng.random(512) < np.where(np.arange(512) < 256, 0.5, 0.2)).astype(float)
    assert miscalibration_p(won[:256], said[:256]) > FALSE_ALARMS
    assert miscalibration_p(won, said) < 0.01


def test_with_all_decisions_of_one_day_nothing_is_claimed():
    won, said = np.zeros(200), np.full(200, 0.4)
    assert miscalibration_p(won, said, [np.zeros(200, dtype=int)]) > FALSE_ALARMS
    assert miscalibration_p(won, said, [np.arange(200) // 5]) < 0.001


def test_the_design_effect_of_ten_equal_values_is_about_ten_and_of_single_ones_about_one():
    rng = np.random.default_rng(5)
    values = rng.normal(size=500)
    assert 0.999 < inflation(values) < 1.6
    assert 8 < inflation(np.repeat(values, 10), [np.arange(5000) // 10]) < 12


def test_evidence_is_the_ratio_of_the_two_normal_densities():
    d, a, t = 0.3, 0.02, 0.05

    def density(variance: float) -> float:
        return float(np.exp(-d * d / 2 / variance) / np.sqrt(2 * np.pi * variance))

    assert log_evidence(d, a, t) == pytest.approx(np.log(density(a + t) / density(a)))
    assert average([0.0, np.log(3.0)]) == pytest.approx(np.log(2.0))
    assert anytime_p(np.log(20.0)) == pytest.approx(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("burst", [1, 10])
def test_of_still_fields_at_most_one_in_twenty_ever_raises_an_alarm(burst):
    worlds = 100
    alarms = sum(first_alarm(*field(seed, burst=burst)) is not None for seed in range(worlds))
    assert alarms / worlds <= 0.05 + 0.04  # two standard errors


@pytest.mark.slow
@pytest.mark.parametrize("burst", [1, 10])
def test_of_calibrated_predictors_at_most_one_in_twenty_is_ever_called_miscalibrated(burst):
    worlds, with_senders, without = 60, 0, 0
    for seed in range(worlds):
        won, said, sender = residual_world(seed, burst=burst)
        day = np.arange(len(won)) // PER_DAY
        with_senders += ever_miscalibrated(won, said, [sender, day])
        if burst > 1 and seed < 20:
            z = np.cumsum(won - said) / np.sqrt(np.cumsum(said * (1 - said)))
            without += bool((np.abs(z[20:]) > 2.576).any())
    assert with_senders / worlds <= 0.05 + 0.055  # two standard errors
    assert burst == 1 or without >= 8, "a test for one look of independent decisions"
