"""Texts by id and part, whether of a decision or of an opportunity that was scored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from decision_log import DecisionLogError
from decision_mcp.session import Session

_OF_DECISION = {
    "content": "opportunity_content",
    "sender": "sender",
    "action": "action_taken",
    "type": "opportunity_type",
    "source": "opportunity_source",
    "context": "context",
}
_OF_OPPORTUNITY = {
    "content": ("subject", "content", "opportunity_content"),
    "sender": ("sender",),
    "type": ("type", "opportunity_type"),
    "source": ("source", "opportunity_source"),
    "context": ("context",),
}


def text_of(session: Session, identifier: str, part: str) -> str | None:
    """Return one part of a decision or of a scored opportunity; empty where it has none, None where it is unknown."""
    decision = session.decision(identifier)
    if decision is not None:
        if part == "notes":
            history = session.log.get_decision(identifier)
            return "\n".join(row["notes"] for row in history["outcomes"] if row["notes"])
        return _text(decision[_OF_DECISION[part]])
    try:
        opportunity: Mapping[str, Any] = session.log.get_opportunity(identifier)
    except DecisionLogError:
        return None
    values = (opportunity.get(key) for key in _OF_OPPORTUNITY.get(part, ()))
    return "\n".join(_text(value) for value in values if value)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
