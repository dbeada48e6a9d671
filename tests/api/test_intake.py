from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from decision_log.records import Intake, new_decision_id
from decision_store.errors import InvalidRecord

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DECISION = {
    "decision_id": "d-1",
    "opportunity_type": "coaching",
    "opportunity_source": "email",
    "action_taken": "Replied",
}
OUTCOME = {"decision_id": "d-1", "outcome_type": "response", "outcome_status": "pending"}


def decision(**given):
    return Intake(now=NOW).decision({**DECISION, **given})


def outcome(**given):
    return Intake(now=NOW).outcome({**OUTCOME, **given})


def test_an_omitted_time_is_now():
    assert decision().timestamp == decision().recorded_at == NOW
    assert outcome().occurred_at == outcome().recorded_at == NOW


def test_a_missing_type_is_general_and_a_missing_source_is_unknown():
    made = decision(opportunity_type=" ", opportunity_source=None)
    assert (made.opportunity_type, made.opportunity_source) == ("general", "unknown")


def test_a_naive_time_is_taken_in_the_configured_zone():
    berlin = Intake(now=NOW, zone=ZoneInfo("Europe/Berlin"))
    made = berlin.decision({**DECISION, "timestamp": "2026-02-08 10:15"})
    assert made.timestamp == datetime(2026, 2, 8, 9, 15, tzinfo=UTC)


def test_a_date_is_its_midnight():
    assert decision(timestamp=date(2026, 2, 8)).timestamp == datetime(2026, 2, 8, tzinfo=UTC)


def test_the_future_is_refused_and_the_message_names_zone_and_clock():
    with pytest.raises(InvalidRecord, match=r"timestamp lies in the future .*DECISION_LOG_ZONE"):
        decision(timestamp=NOW + timedelta(hours=1))
    with pytest.raises(InvalidRecord, match="occurred_at lies in the future"):
        outcome(occurred_at="2027-01-01")


def test_clocks_may_differ_by_some_minutes():
    assert decision(timestamp=NOW + timedelta(minutes=4)).timestamp > NOW


@pytest.mark.parametrize("moment", ["2026-02-30", "", "2026-13-01T00:00", "0001-01-01"])
def test_an_impossible_time_is_refused(moment):
    with pytest.raises(InvalidRecord, match="timestamp"):
        decision(timestamp=moment)


@pytest.mark.parametrize("score", [-1, 100.5, 1e300, math.nan, math.inf, True, "high", [85]])
def test_a_score_outside_0_to_100_is_refused(score):
    with pytest.raises(InvalidRecord, match="opportunity_score"):
        decision(opportunity_score=score)


@pytest.mark.parametrize(("given", "read"), [(0, 0.0), (100, 100.0), ("85", 85.0), (None, None)])
def test_a_score_may_be_a_number_a_decimal_text_or_missing(given, read):
    assert decision(opportunity_score=given).opportunity_score == read


@pytest.mark.parametrize("revenue", [math.nan, -math.inf, "a lot", 1e300])
def test_revenue_must_be_a_finite_number(revenue):
    with pytest.raises(InvalidRecord, match="revenue_generated"):
        outcome(revenue_generated=revenue)


def test_a_refund_is_negative_revenue():
    assert outcome(revenue_generated=-50).revenue_generated == -50.0


@pytest.mark.parametrize("value", ["yes", 2, 0.5, []])
def test_a_flag_is_true_or_false(value):
    with pytest.raises(InvalidRecord, match="deal_closed must be true or false"):
        outcome(deal_closed=value)


def test_a_context_must_be_json():
    with pytest.raises(InvalidRecord, match="context cannot be written as JSON"):
        decision(context={"what": object()})
    with pytest.raises(InvalidRecord, match="context must be an object"):
        decision(context=["a"])


def test_a_misspelt_field_is_named():
    with pytest.raises(InvalidRecord, match="oportunity_score is not a field of decisions"):
        decision(oportunity_score=85)


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d"])
def test_texts_that_cannot_be_stored_are_refused(text):
    with pytest.raises(InvalidRecord, match="opportunity_content"):
        decision(opportunity_content=text)


@pytest.mark.parametrize("text", ["⛳️ fore!", "מה שלומך", "\x1b[31mred\x1b[0m", "x" * 1_000_000])
def test_any_other_text_is_kept_whole(text):
    assert decision(opportunity_content=text).opportunity_content == text


def test_ids_we_make_sort_by_time_and_differ():
    ids = [new_decision_id(NOW + timedelta(seconds=s)) for s in range(50)]
    assert ids == sorted(ids)
    assert len({new_decision_id(NOW) for _ in range(50)}) == 50
