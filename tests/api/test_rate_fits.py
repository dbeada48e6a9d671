"""Fitted rates: one fit for each state of the facts, with ages that follow the hour."""

from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog
from decision_log.fit_process import FitProcess
from decision_model.delays.of_types import TypeDelays
from decision_model.rates.model import RateModel
from decision_model.rates.stored import pack

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ITEM = {"type": "golf", "source": "email"}


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        log.log_decisions(
            {
                "decision_id": f"d-{n}",
                "opportunity_type": "golf",
                "opportunity_source": "email",
                "action_taken": "Replied",
                "timestamp": NINE - timedelta(days=30 - n),
                "recorded_at": NINE - timedelta(days=30 - n),
            }
            for n in range(20)
        )
        for n in range(6):
            at = NINE - timedelta(days=29 - n)
            log.record_outcome(
                f"d-{n}", "conversion", "success", 50.0, occurred_at=at, recorded_at=at
            )
        yield log


@pytest.fixture
def clock(monkeypatch):
    now = [NINE]
    monkeypatch.setattr("decision_log.rate_fits.utc_now", lambda: now[0])
    return now


def test_everything_that_is_asked_about_the_same_facts_shares_one_fit(log, clock):
    log.get_conversion_rates()
    log.calculate_roi_by_type(as_of=NINE + timedelta(minutes=20))
    log.work_list(as_of=NINE + timedelta(minutes=40))
    log.rate_model(NINE + timedelta(minutes=59))
    assert log.rate_fits.generation == 1


def test_a_fit_lasts_until_the_hour_has_passed_as_open_decisions_age(log, clock):
    first = log.rate_fits.at()
    clock[0] += timedelta(minutes=59)
    assert log.rate_fits.at() is first
    clock[0] += timedelta(minutes=2)
    second = log.rate_fits.at()
    assert second.as_of == NINE + timedelta(hours=1)
    assert second.model is not first.model


def test_a_scorer_shares_the_fit_of_its_log_and_follows_the_hour(log, clock, monkeypatch):
    monkeypatch.setattr("decision_log.scoring.current_predictor.LOOK_AGAIN_SECONDS", 0.0)
    log.get_conversion_rates()
    log.predict_outcome(ITEM, record=True)
    first = log.scorer().predictor
    assert log.scorer().predictor is first
    assert log.rate_fits.generation == 1
    clock[0] += timedelta(hours=1)
    assert log.scorer().predictor is not first


def test_a_fact_counts_at_once_and_one_of_later_not_before_its_time(log, clock):
    log.rate_fits.at()
    later = NINE + timedelta(minutes=30)
    log.record_outcome("d-9", "conversion", "success", 50.0, occurred_at=later, recorded_at=later)
    assert log.rate_fits.at().model.evidence.won.sum() == 6
    clock[0] = later
    assert log.rate_fits.at().model.evidence.won.sum() == 7
    assert log.rate_fits.at().as_of == later


def test_the_same_question_has_the_same_answer_whatever_was_asked_before(log, tmp_path, clock):
    moment = NINE + timedelta(minutes=17)
    clock[0] = moment
    log.get_conversion_rates()
    with DecisionLog(home=tmp_path) as fresh:
        assert log.get_conversion_rates(as_of=moment) == fresh.get_conversion_rates(as_of=moment)


def note_a_win(log, n, at):
    log.record_outcome(f"d-{n}", "conversion", "success", 9.0, occurred_at=at, recorded_at=at)


@pytest.mark.parametrize("minutes", [23, -600], ids=["since the hour", "before the hour"])
def test_rates_after_facts_are_those_that_a_new_process_fits(log, tmp_path, clock, minutes):
    clock[0] = NINE + timedelta(minutes=10)
    before = log.rate_fits.at()
    at = NINE + timedelta(minutes=minutes)
    clock[0] = max(clock[0], at)
    note_a_win(log, 9, at)
    with DecisionLog(home=tmp_path) as fresh:
        (tmp_path / "data" / "decision_log.rates-cache").unlink()
        assert pack(log.rate_fits.at().model) == pack(fresh.rate_fits.at().model)
    assert log.rate_fits.at().model is not before.model


def learnt(log, monkeypatch):
    found = []
    fit = TypeDelays.fit
    monkeypatch.setattr(TypeDelays, "fit", lambda evidence: found.append(1) or fit(evidence))
    return found


def test_delays_are_learnt_once_an_hour_while_few_facts_are_new(log, clock, monkeypatch):
    fits = learnt(log, monkeypatch)
    for minutes in (0, 10, 20):
        clock[0] = NINE + timedelta(minutes=minutes)
        if minutes == 10:
            note_a_win(log, 9, clock[0])
        log.rate_fits.at()
    assert len(fits) == 1
    clock[0] += timedelta(hours=1)
    log.rate_fits.at()
    assert len(fits) == 2


def test_a_log_of_which_much_is_new_learns_delays_from_all_of_it(log, clock):
    clock[0] = NINE + timedelta(minutes=30)
    for n in range(9, 14):
        note_a_win(log, n, clock[0])
    model = log.rate_fits.at().model
    assert pack(model) == pack(RateModel.fit(model.evidence))


def test_a_patient_server_answers_with_the_rates_before_a_change_and_fits_behind(log, clock):
    fits = log.rate_fits
    fits.patience = 60.0
    before = fits.recent()
    log.won("d-10", 70.0)
    clock[0] = datetime.now(UTC)
    assert fits.recent() is before
    assert fits.at().model.evidence.won.sum() == 7
    fits._worker.join()
    assert fits.recent() is fits.at() is not before


def test_a_fit_in_a_process_of_its_own_is_the_same_and_can_be_stopped(log, clock):
    evidence = log.rate_fits.at().model.evidence
    process = FitProcess()
    assert pack(process.fit(evidence)) == pack(RateModel.fit(evidence))
    process.stop()
    assert process.fit(evidence) is None
