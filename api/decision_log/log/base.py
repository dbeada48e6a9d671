"""Base of a log: its settings, its store, and how moments are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_log.closing import Closing
from decision_log.records import Intake, Moment
from decision_log.revision import Revision
from decision_log.settings import Settings
from decision_log.text.relative_times import is_bare_date, read_time, resolve
from decision_store.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


class LogBase(Closing):
    """Settings and store of one log, which all parts of `Log` share."""

    def __init__(
        self,
        database: str | Path | None = None,
        *,
        home: str | Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings.load(home)
        self.store = Store(Path(database) if database else self.settings.home.database)
        self._revision = Revision(self.store)

    def ask(self, question: str, **parameters: object) -> pa.Table:
        """Run one of the store's named questions; see ``decision_store/queries``."""
        return self.store.ask(question, **parameters)

    def revision(self) -> int:
        """Return a number that grows once any process has written to the log; predictions do not count.

        It is for those who keep answers: while it stays the same, answers about the facts do, apart from
        the age of what is open. It takes microseconds and never opens the database.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     before = log.revision()
        ...     logged = log.log_decision("d-1", "coaching", "email", "Replied")
        ...     log.revision() > before
        True
        """
        return self._revision.read()

    def moment(self, value: Moment | None = None) -> datetime:
        """Read a moment in the configured zone; None is now. A bare date means its end.

        Words are understood, too: see :func:`decision_log.text.relative_times.resolve`.
        """
        now = datetime.now(UTC)
        if value is None:
            return now
        value = resolve(value, now=now, zone=self.settings.zone, edge="end")
        moment = read_time(value, zone=self.settings.zone, field="as_of")
        if is_bare_date(value):
            local = moment.astimezone(self.settings.zone)
            next_day = datetime.combine(local.date() + timedelta(days=1), local.timetz())
            return next_day.astimezone(UTC) - timedelta(microseconds=1)
        return moment

    def start(self, value: Moment) -> datetime:
        """Read a moment as `moment` does, but a bare date, a week or a month means its beginning."""
        value = resolve(value, now=datetime.now(UTC), zone=self.settings.zone)
        return read_time(value, zone=self.settings.zone, field="since")

    @property
    def currency(self) -> str:
        """Code of the currency of all amounts: the one that the log keeps, else that of the settings."""
        return self.store.currency or self.settings.currency

    def close(self) -> None:
        """Close the store; acknowledged facts are on disk already."""
        self.store.close()

    def _intake(self) -> Intake:
        words = self.store.vocabulary(self.settings.vocabulary)
        return Intake(datetime.now(UTC), self.settings.zone, words, self.settings.maker)
