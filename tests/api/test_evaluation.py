"""The log replayed: what is judged, what is reported, and that nothing leaks from the future."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_log.models.backtest import matured, run_backtest
from decision_log.models.dataset import history_reader
from decision_log.models.evaluate import NEEDED, evaluate
from decision_log.models.trainers import MODEL, RATES, all_trainers
from decision_log.reports.evaluation.charts import Bar, bar_chart
from decision_log.reports.evaluation.report import markdown, report_folder, write_report

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
METHODS = ["model", "rates", "base rate", "base score", "last 20 rows", "Odoo"]


@pytest.fixture(scope="module")
def log(made_once):
    with DecisionLog(home=made_once) as log:
        yield log


@pytest.fixture(scope="module")
def found(log):
    steps = []
    evaluation = evaluate(
        log, cutoffs=2, as_of=AS_OF, draws=200, progress=lambda *step: steps.append(step)
    )
    assert steps[0] == (0, 2)
    assert steps[-1] == (2, 2)
    return evaluation


def test_a_model_that_reads_what_matters_is_better_than_rates_and_base_rate(found):
    assert found.better
    assert found.sentence.startswith("The model is better than the rates and the base rate: on ")
    assert [row.method for row in found.methods] == METHODS
    assert [row.method for row in found.differences] == METHODS[1:]
    model, rates = found.methods[:2]
    gap = found.differences[0].log_loss
    assert gap.value == pytest.approx(model.log_loss.value - rates.log_loss.value)
    assert gap.low < gap.value < gap.high < 0
    assert model.auc.value > 0.7


def test_the_second_half_is_judged_and_every_count_adds_up(found):
    assert found.decisions == 160
    assert found.judged == sum(fold.judged for fold in found.folds)
    assert found.won == sum(fold.won for fold in found.folds)
    assert found.judged == sum(row.decisions for row in found.reliability)
    assert abs(found.judged - found.matured / 2) <= 1
    for fold in found.folds:
        assert fold.judged <= fold.followed
        assert set(fold.log_loss) == set(METHODS)
    weighted = sum(fold.judged * fold.log_loss["model"] for fold in found.folds)
    assert weighted / found.judged == pytest.approx(found.methods[0].log_loss.value)


def test_the_same_log_and_seed_give_the_same_evaluation_in_any_number_of_processes(log, found):
    again = evaluate(log, cutoffs=2, as_of=AS_OF, draws=200, n_jobs=2)
    assert again == found


def test_results_are_json(found):
    answer = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert answer["as_of"] == AS_OF.isoformat()
    assert answer["methods"][0]["log_loss"].keys() == {"value", "low", "high"}


def test_the_report_stands_alone_and_its_charts_are_well_formed(log, found, tmp_path):
    files = write_report(found, tmp_path / "report")
    text = files.report.read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)]+)\)", text)
    assert sorted(linked) == sorted(path.name for path in files.charts)
    assert len(files.charts) == 3
    for chart in files.charts:
        assert ET.parse(chart).getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314
    assert json.loads(files.figures.read_text(encoding="utf-8")) == found.to_dict()
    assert found.sentence in text
    folder = report_folder(log.settings, found)
    assert folder.name == "evaluation-2026-03-01"
    assert folder.parent.name == "evaluations"


def test_a_chart_survives_hostile_names_and_no_width():
    drawn = bar_chart('<&"', "]]>", [Bar("<script>&", 0.0, 0.0, 0.0), Bar("b", -1e-9, -1.0, 2.0)])
    texts = [node.text for node in ET.fromstring(drawn).iter() if node.text]  # noqa: S314
    assert "<script>&" in texts


def test_with_few_decisions_it_says_how_many_are_needed(tmp_path, fill):
    with DecisionLog(home=tmp_path) as log:
        empty = evaluate(log, as_of=AS_OF)
        fill(log, 30)
        few = evaluate(log, as_of=AS_OF)
    assert "Not enough matured decisions yet: 0 of 0" in empty.sentence
    assert f"of 30, about {NEEDED} are needed" in few.sentence
    assert few.better is None
    assert few.methods == ()
    assert few.sentence in markdown(few)


def test_where_nothing_was_ever_lost_it_says_so_instead_of_judging(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        log_wins(log, 110)
        found = evaluate(log, cutoffs=1, as_of=AS_OF)
    assert found.better is None
    assert "55 were won and 0 not" in found.sentence


def test_facts_recorded_after_a_cut_off_never_change_what_was_predicted_there(tmp_path, fill):
    start = datetime(2025, 11, 1, tzinfo=UTC)
    with DecisionLog(home=tmp_path) as log:
        fill(log, 120)
        bounds = matured(history_reader(log.store)(AS_OF)).bounds(2)
        before = said(log, bounds)
        late = max(bounds) + timedelta(minutes=1)
        log.log_decisions(  # old decisions that the log learns of only now
            {
                "decision_id": f"late-{n}", "opportunity_type": "coaching",
                "opportunity_source": "email", "action_taken": "Replied",
                "opportunity_content": "budget", "opportunity_score": 99.0,
                "timestamp": start + timedelta(hours=n), "recorded_at": late,
            }
            for n in range(30)
        )  # fmt: skip
        turned = [("reversed", f"d-{n}", 0.0) for n in range(0, 80, 2)]
        turned += [("success", f"d-{n}", 9e6) for n in range(1, 80, 2)]
        turned += [("failed", f"late-{n}", 0.0) for n in range(30)]
        log.record_outcomes(
            {
                "decision_id": one, "outcome_id": f"late-{one}", "outcome_type": "conversion",
                "outcome_status": status, "revenue_generated": revenue, "recorded_at": late,
                "occurred_at": late,
            }
            for status, one, revenue in turned
        )  # fmt: skip
        after = said(log, bounds)
    both = set(before) & set(after)
    assert len(both) > 20  # the late wins make the settled age later
    for one in both:
        assert before[one] == after[one]


def said(log, bounds):
    trainers = all_trainers()
    result = run_backtest(
        history_reader(log.store), trainers, bounds, end=AS_OF, reference=RATES, draws=2, seed=0
    )
    methods = [result.rows.probability[name] for name in METHODS]
    values = [result.rows.value[name] for name in (MODEL, RATES)]
    answer = np.array(methods + values).T.tolist()
    return dict(zip(result.rows.decision_id, answer, strict=True))


def log_wins(log, n):
    moments = [datetime(2025, 6, 1, tzinfo=UTC) + timedelta(hours=i) for i in range(n)]
    log.log_decisions(
        {
            "decision_id": f"d-{i}", "opportunity_type": "coaching", "opportunity_source": "email",
            "action_taken": "Replied", "timestamp": moment, "recorded_at": moment,
        }
        for i, moment in enumerate(moments)
    )  # fmt: skip
    log.record_outcomes(
        {
            "decision_id": f"d-{i}", "outcome_id": f"o-{i}", "outcome_type": "conversion",
            "outcome_status": "success", "occurred_at": moment, "recorded_at": moment,
        }
        for i, moment in enumerate(moments)
    )  # fmt: skip
