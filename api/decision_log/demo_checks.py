"""Check of the main steps on a sample log: each answer is compared with a count made another way."""

from __future__ import annotations

import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from decision_log.facade import DecisionLog
from decision_log.functions import make_demo
from decision_log.reports.summary.generator import DecisionSummaryGenerator
from decision_log.results import DemoCheck
from decision_store.errors import DecisionLogError

Row = dict[str, Any]

PROBE = "check-1"
"""Id of the decision that the check logs."""


@dataclass(frozen=True, slots=True)
class Check:
    """One step and how it went.

    Parameters
    ----------
    name : str
        What was checked.
    passed : bool
        Whether it holds.
    detail : str
        Figures, or what differs.
    """

    name: str
    passed: bool
    detail: str


def check_demo(*, seed: int = 20260208, days: int = 30) -> list[DemoCheck]:
    """Check the main steps on a sample log that is removed again: each answer against a count made another way.

    Parameters
    ----------
    seed : int
        Random seed of the sample log.
    days : int
        Its length.

    Returns
    -------
    list of dict
        Eight steps in the order of work: ``name``, ``passed``, and ``detail`` (figures, or what differs).

    Examples
    --------
    >>> [check["name"] for check in check_demo(days=8) if not check["passed"]]
    []
    """
    with tempfile.TemporaryDirectory(prefix="decision-log-demo-") as folder:
        make_demo(folder, seed=seed, days=days)
        with DecisionLog(home=folder) as log:
            log.scorer().score_file()
            return [
                DemoCheck(name=one.name, passed=one.passed, detail=one.detail)
                for one in run_checks(log)
            ]


def run_checks(log: DecisionLog) -> list[Check]:
    """Check eight steps on a sample log and return them in the order of work.

    One decision is logged and won.

    Parameters
    ----------
    log : DecisionLog
        Of a demo, with its opportunities scored.
    """
    steps = (
        ("Log a decision", _logging),
        ("Record its outcome", _recording),
        ("Conversion rates", _rates),
        ("Return by type", _returns),
        ("Insights", _insights),
        ("Predict an outcome", _predicting),
        ("Score opportunities", _scoring),
        ("Daily and weekly summary", _summaries),
    )
    return [_checked(name, step, log) for name, step in steps]


def _checked(name: str, step: Any, log: DecisionLog) -> Check:
    try:
        faults: list[str] = []
        detail = ""
        for line in step(log):
            if isinstance(line, tuple):
                detail = line[0]
            else:
                faults.append(line)
    except DecisionLogError as error:
        return Check(name, passed=False, detail=str(error))
    return Check(name, not faults, "; ".join(faults) or detail)


Lines = Iterator[str | tuple[str]]
"""A text for each fault, and in a tuple what is shown where there is none."""


def _logging(log: DecisionLog) -> Lines:
    before = len(log.find_decisions())
    fields = (PROBE, "consultation", "email", "Sent a quote", "Do you have time in May?")
    first, again = log.log_decision(*fields), log.log_decision(*fields)
    found = log.find_decisions()
    if not first.new or again.new:
        yield "a repeated decision was logged twice"
    if len(found) != before + 1 or found[0]["decision_id"] != PROBE:
        yield "the decision is not in the log"
    if found[0]["opportunity_content"] != fields[4]:
        yield "its text was changed"
    yield (f"{len(found):,} decisions in the log",)


def _recording(log: DecisionLog) -> Lines:
    first, again = log.won(PROBE, 250.0), log.won(PROBE, 250.0)
    decision = log.get_decision(PROBE)["decision"]
    if not first.new or again.new:
        yield "a repeated outcome was recorded twice"
    if (decision["state"], decision["revenue"]) != ("won", 250.0):
        yield f"the decision is {decision['state']} with {decision['revenue']}"
    yield ("won, 250 once although recorded twice",)


def _counted(log: DecisionLog) -> tuple[Counter[tuple[str, ...]], dict[tuple[str, str], float]]:
    """Count the listed decisions by cell and state, and add up their revenue."""
    states: Counter[tuple[str, ...]] = Counter()
    revenue: defaultdict[tuple[str, str], float] = defaultdict(float)
    for row in log.find_decisions():
        cell = row["opportunity_type"], row["opportunity_source"]
        states[(*cell, row["state"])] += 1
        revenue[cell] += row["revenue"]
    return states, revenue


def _rates(log: DecisionLog) -> Lines:
    states, _ = _counted(log)
    rates = log.get_conversion_rates()
    for row in rates:
        cell = row["opportunity_type"], row["source_type"]
        own = tuple(states[(*cell, state)] for state in ("won", "lost", "open"))
        if own != (row["won"], row["lost"], row["open"]):
            yield f"{cell[0]} from {cell[1]} counts {own}, the table says otherwise"
        low, high = row["interval"]
        if not 0 <= low <= row["conversion_rate"] <= high <= 100:
            yield f"the rate of {cell[0]} from {cell[1]} is outside its range"
    if sum(row["total_decisions"] for row in rates) != states.total():
        yield "the table does not hold every decision"
    yield (f"{len(rates)} kinds, {sum(row['won'] for row in rates)} won",)


def _returns(log: DecisionLog) -> Lines:
    _, revenue = _counted(log)
    returns = log.calculate_roi_by_type()
    for row in returns:
        expected = revenue[row["opportunity_type"], row["opportunity_source"] or ""]
        if not math.isclose(row["total_revenue"], expected, abs_tol=0.01):
            yield f"{row['opportunity_type']} brought {expected:.2f}, not {row['total_revenue']:.2f}"
    best = returns[0]
    yield (f"most from {best['opportunity_type']}: {best['total_revenue']:,.0f}",)


def _insights(log: DecisionLog) -> Lines:
    found = log.generate_insights()
    if not found:
        yield "none was found"
    stored = {row["title"] for row in log.query("SELECT title FROM insights WHERE is_active")}
    if stored != {row["title"] for row in found}:
        yield "the table of insights holds others"
    yield (f"{len(found)}, such as: {found[0]['title']}" if found else "",)


def _predicting(log: DecisionLog) -> Lines:
    item = {"type": "consultation", "source": "email", "content": "Do you have time in May?"}
    predicted = log.predict_outcome(item, record=False)
    low, high = predicted["interval"]
    if not low <= predicted["conversion_probability"] <= high:
        yield "the probability is outside its range"
    if not 0 <= predicted["confidence"] <= 1:
        yield "the confidence is not between 0 and 1"
    if not predicted["reasoning"]:
        yield "no reason is given"
    yield (f"{predicted['conversion_probability']:.0f} of 100, range {low:.0f} to {high:.0f}",)


def _scoring(log: DecisionLog) -> Lines:
    home = log.settings.home
    items = orjson.loads(home.scored.read_bytes())["opportunities"]
    given = orjson.loads(home.opportunities.read_bytes())["opportunities"]
    if {item["id"] for item in items} != {item["id"] for item in given}:
        yield "not every opportunity was scored"
    for item in items:
        base = 50.0 if item["original_score"] is None else item["original_score"]
        formula = (
            base * 0.4
            + item["conversion_probability"] / 100 * 30
            + min(item["predicted_revenue"] / 50, 20)
            + item["prediction_confidence"] * 10
        )
        if abs(min(max(formula, 0), 100) - item["adjusted_score"]) > 0.06:
            yield f"{item['id']} has {item['adjusted_score']}, by the formula {formula:.1f}"
    yield (f"{len(items)} by the documented formula, best {items[0]['adjusted_score']}",)


def _summaries(log: DecisionLog) -> Lines:
    generator = DecisionSummaryGenerator(log=log)
    day, week = generator.generate_daily_summary(), generator.generate_weekly_summary()
    zone = log.settings.zone
    for name, summary in (("day", day), ("week", week)):
        since, until = (datetime.fromisoformat(summary[edge]) for edge in ("since", "until"))
        made = [datetime.fromisoformat(row["timestamp"]) for row in log.find_decisions()]
        counted = sum(since <= moment.astimezone(zone) < until for moment in made)
        shown = summary["overview"]["decisions_made"]
        if counted != shown:
            yield f"the {name} has {counted} decisions, its summary says {shown}"
        if until - since > timedelta(days=8):
            yield f"the {name} is {until - since} long"
    yield (f"{week['overview']['decisions_made']} decisions in a week",)
