"""Period of a summary: a day or seven days in one zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo


@dataclass(frozen=True, slots=True)
class Period:
    """A day, or seven days, in one zone.

    Parameters
    ----------
    first : date
        Its first day.
    days : int
        1 or 7.
    zone : tzinfo
        In which its days begin at midnight; a day may have 23 or 25 hours.

    Examples
    --------
    >>> Period.week_of(date(2026, 1, 1), UTC).label
    '2026-W01'
    >>> Period(date(2026, 2, 8), 1, UTC).until.isoformat()
    '2026-02-09T00:00:00+00:00'
    """

    first: date
    days: int
    zone: tzinfo

    @classmethod
    def week_until(cls, day: date, zone: tzinfo) -> Period:
        """Give the seven days that end with ``day``."""
        return cls(day - timedelta(days=6), 7, zone)

    @classmethod
    def week_of(cls, day: date, zone: tzinfo) -> Period:
        """Give the ISO week that ``day`` lies in."""
        return cls(day - timedelta(days=day.weekday()), 7, zone)

    @property
    def name(self) -> str:
        """``day`` or ``week``."""
        return "day" if self.days == 1 else "week"

    @property
    def label(self) -> str:
        """``2026-02-08``, or ``2026-W06``: the ISO week of the last day, whose year may differ from the day's."""
        if self.days == 1:
            return self.first.isoformat()
        last = self.first + timedelta(days=self.days - 1)
        year, week, _ = last.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def since(self) -> datetime:
        """Its first instant, in UTC."""
        return self._midnight(self.first)

    @property
    def until(self) -> datetime:
        """The first instant after it, in UTC."""
        return self._midnight(self.first + timedelta(days=self.days))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)
