"""Reading: rates, returns, and lists of decisions, outcomes and names, each as of a moment."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from decision_log.log.base import LogBase, Row
from decision_log.records import Moment
from decision_log.text.relative_times import read_time, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from decision_log.rate_fits import RateFit, RateFits
    from decision_log.results import ConversionRate, RateOfCell, Return
    from decision_model.rates.model import RateModel


class Reading(LogBase):
    """Read what the facts add up to."""

    _rate_fits: RateFits | None = None
    _rates: tuple[RateFit, list[ConversionRate]] | None = None
    _settled: tuple[int, float, dict[str, float | None]] | None = None

    @property
    def rate_fits(self) -> RateFits:
        """The fitted rates, shared by everything that this log answers."""
        from decision_log.rate_fits import RateFits

        if self._rate_fits is None:
            self._rate_fits = RateFits(self.store, self._revision)
        return self._rate_fits

    def close(self) -> None:
        """End what goes on in the background, and close the store."""
        if self._rate_fits is not None:
            self._rate_fits.close()
        super().close()

    def get_conversion_rates(
        self, *, min_decisions: int = 1, as_of: Moment | None = None
    ) -> list[ConversionRate]:
        """Give the conversion rate of every source and type, most decisions first.

        Returns
        -------
        list of dict
            ``source_type``, ``opportunity_type``, ``total_decisions``, ``total_responses``,
            ``total_customers``, ``total_deals_closed``, ``total_revenue``, ``pending_revenue``
            (received for open decisions), ``received_not_won`` (for lost ones), ``conversion_rate``
            (posterior mean, percent), ``avg_time_to_conversion_hours`` (median; None without a win),
            ``last_updated``, ``won``, ``lost``, ``open``, ``interval`` (95 %, percent),
            ``immature``, ``matured`` (won, lost, or open for longer than the settled age of the type:
            by then 95 % of its wins are recorded), ``observed_rate`` (percent won of the decisions
            older than that age; None while it is too early to tell), ``confidence``,
            ``half_life_days`` (age at which a decision counts half, as older ones predict worse; None
            where they do not) and ``rates_changed`` (whether the log shows that its rates change).
        """
        every = self._current_rates() if as_of is None else self._rates_at(self.moment(as_of))
        rows = [row for row in every if row["total_decisions"] >= min_decisions]
        return sorted(rows, key=lambda row: -row["total_decisions"])

    def _current_rates(self) -> list[ConversionRate]:
        """Return the rates as known now; of an unchanged log they are worked out once an hour."""
        name = "conversion_rates"
        if kept := self.rate_fits.kept(name):
            return cast("list[ConversionRate]", kept)
        fit, answers = self.rate_fits.with_answers()
        if self._rates is None or self._rates[0] is not fit:

            def worked_out() -> list[Row]:
                matured = answers.rows("matured", as_of=self.moment())
                return cast("list[Row]", _rate_rows(fit, matured))

            self._rates = fit, cast("list[ConversionRate]", answers.made(name, worked_out))
        return [{**row, "interval": [*row["interval"]]} for row in self._rates[1]]

    def served_rates(self) -> tuple[datetime, list[RateOfCell]]:
        """Return the counts of now with rates that may rest on facts up to `RateFits.patience` seconds older.

        Returns
        -------
        as_of : datetime
            What was known then is in the rates.
        rows : list of dict
            Most decisions first.
        """
        from decision_log.rows import served_rates

        fit = self.rate_fits.recent()
        rows = served_rates(self.ask("cells", as_of=self.moment()), fit.model)
        return fit.as_of, sorted(rows, key=lambda row: -row["total_decisions"])

    def rate_model(self, moment: datetime) -> RateModel:
        """Return the rate model fitted to the log as of a moment."""
        return self.rate_fits.at(moment).model

    def _rates_at(self, moment: datetime) -> list[ConversionRate]:
        fit = self.rate_fits.at(moment)
        return _rate_rows(fit, self.ask("matured", as_of=moment).to_pylist())

    def settled_ages(self, as_of: Moment | None = None) -> dict[str, float | None]:
        """Return the settled age of each type in hours, None where nothing was won yet.

        By then 95 % of its wins are recorded. A server keeps those of now for as long as it keeps rates.
        """
        if as_of is not None:
            return _ages_by_type(self.ask("settled_ages", as_of=self.moment(as_of)))
        keeps = self.rate_fits.generation, time.monotonic() + self.rate_fits.patience
        known = self._settled
        if known is None or known[0] != keeps[0] or known[1] <= time.monotonic():
            found = _ages_by_type(self.ask("settled_ages", as_of=self.moment()))
            known = self._settled = (*keeps, found)
        return known[2]

    def calculate_roi_by_type(
        self, *, as_of: Moment | None = None, by: Literal["cell", "type"] = "cell"
    ) -> list[Return]:
        """Give revenue, cost and return of every type and source, or of every type, highest revenue first.

        Parameters
        ----------
        as_of : moment, optional
            Use only what was recorded by then.
        by : {"cell", "type"}
            ``type``: its sources together; ``opportunity_source`` is None then.

        Returns
        -------
        list of dict
            ``opportunity_type``, ``opportunity_source``, ``decisions_made``, ``total_revenue``,
            ``pending_revenue`` and ``received_not_won`` (as of `get_conversion_rates`),
            ``avg_revenue_per_decision``, ``closed_deals``, ``avg_time_hours``, ``won``, ``lost``,
            ``open``, ``cost``, ``roi`` (a fraction) and ``revenue_per_hour``, the last three over
            decisions whose cost or effort is known, else None; ``cost_known`` and ``effort_known``
            (how many these are), ``effort_hours``; ``expected_revenue``, ``expected_roi`` and
            ``expected_revenue_per_hour``, each with a 95 % ``…_interval``: so far, and what the open
            decisions among these will bring. ``avg_time_hours`` is the median time to close.
        """
        from decision_log.rows import return_rows

        moment = self.moment(as_of)
        fit = self.rate_fits.at(moment)
        rows = return_rows(
            fit.cells, fit.rates, self.ask("pending", as_of=moment), by_type=by == "type"
        )
        return sorted(rows, key=lambda row: -row["total_revenue"])

    def decisions_between(
        self,
        since: Moment | None = None,
        until: Moment | None = None,
        *,
        as_of: Moment | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """List decisions made in [since, until) with their state, newest first."""
        return self._between("decisions", since, until, as_of, limit=limit)

    def open_longest(self, since: Moment, limit: int, *, as_of: Moment | None = None) -> list[Row]:
        """List the open decisions made since a moment that have been open longest, with their state, longest first."""
        bounds = {"since": self.start(since), "as_of": self.moment(as_of)}
        rows = self.ask("longest_open", limit=limit, **bounds).to_pylist()
        return [{k: _with_zone(v) for k, v in row.items()} for row in rows]

    def decisions_known_since(self, since: Moment, *, as_of: Moment | None = None) -> list[Row]:
        """List decisions that the log knows since a moment or later, with their state, newest first.

        A decision is known once it is made and recorded, whichever is later.
        """
        rows = self.ask("known_decisions", since=self.start(since), as_of=self.moment(as_of))
        return [{k: _with_zone(v) for k, v in row.items()} for row in rows.to_pylist()]

    def state_changes(self, since: Moment, *, as_of: Moment | None = None) -> list[Row]:
        """List the changes of decisions' states that the log learnt of since a moment, oldest first."""
        rows = self.ask("state_changes", since=self.start(since), as_of=self.moment(as_of))
        return [{k: _with_zone(v) for k, v in row.items()} for row in rows.to_pylist()]

    def outcomes_between(
        self,
        since: Moment | None = None,
        until: Moment | None = None,
        *,
        as_of: Moment | None = None,
    ) -> list[Row]:
        """List outcomes recorded in [since, until), oldest first; not before their decision is recorded."""
        return self._between("outcomes", since, until, as_of)

    def count_since(self, since: Moment, *, as_of: Moment | None = None) -> Row:
        """Count what was decided and learnt since a moment.

        Returns
        -------
        dict
            ``since`` (ISO 8601), ``decisions`` made since then, ``outcomes`` known since then and the sum of their
            ``revenue``; ``won`` and ``lost``: decisions of these outcomes by the state they are in now.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     logged = log.log_decision("d-1", "coaching", "email", "Replied")
        ...     won = log.won("d-1", 400.0)
        ...     new = log.count_since("yesterday")
        >>> new["decisions"], new["won"], new["revenue"]
        (1, 1, 400.0)
        """
        start = self.start(since)
        counts: Row = self.ask("news", since=start, as_of=self.moment(as_of)).to_pylist()[0]
        return {
            "since": start.astimezone(self.settings.zone).isoformat(),
            **counts,
            "revenue": round(counts["revenue"], 2),
        }

    def unknown_names(
        self, *, opportunity_type: str | None = None, opportunity_source: str | None = None
    ) -> list[str]:
        """Return a sentence for each of these names that no decision has, with close ones that are known."""
        from decision_log.names import unknown_names

        given = {"type": opportunity_type, "source": opportunity_source}
        return unknown_names(self.store.names(), given)

    def types(self, *, of: str = "type", as_of: Moment | None = None) -> list[Row]:
        """List the types, how often each is used, and all of its spellings.

        Parameters
        ----------
        of : {"type", "source", "maker"}
            Names of types, of sources, or of decision makers.

        Returns
        -------
        list of dict
            ``name`` as it is shown (as first written), ``decisions``, ``spellings``, ``first_decision``,
            ``last_decision``; most decisions first.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     added = log.log_decision("d-1", "golf_coaching", "email", "Replied")
        ...     added = log.log_decision("d-2", "Golf Coaching", "E-Mail", "Replied")
        ...     [(row["name"], row["decisions"]) for row in log.types()]
        [('golf_coaching', 2)]
        """
        from decision_log.names import name_rows

        return name_rows(self.store, of, self.moment(as_of))

    def _between(
        self,
        question: str,
        since: Moment | None,
        until: Moment | None,
        as_of: Moment | None,
        **further: object,
    ) -> list[Row]:
        now = datetime.now(UTC)
        bounds = {
            name: None
            if value is None
            else read_time(
                resolve(value, now=now, zone=self.settings.zone),
                zone=self.settings.zone,
                field=name,
            )
            for name, value in (("since", since), ("until", until))
        }
        rows: list[Row] = self.ask(
            question, as_of=self.moment(as_of), **bounds, **further
        ).to_pylist()
        return [{k: _with_zone(v) for k, v in row.items()} for row in rows]


def _ages_by_type(table: pa.Table) -> dict[str, float | None]:
    types = table.column("opportunity_type").to_pylist()
    return dict(zip(types, table.column("settled_hours").to_pylist(), strict=True))


def _with_zone(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _rate_rows(fit: RateFit, matured: Sequence[Mapping[str, Any]]) -> list[ConversionRate]:
    from decision_log.rows import rate_rows

    return rate_rows(fit.cells, fit.rates, matured, fit.model)
