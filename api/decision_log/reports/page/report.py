"""The report: one self-contained HTML file about a period."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from decision_log.reports.page.render import render
from decision_log.reports.page.view import build_view
from decision_store.durable_files import atomic_write_text
from decision_store.errors import InvalidRecord

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from decision_log.log import Log

SECTIONS = (
    ("week", "This period"),
    ("first", "Answer first"),
    ("waiting", "Waiting and overdue"),
    ("rates", "How often each kind is won"),
    ("money", "Revenue and return"),
    ("right", "Were we right?"),
    ("learnt", "What we learnt"),
    ("print", "Small print"),
)


def report_html(log: Log, *, days: int = 7, as_of: datetime | None = None) -> str:
    """Return the page of the last ``days`` days as one HTML document.

    Parameters
    ----------
    days : int
        1 or more.
    as_of : datetime, optional
        The end of the period; only what was recorded by then is used. Now by default.
    """
    if days < 1:
        raise InvalidRecord("days", days, "must be 1 or more")
    until = moment = log.moment(as_of)
    view = build_view(log, until - timedelta(days=days), until, moment)
    return render("report.html", view=view, sections=SECTIONS)


def write_report(log: Log, path: Path, *, days: int = 7, as_of: datetime | None = None) -> Path:
    """Write the page to a file, whole or not at all."""
    return atomic_write_text(path, report_html(log, days=days, as_of=as_of))
