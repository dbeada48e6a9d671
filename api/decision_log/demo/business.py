"""Decisions and outcomes of the demo's golf-coaching business."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from decision_log.demo.arrivals import (
    SIGNAL_EFFECTS,
    TRUE_RATES,
    Arrival,
    Senders,
    arrive,
    base_log_odds,
)
from decision_log.demo.texts import ACTIONS
from decision_store.facts import Decision, Outcome, Prediction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

DEMO_SEED = 20260208
DECISIONS_PER_DAY = 2
DAYS = 400

AGENT = "jarvis"
"""Predicts every opportunity before it is decided on: reads the text well, and is too sure of itself."""

OVERCONFIDENCE, AGENT_NOISE = 1.5, 0.5


@dataclass(frozen=True, slots=True)
class Kind:
    """How decisions of one type run.

    Parameters
    ----------
    hours, hours_spread : float
        Median and log standard deviation of the hours to the outcome.
    revenue, revenue_spread : float
        Median and log standard deviation of a win's revenue in USD.
    effort : float
        Median minutes of work.
    loss_recorded : float
        Share of the losses that anyone ever records.
    """

    hours: float
    hours_spread: float
    revenue: float
    revenue_spread: float
    effort: float
    loss_recorded: float


KINDS: dict[str, Kind] = {
    "golf_coaching": Kind(60.0, 0.6, 140.0, 0.45, 20.0, 0.6),
    "coaching": Kind(110.0, 0.6, 420.0, 0.5, 45.0, 0.6),
    "partnership": Kind(21 * 24.0, 0.2, 1200.0, 0.7, 90.0, 0.5),
    "product_feedback": Kind(6.0, 0.7, 35.0, 0.4, 8.0, 0.7),
}


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """All facts known at one moment, and the truth behind them.

    Parameters
    ----------
    decisions, outcomes : tuple
        In the order in which the log learnt of them.
    predictions : tuple of Prediction
        By an agent, of the opportunity of each decision, to be graded.
    won_in_the_end : frozenset of str
        Ids of the decisions that win if one waits long enough; many are still open.
    """

    decisions: tuple[Decision, ...]
    outcomes: tuple[Outcome, ...]
    predictions: tuple[Prediction, ...]
    won_in_the_end: frozenset[str]


def build_world(
    *, now: datetime, seed: int = DEMO_SEED, days: int = DAYS, decisions: int | None = None
) -> DemoWorld:
    """Invent a log of the whole days before ``now``; on one day the same seed gives the same log at any hour.

    On another day it gives the same log, moved by whole days.

    Parameters
    ----------
    now : datetime
        Aware, in UTC; nothing is recorded after the midnight before it.
    seed : int
        Of all random choices.
    days : int
        Length of the log.
    decisions : int, optional
        Number of decisions; two a day by default.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> world = build_world(now=datetime(2026, 2, 8, tzinfo=UTC), decisions=20)
    >>> len(world.decisions), max(o.recorded_at for o in world.outcomes).year
    (20, 2026)
    """
    now = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rng, agent = random.Random(seed), random.Random(f"agent {seed}")
    people = Senders(rng)
    facts: list[tuple[Decision, bool]] = []
    predictions: list[Prediction] = []
    outcomes: list[Outcome] = []
    for number, moment in enumerate(_moments(now, days, decisions, rng), start=1):
        arrival = arrive(people, rng)
        decision = _decide(f"demo-{number:04d}", arrival, moment, now, rng)
        won = rng.random() < arrival.win_probability
        facts.append((decision, won))
        outcomes.extend(_outcomes_of(decision, won, rng))
        predictions.append(_predicted(decision, arrival, agent))
    known = [outcome for outcome in outcomes if outcome.recorded_at <= now]
    known += _refunds([decision for decision, _ in facts], known, now)
    return DemoWorld(
        decisions=tuple(decision for decision, _ in facts),
        outcomes=tuple(sorted(known, key=lambda outcome: outcome.recorded_at)),
        predictions=tuple(predictions),
        won_in_the_end=frozenset(decision.decision_id for decision, won in facts if won),
    )


def _moments(now: datetime, days: int, decisions: int | None, rng: random.Random) -> list[datetime]:
    """Spread the decisions over the days from seven to twenty-one o'clock."""
    count = days * DECISIONS_PER_DAY if decisions is None else decisions
    moments = [
        now - timedelta(days=rng.randint(1, days)) + timedelta(hours=rng.uniform(7.0, 21.0))
        for _ in range(count)
    ]
    return sorted(moments)


def _predicted(decision: Decision, arrival: Arrival, rng: random.Random) -> Prediction:
    """Predict as the agent does: from the cell and the text, with noise, too far from one half."""
    odds = base_log_odds(TRUE_RATES[arrival.source, arrival.kind]) + SIGNAL_EFFECTS[arrival.signal]
    odds = OVERCONFIDENCE * (odds + rng.gauss(0.0, AGENT_NOISE))
    return Prediction(
        prediction_id=f"{decision.decision_id}-{AGENT}",
        opportunity_id=decision.opportunity_id or decision.decision_id,
        predicted_at=decision.timestamp,
        as_of=decision.timestamp,
        model_version=AGENT,
        opportunity_type=arrival.kind,
        opportunity_source=arrival.source,
        probability=round(1.0 / (1.0 + math.exp(-odds)), 2),
        recorded_at=decision.timestamp,
    )


def _decide(
    decision_id: str, arrival: Arrival, moment: datetime, now: datetime, rng: random.Random
) -> Decision:
    kind = KINDS[arrival.kind]
    effort_known, cost_known = rng.random() < 0.9, rng.random() < 0.85
    effort = round(kind.effort * math.exp(rng.gauss(0.0, 0.4)))
    return Decision(
        decision_id=decision_id,
        timestamp=moment,
        opportunity_type=arrival.kind,
        opportunity_source=arrival.source,
        action_taken=rng.choice(ACTIONS[arrival.kind]),
        recorded_at=min(moment + timedelta(seconds=rng.randint(1, 90)), now),
        opportunity_content=arrival.content,
        opportunity_score=arrival.score,
        sender=arrival.sender,
        decision_maker="jarvis" if rng.random() < 0.8 else "ross",
        context=arrival.context,
        opportunity_id=decision_id.replace("demo-", "opp-demo-"),
        received_at=moment - timedelta(minutes=rng.randint(3, 600)),
        cost_usd=round(2.0 + effort * 0.4 + rng.random() * 5.0, 2) if cost_known else None,
        effort_minutes=float(effort) if effort_known else None,
    )


def _outcomes_of(decision: Decision, won: bool, rng: random.Random) -> Iterator[Outcome]:
    """Return the outcomes of one decision, in time order, as far as anyone ever records them."""
    kind = KINDS[decision.opportunity_type]
    hours = kind.hours * math.exp(rng.gauss(0.0, kind.hours_spread))
    if rng.random() < (0.85 if won else 0.4):
        early = hours * rng.uniform(0.05, 0.5)
        yield _outcome(
            decision,
            1,
            early,
            rng,
            kind_and_status=("response", "pending"),
            notes="asked for details",
            response=True,
        )
    if won:
        yield from _win(decision, kind, hours, rng)
    elif rng.random() < kind.loss_recorded:
        status = rng.choice(("failed", "no_conversion"))
        yield _outcome(
            decision, 2, hours, rng, kind_and_status=("conversion", status), notes="said no"
        )


def _win(decision: Decision, kind: Kind, hours: float, rng: random.Random) -> Iterator[Outcome]:
    revenue = kind.revenue * math.exp(rng.gauss(0.0, kind.revenue_spread))
    if decision.opportunity_type == "partnership" and rng.random() < 0.05:
        revenue *= 6.0
    win = _outcome(
        decision,
        2,
        hours,
        rng,
        kind_and_status=("conversion", "success"),
        notes="paid",
        response=True,
        revenue=revenue,
    )
    closes = decision.opportunity_type in {"partnership", "coaching"}
    yield replace(win, customer_acquired=True, deal_closed=closes)
    if rng.random() < 0.15:
        later = hours + 24.0 * rng.uniform(4.0, 20.0)
        again = revenue * rng.uniform(0.4, 0.9)
        yield _outcome(
            decision,
            3,
            later,
            rng,
            kind_and_status=("conversion", "success"),
            notes="bought again",
            revenue=again,
        )


def _outcome(
    decision: Decision,
    number: int,
    hours: float,
    rng: random.Random,
    *,
    kind_and_status: tuple[str, str],
    notes: str,
    revenue: float = 0.0,
    response: bool = False,
) -> Outcome:
    """Record an outcome between five minutes and ten hours after it happened."""
    occurred_at = decision.timestamp + timedelta(hours=hours)
    return Outcome(
        outcome_id=f"{decision.decision_id}-{number}",
        decision_id=decision.decision_id,
        outcome_type=kind_and_status[0],
        outcome_status=kind_and_status[1],
        occurred_at=occurred_at,
        recorded_at=occurred_at + timedelta(hours=rng.uniform(0.1, 10.0)),
        revenue_generated=round(revenue, 2),
        response_received=response,
        time_to_outcome_hours=round(hours, 3),
        notes=notes,
    )


REFUNDS = (
    ("golf_coaching", 1.0, "fell ill, all paid back"),
    ("coaching", 0.4, "paused, part paid back"),
)
"""Type, share of the revenue and reason of the refunds: one is full, one is partial."""


def _refunds(decisions: list[Decision], known: list[Outcome], now: datetime) -> Iterator[Outcome]:
    """Pay back two of the known wins, the first of their type with a single payment."""
    payments: dict[str, list[Outcome]] = {}
    for outcome in known:
        if outcome.revenue_generated > 0:
            payments.setdefault(outcome.decision_id, []).append(outcome)
    for kind, share, reason in REFUNDS:
        for decision in decisions:
            paid = payments.get(decision.decision_id, [])
            if decision.opportunity_type != kind or len(paid) != 1:
                continue
            occurred_at = paid[0].occurred_at + timedelta(days=6)
            if occurred_at + timedelta(days=1) > now:
                continue
            yield Outcome(
                outcome_id=f"{decision.decision_id}-4",
                decision_id=decision.decision_id,
                outcome_type="refund",
                outcome_status="refunded",
                occurred_at=occurred_at,
                recorded_at=occurred_at + timedelta(hours=2),
                revenue_generated=-round(paid[0].revenue_generated * share, 2),
                notes=reason,
            )
            break
