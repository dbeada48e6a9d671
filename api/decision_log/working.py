"""Decisions to work with: find, show and list them, and log what was decided about a scored opportunity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from decision_log.log import Log

if TYPE_CHECKING:
    from decision_log.records import Moment, Recorded
    from decision_log.reports.work.open_decisions import KeptChances
    from decision_log.results import (
        DecisionHistory,
        FoundDecision,
        HistoryFact,
        OldestOpen,
        WorkList,
    )


class Working(Log):
    """Find and list decisions; part of `DecisionLog`."""

    kept_chances: KeptChances | None = None
    """Chances of open decisions that a server keeps while the rates stay; it sets it."""

    def find_decisions(
        self,
        *,
        state: str | None = None,
        overdue: bool | None = None,
        opportunity_type: str | None = None,
        opportunity_source: str | None = None,
        sender: str | None = None,
        text: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        as_of: Moment | None = None,
        limit: int | None = None,
    ) -> list[FoundDecision]:
        """List the decisions that match everything given, newest first.

        Parameters
        ----------
        state : {"won", "lost", "open"}, optional
            Their state as of the moment.
        overdue : bool, optional
            Whether they are open for longer than the settled age of their type.
        opportunity_type, opportunity_source : str, optional
            Compared folded, as everywhere.
        sender : str, optional
            Part of the sender, in any case.
        text : str, optional
            Part of the text or of the action, in any case.
        since, until : moment, optional
            When they were decided; a date means its beginning, and for ``until`` its end.
        limit : int, optional
            How many at most.

        Returns
        -------
        list of dict
            The decision's fields, ``state``, ``revenue``, ``outcomes``, ``closed_at``, ``hours`` (to the
            closing outcome, or its age), ``settled_hours`` and ``overdue``; moments in ISO 8601.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     logged = log.log_decision("d-1", "Golf Coaching", "email", "Replied", sender="Ann")
        ...     [row["decision_id"] for row in log.find_decisions(opportunity_type="golf-coaching")]
        ['d-1']
        """
        filters = {name: value for name, value in locals().items() if name != "self"}
        from decision_log.reports.work.worklist import find_decisions

        return cast("list[FoundDecision]", find_decisions(self, **filters))

    def oldest_open(
        self,
        *,
        opportunity_type: str | None = None,
        opportunity_source: str | None = None,
        only_overdue: bool = False,
        limit: int | None = None,
    ) -> OldestOpen:
        """List the open decisions that wait longest, overdue ones first.

        Parameters
        ----------
        opportunity_type, opportunity_source : str, optional
            Compared folded, as everywhere.
        only_overdue : bool, default=False
            Leave out those that are open for less than the settled age of their type.
        limit : int, optional
            How many at most.

        Returns
        -------
        dict
            ``decisions`` (rows as of `find_decisions`); of all that match ``total``, how many are open, and
            ``overdue``, how many of these are.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     for n in range(3):
        ...         logged = log.log_decision(f"d-{n}", "coaching", "email", f"Replied {n}")
        ...     found = log.oldest_open(limit=1)
        >>> [row["decision_id"] for row in found["decisions"]], found["total"]
        (['d-0'], 3)
        """
        from decision_log.reports.work.worklist import oldest_open

        found = oldest_open(
            self,
            opportunity_type=opportunity_type,
            opportunity_source=opportunity_source,
            only_overdue=only_overdue,
            limit=limit,
        )
        return cast("OldestOpen", found)

    def get_decision(self, decision_id: str, *, as_of: Moment | None = None) -> DecisionHistory:
        """Return one decision with its outcomes, corrections and predictions.

        Returns
        -------
        dict
            ``decision`` (as of `find_decisions`), ``outcomes`` (``voided`` where taken back),
            ``corrections`` and ``predictions``, oldest first.

        Raises
        ------
        UnknownDecision
            No such decision was known then.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     logged = log.log_decision("d-1", "coaching", "email", "Replied")
        ...     recorded = log.record_outcome("d-1", "conversion", "success", 400.0)
        ...     found = log.get_decision("d-1")
        ...     found["decision"]["state"], len(found["outcomes"])
        ('won', 1)
        """
        from decision_log.reports.work.worklist import decision_history

        return cast("DecisionHistory", decision_history(self, decision_id, as_of=as_of))

    def get_history(self, decision_id: str, *, as_of: Moment | None = None) -> list[HistoryFact]:
        """List everything recorded about a decision, in the order in which the log learnt of it.

        A decision that was taken back has its history, too.

        Returns
        -------
        list of dict
            ``recorded_at``, ``occurred_at`` (ISO 8601), ``kind`` (decision, outcome, void, restore,
            correction or prediction), ``id``, ``what`` (in words), ``amount``, ``meaning`` and ``voided``
            of an outcome, ``by``.

        Raises
        ------
        UnknownDecision
            No such decision was known then.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     logged = log.log_decision("d-1", "coaching", "email", "Replied")
        ...     won, undone = log.won("d-1", 400.0), log.undo()
        ...     [(fact["kind"], fact["voided"]) for fact in log.get_history("d-1")]
        [('decision', False), ('outcome', True), ('void', False)]
        """
        from decision_log.reports.work.history import decision_facts

        return cast("list[HistoryFact]", decision_facts(self, decision_id, as_of=as_of))

    def get_opportunity(self, opportunity_id: str) -> dict[str, Any]:
        """Return one opportunity of ``opportunities_scored.json`` as it came in.

        Raises
        ------
        UnknownOpportunity
            Nothing was scored yet, or no such id is in the file.
        """
        from decision_log.scoring.scored import find_opportunity

        return find_opportunity(self.settings.home, opportunity_id)

    def log_opportunity(self, opportunity_id: str, action_taken: str, **fields: Any) -> Recorded:
        """Log the decision about a scored opportunity: what came in is taken from the scored file.

        Its predictions are graded once the outcome is known.

        Parameters
        ----------
        opportunity_id : str
            Its ``id`` in ``opportunities_scored.json``.
        action_taken : str
            What was done about it.
        **fields
            Further arguments of `log_decision`; what is given wins over the file, None does not.

        Returns
        -------
        As `log_decision`.

        Raises
        ------
        UnknownOpportunity
            Nothing was scored yet, or no such id is in the file.
        """
        from decision_log.scoring.scored import decision_fields

        known = decision_fields(self.get_opportunity(opportunity_id), self.settings.zone)
        given = {name: value for name, value in fields.items() if value is not None and value != ""}
        context = {**known.pop("context"), **(given.pop("context", None) or {})}
        return self.log_decision(
            action_taken=action_taken, context=context, **{"decision_id": None, **known, **given}
        )

    def work_list(self, *, as_of: Moment | None = None, limit: int = 10) -> WorkList:
        """Return what to do now: answer, follow up, close; and what is new since yesterday.

        Parameters
        ----------
        limit : int
            How many waiting and overdue decisions to list; of those to answer as many as the setting
            ``capacity_per_day`` says.

        Returns
        -------
        dict
            ``answer`` (scored opportunities without a decision), ``waiting`` and ``overdue`` (open
            decisions), each by expected revenue and each row with the ``command`` to act; ``new`` (counts
            since yesterday's midnight), ``totals`` and ``as_of``. The ``conversion_probability`` of an
            open decision is that of being won in the end, as long as it is open by now, in percent.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     logged = log.log_decision("d-1", "coaching", "email", "Replied")
        ...     [row["command"] for row in log.work_list()["waiting"]]
        ['decision-log won d-1']
        """
        from decision_log.reports.work.worklist import work_list
        from decision_log.scoring.scored import scored_items

        scored = scored_items(self.settings.home.scored)
        kept = self.kept_chances
        return cast("WorkList", work_list(self, scored, as_of=as_of, limit=limit, kept=kept))
