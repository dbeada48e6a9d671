"""The gate: what replaces the champion, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_log.models.dataset import read_history
from decision_log.models.gate import judge
from decision_log.models.recipe import Recipe
from decision_log.predicting.champion import load_champion
from decision_model.inputs.history import utc64
from decision_model.regression.posterior import LogisticPosterior
from decision_model.trained.model import TrainedModel
from decision_model.trained.pool import Pool

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def log(made_once):
    with DecisionLog(home=made_once) as log:
        yield log


@pytest.fixture(scope="module")
def model(log):
    return load_champion(log.settings.home.models)[1]


def trained_at(log, moment):
    history = read_history(log.store, moment)
    return TrainedModel.fit(history.frame, history.labels)


def judged(log, new, champion, recipe=Recipe(), champion_recipe=Recipe()):  # noqa: B008
    return judge(log, new, champion, as_of=AS_OF, recipe=recipe, champion_recipe=champion_recipe)


def test_the_first_version_serves_without_a_test(log, model):
    found = judged(log, model, None)
    assert found.replace
    assert found.evidence == {"rule": "first"}


def test_a_refresh_replaces_the_champion_where_few_decisions_followed_it(log, model):
    found = judged(log, model, trained_at(log, AS_OF - timedelta(days=40)))
    assert found.replace
    assert found.evidence == {"rule": "refresh"}


def test_with_enough_decisions_since_the_champion_a_refresh_is_tested(log, model):
    found = judged(log, model, trained_at(log, AS_OF - timedelta(days=90)))
    assert found.evidence["rule"] == "refresh"
    assert found.evidence["judged"] >= 50
    assert found.replace == (found.evidence["ruling"] not in {"worse", "miscalibrated"})


def test_a_refresh_shown_to_be_worse_does_not_replace_the_champion(log, model, monkeypatch):
    champion = trained_at(log, AS_OF - timedelta(days=90))

    def reversed_regression(*arguments, **named):
        made = TrainedModel.fit(*arguments, **named)
        turned = LogisticPosterior(
            made.full.intercept, -made.full.weights, made.full.precision, made.full.covariance
        )
        return replace(
            made,
            full=turned,
            time_invariant=turned,
            pool=Pool(np.eye(len(made.pool.weights))[2]),
        )

    class Broken:
        fit = staticmethod(reversed_regression)

    monkeypatch.setattr("decision_log.models.trainers.TrainedModel", Broken)
    found = judged(log, model, champion)
    assert not found.replace
    assert found.reason.startswith("The refresh is worse: on ")


def test_one_that_knows_fewer_facts_never_replaces_the_champion(log, model):
    older = replace(model, as_of=utc64(AS_OF - timedelta(days=9)))
    found = judged(log, older, model)
    assert not found.replace
    assert "2026-02-20" in found.reason
    assert "2026-03-01" in found.reason


def test_another_recipe_waits_for_later_decisions(log, model):
    champion = trained_at(log, AS_OF - timedelta(days=20))
    found = judged(log, model, champion, recipe=Recipe(("score",)))
    assert not found.replace
    assert found.evidence == {"rule": "recipe"}
