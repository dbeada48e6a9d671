"""Matching of payments with decisions: by the id in their metadata, else by e-mail; the rest to review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from decision_store.errors import InvalidRecord
from decision_store.facts import OUTCOMES
from decision_store.importing.foreign_tables.payments import DISPUTE, PAYMENT, Payment
from decision_store.importing.layouts import NAMES, SHEET, layout
from decision_store.timestamps import parse_timestamp

Ask = Callable[..., pa.Table]
LONGEST_WAIT = timedelta(days=365)
"""A payment later than this after the decision is not matched by e-mail alone."""

_PREFIXES = tuple(layout(name).prefix for name in NAMES if name != SHEET)
_CENT = 0.005


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A payment that no decision was found for with certainty: not counted.

    Parameters
    ----------
    payment : Payment
        The movement of money.
    candidates : tuple of str
        Ids of decisions that it may belong to.
    reason : str
        Why it is not certain.
    """

    payment: Payment
    candidates: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Payments as outcomes of decisions.

    Parameters
    ----------
    outcomes : pyarrow.Table
        In the columns of the log; those that are not in it yet.
    unchanged : int
        Movements that it holds already.
    review : tuple of ReviewItem
        Movements that need a person.
    by_id, by_email : int
        How the others were matched.
    """

    outcomes: pa.Table
    unchanged: int
    review: tuple[ReviewItem, ...]
    by_id: int = 0
    by_email: int = 0


def match_payments(
    payments: Sequence[Payment], imported: pa.Table, ask: Ask, now: datetime
) -> Matched:
    """Find the decisions of payments, in the log and among those imported with them.

    A payment is matched by the id written in its metadata, also where the log has it with a
    program's prefix; without one by e-mail, if exactly one decision of that person was made in the
    year before. Where a decision is won with money that came from elsewhere (a CRM's amount, a
    person's entry), the payment is probably the same money: it goes to review.

    Parameters
    ----------
    payments : sequence of Payment
        Refunds and disputes after the payment they belong to.
    imported : pyarrow.Table
        Decisions of the same import.
    ask : callable
        ``Store.ask``.
    now : datetime
        Of the import.
    """
    known = _Known(payments, imported, ask)
    rows: list[dict[str, Any]] = []
    review: list[ReviewItem] = []
    counts = {"id": 0, "email": 0, "same": 0}
    for payment in payments:
        earlier = known.recorded.get(payment.payment_id)
        if earlier is not None:
            counts["same"] += 1
            continue
        decision, candidates, reason = known.decision_of(payment)
        if decision is None:
            review.append(ReviewItem(payment, candidates, reason))
            continue
        amount = payment.amount
        if payment.kind != PAYMENT:
            amount -= known.returned(decision, payment)
            if abs(amount) < _CENT:
                counts["same"] += 1
                continue
        when = _moment(payment.occurred_at, now)
        rows.append(
            {
                "outcome_id": payment.payment_id,
                "decision_id": decision,
                "outcome_type": "payment" if payment.kind == PAYMENT else "refund",
                "outcome_status": payment.status,
                "revenue_generated": amount,
                "customer_acquired": False,
                "deal_closed": payment.kind == PAYMENT,
                "response_received": False,
                "time_to_outcome_hours": None,
                "notes": _notes(payment),
                "occurred_at": when,
                "recorded_at": when,
            }
        )
        counts["id" if payment.decision_id else "email"] += 1
    outcomes = pa.Table.from_pylist(rows, schema=OUTCOMES())
    return Matched(outcomes, counts["same"], tuple(review), counts["id"], counts["email"])


class _Known:
    """What the log and the import itself know about the decisions that payments may belong to."""

    def __init__(self, payments: Sequence[Payment], imported: pa.Table, ask: Ask) -> None:
        ids = {
            f"{prefix}{payment.decision_id}"
            for payment in payments
            if payment.decision_id
            for prefix in ("", *_PREFIXES)
        }
        emails = {payment.email.casefold() for payment in payments if payment.email}
        made: dict[str, datetime] = {}
        self.by_email: dict[str, list[str]] = {}
        for row in ask("stored_decisions", ids=sorted(ids)).to_pylist():
            made[row["decision_id"]] = row["timestamp"]
        by_sender = ask("decisions_of_senders", emails=sorted(emails)).to_pylist()
        own = imported.select(["decision_id", "sender", "timestamp"]).to_pylist()
        by_sender += [{**row, "email": row["sender"].casefold()} for row in own]
        for row in by_sender:
            listed = self.by_email.setdefault(row["email"], [])
            if row["decision_id"] not in listed and row["email"] in emails:
                listed.append(row["decision_id"])
                made[row["decision_id"]] = row["timestamp"]
        for row in own:
            if row["decision_id"] in ids:
                made[row["decision_id"]] = row["timestamp"]
        self.made = made
        self.recorded: dict[str, dict[str, Any]] = {}
        self.foreign: dict[str, float] = {}
        self._back: dict[str, float] = {}
        for row in ask("outcomes_of", ids=sorted(made)).to_pylist():
            outcome, revenue = row["outcome_id"], row["revenue_generated"]
            self.recorded[outcome] = row
            if not outcome.startswith("stripe-"):
                decision = row["decision_id"]
                self.foreign[decision] = self.foreign.get(decision, 0.0) + revenue
            elif ":" in outcome:
                base = outcome.partition(":")[0]
                self._back[base] = self._back.get(base, 0.0) + revenue

    def decision_of(self, payment: Payment) -> tuple[str | None, tuple[str, ...], str]:
        """Return the decision of a payment, or candidates and the reason why it is not certain."""
        if payment.decision_id:
            named = [f"{prefix}{payment.decision_id}" for prefix in ("", *_PREFIXES)]
            found = [each for each in named if each in self.made]
            if len(found) != 1:
                reason = f"no decision {payment.decision_id!r} in the log"
                return None, tuple(found), "several decisions have this id" if found else reason
        else:
            found, reason = self._by_email(payment)
            if reason:
                return None, tuple(found), reason
        if abs(self.foreign.get(found[0], 0.0)) > _CENT:
            return (
                None,
                tuple(found),
                "the decision has revenue from elsewhere: perhaps the same money",
            )
        return found[0], (), ""

    def returned(self, decision: str, payment: Payment) -> float:
        """Return what earlier imports recorded as given back of a payment; negative or zero."""
        del decision
        if payment.kind == DISPUTE:
            return 0.0
        return self._back.get(payment.payment_id.partition(":")[0], 0.0)

    def _by_email(self, payment: Payment) -> tuple[list[str], str]:
        if not payment.email:
            return [], "neither a decision_id nor an e-mail address is given"
        everyone = self.by_email.get(payment.email.casefold(), [])
        if not everyone:
            return [], f"no decision about {payment.email}"
        paid = _moment(payment.occurred_at, None)
        if paid is None:
            return everyone, "its time is not known"
        before = [
            each for each in everyone if self.made[each] <= paid <= self.made[each] + LONGEST_WAIT
        ]
        if not before:
            return everyone, "no decision about this person in the year before"
        if len(before) > 1:
            return before, f"{len(before)} decisions about this person"
        return before, ""


def _notes(payment: Payment) -> str:
    words = {PAYMENT: "", DISPUTE: "dispute lost"}.get(payment.kind, "")
    return "; ".join(filter(None, [words, payment.notes]))


def _moment(text: str, default: datetime | None) -> datetime | None:
    found: datetime | None = default
    with suppress(InvalidRecord):
        found = parse_timestamp(text)
    return None if found is None else found.replace(tzinfo=None)
