"""A field that tells the answer is refused with the reason, and an honest strong one can be allowed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from decision_log import DecisionLog, describe_fields, train
from decision_log.models.evaluate import evaluate
from decision_log.models.fields import UnknownField
from decision_log.models.recipe import Recipe
from decision_log.models.refresh import refresh
from decision_log.models.trainers import all_trainers
from decision_log.models.versions import show_model

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


@pytest.mark.slow
def test_what_the_settings_allow_holds_for_fields_refresh_training_and_evaluation(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "decision-log.toml").write_text('allow = ["coupon", "no_such_field"]\n')
    with DecisionLog(home=home) as log:
        log.export(tmp_path / "files")
    seen: list[tuple[str, ...]] = []

    def watched(*, recipe: Recipe, seed: int) -> dict[str, Any]:
        seen.append(recipe.allow)
        return all_trainers(recipe=recipe, seed=seed)

    monkeypatch.setattr("decision_log.models.evaluate.all_trainers", watched)
    with DecisionLog(home=tmp_path) as log:
        log.import_history(sorted((tmp_path / "files").iterdir()))
        assert field("context.coupon", tmp_path)["used"]
        made = refresh(log)
        assert made.trained
        assert not refresh(log).trained  # the unknown name makes it no other recipe
        manifest = show_model(log.settings.home.models, str(made.version))
        assert manifest["recipe"]["allow"] == ["coupon"]
        evaluate(log, cutoffs=1, draws=1)
    assert "coupon" in seen[0]
