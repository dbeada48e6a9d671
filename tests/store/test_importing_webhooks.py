"""Bookings and form responses in JSON, as Calendly and Typeform send and return them, for import and scoring."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from decision_store.importing import History, read_history

NOW = datetime(2026, 11, 26, tzinfo=UTC)
API = "https://api.calendly.com"
INVITEE: dict[str, Any] = {
    "uri": f"{API}/scheduled_events/E1/invitees/I1", "created_at": "2026-03-01T09:15:00.000000Z", "email": "bob@b.co",
    "name": "Bob", "status": "active", "rescheduled": False, "no_show": None, "event": f"{API}/scheduled_events/E1",
    "tracking": {"utm_source": "newsletter", "utm_medium": None},
    "questions_and_answers": [{"answer": "A coach", "position": 0, "question": "What do you need?"}],
    "scheduled_event": {
        "uri": f"{API}/scheduled_events/E1", "name": "Intro call", "status": "active",
        "start_time": "2026-03-14T14:30:00.000000Z", "created_at": "2026-03-01T09:15:00.000000Z",
        "event_memberships": [{"user": f"{API}/users/A", "user_name": "Ana"}],
    },
}  # fmt: skip
QUESTIONS = {
    "fields": [
        {"id": "q1", "title": "How can we help?", "type": "long_text"},
        {"id": "q2", "title": "Your address", "type": "email"},
        {"id": "q3", "title": "Team size?", "type": "number"},
        {"id": "q4", "title": "Topic", "type": "multiple_choice"},
        {"id": "q5", "title": "Which days?", "type": "multiple_choice"},
    ]
}
RESPONSE: dict[str, Any] = {
    "form_id": "f", "token": "t1", "landed_at": "2026-01-18T18:07:02Z", "submitted_at": "2026-01-18T18:17:02Z",
    "hidden": {"utm_source": "facebook"}, "definition": QUESTIONS,
    "answers": [
        {"type": "text", "text": "A site, soon", "field": {"id": "q1", "type": "long_text"}},
        {"type": "email", "email": "laura@e.co", "field": {"id": "q2", "type": "email"}},
        {"type": "number", "number": 5, "field": {"id": "q3", "type": "number"}},
        {"type": "choice", "choice": {"label": "Coaching"}, "field": {"id": "q4"}},
        {"type": "choices", "choices": {"labels": ["Mon", "Fri"]}, "field": {"id": "q5"}},
    ],
}  # fmt: skip


def message(name: str, **changes: Any) -> dict[str, Any]:
    payload = {**copy.deepcopy(INVITEE), **changes}
    return {"event": name, "created_at": payload["created_at"], "payload": payload}


def read(document: Any, folder: Path, name: str = "hook.json") -> History:
    text = "\n".join(map(json.dumps, document)) if name.endswith("l") else json.dumps(document)
    (folder / name).write_text(text)
    found = read_history([folder / name], now=NOW)
    assert (found.rejected, found.questions) == ((), ())
    return found


CANCELED = message(
    "invitee.canceled", status="canceled",
    cancellation={"reason": "no time", "created_at": "2026-03-05T10:00:00Z"},
)  # fmt: skip
MADE = message("invitee.created")


@pytest.mark.parametrize(
    ("document", "name", "lost"),
    [
        (MADE, "one.json", 0),
        ([MADE], "list.json", 0),
        ([MADE, CANCELED], "both.jsonl", 1),
        ([CANCELED], "canceled.json", 1),
        ({"collection": [INVITEE], "pagination": {"count": 1}}, "answer.json", 0),
    ],
)
def test_a_booking_is_a_decision_and_its_last_message_counts(
    document: Any, name: str, lost: int, tmp_path: Path
) -> None:
    found = read(document, tmp_path, name)
    assert [each.layout for each in found.understood] == ["calendly"]
    (row,) = found.decisions.to_pylist()
    assert (row["decision_id"], row["opportunity_type"], row["opportunity_source"]) == (
        "calendly-I1", "Intro call", "newsletter",
    )  # fmt: skip
    assert (row["sender"], row["decision_maker"]) == ("bob@b.co", "Ana")
    assert row["opportunity_content"] == "What do you need?\nA coach"
    assert (row["timestamp"].hour, row["timestamp"].minute) == (9, 15)
    assert found.outcomes.num_rows == lost
    if lost:
        outcome = found.outcomes.to_pylist()[0]
        assert (outcome["occurred_at"].day, outcome["notes"]) == (5, "no time")


def test_a_rescheduled_booking_stays_open(tmp_path: Path) -> None:
    moved = message("invitee.canceled", status="canceled", rescheduled=True)
    assert read([moved], tmp_path).outcomes.num_rows == 0


def test_events_without_their_invitees_are_bookings_too(tmp_path: Path) -> None:
    events = [
        {**INVITEE["scheduled_event"], "uri": f"{API}/scheduled_events/E{n}", "status": status}
        for n, status in enumerate(["active", "canceled"])
    ]
    found = read({"collection": events}, tmp_path)
    assert found.decisions["decision_id"].to_pylist() == ["calendly-E0", "calendly-E1"]
    assert found.outcomes["decision_id"].to_pylist() == ["calendly-E1"]


@pytest.mark.parametrize("shape", ["one", "lines", "answer"])
def test_a_response_has_its_answers_under_their_questions(shape: str, tmp_path: Path) -> None:
    sent = {"event_id": "e", "event_type": "form_response", "form_response": RESPONSE}
    returned = {**RESPONSE, "response_id": "t1", "metadata": {"browser": "touch"}}
    found = {
        "one": lambda: read(sent, tmp_path),
        "lines": lambda: read([sent], tmp_path, "hooks.jsonl"),
        "answer": lambda: read({"total_items": 1, "items": [returned]}, tmp_path),
    }[shape]()
    assert [each.layout for each in found.understood] == ["typeform"]
    (row,) = found.decisions.to_pylist()
    assert (row["decision_id"], row["sender"], row["opportunity_source"]) == (
        "typeform-t1", "laura@e.co", "facebook",
    )  # fmt: skip
    assert row["opportunity_type"] == "Coaching"
    assert "How can we help?: A site, soon" in row["opportunity_content"]
    assert "Which days?: Mon, Fri" in row["opportunity_content"] + row["context"].replace(
        '":"', ": "
    )
    assert json.loads(row["context"])["Team size?"] == 5
    assert "touch" not in row["opportunity_content"]
