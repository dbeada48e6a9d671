"""The report: one self-contained HTML file about a period."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from decision_log.reports.page.render import render
from decision_log.reports.page.view import build_view
from decision_log.text.money import currency_sign
from decision_store.durable_files import atomic_write_text
from decision_store.errors import InvalidRecord

if TYPE_CHECKING:
    from pathlib import Path

    from decision_log.log import Log

SECTIONS = (
    ("week", "This period"),
    ("first", "Answer first"),
    ("waiting", "Waiting and overdue"),
    ("rates", "How often each kind is won"),
    ("money", "Revenue and return"),
    ("time", "How long it takes"),
    ("right", "Were we right?"),
    ("learnt", "What we learnt"),
    ("print", "Small print"),
)


def report_html(log: Log, *, days: int = 7, as_of: datetime | None = None) -> str:
    """Return the page of the last ``days`` days, today included, as one HTML document.

    Parameters
    ----------
    days : int
        1 or more.
    as_of : datetime, optional
        Its day is the last one; only what was recorded by then is used. Now by default.
    """
    if days < 1:
        raise InvalidRecord("days", days, "must be 1 or more")
    moment, zone = log.moment(as_of), log.settings.zone
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    since, until = (
        datetime.combine(day, time(), zone) for day in (tomorrow - timedelta(days=days), tomorrow)
    )
    view = build_view(log, since, until, moment, is_now=as_of is None)
    sign = currency_sign(view.currency)
    return render("report.html", view=view, sections=SECTIONS, sign=sign)


def write_report(log: Log, path: Path, *, days: int = 7, as_of: datetime | None = None) -> Path:
    """Write the page to a file, whole or not at all."""
    return atomic_write_text(path, report_html(log, days=days, as_of=as_of))
