"""Read and write access to one log: facts in, rates and returns out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from decision_log.records import Intake, Moment, Recorded
from decision_log.relative_times import resolve
from decision_log.settings import Settings
from decision_store.errors import InvalidRecord
from decision_store.repeats import with_content_id
from decision_store.store import BulkResult, Store
from decision_store.timestamps import parse_timestamp

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_log.importing import ImportReport, PreparedImport
    from decision_log.results import ConversionRate, Return
    from decision_store.database.status import StoreStatus
    from decision_store.importing import ImportOptions

Row = dict[str, Any]

RATES_FOR_SECONDS = 3600.0
"""How long fitted rates are used where the log does not change."""


class Log:
    """Record decisions and outcomes, and read what they add up to; the base of `DecisionLog`.

    Parameters
    ----------
    database : path, optional
        The DuckDB file. By default ``data/decision_log.duckdb`` in the home folder.
    home : path, optional
        The folder all data live under; ``$DECISION_LOG_HOME`` or the current folder by default.
    settings : Settings, optional
        Instead of ``home`` and the environment.

    Notes
    -----
    Writing is safe from any number of processes and threads, and returns once the fact is on disk.
    No file is held open between two calls. Every question takes ``as_of``: the answer uses only
    facts recorded by that moment; by default, now.

    Examples
    --------
    >>> import tempfile
    >>> with Log(home=tempfile.mkdtemp()) as log:
    ...     logged = log.log_decision("d-1", "coaching", "email", "Replied with offer")
    ...     again = log.log_decision("d-1", "coaching", "email", "Replied with offer")
    ...     won = log.record_outcome("d-1", "conversion", "Closed Won", 499.0)
    ...     logged.new, again.new, won.state
    (True, False, 'won')
    """

    def __init__(
        self,
        database: str | Path | None = None,
        *,
        home: str | Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings.load(home)
        self.store = Store(Path(database) if database else self.settings.home.database)
        self._rates: tuple[object, float, list[ConversionRate]] | None = None

    # -- writing ---------------------------------------------------------------------------------

    def log_decision(
        self,
        decision_id: str | None,
        opportunity_type: str,
        opportunity_source: str,
        action_taken: str,
        opportunity_content: str = "",
        opportunity_score: float | None = None,
        sender: str = "",
        decision_maker: str = "jarvis",
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
    ) -> Recorded:
        """Log one decision.

        Parameters
        ----------
        decision_id : str, optional
            Your id for it; None generates one. Then the same content (text, sender or opportunity included)
            within 24 hours is a repeat, which changes nothing.
        opportunity_score : float, optional
            Base score, 0 to 100.
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
        given = {k: value for k, value in locals().items() if k not in {"self", "again"}}
        decision = self._intake().decision(given)
        receipt = self.store.log_decision(
            decision,
            timestamp_given=timestamp is not None,
            id_given=decision_id is not None,
            again=again,
        )
        return Recorded(receipt, lambda: self.state_of(receipt.id))

    def record_outcome(
        self,
        decision_id: str,
        outcome_type: str,
        outcome_status: str,
        revenue_generated: float = 0,
        customer_acquired: bool = False,
        deal_closed: bool = False,
        response_received: bool = False,
        notes: str = "",
        *,
        time_to_outcome_hours: float | None = None,
        occurred_at: Moment | None = None,
        recorded_at: Moment | None = None,
        outcome_id: str | None = None,
        again: bool = False,
    ) -> Recorded:
        """Record an outcome of a decision.

        Parameters
        ----------
        outcome_type, outcome_status : str
            In the words of your CRM or language: ``conversion`` and ``Closed Won``, ``vente`` and ``gagnée``.
            An activity such as ``response`` or ``meeting`` never closes a decision.
        revenue_generated : float
            In the log's currency; negative for a refund.
        time_to_outcome_hours : float, optional
            From decision to outcome; worked out from ``occurred_at`` where it is not given.
        occurred_at, recorded_at : moment, optional
            When it happened and when the log learnt of it; now by default.
        outcome_id : str, optional
            Your id for it. Without one, the same content as an outcome that stands is a repeat: with the same
            ``occurred_at`` where it is given, and within 24 hours where it is not.
        again : bool, default=False
            Record it even if it looks like a repeat.

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
        given = {k: value for k, value in locals().items() if k not in {"self", "again"}}
        outcome = self._intake().outcome(given)
        if outcome_id is None and not again:
            outcome = with_content_id(outcome, occurred_at_given=occurred_at is not None)
        receipt = self.store.record_outcome(
            outcome,
            id_given=outcome_id is not None,
            occurred_at_given=occurred_at is not None,
            again=again,
        )
        return Recorded(receipt, lambda: self.state_of(decision_id))

    def log_decisions(
        self, decisions: Iterable[Mapping[str, Any]], *, again: bool = False
    ) -> BulkResult:
        """Log many decisions, given as dictionaries with the arguments of `log_decision`.

        Raises
        ------
        InvalidRecord
            One of them cannot be accepted; nothing has been written.
        """
        given = list(decisions)
        intake = self._intake()
        return self.store.log_decisions(
            [intake.decision(one) for one in given],
            timestamp_given=[one.get("timestamp") is not None for one in given],
            ids_given=[one.get("decision_id") is not None for one in given],
            again=again,
        )

    def record_outcomes(
        self, outcomes: Iterable[Mapping[str, Any]], *, again: bool = False
    ) -> BulkResult:
        """Record many outcomes, given as dictionaries with the arguments of `record_outcome`.

        Raises
        ------
        InvalidRecord
            One of them cannot be accepted; nothing has been written.
        """
        given = list(outcomes)
        intake = self._intake()
        named = [bool(one.get("outcome_id")) for one in given]
        timed = [one.get("occurred_at") is not None for one in given]
        read = [intake.outcome(one) for one in given]
        if not again:
            read = [
                outcome if is_named else with_content_id(outcome, occurred_at_given=has_time)
                for outcome, is_named, has_time in zip(read, named, timed, strict=True)
            ]
        return self.store.record_outcomes(
            read, ids_given=named, occurred_at_given=timed, again=again
        )

    def state_of(self, decision_id: str, *, as_of: Moment | None = None) -> str | None:
        """Return whether a decision is won, lost or open; None where it is not in the log or was taken back."""
        rows = self.ask("decision", decision_id=decision_id, as_of=self.moment(as_of)).to_pylist()
        return rows[0]["state"] if rows else None

    def won(self, decision_id: str, amount: float = 0.0, **further: Any) -> Recorded:
        """Record that a decision is won, with what it brought; see `record_outcome`."""
        return self.record_outcome(
            decision_id, "conversion", "won", amount, deal_closed=True, **further
        )

    def lost(self, decision_id: str, **further: Any) -> Recorded:
        """Record that a decision is lost; see `record_outcome`."""
        return self.record_outcome(decision_id, "conversion", "lost", **further)

    # -- putting right ---------------------------------------------------------------------------

    def undo(self, record_id: str | None = None, *, reason: str = "") -> Row:
        """Take back the fact that was recorded last, or the one of an id.

        Parameters
        ----------
        record_id : str, optional
            Of a decision, an outcome, or of what took back, corrected or mapped something.

        Returns
        -------
        dict
            ``kind``, ``id``, ``decision_id``, ``what`` (in words), ``amendment_id`` (with which this can be
            undone) and ``new`` (False where it was taken back already).
        """
        from decision_log.amending import undo

        return undo(self.store, record_id, reason)

    def void_outcome(self, outcome_id: str, *, reason: str = "") -> Row:
        """Take back one outcome entirely, its revenue too; returns the same as `undo`."""
        from decision_log.amending import void_outcome

        return void_outcome(self.store, outcome_id, reason)

    def correct_decision(self, decision_id: str, *, reason: str = "", **fields: str) -> list[Row]:
        """Correct type, source, text, sender, action or maker of a decision.

        Parameters
        ----------
        **fields : str
            ``opportunity_type``, ``opportunity_source``, ``opportunity_content``, ``sender``,
            ``action_taken``, ``decision_maker``.

        Returns
        -------
        list of dict
            ``field``, ``before``, ``after`` and ``amendment_id`` of what changed. Answers as of earlier
            moments keep the old values.
        """
        from decision_log.amending import correct

        return correct(self.store, decision_id, fields, reason)

    def map_word(self, mapping: str, *, is_type: bool = False) -> Row:
        """Teach the log a word, ``"Closed Won=won"``; earlier outcomes with that word count from now on.

        Parameters
        ----------
        mapping : str
            A status and what it means: won, lost, open, reversed or refund.
        is_type : bool, default=False
            An outcome type and what it is: closing, activity, refund, reversed or cancellation.

        Returns
        -------
        dict
            ``word``, ``meaning``, ``outcomes`` (how many have it) and ``new``.
        """
        from decision_log.amending import map_word

        words = self.store.vocabulary(self.settings.vocabulary)
        return map_word(self.store, mapping, is_type=is_type, words=words)

    def unusual_amount(self, decision_id: str, amount: float) -> str | None:
        """Say in one sentence why an amount is far outside what was seen; None where it is not."""
        from decision_log.amending import unusual_amount

        return unusual_amount(self.store, decision_id, amount)

    def import_history(
        self,
        paths: Sequence[str | Path],
        *,
        kind: str | None = None,
        mapping: Mapping[str, str] | None = None,
        options: ImportOptions | None = None,
        accept: bool = False,
        dry_run: bool = False,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> ImportReport:
        """Load exports of CRMs, plain sheets and tables of the log; loading twice changes nothing.

        Parameters
        ----------
        paths : sequence of path
            CSV, JSON, JSON Lines, Parquet, or the predecessor's SQLite file.
        kind, mapping : optional
            As of `ImportOptions`.
        options : ImportOptions, optional
            What you state about the files.
        accept : bool, default=False
            Whether what is doubtful but loses nothing is settled by the reading shown.
        dry_run : bool, default=False
            Read and report, but write nothing.

        Raises
        ------
        ImportFailed
            A file cannot be read at all.
        ImportDoubtful
            A file leaves something open, such as the order of day and month; nothing was written.
        """
        from dataclasses import replace

        from decision_store.importing import ImportOptions
        from decision_store.importing.batches import Kind

        stated = options or ImportOptions()
        if kind is not None or mapping is not None:
            stated = replace(
                stated,
                kind=Kind(kind) if kind is not None else stated.kind,
                mapping=mapping if mapping is not None else stated.mapping,
            )
        prepared = self.prepare_import(paths, options=stated, progress=progress)
        return prepared.write(accept=accept, dry_run=dry_run)

    def prepare_import(
        self,
        paths: Sequence[str | Path],
        *,
        options: ImportOptions | None = None,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> PreparedImport:
        """Read files, compare them with the log, and tell what is understood; nothing is written."""
        from decision_log.importing import prepare_import
        from decision_store.importing import ImportOptions

        return prepare_import(
            self.store,
            [Path(path) for path in paths],
            options=options or ImportOptions(),
            intake=self._intake(),
            reports=self.settings.home.folder / "reports",
            currency=self.settings.values.get("currency"),
            progress=progress,
        )

    def export(self, folder: str | Path, form: str = "parquet") -> dict[Path, int]:
        """Write all facts to a folder; importing its files gives the identical log.

        Parameters
        ----------
        folder : path
            Made where it is missing; files of an earlier export are replaced, each in one step.
        form : str
            ``parquet``, ``csv`` or ``jsonl``.

        Returns
        -------
        dict
            Each file and its number of rows.
        """
        from decision_store.exporting import FORMATS, export

        if form not in FORMATS:
            raise ValueError(f"form must be one of {', '.join(FORMATS)}, not {form!r}.")
        return export(self.store.ask, Path(folder), form)

    # -- asking ----------------------------------------------------------------------------------

    def get_conversion_rates(
        self, *, min_decisions: int = 1, as_of: Moment | None = None
    ) -> list[ConversionRate]:
        """Give the conversion rate of every source and type, most decisions first.

        Returns
        -------
        list of dict
            ``source_type``, ``opportunity_type``, ``total_decisions``, ``total_responses``,
            ``total_customers``, ``total_deals_closed``, ``total_revenue``, ``conversion_rate``
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
        """Return the rates as known now; an unchanged log is not fitted again within the hour.

        The hour, because open decisions age: their share of a loss grows though no fact arrives.
        The token is taken first, so that a fact that arrives meanwhile is seen by the next call.
        """
        token = self.store.token()
        now = time.monotonic()
        if (
            self._rates is None
            or self._rates[0] != token
            or now - self._rates[1] > RATES_FOR_SECONDS
        ):
            rows = self._rates_at(self.moment())
            self._rates = (token, now, rows)
        return [{**row, "interval": [*row["interval"]]} for row in self._rates[2]]

    def _rates_at(self, moment: datetime) -> list[ConversionRate]:
        from decision_log.evidence import rates_of_cells
        from decision_log.rows import rate_rows

        cells, rates, model = rates_of_cells(self.store, moment)
        return rate_rows(cells, rates, self.ask("matured", as_of=moment), model)

    def calculate_roi_by_type(self, *, as_of: Moment | None = None) -> list[Return]:
        """Give revenue, cost and return of every type and source, highest revenue first.

        Returns
        -------
        list of dict
            ``opportunity_type``, ``opportunity_source``, ``decisions_made``, ``total_revenue``,
            ``avg_revenue_per_decision``, ``closed_deals``, ``avg_time_hours``, ``won``, ``lost``,
            ``open``, ``cost``, ``roi`` (a fraction) and ``revenue_per_hour``, the last three over
            decisions whose cost or effort is known, else None; ``cost_known`` and ``effort_known``
            (how many these are); ``expected_revenue``, ``expected_roi`` and
            ``expected_revenue_per_hour``, each with a 95 % ``…_interval``: so far, and what the open
            decisions among these will bring. ``avg_time_hours`` is the median time to close.
        """
        from decision_log.evidence import rates_of_cells
        from decision_log.rows import return_rows

        moment = self.moment(as_of)
        cells, rates, _ = rates_of_cells(self.store, moment)
        rows = return_rows(cells, rates, self.ask("pending", as_of=moment))
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
        >>> with Log(home=tempfile.mkdtemp()) as log:
        ...     added = log.log_decision("d-1", "golf_coaching", "email", "Replied")
        ...     added = log.log_decision("d-2", "Golf Coaching", "E-Mail", "Replied")
        ...     [(row["name"], row["decisions"]) for row in log.types()]
        [('golf_coaching', 2)]
        """
        from decision_log.names import name_rows

        return name_rows(self.store, of, self.moment(as_of))

    def merge_types(self, name: str, into: str, *, of: str = "type") -> Row:
        """Record that two types are one: all decisions with `name`, earlier and later ones, show `into`.

        Parameters
        ----------
        of : {"type", "source", "maker"}
            Names of types, of sources, or of decision makers.

        Raises
        ------
        InvalidRecord
            One of them is not in the log, or they are one name already.
        """
        from decision_log.names import merge_names

        return merge_names(self.store, of, name, into)

    def rename_type(self, name: str, new: str, *, of: str = "type") -> Row:
        """Record another name for a type: all decisions show it from now on.

        Parameters
        ----------
        of : {"type", "source", "maker"}
            Names of types, of sources, or of decision makers.

        Raises
        ------
        InvalidRecord
            The name is not in the log, or the new one belongs to another.
        """
        from decision_log.names import rename

        return rename(self.store, of, name, new)

    def status(self, *, verify: bool = False) -> StoreStatus:
        """Say how the store is: schema, journal, counts, rejected records."""
        return self.store.status(verify=verify)

    def rejects(self) -> list[Row]:
        """List the records that could not become facts, newest first.

        Returns
        -------
        list of dict
            ``reject`` (its number), ``kind``, ``id``, ``reason``, ``record`` (as it was found), ``rejected_at``.
        """
        from decision_log.rows import iso

        names = ("reject", "kind", "id", "reason", "record")
        return [
            {**{name: row[name] for name in names}, "rejected_at": iso(row["rejected_at"])}
            for row in self.ask("rejects", limit=None).to_pylist()
        ]

    def dismiss_rejects(self, rejects: Iterable[str] | None = None) -> int:
        """Put rejects away after looking at them; return how many. Without numbers: all of them.

        Raises
        ------
        InvalidRecord
            There is no reject of that number, or of more than one that begins so.
        """
        chosen = self._chosen_rejects(rejects)
        self.store.dismiss(chosen)
        return len(chosen)

    def retry_rejects(self, rejects: Iterable[str] | None = None) -> int:
        """Try rejects again, such as after an upgrade; return how many have become facts."""
        return self.store.retry(self._chosen_rejects(rejects))

    def _chosen_rejects(self, given: Iterable[str] | None) -> list[str]:
        known = list(dict.fromkeys(row["reject"] for row in self.rejects()))
        if given is None:
            return known
        chosen = []
        for number in given:
            found = [name for name in known if name.startswith(number)]
            if len(found) != 1 or not number:
                raise InvalidRecord(
                    "reject", number, "must be the number of one reject, or its beginning"
                )
            chosen += found
        return chosen

    def repair(self) -> Row:
        """Rebuild the database from the journal.

        Returns
        -------
        dict
            ``quarantined``: where the old database was moved to, None where there was none; ``counts``: rows of
            each table now.

        Raises
        ------
        NotInJournal
            Rows of the database are in no file of the journal and would be lost; nothing was changed.
        """
        quarantined = self.store.rebuild()
        return {
            "quarantined": None if quarantined is None else str(quarantined),
            "counts": self.status().counts,
        }

    def ask(self, question: str, **parameters: object) -> pa.Table:
        """Run one of the store's named questions; see ``decision_store/queries``."""
        return self.store.ask(question, **parameters)

    def moment(self, value: Moment | None = None) -> datetime:
        """Read a moment in the configured zone; None is now. A bare date means its end.

        Words are understood, too: see :func:`decision_log.relative_times.resolve`.
        """
        now = datetime.now(UTC)
        if value is None:
            return now
        value = resolve(value, now=now, zone=self.settings.zone, edge="end")
        moment = parse_timestamp(value, zone=self.settings.zone, field="as_of")
        if is_bare_date(value):
            local = moment.astimezone(self.settings.zone)
            next_day = datetime.combine(local.date() + timedelta(days=1), local.timetz())
            return next_day.astimezone(UTC) - timedelta(microseconds=1)
        return moment

    def start(self, value: Moment) -> datetime:
        """Read a moment as `moment` does, but a bare date, a week or a month means its beginning."""
        value = resolve(value, now=datetime.now(UTC), zone=self.settings.zone)
        return parse_timestamp(value, zone=self.settings.zone, field="since")

    # -- closing ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the store; acknowledged facts are on disk already."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _intake(self) -> Intake:
        words = self.store.vocabulary(self.settings.vocabulary)
        return Intake(now=datetime.now(UTC), zone=self.settings.zone, vocabulary=words)

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
            else parse_timestamp(
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


def is_bare_date(value: Moment) -> bool:
    """Tell a day from a moment: ``2026-02-08``, or a date that is no datetime."""
    if isinstance(value, str):
        return len(value.strip()) == len("2026-02-08")
    return not isinstance(value, datetime)


def _with_zone(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
