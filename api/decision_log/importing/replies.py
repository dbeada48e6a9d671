"""Replies in a mailbox (mbox or Maildir) as responses to decisions, matched by Message-ID.

Only headers are read, of each message at most `MOST_HEADER_BYTES`, and nothing of a message is kept but its time and a
hash of its Message-ID. Automatic replies, mailing lists and bounces are no responses. A response never closes a
decision.
"""

from __future__ import annotations

import email.parser
import email.utils
import mailbox
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from decision_store.names import sender_key

if TYPE_CHECKING:
    from email.message import Message

MOST_HEADER_BYTES = 64 << 10
"""Of one message; what follows is not read."""

MOST_REFERENCES = 100
"""Messages that one message may refer to; the last ones count."""

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Vacation", "List-Id")
_PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply"})
_SUBJECT = re.compile(
    r"\s*(?:auto(?:matic|matische)?[ -]?(?:reply|response|antwort)|out of (?:the )?office|vacation\b|abwesen)",
    re.IGNORECASE,
)
_ROBOT = re.compile(r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply)@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that refers to others.

    Parameters
    ----------
    id : str
        Its Message-ID without brackets; empty where it has none.
    refers_to : tuple of str
        Message-IDs of In-Reply-To and References.
    sender : str
        Its address.
    at : datetime
        When it was sent.
    """

    id: str
    refers_to: tuple[str, ...]
    sender: str
    at: datetime

    @property
    def outcome_id(self) -> str:
        """Return the same id whenever this message is read."""
        named = self.id or f"{self.sender} {self.at.isoformat()} {' '.join(self.refers_to)}"
        return f"mail-{blake2b(named.encode(), digest_size=12).hexdigest()}"


def is_mailbox(path: Path) -> bool:
    """Tell whether a path is a Maildir, or a file of messages (mbox)."""
    if path.is_dir():
        return (path / "cur").is_dir() and (path / "new").is_dir()
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(5)
    return start == b"From " or (path.suffix == ".mbox" and not start)


def open_mailbox(path: Path) -> mailbox.mbox | mailbox.Maildir:
    """Open a mailbox that exists."""
    if path.is_dir():
        return mailbox.Maildir(path, create=False)
    return mailbox.mbox(path, create=False)


def headers_of(box: mailbox.mbox | mailbox.Maildir) -> Iterator[tuple[str, Message]]:
    """Give the key and the headers of each message of an open mailbox."""
    parser = email.parser.BytesHeaderParser()
    for key in box.keys():  # noqa: SIM118  # iterating over a mailbox would read its messages whole
        with suppress(KeyError, OSError):  # another program has taken it away
            file = box.get_file(key)
            try:
                yield key, parser.parsebytes(_header_bytes(file))
            finally:
                file.close()


def read_replies(path: Path) -> Iterator[Reply]:
    """Give the messages that people sent in answer to another message."""
    box = open_mailbox(path)
    try:
        for _, message in headers_of(box):
            reply = _reply(message)
            if reply is not None:
                yield reply
    finally:
        box.close()


def responses(
    replies: Iterable[Reply], decisions: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return an outcome for each reply to a decision, as `DecisionLog.record_outcomes` takes them.

    A reply counts for the latest decision made before it that it refers to, and only from the decision's own sender,
    where that is known: our own answer refers to the same message.

    Parameters
    ----------
    replies : iterable of Reply
        Of the mailbox.
    decisions : iterable of dict
        The answer to the question ``decisions_of_messages``.
    """
    about: dict[str, list[dict[str, Any]]] = {}
    for row in decisions:
        about.setdefault(row["id"], []).append(row)
    found: dict[str, dict[str, Any]] = {}
    for reply in replies:
        candidates = [
            row
            for named in reply.refers_to
            for row in about.get(named, ())
            if row["timestamp"].replace(tzinfo=UTC) <= reply.at
            and (not row["sender"] or sender_key(row["sender"]) == sender_key(reply.sender))
        ]
        if candidates:
            latest = max(candidates, key=lambda row: row["timestamp"])
            found[reply.outcome_id] = {
                "decision_id": latest["decision_id"],
                "outcome_id": reply.outcome_id,
                "outcome_type": "response",
                "outcome_status": "reply",
                "response_received": True,
                "occurred_at": reply.at,
            }
    return list(found.values())


def sender_of(message: Message) -> str:
    """Return the address in From, empty where there is none."""
    return email.utils.parseaddr(_text(message, "From"))[1]


def message_ids(message: Message) -> set[str]:
    """Return the Message-IDs of a message and of those it refers to."""
    names = ("Message-ID", "In-Reply-To", "References")
    return {found for name in names for found in _MESSAGE_ID.findall(_text(message, name))}


class _Lines(Protocol):
    def readline(self, limit: int, /) -> bytes: ...


def _header_bytes(file: _Lines) -> bytes:
    """Read up to the empty line that ends the headers."""
    read: list[bytes] = []
    room = MOST_HEADER_BYTES
    while room > 0:
        line = file.readline(room)
        if not line.strip():
            break
        read.append(line)
        room -= len(line)
    return b"".join(read)


def _reply(message: Message) -> Reply | None:
    refers_to = _MESSAGE_ID.findall(
        f"{_text(message, 'References')} {_text(message, 'In-Reply-To')}"
    )
    sender = sender_of(message)
    if not refers_to or not sender or _is_automatic(message, sender):
        return None
    try:
        at = email.utils.parsedate_to_datetime(_text(message, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    own = _MESSAGE_ID.search(_text(message, "Message-ID"))
    if at > datetime.now(UTC):
        return None
    return Reply(
        own[1] if own else "", tuple(dict.fromkeys(refers_to[-MOST_REFERENCES:])), sender, at
    )


def _is_automatic(message: Message, sender: str) -> bool:
    submitted = _text(message, "Auto-Submitted").strip().lower()
    return (
        (submitted != "" and not submitted.startswith("no"))
        or _text(message, "Precedence").strip().lower() in _PRECEDENCE
        or any(message.get(name) is not None for name in _AUTOMATIC)
        or _text(message, "Return-Path").strip() == "<>"
        or _ROBOT.match(sender) is not None
        or _SUBJECT.match(_text(message, "Subject")) is not None
    )


def _text(message: Message, name: str) -> str:
    return " ".join(str(value) for value in message.get_all(name, []))
