"""Arrivals of the demo's golf-coaching business, each with its chance of being won.

The truth is known: `TRUE_RATES` holds the chance with which a decision of each cell is won in the
end, so that what is learnt from the log can be compared with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from decision_log.demo.texts import FIRST_NAMES, LAST_NAMES, Signal, write_message

if TYPE_CHECKING:
    import random

TRUE_RATES: dict[tuple[str, str], float] = {
    ("email", "golf_coaching"): 0.42,
    ("twitter", "golf_coaching"): 0.22,
    ("revenue_dashboard", "golf_coaching"): 0.30,
    ("email", "coaching"): 0.32,
    ("twitter", "coaching"): 0.12,
    ("revenue_dashboard", "coaching"): 0.28,
    ("email", "partnership"): 0.30,
    ("twitter", "partnership"): 0.12,
    ("email", "product_feedback"): 0.10,
    ("twitter", "product_feedback"): 0.03,
    ("revenue_dashboard", "product_feedback"): 0.25,
}
"""P(won in the end) of each (source, type); no partnership ever comes from the dashboard."""

SHARES: dict[tuple[str, str], float] = {
    ("email", "golf_coaching"): 0.15,
    ("twitter", "golf_coaching"): 0.16,
    ("revenue_dashboard", "golf_coaching"): 0.06,
    ("email", "coaching"): 0.12,
    ("twitter", "coaching"): 0.08,
    ("revenue_dashboard", "coaching"): 0.07,
    ("email", "partnership"): 0.09,
    ("twitter", "partnership"): 0.08,
    ("email", "product_feedback"): 0.06,
    ("twitter", "product_feedback"): 0.08,
    ("revenue_dashboard", "product_feedback"): 0.05,
}
"""How often each cell comes in."""

SIGNAL_SHARES = {Signal.HOT: 0.30, Signal.PLAIN: 0.45, Signal.COOL: 0.25}
SIGNAL_EFFECTS = {Signal.HOT: 2.0, Signal.PLAIN: 0.0, Signal.COOL: -2.0}
"""Shift of the log-odds of a win by what the text says."""

QUALITY_EFFECT = 0.6
"""Shift of the log-odds per standard deviation of the sender's hidden quality, which the base score
measures with noise."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One opportunity as it came in, before anything was decided."""

    source: str
    kind: str
    content: str
    sender: str
    score: float | None
    signal: Signal
    quality: float
    context: dict[str, Any]

    @property
    def win_probability(self) -> float:
        """P(won in the end) given what the world knows of it."""
        shift = SIGNAL_EFFECTS[self.signal] + QUALITY_EFFECT * self.quality
        return _logistic(base_log_odds(TRUE_RATES[self.source, self.kind]) + shift)


@cache
def base_log_odds(rate: float) -> float:
    """Find the log-odds from which text and quality spread so that a cell's mean rate is ``rate``.

    The mean is taken over the signals and 41 quantiles of the quality; the log-odds are found by
    bisection on [-12, 12], which halves the error 50 times.

    Examples
    --------
    >>> base_log_odds(0.1) < math.log(0.1 / 0.9)
    True
    """
    qualities = [NormalDist().inv_cdf((k + 0.5) / 41) for k in range(41)]
    low, high = -12.0, 12.0
    for _ in range(50):
        middle = (low + high) / 2
        mean = sum(
            share * _logistic(middle + SIGNAL_EFFECTS[signal] + QUALITY_EFFECT * quality)
            for signal, share in SIGNAL_SHARES.items()
            for quality in qualities
        ) / len(qualities)
        low, high = (middle, high) if mean < rate else (low, middle)
    return (low + high) / 2


class Senders:
    """People who write; about a third of the messages come from someone who wrote before."""

    RETURNING = 0.3

    def __init__(self, rng: random.Random) -> None:
        self._names = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
        rng.shuffle(self._names)
        self._met: dict[str, list[str]] = {}
        self._count = 0

    def next_sender(self, source: str, rng: random.Random) -> str:
        """Give a known sender of this source or a new one."""
        met = self._met.setdefault(source, [])
        if met and rng.random() < self.RETURNING:
            return rng.choice(met)
        first, last = self._names[self._count % len(self._names)]
        again = self._count // len(self._names)
        self._count += 1
        name = f"{first}.{last}{again or ''}".lower()
        match source:
            case "twitter":
                sender = "@" + name.replace(".", "_")
            case "email":
                sender = f"{name}@example.com"
            case _:
                sender = f"customer-{1000 + self._count}"
        met.append(sender)
        return sender


def arrive(people: Senders, rng: random.Random) -> Arrival:
    """Let one opportunity come in."""
    source, kind = rng.choices(list(SHARES), weights=list(SHARES.values()))[0]
    signal = rng.choices(list(SIGNAL_SHARES), weights=list(SIGNAL_SHARES.values()))[0]
    quality = rng.gauss(0.0, 1.0)
    score = 56.0 + 11.0 * quality + 2.0 * SIGNAL_EFFECTS[signal] + rng.gauss(0.0, 8.0)
    return Arrival(
        source=source,
        kind=kind,
        content=write_message(kind, signal, rng),
        sender=people.next_sender(source, rng),
        score=None if rng.random() < 0.03 else float(round(min(max(score, 5.0), 98.0))),
        signal=signal,
        quality=quality,
        context=_context(source, quality, rng),
    )


def _context(source: str, quality: float, rng: random.Random) -> dict[str, Any]:
    """Write down the few attributes an aggregator would send along."""
    if source == "revenue_dashboard":
        return {
            "plan": rng.choice(("monthly", "yearly", "pro")),
            "visits_30d": max(0, round(rng.gauss(9 + 4 * quality, 5))),
        }
    if rng.random() < 0.25:
        return {}
    place = "twitter.example/status" if source == "twitter" else "mail.example/thread"
    context: dict[str, Any] = {"url": f"https://{place}/{rng.randrange(10**8, 10**9)}"}
    if source == "twitter":
        followers = round(10 ** min(max(rng.gauss(3.0 + 0.25 * quality, 0.6), 1.0), 6.0))
        context["followers"] = followers
        context["influence"] = round(min(100.0, 14.0 * math.log10(followers + 1)), 1)
    return context


def _logistic(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))
