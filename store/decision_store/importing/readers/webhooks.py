"""Bookings and form responses as programs send or return them in JSON, under the headings of their exports.

Calendly sends an invitee with its event inside, and returns lists of events or of invitees; Typeform sends a response
whose answers name their questions by id, and the questions once beside them. Sources: the pages "Webhook payload" and
"Scheduled events" of Calendly's API reference, and "Example payload" and "Retrieve responses" of Typeform's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decision_store.importing.readers.json_answers import answers_by_question

_CALENDLY_EVENTS = ("invitee.", "invitee_no_show.")
_CANCELED = "canceled"

WEBHOOK_KEYS = frozenset({"form_response", "response_id", "payload", "uri"})
"""An object without any of these keys is no booking and no response."""

Item = dict[str, Any]


def is_webhook(document: Any) -> bool:
    """Tell whether an object is one booking or one response, not an envelope of several."""
    return isinstance(document, dict) and _row(document) is not None


def webhook_rows(items: Sequence[Item]) -> list[Item]:
    """Return rows in which bookings and responses have the headings of an export; others stay as they are.

    A booking that was first made and then canceled counts as its last message says.

    Examples
    --------
    >>> answer = {"type": "text", "text": "A site", "field": {"id": "q1"}}
    >>> questions = {"fields": [{"id": "q1", "title": "What do you need?"}]}
    >>> response = {"token": "t", "submitted_at": "2026-01-18T18:17:02Z", "answers": [answer], "definition": questions}
    >>> webhook_rows([{"event_type": "form_response", "form_response": response}])
    [{'Response ID': 't', 'Submit Date (UTC)': '2026-01-18T18:17:02Z', 'What do you need?': 'A site'}]
    """
    rows = [_row(item) or item for item in items]
    last = {row["Invitee UUID"]: row for row in rows if "Invitee UUID" in row}
    return [last.get(row.get("Invitee UUID"), row) for row in rows]


def _row(item: Item) -> Item | None:
    response = item.get("form_response")
    if isinstance(response, dict):
        return _response(response)
    if "response_id" in item and isinstance(item.get("answers"), list):
        return _response(item)
    payload = item.get("payload")
    name = item.get("event")
    if isinstance(payload, dict) and isinstance(name, str) and name.startswith(_CALENDLY_EVENTS):
        invitee = payload.get("invitee")  # of a message about somebody who did not come
        whole = {**invitee, **payload} if isinstance(invitee, dict) else payload
        return _booking({**whole, "event_name": name})
    uri = str(item.get("uri", ""))
    if "/scheduled_events/" in uri and ("/invitees/" in uri or "start_time" in item):
        return _booking(item)
    return None


def _response(response: Item) -> Item:
    definition = response.get("definition")
    fields = definition.get("fields") if isinstance(definition, dict) else None
    titles = {
        each["id"]: each["title"]
        for each in fields or []
        if isinstance(each, dict) and "id" in each and isinstance(each.get("title"), str)
    }
    answers = response.get("answers")
    hidden = response.get("hidden")
    return _without_missing(
        {
            "Response ID": response.get("response_id") or response.get("token"),
            "Submit Date (UTC)": response.get("submitted_at"),
            "Start Date (UTC)": response.get("landed_at"),
            **(hidden if isinstance(hidden, dict) else {}),
            **answers_by_question(answers if isinstance(answers, list) else [], titles),
        }
    )


def _booking(item: Item) -> Item:
    event = item.get("scheduled_event")
    event = event if isinstance(event, dict) else {} if "email" in item else item
    tracking, cancellation = _object(item, "tracking"), _object(item, "cancellation")
    cancellation = cancellation or _object(event, "cancellation")
    hosts = event.get("event_memberships")
    host = hosts[0] if isinstance(hosts, list) and hosts and isinstance(hosts[0], dict) else {}
    canceled = _CANCELED in (item.get("status"), event.get("status")) or (
        item.get("event_name") == "invitee.canceled"
    )
    rescheduled = "Rescheduled" if canceled and item.get("rescheduled") is True else ""
    reason = ": ".join(filter(None, [rescheduled, cancellation.get("reason") or ""]))
    row = {
        "Invitee UUID": str(item.get("uri", "")).rpartition("/")[2] or None,
        "Event Created Date & Time": item.get("created_at"),
        "Event Type Name": event.get("name"),
        "Invitee Email": item.get("email"),
        "Invitee Name": item.get("name") if "email" in item else None,
        "User Name": host.get("user_name") or host.get("user_email"),
        "UTM Source": tracking.get("utm_source"),
        "Start Date & Time": event.get("start_time"),
        "Canceled": "true" if canceled else "false",
        "Canceled At": cancellation.get("created_at"),
        "Cancellation reason": reason or None,
        "Marked as No-Show": "Yes" if item.get("no_show") else None,
    }
    asked = item.get("questions_and_answers")
    for number, each in enumerate(asked if isinstance(asked, list) else [], start=1):
        if isinstance(each, dict):
            row[f"Question {number}"] = each.get("question")
            row[f"Response {number}"] = each.get("answer")
    # A list of events names nobody; the column is there all the same, as in the export.
    return {"Invitee Email": "", **_without_missing(row)}


def _object(item: Item, key: str) -> Item:
    value = item.get(key)
    return value if isinstance(value, dict) else {}


def _without_missing(row: Item) -> Item:
    return {name: value for name, value in row.items() if value is not None and value != ""}
