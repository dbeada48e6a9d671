"""Phrases for the values of single fields: words of texts, senders, cells, times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from decision_log.predicting.explain import shortened

if TYPE_CHECKING:
    from datetime import datetime

REMEMBERED = 10_000
"""Phrases of a kind that are kept."""

_NAMES = {"score": "base score", "maker": "decision maker"}


def days_since(days: float) -> str:
    """Say how long ago a sender's last opportunity was decided on.

    Examples
    --------
    >>> days_since(0.3), days_since(1.2), days_since(float("nan"))
    ("less than a day since this sender's last one", "1 day since this sender's last one", "this sender's last one")
    """
    if days != days:  # noqa: PLR0124  # nan is not itself
        return "this sender's last one"
    count = "less than a day" if days < 1 else "1 day" if days < 2 else f"{days:,.0f} days"
    return f"{count} since this sender's last one"


@lru_cache(maxsize=REMEMBERED)
def cell_phrase(kind: str, source: str) -> str:
    """Name a type and a source."""
    return f"{shortened(kind)} from {shortened(source)}"


def apart(terms: Sequence[str], *, pieces: bool = False) -> list[str]:
    """Leave out terms that are part of another one: words of a pair of words, or parts within a part of a word.

    Examples
    --------
    >>> apart(["ready to", "ready"]), apart(["to", "ready to", "today"])
    (['ready to'], ['ready to', 'today'])
    """

    def within(term: str, other: str) -> bool:
        return term.strip() in other if pieces else f" {term} " in f" {other} "

    return [
        term
        for place, term in enumerate(terms)
        if not any(at != place and within(term, other) for at, other in enumerate(terms))
    ]


def piece(part: str) -> str:
    """Show where a part of a word was cut; a space in it is the word's own end."""
    before = "" if part.startswith(" ") else "…"
    behind = "" if part.endswith(" ") else "…"
    return f"{before}{part.strip()}{behind}"


def field_name(field: str) -> str:
    """Name a field of the encoder for people."""
    return _NAMES.get(field) or field.removeprefix("context.").replace("_", " ")


@lru_cache(maxsize=256)
def calendar_phrase(how: str, moment: datetime | None) -> str | None:
    """Name a weekday or an hour; None where the time is not known."""
    if moment is None:
        return None
    return f"the weekday ({moment:%A})" if how == "weekday" else f"the hour ({moment:%H}:00 UTC)"
