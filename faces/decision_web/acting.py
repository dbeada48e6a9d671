"""Actions of the forms of the work screen, and their undo."""

from __future__ import annotations

import re
from collections.abc import Mapping

from decision_log import DecisionLogError
from decision_log.reports.page.text import money
from decision_web.desk import Desk, Done
from decision_web.detail import Detail


class Refused(Exception):
    """A form cannot be recorded; the message says what to change.

    Parameters
    ----------
    message : str
        In one sentence or two.
    confirm : bool
        Whether sending it again with ``confirm`` records it.
    """

    def __init__(self, message: str, *, confirm: bool = False) -> None:
        super().__init__(message)
        self.confirm = confirm


_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,2})?")


def amount(text: str) -> float:
    """Read an amount of money: ``1330``, ``1,330``, ``1330.50``; empty is nothing yet.

    Examples
    --------
    >>> amount("1,330.50"), amount(""), amount("$ 250")
    (1330.5, 0.0, 250.0)
    """
    plain = text.strip().replace("$", "").strip()
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    if not plain:
        return 0.0
    if not _AMOUNT.fullmatch(plain):
        raise Refused("The amount must be a number such as 1330 or 1330.50; nothing was recorded.")
    return float(plain)


def act(desk: Desk, item: Detail, form: Mapping[str, str]) -> Done:
    """Record what a form says about a decision or an opportunity.

    Raises
    ------
    Refused
        The form cannot be recorded as it is.
    """
    what = form.get("state", "")
    who = item.who.text or item.id
    with desk.use():
        try:
            if what == "later":
                desk.put_off(item.id)
                return Done(f"{who} waits until tomorrow", "", item.id)
            if item.kind == "opportunity":
                return _answered(desk, item, form, who)
            return _closed(desk, item, form, who)
        except DecisionLogError as error:
            raise Refused(str(error)) from error


def undo(desk: Desk) -> Done | None:
    """Take back what was recorded last; None where there is nothing."""
    done = desk.done
    if done is None:
        return None
    with desk.use() as log:
        if done.record_id:
            log.undo(done.record_id, reason="undone in the browser")
        else:
            desk.later.pop(done.item_id, None)
        desk.done = None
        return done


def _answered(desk: Desk, item: Detail, form: Mapping[str, str], who: str) -> Done:
    if form.get("state") != "answered":
        raise Refused("An opportunity can be answered, or left for later.")
    action = form.get("action", "").strip() or "Answered"
    recorded = desk.log.log_opportunity(item.id, action, decision_maker=desk.log.settings.maker)
    return Done(f"{who} logged as: {action}", recorded.id, item.id)


def _closed(desk: Desk, item: Detail, form: Mapping[str, str], who: str) -> Done:
    log = desk.log
    what = form.get("state", "")
    if what == "won":
        received = amount(form.get("revenue", ""))
        odd = log.unusual_amount(item.id, received)
        if odd and form.get("confirm") != "yes":
            raise Refused(f"{odd}. Record it all the same?", confirm=True)
        recorded = log.won(item.id, received)
        return Done(
            f"{who} recorded as won" + (f", {money(received)}" if received else ""),
            recorded.id,
            item.id,
        )
    if what == "lost":
        return Done(f"{who} recorded as lost", log.lost(item.id).id, item.id)
    if what == "no_answer":
        recorded = log.record_outcome(item.id, "conversion", "no answer")
        return Done(f"{who} recorded as no answer", recorded.id, item.id)
    raise Refused("A decision can be won, lost, without an answer, or left for later.")
