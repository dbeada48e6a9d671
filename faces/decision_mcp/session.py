"""Session of one agent: the open log, what it may do, and answers kept while the log stays the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from mcp.server.mcpserver.exceptions import ToolError

from decision_log import DecisionLog, OpportunityScorer
from decision_log.reports.work.open_decisions import KeptChances
from decision_log.results import RateOfCell
from decision_log.revision import KeptAnswers
from decision_mcp.inert import Names

Answer = TypeVar("Answer")

RATES_SECONDS = 60.0
"""How long after a change predictions and chances may rest on the rates before it; states and counts never do."""


class Session:
    """The log as one agent uses it; its tools are called one after another.

    Parameters
    ----------
    log : DecisionLog
        The open log.
    allow_write : bool
        Whether anything may be written: decisions, outcomes, and the predictions that are graded later.
    """

    def __init__(self, log: DecisionLog, *, allow_write: bool) -> None:
        self.log = log
        self.allow_write = allow_write
        self.names = Names()
        self._scorer: OpportunityScorer | None = None
        log.rate_fits.patience = RATES_SECONDS
        log.kept_chances = KeptChances()
        self._answers = KeptAnswers(
            lambda: (log.revision(), log.rate_fits.generation),
            log.settings.home.scored,
            snapshot=log.store.snapshot,
        )
        self.lock = self._answers.lock
        self._slow = KeptAnswers(
            lambda: 0, log.settings.home.scored, seconds=RATES_SECONDS, snapshot=log.store.snapshot
        )
        self._slow.lock = self.lock

    @property
    def scorer(self) -> OpportunityScorer:
        """The scorer for "now", which keeps its predictions only where writing is allowed."""
        if self._scorer is None:
            self._scorer = self.log.scorer(record=None if self.allow_write else False)
        return self._scorer

    def kept(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """Answer a question, from memory while neither the log nor the scored file has changed."""
        return self._answers.get(question, answer)

    def kept_a_while(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """Answer a question that takes long, from memory for `RATES_SECONDS`; the answer says as of when it is."""
        return self._slow.get(question, answer)

    def rates(self, as_of: str) -> tuple[datetime, Sequence[RateOfCell]]:
        """Return the rates as of a moment, or those served now; and what moment they rest on."""
        if not as_of:
            return self.log.served_rates()
        return self.log.moment(as_of), self.log.get_conversion_rates(as_of=as_of)

    def written(self, moment: datetime) -> str:
        """Write a moment as ISO 8601 in the log's zone."""
        return moment.astimezone(self.log.settings.zone).isoformat()

    def read_id(self, shown: str, field: str) -> str:
        """Return the id or name that an agent means, by itself or by a handle that it was given.

        Raises
        ------
        ToolError
            The handle was given out by an earlier run of this server.
        """
        if self.names.forgotten(shown):
            raise ToolError(
                f"{field}: {shown} stands for a text that this run of the server has not shown yet. "
                "List it again with find_decisions, work_list or rates, then repeat the call."
            )
        return self.names.read(shown)

    def filter(self, shown: str, field: str) -> str | None:
        """Return what a name or id means, None where it is empty: none was given."""
        return self.read_id(shown, field) if shown else None

    def check_writing(self, *, dry_run: bool) -> None:
        """Refuse to write where that was not allowed.

        Raises
        ------
        ToolError
            Saying how to allow it.
        """
        if not (self.allow_write or dry_run):
            raise ToolError(
                "This server is read-only, so nothing was recorded. Repeat the call with dry_run=true to check it, "
                "or ask the person who runs the server to start it with: decision-log mcp --allow-write"
            )

    def state(self, decision_id: str) -> str | None:
        """Return whether a decision is won, lost or open now."""
        return self.log.state_of(decision_id)

    def decision(self, decision_id: str) -> Mapping[str, Any] | None:
        """Return the fields of one decision, None where it is not in the log."""
        rows = self.log.ask(
            "decision", decision_id=decision_id, as_of=self.log.moment()
        ).to_pylist()
        return rows[0] if rows else None
