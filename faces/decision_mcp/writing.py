"""Tools that write: decisions, outcomes, and taking one of them back; each may be repeated without doubling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from decision_mcp.parameters import DecisionId, DryRun, Moment
from decision_mcp.results import Undone, Written
from decision_mcp.session import Session


class WritingTools:
    """The writing tools of one session; refused in a read-only one, except as a dry run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._log = session.log
        self._names = session.names

    def all(self) -> list[Callable[..., Any]]:
        """Return them in the order in which they are listed."""
        return [self.log_decision, self.record_outcome, self.undo]

    def log_decision(
        self,
        action_taken: Annotated[
            str,
            Field(min_length=1, description="What was done about the opportunity, in a few words."),
        ],
        scored_opportunity: Annotated[
            str,
            Field(
                description="opportunity_id of the work list: type, source, text, score and sender are taken from "
                "it, unless given here. Empty: the opportunity is described here."
            ),
        ] = "",
        opportunity_type: Annotated[
            str, Field(description="Kind of opportunity. Empty: general.", examples=["coaching"])
        ] = "",
        opportunity_source: Annotated[
            str, Field(description="Where it came from. Empty: unknown.", examples=["email"])
        ] = "",
        opportunity_content: Annotated[str, Field(description="Its text, word for word.")] = "",
        opportunity_score: Annotated[
            float | None,
            Field(ge=0, le=100, description="Base score, 0 to 100. null: none was given."),
        ] = None,
        sender: Annotated[str, Field(description="Who sent it. Empty: unknown.")] = "",
        decision_maker: Annotated[
            str,
            Field(
                description="Who decided: your own name, or the person's. Empty: the setting 'maker'."
            ),
        ] = "",
        opportunity_id: Annotated[
            str, Field(description="The opportunity's own id, by which its predictions are graded.")
        ] = "",
        decision_id: Annotated[
            str,
            Field(
                description="Your id for the decision, which makes a repeat safe at any time. Empty: one is made, "
                "and the same content within 24 hours is a repeat."
            ),
        ] = "",
        decided_at: Moment = "",
        cost_usd: Annotated[
            float | None, Field(ge=0, description="What acting on it cost, in the log's currency.")
        ] = None,
        effort_minutes: Annotated[
            float | None, Field(ge=0, description="Minutes of work spent on it.")
        ] = None,
        context: Annotated[
            dict[str, Any] | None,
            Field(
                description="Further attributes, by name. null: none.", examples=[{"plan": "pro"}]
            ),
        ] = None,
        dry_run: DryRun = False,
    ) -> Written:
        """Log what was decided about one opportunity.

        A decision never changes once logged; repeating the call with the same content changes nothing and
        returns new=false. What happened next is recorded with record_outcome.
        """
        session = self._session
        with session.lock:
            session.check_writing(dry_run=dry_run)
            fields: dict[str, Any] = {
                "opportunity_type": session.filter(opportunity_type, "opportunity_type"),
                "opportunity_source": session.filter(opportunity_source, "opportunity_source"),
                "opportunity_id": session.filter(opportunity_id, "opportunity_id"),
                "decision_id": session.filter(decision_id, "decision_id"),
                "opportunity_content": opportunity_content,
                "opportunity_score": opportunity_score,
                "sender": sender,
                "decision_maker": decision_maker or self._log.settings.maker,
                "timestamp": decided_at or None,
                "cost_usd": cost_usd,
                "effort_minutes": effort_minutes,
                "context": context,
                "dry_run": dry_run,
            }
            if scored_opportunity:
                wanted = session.read_id(scored_opportunity, "scored_opportunity")
                if fields.pop("opportunity_id") not in {None, wanted}:
                    raise ToolError(
                        "opportunity_id and scored_opportunity differ. Leave opportunity_id empty where "
                        "scored_opportunity is given; nothing was recorded."
                    )
                recorded = self._log.log_opportunity(wanted, action_taken, **fields)
            else:
                fields["opportunity_type"] = fields["opportunity_type"] or "general"
                fields["opportunity_source"] = fields["opportunity_source"] or "unknown"
                recorded = self._log.log_decision(action_taken=action_taken, **fields)
            shown = self._names.id(recorded.id)
            return {
                "id": shown,
                "decision_id": shown,
                "state": recorded.state,
                "new": recorded.new,
                "dry_run": dry_run,
            }

    def record_outcome(
        self,
        decision_id: DecisionId,
        outcome_status: Annotated[
            str,
            Field(
                min_length=1,
                description="won, lost, no answer, pending, refunded …, in the words of the CRM; an unknown word is "
                "refused with suggestions.",
            ),
        ],
        outcome_type: Annotated[
            str,
            Field(
                min_length=1,
                description="conversion, sale, payment or deal close a decision; response, meeting or call never do; "
                "refund takes money back. Default: conversion.",
            ),
        ] = "conversion",
        revenue: Annotated[
            float,
            Field(
                description="Money received, in the log's currency; a refund is negative. Default: 0."
            ),
        ] = 0.0,
        notes: Annotated[str, Field(description="Anything worth keeping, in a sentence.")] = "",
        response_received: Annotated[bool, Field(description="Whether they answered.")] = False,
        customer_acquired: Annotated[bool, Field(description="Whether it won a customer.")] = False,
        occurred_at: Moment = "",
        outcome_id: Annotated[
            str,
            Field(
                description="Your id for the outcome, which makes a repeat safe at any time. Empty: the same content "
                "within 24 hours is a repeat.",
                examples=["invoice-1042"],
            ),
        ] = "",
        allow_unusual_amount: Annotated[
            bool,
            Field(
                description="Record an amount far outside what was seen; only after a person confirmed it."
            ),
        ] = False,
        dry_run: DryRun = False,
    ) -> Written:
        """Record an outcome of a decision.

        Won with the revenue, lost, no answer, an answer, a refund. Repeating the call with the same content
        changes nothing and returns new=false. A wrong one is taken back with undo.
        """
        session = self._session
        with session.lock:
            session.check_writing(dry_run=dry_run)
            decision = session.read_id(decision_id, "decision_id")
            odd = revenue and not allow_unusual_amount
            if odd and self._log.unusual_amount(decision, revenue):
                raise ToolError(
                    f"{revenue:,.2f} is far outside the amounts of this log, or more than was received goes back, so "
                    "nothing was recorded. Ask the person; if it is right, repeat with allow_unusual_amount=true."
                )
            recorded = self._log.record_outcome(
                decision,
                outcome_type,
                outcome_status,
                revenue,
                customer_acquired=customer_acquired,
                response_received=response_received,
                notes=notes,
                occurred_at=occurred_at or None,
                outcome_id=session.filter(outcome_id, "outcome_id"),
                dry_run=dry_run,
            )
            return {
                "id": self._names.id(recorded.id),
                "decision_id": self._names.id(decision),
                "state": recorded.state,
                "new": recorded.new,
                "dry_run": dry_run,
            }

    def undo(
        self,
        record_id: Annotated[
            str,
            Field(
                min_length=1,
                description="id that log_decision or record_outcome returned, or undo_id of an earlier undo.",
            ),
        ],
        reason: Annotated[
            str, Field(description="Why, in a sentence; kept in the log. Empty: no reason.")
        ] = "",
        dry_run: DryRun = False,
    ) -> Undone:
        """Take back one decision, outcome or earlier undo, by its id.

        The record stays in the log as taken back, and undoing the returned undo_id restores it. Repeating
        the call changes nothing and returns new=false.
        """
        session = self._session
        with session.lock:
            session.check_writing(dry_run=dry_run)
            wanted = session.read_id(record_id, "record_id")
            undone = self._log.undo(wanted, reason=reason, dry_run=dry_run)
            amendment = undone["amendment_id"]
            decision = undone["decision_id"]
            return {
                "kind": undone["kind"],
                "id": self._names.id(undone["id"]),
                "decision_id": self._names.id(decision) if decision else "",
                "undo_id": None if amendment is None else self._names.id(amendment),
                "state": session.state(decision) if decision else None,
                "new": undone["new"],
                "dry_run": dry_run,
            }
