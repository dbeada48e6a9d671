"""Words for comparisons: who is compared with whom, by how much, how sure, on how many decisions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from decision_log.reports.comparisons.comparing import more_decisions
from decision_log.text.money import money_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from decision_log.reports.comparisons.comparing import Comparison
    from decision_log.reports.comparisons.life import Life

OBSERVED = "This was observed, not tried out at random: other reasons may lie behind it."


def title_of(one: Comparison) -> str:
    """Say in one line what a comparison shows.

    Always that leads were won more often, never that something makes them convert.
    """
    longer = "longer" if one.sign > 0 else "less time"
    titles = {
        "revenue": f"{_who(one)} earns {_most(one)} per decision",
        "hour": f"An hour on {_who(one)} earns {_most(one)}",
        "time": f"{one.level} takes {longer} to close than {_others(one)}",
        "trend": f"Leads are won {_word(one)} often than they used to be",
        "latency": f"Leads that were answered quickly are won {_word(one)} often",
        "maker": f"{one.level} wins {_word(one)} often than {_others(one)} on the same kinds of leads",
    }
    usual = f"{_who(one)} is won {_word(one)} often than {_others(one)}"
    return titles.get(one.family, usual)


def description_of(one: Comparison, currency: str, hours: float = float("nan")) -> str:
    """Say by how much, with the interval, and on what it rests; ``hours``: what a quick answer is."""
    if one.unit in {"money", "money_per_hour"}:
        return f"{_money(one, currency)} {basis(one)}"
    if one.unit == "hours":
        return f"{_time(one)} {basis(one)}"
    note = ""
    if one.family in {"maker", "action", "latency"}:
        note = f" {OBSERVED}"
    return f"{_percent(one, hours)} {basis(one)}{note}"


def basis(one: Comparison) -> str:
    """Say on how many decisions a comparison rests, and how many are open."""
    count = one.decisions + one.others
    still = f", {one.open:,} of them still open" if one.open else ""
    return f"Based on {count:,} decisions, {one.decisions:,} of them {_mine(one)}{still}."


def life_text(life: Life) -> str:
    """Say how it was tested on later decisions."""
    if life.later is None:
        return "Not yet tested on later decisions."
    n = life.later.decisions + life.later.others
    seen = f"on {n:,} decisions made since {life.found_at:%d %B %Y}: {_pair(life.later)}"
    if life.status == "confirmed":
        return f"Confirmed {seen}."
    if life.status == "retracted":
        return f"Retracted {seen}."
    return f"Tested again {seen}; that is not enough to confirm it."


def retracted_text(life: Life, now: Comparison | None) -> str:
    """Say what was claimed, and what speaks against it."""
    said = f"Found on {life.found_at:%d %B %Y}: “{life.title}”."
    if life.later is not None:
        n = life.later.decisions + life.later.others
        return f"{said} On the {n:,} decisions made since then it was {_pair(life.later)}: that speaks against it."
    whole = "" if now is None else f" All decisions together show {_pair(now)}."
    return f"{said}{whole} It no longer stands."


def outlook(one: Comparison) -> str:
    """Say how many more decisions would decide it."""
    more = more_decisions(one)
    if more:
        return f"About {more} more decisions would decide it if the difference stays as it is."
    return "The difference seen is so small that many times as many decisions would not decide it."


def points(one: Comparison) -> str:
    """Write a difference with its interval.

    Where the interval lies on one side of zero both are written without a sign, smaller end first.
    """
    middle, low, high = one.difference
    if low * high > 0:
        low, high = sorted((abs(low), abs(high)))
    return f"{abs(middle):.1f} points ({low:.1f} to {high:.1f})"


def _percent(one: Comparison, hours: float) -> str:
    leads, others = _leads(one, hours)
    same = {
        "source": ", same types compared",
        "type": ", same sources compared",
        "cell": "",
    }.get(one.family, ", same types and sources compared")
    return (
        f"{leads} convert {_times(one)} times as often as {others}{same}: "
        f"{one.value:.1f} % against {one.rest:.1f} %, a difference of {points(one)}."
    )


def _leads(one: Comparison, hours: float) -> tuple[str, str]:
    within = "quickly" if math.isnan(hours) else f"within {duration(hours)}"
    rival, name = one.rival, one.level
    pairs = {
        "source": (f"Leads from {name}", f"those from {rival or 'the other sources'}"),
        "type": (f"Leads of {name}", f"those of {rival or 'the other types'}"),
        "maker": (f"Leads decided by {name}", f"those decided by {rival or 'the others'}"),
        "action": (f"Leads with the action “{name}”", f"those with {rival or 'other actions'}"),
        "latency": (f"Leads answered {within}", "those answered later"),
        "trend": ("Leads of the newer half", "those of the older half"),
    }
    return pairs.get(one.family, (f"Leads of {name} from {one.source}", "those elsewhere"))


def _money(one: Comparison, currency: str) -> str:
    low, high = (end * one.rest for end in one.ratio[1:])
    per = "hour" if one.unit == "money_per_hour" else "decision"
    value, rest = money_text(one.value, currency), money_text(one.rest, currency)
    ends = f"{money_text(low, currency)} to {money_text(high, currency)}"
    return (
        f"{_who(one)}: {value} expected per {per} ({ends}), {_times(one)} times the {rest} "
        "of the others."
    )


def _time(one: Comparison) -> str:
    return (
        f"{one.level} takes about {duration(one.value)}, {_times(one)} times the {duration(one.rest)} "
        f"of {_others(one)}; {one.open:,} of {one.decisions:,} are still open."
    )


def _pair(one: Comparison) -> str:
    if one.unit == "percent":
        return f"{one.value:.0f} % against {one.rest:.0f} %"
    if one.unit == "hours":
        return f"{duration(one.value)} against {duration(one.rest)}"
    return f"{one.value:,.0f} against {one.rest:,.0f}"


def _times(one: Comparison) -> str:
    middle, low, high = one.ratio
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def _who(one: Comparison) -> str:
    return f"{one.level} from {one.source}" if one.source else one.level


def _others(one: Comparison) -> str:
    if one.family == "cell":
        return "the rest"
    return one.rival or f"the other {'type' if one.family == 'time' else one.family}s"


def _mine(one: Comparison) -> str:
    return {
        "source": f"from {one.level}",
        "maker": f"by {one.level}",
        "latency": "answered quickly",
        "trend": "in the newer half",
        "action": "with this action",
    }.get(one.family, f"of {_who(one)}")


def _most(one: Comparison) -> str:
    return "most" if one.sign > 0 else "less than the others"


def _word(one: Comparison) -> str:
    return "more" if one.sign > 0 else "less"


def duration(hours: float) -> str:
    """Write hours as people do.

    Examples
    --------
    >>> duration(430.0), duration(5.0), duration(0.2)
    ('18 days', '5 hours', '12 minutes')
    """
    if hours >= 48:
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} hours" if hours >= 1 else f"{60 * hours:.0f} minutes"


def percent_range(interval: Sequence[float]) -> str:
    """Write the ends of an interval."""
    return f"{interval[0]:.1f} to {interval[1]:.1f}"
