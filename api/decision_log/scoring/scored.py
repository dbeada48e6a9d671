"""Reader of scored opportunities: what ``score`` wrote, and one item of it by its id."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from decision_log.scoring.item import own_keys
from decision_log.settings import Home
from decision_store.errors import DecisionLogError, InvalidRecord
from decision_store.timestamps import parse_timestamp

Row = dict[str, Any]

_KEYS = {
    "opportunity_type": ("type", "opportunity_type"),
    "opportunity_source": ("source", "opportunity_source"),
    "opportunity_content": ("content", "opportunity_content"),
    "opportunity_score": ("score", "opportunity_score"),
    "sender": ("sender",),
}
"""Keys of an opportunity that stand for a field of a decision, the first that has a value."""


class UnknownOpportunity(DecisionLogError, KeyError):
    """No opportunity of that id is in the files of the home."""

    def __init__(self, opportunity_id: str, looked_in: Path, similar: list[str]) -> None:
        self.opportunity_id = opportunity_id
        self.looked_in = looked_in
        self.similar = similar
        super().__init__(opportunity_id, looked_in, similar)

    def __str__(self) -> str:
        if not self.looked_in.exists():
            return (
                f"There is no scored file at {self.looked_in}, so nothing is known about the "
                f"opportunity {self.opportunity_id!r}. Run 'decision-log score' first."
            )
        hint = (
            f"Did you mean {' or '.join(map(repr, self.similar))}?"
            if self.similar
            else ("'decision-log today' lists those that wait for an answer.")
        )
        return f"No opportunity {self.opportunity_id!r} in {self.looked_in}. {hint}"


class UnreadableScored(DecisionLogError):
    """The scored file is not one that ``score`` wrote."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        return f"{self.path} cannot be read: {self.reason}. Run 'decision-log score' again."


def scored_items(path: Path) -> list[Row]:
    """Read the scored opportunities, best first; none where there is no file.

    Raises
    ------
    UnreadableScored
        The file cannot be read, or has another shape.
    """
    try:
        envelope = msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UnreadableScored(path, error.strerror or str(error)) from None
    except msgspec.DecodeError as error:
        raise UnreadableScored(path, f"it is not JSON ({error})") from None
    items = envelope.get("opportunities") if isinstance(envelope, dict) else None
    if not isinstance(items, list):
        raise UnreadableScored(path, 'it has no list of "opportunities"')
    return [item for item in items if isinstance(item, dict)]


def find_opportunity(home: Home, opportunity_id: str) -> Row:
    """Return one opportunity of the scored file as it came in, without what scoring added.

    Raises
    ------
    UnknownOpportunity
        There is no scored file, or no such id in it.
    """
    items = scored_items(home.scored)
    by_id = {str(item["id"]): item for item in items if item.get("id") is not None}
    if opportunity_id not in by_id:
        raise UnknownOpportunity(
            opportunity_id, home.scored, get_close_matches(opportunity_id, by_id, n=2)
        )
    return own_keys(by_id[opportunity_id])


def decision_fields(item: Mapping[str, Any], zone: tzinfo) -> Row:
    """Turn an opportunity into the arguments of `log_decision` that tell what came in.

    Keys that are no field of a decision become its context; a time that cannot be read does, too.

    Examples
    --------
    >>> from datetime import UTC
    >>> fields = decision_fields({"id": 7, "type": "coaching", "score": 60, "plan": "pro"}, UTC)
    >>> fields["opportunity_id"], fields["opportunity_score"], fields["context"]
    ('7', 60, {'plan': 'pro'})
    """
    rest = dict(item)
    nested = rest.pop("context", None)
    fields: Row = {"opportunity_id": str(rest.pop("id"))}
    for field, keys in _KEYS.items():
        values = [rest.pop(key, None) for key in keys]
        fields[field] = next((one for one in values if one is not None and one != ""), None)
    for key in ("received_at", "timestamp"):
        with suppress(InvalidRecord, TypeError):
            fields["received_at"] = parse_timestamp(rest[key], zone=zone) if key in rest else None
        if fields.get("received_at") is not None:
            del rest[key]
            break
    fields["context"] = {**rest, **nested} if isinstance(nested, Mapping) else rest
    return fields
