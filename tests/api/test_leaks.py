"""A field that tells the answer is refused with the reason, and an honest strong one can be allowed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decision_log import DecisionLog, describe_fields, train
from decision_log.models.fields import UnknownField

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("leaks")
    rng = random.Random(3)
    with DecisionLog(home=folder) as log:
        decisions, outcomes = [], []
        for n in range(160):
            won, coupon = rng.random() < 0.4, ""
            coupon = "SPRING" if won else "none"
            made = START + timedelta(hours=6 * n)
            context = {"coupon": coupon, "budget": f"{rng.randint(1, 9)},{rng.randint(10, 99)}"}
            decisions.append(
                {"decision_id": f"d{n}", "opportunity_type": "coaching", "opportunity_source": "email",
                 "action_taken": "x", "timestamp": made, "recorded_at": made, "context": context}
            )  # fmt: skip
            ended = made + timedelta(days=3)
            outcomes.append(
                {"decision_id": f"d{n}", "outcome_type": "conversion", "deal_closed": won,
                 "outcome_status": "success" if won else "failed", "occurred_at": ended, "recorded_at": ended}
            )  # fmt: skip
        log.log_decisions(decisions)
        log.record_outcomes(outcomes)
    return folder


def field(name: str, home: Path, **options: list[str]) -> dict[str, object]:
    return dict(next(row for row in describe_fields(home, **options) if row["name"] == name))


def test_it_is_refused_with_the_reason_and_allowed_by_name(home: Path) -> None:
    refused = field("context.coupon", home)
    assert not refused["used"]
    assert "tells won from lost nearly without error" in str(refused["refused"])
    for name in ("coupon", "context.coupon"):
        assert field("context.coupon", home, allow=[name])["used"]


def test_a_decimal_comma_makes_a_number(home: Path) -> None:
    assert field("context.budget", home)["kind"] == "number"


def test_training_keeps_what_was_allowed(home: Path) -> None:
    found = train(home, allow=["coupon"])
    assert found["trained"]
    assert next(row for row in found["fields"] if row["name"] == "context.coupon")["used"]
    with pytest.raises(UnknownField, match="cannot be allowed"):
        train(home, allow=["cupon"])
