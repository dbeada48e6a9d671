"""Contents of a page as values: each section answers one question, from the public results of a log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from decision_log.models.calibration import calibration
from decision_log.reports.comparisons.insights import current_insights, insights_of
from decision_log.reports.page.axes import Axis, linear_axis
from decision_log.reports.page.leads import Lead, WaitingRow, leads_to_answer, waiting_rows
from decision_log.reports.page.money import Returns, returns_by_type
from decision_log.reports.page.months import Months, month_bars
from decision_log.reports.page.text import day, excerpt, kind_name, money
from decision_log.reports.page.times import TypeTimes, times_axis, times_by_type
from decision_log.reports.summary.activity import activity, usual_range
from decision_log.reports.work.worklist import open_decisions
from decision_log.text.terminal_text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from decision_log.log import Log

Row = dict[str, Any]

FEW_DECIDED = 20
"""Decided decisions below which the page says that it is young."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of this period beside the range of earlier ones."""

    label: str
    shown: str
    value: float
    axis: Axis
    usual: tuple[float, float] | None
    usual_shown: str
    verdict: str


@dataclass(frozen=True, slots=True)
class RateRow:
    """Conversion rate of one cell, in percent."""

    kind: str
    rate: float
    low: float
    high: float
    young: bool
    own: int
    won: int
    lost: int
    open: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything that a page shows."""

    title: str
    as_of: str
    decisions: int
    lede: str
    figures: tuple[Figure, ...]
    leads: tuple[Lead, ...]
    more_leads: int
    more_expected: str
    waiting: tuple[WaitingRow, ...]
    times: tuple[TypeTimes, ...]
    time_axis: Axis
    waiting_axis: Axis
    note: str
    currency: str
    overdue: int
    open: int
    rates: tuple[RateRow, ...]
    rate_axis: Axis
    overall: float | None
    months: Months
    returns: Returns
    calibration: Row
    insights: tuple[Row, ...]
    won: int
    lost: int
    version: str
    home: str


def build_view(
    log: Log, since: datetime, until: datetime, as_of: datetime, *, is_now: bool
) -> ReportView:
    """Collect the contents of a page about [since, until), with what was known at ``as_of``, which may be now."""
    rates = log.get_conversion_rates(as_of=None if is_now else as_of)
    returns = log.calculate_roi_by_type(as_of=None if is_now else as_of)
    currency = log.currency
    leads, others = leads_to_answer(log, as_of, currency)
    still_open = open_decisions(log, as_of)
    times = times_by_type(log, rates, still_open, as_of)
    waiting = waiting_rows(still_open, times, currency)
    overdue = still_open.count(overdue=True)
    figures = usual_figures(log, since, until, as_of, currency)
    rows = tuple(sorted((rate_row(row) for row in rates), key=lambda row: -row.rate))
    won, lost, still = (sum(row[key] for row in rates) for key in ("won", "lost", "open"))
    ends = [row.high for row in rows]
    graded = calibration(log, as_of)
    return ReportView(
        title=period_title(since, until),
        as_of=f"{as_of:%A} {day(as_of)}, {as_of:%H:%M} UTC",
        decisions=won + lost + still,
        lede=lede(figures, len(leads) + len(others), overdue),
        figures=figures,
        leads=leads,
        more_leads=len(others),
        more_expected=money(sum(row.get("predicted_revenue") or 0.0 for row in others), currency),
        waiting=waiting,
        times=tuple(times.values()),
        time_axis=times_axis(times.values()),
        waiting_axis=times_axis(
            [row.times for row in waiting if row.times], [row.hours for row in waiting]
        ),
        note=young_note(won + lost),
        currency=currency,
        overdue=overdue,
        open=still,
        rates=rows,
        rate_axis=linear_axis(ends or [100.0], "\u202f%"),
        overall=100.0 * won / (won + lost) if won + lost else None,
        months=month_bars(log, returns, still_open, as_of, currency),
        returns=returns_by_type(returns, currency),
        calibration=dict(graded),
        insights=_insights(log, as_of, is_now=is_now),
        won=won,
        lost=lost,
        version=next((r["version"] for r in graded["versions"] if r["serves"]), "rates"),
        home=str(log.settings.home.folder),
    )


def period_title(since: datetime, until: datetime) -> str:
    """Name a period by its first and last day.

    Examples
    --------
    >>> from datetime import UTC
    >>> period_title(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
    'Week of 16–22 November 2026'
    """
    last = until - timedelta(microseconds=1)
    if (until - since) <= timedelta(days=1, hours=1):
        return f"{since:%A} {day(since)}"
    same = (since.month, since.year) == (last.month, last.year)
    first = str(since.day) if same else day(since, year=since.year != last.year)
    return f"Week of {first}{'–' if same else ' – '}{day(last)}"


def usual_figures(
    log: Log, since: datetime, until: datetime, as_of: datetime, currency: str
) -> tuple[Figure, ...]:
    """Compare what happened in a period with the periods of the same length before it."""
    now, past = activity(log, since, until, as_of)
    names = (("decisions", "Decisions"), ("won", "Won"), ("lost", "Lost"), ("revenue", "Revenue"))
    return tuple(_figure(key, label, now, past, currency) for key, label in names)


def _figure(key: str, label: str, now: Row, past: Sequence[Row], currency: str) -> Figure:
    value = float(now[key])
    earlier = [float(row[key]) for row in past]

    def shown(number: float) -> str:
        return money(number, currency) if key == "revenue" else f"{number:,.0f}"

    axis = linear_axis([value, *earlier])
    found = usual_range(earlier)
    if found is None:
        return Figure(label, shown(value), value, axis, None, "", "too early to compare")
    low, high = found
    verdict = (
        "as usual" if low <= value <= high else f"{'more' if value > high else 'less'} than usual"
    )
    usual = f"usually {shown(low)}–{shown(high)}" if low < high else f"usually {shown(low)}"
    return Figure(label, shown(value), value, axis, (low, high), usual, verdict)


def rate_row(row: Mapping[str, Any]) -> RateRow:
    """Make the row of one cell."""
    low, high = row["interval"]
    return RateRow(
        kind_name(row["opportunity_type"], row["source_type"]),
        row["conversion_rate"], low, high, row["immature"], row["matured"],
        row["won"], row["lost"], row["open"],
    )  # fmt: skip


def _phrase(word: str) -> str:
    """Write a type or source as it stands within a sentence."""
    return excerpt(word, 60).text.replace("_", " ")


def _insights(log: Log, as_of: datetime, *, is_now: bool) -> tuple[Row, ...]:
    """Return the findings; their sentences begin with a capital."""
    found = (
        current_insights(log, _phrase, names="within a sentence")
        if is_now
        else insights_of(log, as_of, _phrase)
    )
    return tuple(
        {**row, **{key: row[key][:1].upper() + row[key][1:] for key in ("title", "description")}}
        for row in found
    )


def young_note(decided: int) -> str:
    """Say what is missing where few decisions are decided; empty where there are enough.

    Examples
    --------
    >>> young_note(3)
    'Only 3 decisions are decided so far. Until about 20 are, every chance here is little more than a guess.'
    >>> young_note(20)
    ''
    """
    if decided >= FEW_DECIDED:
        return ""
    so_far = (
        f"Only {counted(decided, 'decision is', 'decisions are')}" if decided else "No decision is"
    )
    return f"{so_far} decided so far. Until about {FEW_DECIDED} are, every chance here is little more than a guess."


def lede(figures: Sequence[Figure], waiting: int, overdue: int) -> str:
    """Say in at most three sentences how the period was and what waits."""
    made, won = figures[0], figures[1]
    if made.usual == won.usual == (0.0, 0.0) and not made.value and not won.value:
        sentences = ["Nothing was decided and nothing won, as in the periods before."]
    else:
        sentences = [_compared(made, won)]
    if waiting:
        sentences.append(f"{counted(waiting, 'lead waits', 'leads wait')} for an answer.")
    if overdue:
        sentences.append(f"{counted(overdue, 'open decision is', 'open decisions are')} overdue.")
    return " ".join(sentences)


def _compared(made: Figure, won: Figure) -> str:
    return f"{counted(round(made.value), 'decision')} and {counted(round(won.value), 'win')}: " + (
        "too early to say whether that is usual."
        if made.usual is None
        else f"{made.verdict} for decisions, {won.verdict} for wins."
    )
