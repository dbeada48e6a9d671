"""Writing: decisions and outcomes, one by one or many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from decision_log.log.base import LogBase
from decision_log.log.unknown_ids import similar_ids_named
from decision_log.records import Moment, Recorded
from decision_store.errors import InvalidRecord
from decision_store.repeats import with_content_id
from decision_store.store import BulkResult, Receipt


class Writing(LogBase):
    """Log decisions and record outcomes."""

    _new_currency: str | None = None
    """Currency that an amount has named first, until that amount is recorded."""

    def log_decision(
        self,
        decision_id: str | None,
        opportunity_type: str,
        opportunity_source: str,
        action_taken: str,
        opportunity_content: str = "",
        opportunity_score: float | None = None,
        sender: str = "",
        decision_maker: str | None = None,
        context: Mapping[str, Any] | None = None,
        *,
        timestamp: Moment | None = None,
        received_at: Moment | None = None,
        recorded_at: Moment | None = None,
        opportunity_id: str | None = None,
        cost_usd: float | None = None,
        effort_minutes: float | None = None,
        action_probability: float | None = None,
        again: bool = False,
        dry_run: bool = False,
    ) -> Recorded:
        """Log one decision.

        Parameters
        ----------
        decision_id : str, optional
            Your id for it; None generates one. Then the same content (text, sender or opportunity included)
            within 24 hours is a repeat, which changes nothing.
        opportunity_score : float, optional
            Base score, 0 to 100.
        decision_maker : str, optional
            Who decided; by default as the setting ``maker`` says, which is ``jarvis`` unless it was changed.
        timestamp : moment, optional
            When it was decided; now by default. Text in ISO 8601, a date or a datetime.
        recorded_at : moment, optional
            When the log learnt of it; now by default. Give it when you load history that an
            answer as of an earlier moment shall know.
        cost_usd, effort_minutes : float, optional
            What acting on it cost.
        action_probability : float, optional
            Where the action was chosen at random: its probability.
        again : bool, default=False
            Log it even if it looks like a repeat.
        dry_run : bool, default=False
            Check it and say whether it would be new, but write nothing.

        Returns
        -------
        Recorded
            ``id``, ``state`` and ``new``; its truth value is ``new``, False where the same decision with the
            same content is in the log already.

        Raises
        ------
        InvalidRecord
            Naming the field, its value and what is expected.
        DecisionConflict
            The id is in the log with other content.
        """
        given = {k: value for k, value in locals().items() if k not in {"self", "again", "dry_run"}}
        decision = self._intake().decision(given)
        names = {
            name: getattr(decision, name) for name in ("opportunity_type", "opportunity_source")
        }
        unknown = {field: names[field] for field in self.store.name_cache.unknown(names)}

        def record(*, dry_run: bool) -> Receipt:
            return self.store.log_decision(
                decision,
                timestamp_given=timestamp is not None,
                id_given=decision_id is not None,
                again=again,
                dry_run=dry_run,
            )

        receipt = self._recorded(record, dry_run=dry_run)
        if receipt.new and not dry_run:
            self.store.name_cache.add(unknown)
        return Recorded(
            receipt,
            lambda: self._standing(receipt.id),
            lambda: self._spelling_hints(unknown, receipt.id) if receipt.new else [],
        )

    def record_outcome(
        self,
        decision_id: str,
        outcome_type: str,
        outcome_status: str,
        revenue_generated: float | str = 0,
        customer_acquired: bool = False,
        deal_closed: bool = False,
        response_received: bool = False,
        notes: str = "",
        *,
        time_to_outcome_hours: float | None = None,
        occurred_at: Moment | None = None,
        recorded_at: Moment | None = None,
        outcome_id: str | None = None,
        currency: str | None = None,
        again: bool = False,
        dry_run: bool = False,
    ) -> Recorded:
        """Record an outcome of a decision.

        Parameters
        ----------
        outcome_type, outcome_status : str
            In the words of your CRM or language: ``conversion`` and ``Closed Won``, ``vente`` and ``gagnée``.
            An activity such as ``response`` or ``meeting`` never closes a decision.
        revenue_generated : float or str
            In the log's currency; negative for a refund. A text may be written as people do: ``1,200.50``,
            ``1.200,50 €``, ``$1,200``.
        time_to_outcome_hours : float, optional
            From decision to outcome; worked out from ``occurred_at`` where it is not given.
        occurred_at, recorded_at : moment, optional
            When it happened and when the log learnt of it; now by default.
        outcome_id : str, optional
            Your id for it. Without one, the same content as an outcome that stands is a repeat: with the same
            ``occurred_at`` where it is given, and within 24 hours where it is not.
        currency : str, optional
            Code of the currency of the amount; refused where the log has another one.
        again : bool, default=False
            Record it even if it looks like a repeat.
        dry_run : bool, default=False
            Check it and say whether it would be new, but write nothing.

        Returns
        -------
        Recorded
            ``id``, ``state`` (won, lost or open: of the decision, read when asked for) and ``new``; its truth
            value is ``new``, False for a repeat, which changes nothing.

        Raises
        ------
        UnknownDecision
            No such decision is in the log.
        InvalidRecord
            Naming the field, its value and what is expected.
        """
        given = {k: value for k, value in locals().items() if k not in {"self", "again", "dry_run"}}
        outcome = self._intake().outcome(self._with_amount(given))
        if outcome_id is None and not again:
            outcome = with_content_id(outcome, occurred_at_given=occurred_at is not None)

        def record(*, dry_run: bool) -> Receipt:
            return self.store.record_outcome(
                outcome,
                id_given=outcome_id is not None,
                occurred_at_given=occurred_at is not None,
                again=again,
                dry_run=dry_run,
            )

        with similar_ids_named(self):
            receipt = self._recorded(record, dry_run=dry_run)
        return Recorded(receipt, lambda: self._standing(decision_id))

    def log_decisions(
        self, decisions: Iterable[Mapping[str, Any]], *, again: bool = False
    ) -> BulkResult:
        """Log many decisions, given as dictionaries with the arguments of `log_decision`.

        One with a ``timestamp`` and without ``recorded_at`` is history: it counts as recorded at its own time, so
        that the past can be replayed.

        Raises
        ------
        InvalidRecord
            One of them cannot be accepted; nothing has been written.
        """
        given = list(decisions)
        intake = self._intake()
        return self.store.log_decisions(
            [intake.decision(one, bulk=True) for one in given],
            timestamp_given=[one.get("timestamp") is not None for one in given],
            ids_given=[one.get("decision_id") is not None for one in given],
            again=again,
        )

    def record_outcomes(
        self, outcomes: Iterable[Mapping[str, Any]], *, again: bool = False
    ) -> BulkResult:
        """Record many outcomes, given as dictionaries with the arguments of `record_outcome`.

        One with ``occurred_at`` and without ``recorded_at`` counts as recorded then, as in `log_decisions`.

        Raises
        ------
        InvalidRecord
            One of them cannot be accepted; nothing has been written.
        """
        given, currencies = [], set()
        for one in outcomes:
            given.append(self._with_amount(one))
            currencies |= {self._new_currency} - {None}
            if len(currencies) > 1:
                first, other = sorted(filter(None, currencies))
                reason = f"must be in one currency, not in {first} and {other}"
                raise InvalidRecord("revenue_generated", one.get("revenue_generated"), reason)
        intake = self._intake()
        named = [bool(one.get("outcome_id")) for one in given]
        timed = [one.get("occurred_at") is not None for one in given]
        read = [intake.outcome(one, bulk=True) for one in given]
        if not again:
            read = [
                outcome if is_named else with_content_id(outcome, occurred_at_given=has_time)
                for outcome, is_named, has_time in zip(read, named, timed, strict=True)
            ]
        self._keep_new_currency()
        return self.store.record_outcomes(
            read, ids_given=named, occurred_at_given=timed, again=again
        )

    def state_of(self, decision_id: str, *, as_of: Moment | None = None) -> str | None:
        """Return whether a decision is won, lost or open; None where it is not in the log or was taken back."""
        row = self._standing(decision_id, as_of)
        return None if row is None else row["state"]

    def _standing(self, decision_id: str, as_of: Moment | None = None) -> dict[str, Any] | None:
        rows = self.ask("decision", decision_id=decision_id, as_of=self.moment(as_of)).to_pylist()
        return rows[0] if rows else None

    def won(self, decision_id: str, amount: float | str = 0.0, **further: Any) -> Recorded:
        """Record that a decision is won, with what it brought; see `record_outcome`."""
        return self.record_outcome(
            decision_id, "conversion", "won", amount, deal_closed=True, **further
        )

    def lost(self, decision_id: str, **further: Any) -> Recorded:
        """Record that a decision is lost; see `record_outcome`."""
        return self.record_outcome(decision_id, "conversion", "lost", **further)

    def read_amount(
        self, amount: float | str, currency: str | None = None, *, field: str = "revenue_generated"
    ) -> float:
        """Read an amount as people write it, e.g. ``1.200,50 €``, and return it in the log's currency.

        Raises
        ------
        InvalidRecord
            It is no amount, can be read in two ways, or is in another currency than the log.
        """
        from decision_log.log.amounts import read_amount

        number, code = read_amount(self, amount, currency, field=field)
        self._new_currency = code or self._new_currency
        return number

    def _recorded(self, record: Callable[..., Receipt], *, dry_run: bool) -> Receipt:
        """Record one fact; a currency that it names first is kept where nothing else refuses it."""
        if self._new_currency and not dry_run:
            record(dry_run=True)
        if not dry_run:
            self._keep_new_currency()
        self._new_currency = None
        return record(dry_run=dry_run)

    def _keep_new_currency(self) -> None:
        if code := self._new_currency:
            from decision_log.log.amounts import keep_currency

            self._new_currency = None
            keep_currency(self, code)

    def _with_amount(self, outcome: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an outcome whose amount is a number, where it is a text or names a currency."""
        currency, amount = outcome.get("currency"), outcome.get("revenue_generated")
        rest = {name: value for name, value in outcome.items() if name != "currency"}
        if currency is None and not isinstance(amount, str):
            return rest
        read = self.read_amount(0.0 if amount is None else amount, currency)
        return {**rest, "revenue_generated": read}

    def _spelling_hints(self, unknown: Mapping[str, str], decision_id: str) -> list[str]:
        from decision_log.names import spelling_hints

        return spelling_hints(self.store.name_cache.tables(), unknown, decision_id)
