"""Replaying history: only the past is known, all are judged alike, and figures add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from histories import history_of

from decision_features import OpportunityFrame
from decision_model.evaluation.baselines import BaseRate, LastRows, OdooScoring
from decision_model.evaluation.calibration import brier_parts
from decision_model.evaluation.metrics import auc, log_loss, top_share
from decision_model.evaluation.replay import cutoffs, replay
from decision_model.inputs.history import OutcomeRows, State, utc64
from decision_store.facts import Decision

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RATES = {"mail": 0.15, "fair": 0.6}


class Log:
    """Facts of an invented log, and what is known of it as of any moment."""

    def __init__(self, size=1500, seed=1, days=300, win_days=2.0, loss_days=2.0):
        rng = np.random.default_rng(seed)
        offsets = np.sort(rng.uniform(0, days, size))
        source = rng.choice(list(RATES), size)
        self.decisions = [
            Decision(
                f"d{i}", START + o * DAY, "lead", s, "reply", START + o * DAY, context={"s": str(s)}
            )
            for i, (o, s) in enumerate(zip(offsets.tolist(), source.tolist(), strict=True))
        ]
        self.moments = OpportunityFrame.from_decisions(self.decisions).timestamp
        self.truth = rng.random(size) < [RATES[s] for s in source]
        speed = rng.exponential(1.0, size)
        self.delay = np.where(self.truth, win_days, loss_days) * 24.0 * speed
        self.revenue = np.where(self.truth, np.where(source == "fair", 20.0, 400.0), 0.0)
        self.end = START + (days + 1) * DAY
        self.asked = []

    def as_known(self, moment):
        self.asked.append(moment)
        moments = self.moments
        size = int(np.searchsorted(moments, utc64(moment), side="right"))
        age = (utc64(moment) - moments[:size]) / np.timedelta64(1, "h")
        known = self.delay[:size] <= age
        state = np.where(known, np.where(self.truth[:size], State.WON, State.LOST), State.OPEN)
        result = np.flatnonzero(known)
        recorded = moments[result] + (self.delay[result] * 3.6e9).astype("timedelta64[us]")
        return history_of(
            moment,
            self.decisions[:size],
            state,
            np.where(known, self.delay[:size], age),
            np.where(known, self.revenue[:size], 0.0),
            OutcomeRows(result, recorded, self.truth[result]),
        )


class Truth:
    """Knows the rates that made the log, and what a win of each source brings."""

    def predict(self, frame):
        return np.array([RATES[one] for one in frame.source])

    def expected_revenue(self, frame):
        return np.array([{"fair": 12.0, "mail": 60.0}[one] for one in frame.source])


def truth(_):
    return Truth()


SIMPLE = {"base rate": BaseRate().fit, "last rows": LastRows().fit, "odoo": OdooScoring().fit}
TRAINERS = {**SIMPLE, "truth": truth}


def run(log, trainers=TRAINERS, **changes):
    cuts = cutoffs(log.moments, first=0.5, folds=5)
    asked = {"cutoffs": cuts, "end": log.end, "reference": "base rate", "draws": 200}
    return replay(log.as_known, trainers, **asked | changes)


@pytest.fixture(scope="module")
def replayed():
    return run(Log())


def test_trainers_are_given_the_log_as_of_each_cutoff_and_nothing_else():
    log, given = Log(size=300), []

    def trainer(known):
        given.append(known.as_of)
        assert known.moments.max() <= utc64(known.as_of)
        return BaseRate().fit(known)

    found = run(log, {"base rate": trainer})
    assert given == [fold.cutoff for fold in found.folds if fold.judged]


def test_facts_recorded_after_a_cutoff_never_change_what_was_predicted_at_it():
    log, other = Log(), Log()
    last = run(log).folds[-1].cutoff
    ids = np.array([d.timestamp > last for d in other.decisions])
    other.truth = np.where(ids, ~other.truth, other.truth)
    first, second = run(log).rows, run(other).rows
    common = sorted(set(first.decision_id) & set(second.decision_id))
    assert len(common) > 500
    for rows in ("base rate", "last rows", "odoo"):
        said = [
            dict(zip(r.decision_id, r.probability[rows].tolist(), strict=True))
            for r in (first, second)
        ]
        assert [said[0][i] for i in common] == [said[1][i] for i in common]


def test_every_method_is_judged_on_the_same_decisions_each_at_most_once(replayed):
    rows = replayed.rows
    assert (
        len(set(rows.decision_id)) == len(rows.decision_id) == sum(f.judged for f in replayed.folds)
    )
    assert set(rows.probability) == set(TRAINERS)
    assert {p.shape for p in rows.probability.values()} == {rows.won.shape}


def test_figures_are_those_of_the_rows(replayed):
    rows, scores = replayed.rows, replayed.scores["truth"]
    p = rows.probability["truth"]
    assert scores.log_loss.value == pytest.approx(log_loss(rows.won, p))
    for place, fold in enumerate(replayed.folds):
        inside = rows.fold == place
        assert inside.sum() == fold.judged
        expected = log_loss(rows.won[inside], p[inside])
        assert replayed.per_fold["truth"][place].log_loss == pytest.approx(expected, nan_ok=True)


def test_the_calibration_part_is_without_the_bias_of_bins(replayed):
    """A method that says the truth has none left, though each forecast is another."""
    rows = replayed.rows
    for method, scores in replayed.scores.items():
        parts = brier_parts(rows.won, rows.probability[method])
        assert scores.calibration.value == pytest.approx(parts.reliability_debiased)
    truth = replayed.scores["truth"].calibration
    assert truth.low < 0.0 < truth.high


def test_ranking_figures_are_those_within_folds():
    log = Log()
    found = run(log, cutoffs=[START + 150 * DAY])
    rows, scores = found.rows, found.scores["truth"]
    assert scores.auc.value == pytest.approx(auc(rows.won, rows.probability["truth"]))
    assert scores.top_wins.value == pytest.approx(top_share(rows.won, rows.probability["truth"]))
    assert scores.top_revenue.value == pytest.approx(top_share(rows.revenue, rows.value["truth"]))


def test_following_a_moving_level_is_no_ranking(replayed):
    assert len(set(replayed.rows.probability["base rate"].tolist())) > 1
    scores = replayed.scores["base rate"]
    assert scores.auc.value == pytest.approx(0.5)
    assert scores.top_wins.value == pytest.approx(0.2)


def test_differences_are_paired_and_those_of_the_scores(replayed):
    gap = replayed.differences["truth"].log_loss
    truth, base = (replayed.scores[name].log_loss for name in ("truth", "base rate"))
    assert gap.value == pytest.approx(truth.value - base.value)
    assert gap.high < 0.0
    assert "base rate" not in replayed.differences


def test_knowing_the_truth_beats_all_and_revenue_is_ranked_by_expected_revenue(replayed):
    scores = replayed.scores
    assert min(scores, key=lambda name: scores[name].log_loss.value) == "truth"
    assert scores["truth"].top_revenue.value > scores["odoo"].top_revenue.value


def test_decisions_not_followed_long_enough_are_not_judged():
    log = Log(win_days=10.0, loss_days=10.0)
    found = run(log)
    ages = {d.decision_id: log.end - d.timestamp for d in log.decisions}
    youngest = min(ages[name] for name in found.rows.decision_id)
    assert youngest > 20 * DAY
    assert found.folds[-1].judged < found.folds[-1].followed
    share = log.truth[[int(name[1:]) for name in found.rows.decision_id]].mean()
    assert found.rows.won.mean() == pytest.approx(share, abs=0.02)


def test_a_fold_that_nobody_can_judge_yet_is_kept_without_figures():
    log = Log(win_days=40.0, loss_days=np.inf)
    found = run(log)
    assert found.folds[-1].judged == 0
    assert np.isnan(found.per_fold["truth"][-1].log_loss)


def test_a_fold_can_be_thinned_at_random_and_the_same_seed_draws_the_same():
    log = Log()
    first, second = (run(log, most_per_fold=20).rows.decision_id for _ in range(2))
    assert first == second
    assert len(first) <= 100


def test_the_same_log_and_seed_give_the_same_figures():
    assert run(Log()).scores == run(Log()).scores


def test_folds_in_processes_of_their_own_give_the_same_figures(replayed):
    steps = []
    found = run(Log(), SIMPLE, n_jobs=2, progress=lambda *step: steps.append(step))
    assert found.scores == {name: replayed.scores[name] for name in SIMPLE}
    assert steps == [(done + 1, 5) for done in range(5)]


def test_methods_see_neither_action_nor_maker():
    seen = []

    class Looking(Truth):
        def predict(self, frame):
            seen.extend([*frame.action, *frame.maker])
            return super().predict(frame)

    run(Log(size=200), {"base rate": BaseRate().fit, "looking": lambda _: Looking()})
    assert seen
    assert set(seen) == {None}


def test_a_history_as_of_another_moment_is_refused():
    log = Log(size=200)
    with pytest.raises(ValueError, match="as of"):
        replay(
            lambda moment: replace(log.as_known(moment), as_of=log.end),
            TRAINERS,
            cutoffs=[START + 100 * DAY],
            end=log.end,
            reference="base rate",
        )


class Odd:
    def __init__(self, answer):
        self.answer = answer

    def predict(self, decisions):
        return np.full(len(decisions) - (self.answer is None), self.answer or 0.5)


@pytest.mark.parametrize(
    ("answer", "reason"), [(1.5, "no probability"), (np.nan, "no prob"), (None, "one value")]
)
def test_what_is_no_probability_is_refused(answer, reason):
    with pytest.raises(ValueError, match=reason):
        run(Log(size=300), {"base rate": lambda _: Odd(answer)})


@pytest.mark.parametrize(
    "changes",
    [{"cutoffs": []}, {"cutoffs": [START + DAY] * 2}, {"reference": "nobody"}, {"end": START}],
)
def test_cutoffs_must_rise_to_the_end_and_the_reference_must_be_there(changes):
    with pytest.raises(ValueError, match=r"cut-offs|reference"):
        run(Log(size=50), **changes)


def test_cutoffs_of_nothing_are_none():
    assert cutoffs(np.empty(0, dtype="datetime64[us]")) == []
