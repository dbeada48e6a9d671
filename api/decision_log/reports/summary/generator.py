"""Summary of a day or a week: counts, money, what was won and lost, what is still open."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from decision_log.closing import Closing
from decision_log.log import Log
from decision_log.reports.comparisons.insights import current_insights, insights_of
from decision_log.reports.summary.activity import compare_activity, rates_and_returns
from decision_log.reports.summary.markdown import render_markdown
from decision_log.reports.summary.overview import came_true, overview_of, top_outcome
from decision_log.reports.summary.period import Period
from decision_log.reports.summary.text import performance_text
from decision_log.reports.work.worklist import count_overdue
from decision_log.text.relative_times import read_time, resolve
from decision_store.durable_files import atomic_write_text
from decision_store.errors import InvalidRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path

    from decision_log.records import Moment
    from decision_log.results import Summary

Row = dict[str, Any]
WAITING_DAYS = 90
"""How far back the list of waiting decisions looks: older ones would fill it for ever."""

WAITING_LISTED = 10
_INSTANT = timedelta(microseconds=1)
_ISO_WEEK = re.compile(r"\s*(\d{4})-?W(\d{2})\s*", re.IGNORECASE)


class DecisionSummaryGenerator(Closing):
    """Summaries of a log, by day and by week.

    Parameters
    ----------
    home : path, optional
        The folder all data live under; ``$DECISION_LOG_HOME`` or the current folder by default.
    log : DecisionLog, optional
        An open log to use instead; it stays open.

    Notes
    -----
    Days begin at midnight of the configured zone. The summary of a past day uses only what was
    recorded by its end, so that it can be made again later and says the same.

    A decision, an outcome, and a change to won, lost or reversed is in the summary of the day on
    which the log learnt of it, and of that day's week, and in no other: the day on which it was
    recorded, for an outcome not before its decision, for a decision not before it was made. What is
    entered late is therefore in the summary of the day of entry; imported history, which is recorded
    with its own times, in those of its own days. So the days add up to the week and to the log. What
    is voided later is gone from the decisions, outcomes and revenue of periods that end after that.

    Examples
    --------
    >>> import tempfile
    >>> with Log(home=tempfile.mkdtemp()) as log:
    ...     decided = log.log_decision("d-1", "coaching", "email", "Replied with offer")
    ...     won = log.record_outcome("d-1", "conversion", "success", 499.0, deal_closed=True)
    ...     summary = DecisionSummaryGenerator(log=log).generate_daily_summary()
    ...     summary["overview"]["won"], summary["overview"]["revenue"]
    (1, 499.0)
    """

    def __init__(self, home: str | Path | None = None, *, log: Log | None = None) -> None:
        self._owns_log = log is None
        self._log = Log(home=home) if log is None else log

    def generate_daily_summary(
        self, date: Moment | None = None, *, as_of: Moment | None = None
    ) -> Summary:
        """Summarise one day, today by default.

        Parameters
        ----------
        date : str, date or datetime, optional
            ``YYYY-MM-DD``, or a moment of that day.
        as_of : str, date or datetime, optional
            Use only what was recorded by then; by the day's end, or now, if that comes first.

        Returns
        -------
        dict
            ``date``, ``period``, ``since``, ``until``, ``as_of``, ``generated_at``; ``overview``
            (counts and revenue); ``decisions`` and ``outcomes`` recorded in the period;
            ``changes`` (decisions ``won``, ``lost`` and ``reversed`` in it); ``waiting`` (open
            longest); ``top_outcome`` (which brought most), ``comparison`` (with the period before and the
            usual range), ``came_true`` (what had been predicted of those decided now); ``insights``,
            ``conversion_rates`` and ``roi_breakdown`` as of its end;
            ``performance_summary``, a text.

        Raises
        ------
        InvalidRecord
            The date cannot be read.
        """
        moment = self._log.moment(as_of)
        zone = self._log.settings.zone
        period = Period(self._day(date, moment), 1, zone)
        return self._summarise(period, moment, generated=None if as_of is None else moment)

    def generate_weekly_summary(
        self, date: Moment | None = None, *, as_of: Moment | None = None
    ) -> Summary:
        """Summarise the last seven days, or the ISO week of a day.

        Parameters
        ----------
        date : str, date or datetime, optional
            ``YYYY-MM-DD``, a moment of the week, or the week itself as ``YYYY-Wxx``; None: the seven days
            that end today.
        as_of : str, date or datetime, optional
            As of `generate_daily_summary`.

        Returns
        -------
        dict
            As of `generate_daily_summary`, with ``week`` (the ISO week of the last day); ``date`` is the
            first day.

        Raises
        ------
        InvalidRecord
            The date cannot be read.
        """
        moment = self._log.moment(as_of)
        zone = self._log.settings.zone
        day = self._day(date, moment)
        period = Period.week_until(day, zone) if date is None else Period.week_of(day, zone)
        return self._summarise(period, moment, generated=None if as_of is None else moment)

    def save_summary(self, summary: Mapping[str, Any]) -> tuple[Path, Path]:
        """Write a summary as JSON and as Markdown into the home's ``reports`` folder.

        Each file is replaced in one step; the same period overwrites its own files only.

        Returns
        -------
        tuple of Path
            ``decision-summary-YYYY-MM-DD.json`` or ``weekly-summary-YYYY-Wxx.json``, and ``.md``.
        """
        weekly = "week" in summary
        name = (
            f"weekly-summary-{summary['week']}" if weekly else f"decision-summary-{summary['date']}"
        )
        folder = self._log.settings.home.reports
        text = orjson.dumps(dict(summary), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        json_path = atomic_write_text(folder / f"{name}.json", text.decode())
        return json_path, atomic_write_text(folder / f"{name}.md", render_markdown(summary))

    def close(self) -> None:
        """Close the log if this generator opened it."""
        if self._owns_log:
            self._log.close()

    def _day(self, value: Moment | None, moment: datetime) -> date:
        zone = self._log.settings.zone
        if value is None:
            return moment.astimezone(zone).date()
        if isinstance(value, str) and (week := _ISO_WEEK.fullmatch(value)):
            try:
                return date.fromisocalendar(int(week[1]), int(week[2]), 1)
            except ValueError:
                raise InvalidRecord("date", value, "must be a week that exists") from None
        value = resolve(value, now=moment, zone=zone)
        return read_time(value, zone=zone, field="date").astimezone(zone).date()

    def _summarise(
        self, period: Period, moment: datetime, *, generated: datetime | None
    ) -> Summary:
        log = self._log
        as_of = min(moment, period.until - _INSTANT)
        known = None if generated is None and as_of == moment else as_of
        decisions = log.decisions_known_since(period.since, as_of=as_of)
        outcomes = log.outcomes_between(period.since, period.until, as_of=as_of)
        changes = log.state_changes(period.since, as_of=as_of)
        rates, returns = rates_and_returns(log, period.since, known)
        summary: Summary = {
            "date": period.first.isoformat(),
            "period": period.name,
            "since": period.since.astimezone(period.zone).isoformat(),
            "until": period.until.astimezone(period.zone).isoformat(),
            "as_of": as_of.isoformat(),
            "generated_at": (generated or datetime.now(UTC)).isoformat(),
            "overview": {},
            "decisions": _in_zone(decisions, period.zone),
            "outcomes": _in_zone(outcomes, period.zone),
            "changes": {
                name: _in_zone(rows, period.zone) for name, rows in _changes(changes).items()
            },
            "waiting": _in_zone(_waiting(log, as_of), period.zone),
            "insights": current_insights(log) if known is None else insights_of(log, known),
            "conversion_rates": rates,
            "roi_breakdown": returns,
            "top_outcome": top_outcome(outcomes),
            "comparison": compare_activity(log, period.since, period.until, as_of),
            "came_true": came_true(log, changes, as_of),
            "performance_summary": "",
        }
        if period.name == "week":
            summary["week"] = period.label
        summary["overview"] = {
            **overview_of(summary, rates),
            **self._not_revenue(known),
            "overdue": count_overdue(log, as_of=known),
        }
        summary["performance_summary"] = performance_text(
            summary, started=period.since <= moment, currency=log.currency
        )
        return summary

    def _not_revenue(self, as_of: datetime | None) -> Row:
        """Add up the money that was received for decisions that are not won."""
        cells = self._log.rate_fits.at(as_of).cells.to_pylist()
        return {
            name: round(math.fsum(cell[name] for cell in cells), 2)
            for name in ("pending_revenue", "received_not_won")
        }


def _changes(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Sort changes of states: won, lost without having been won, and won before but no longer."""
    changes: dict[str, list[Row]] = {"won": [], "lost": [], "reversed": []}
    for row in rows:
        if row["state"] == "won":
            changes["won"].append(row)
        elif row["was"] == "won":
            changes["reversed"].append(row)
        elif row["state"] == "lost":
            changes["lost"].append(row)
    return changes


def _waiting(log: Log, as_of: datetime) -> list[Row]:
    """Give the open decisions of the last days that have waited longest, with their age."""
    since = as_of - timedelta(days=WAITING_DAYS)
    return [
        {**row, "waiting_hours": round((as_of - row["timestamp"]) / timedelta(hours=1), 1)}
        for row in log.open_longest(since, WAITING_LISTED, as_of=as_of)
    ]


def _in_zone(rows: Iterable[Row], zone: tzinfo) -> list[Row]:
    """Write times as ISO 8601 in the summary's zone."""
    return [
        {
            key: value.astimezone(zone).isoformat() if isinstance(value, datetime) else value
            for key, value in row.items()
        }
        for row in rows
    ]
