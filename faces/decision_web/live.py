"""Server-sent events: open pages learn within a fraction of a second that the log has changed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool

from decision_log import DecisionLogError
from decision_log.reports.page.text import money
from decision_web.desk import Desk

LOOK_EVERY = 0.2
"""Seconds between two looks; one costs microseconds and opens nothing."""

BEAT_EVERY = 15.0
"""Seconds after which an idle connection gets a comment, so that a browser that went away is noticed."""


async def changes(desk: Desk) -> AsyncIterator[str]:
    """Give an event for each change of the log, from the moment of the request on.

    The counts of the page's head come with it: they are there before the lists are.
    """
    seen = desk.state()
    beaten = time.monotonic()
    yield f"retry: 1000\nevent: state\ndata: {_number(seen)}\n\n"
    while True:
        await asyncio.sleep(LOOK_EVERY)
        now = desk.state()
        if now != seen:
            if now[0] != seen[0]:
                yield f"event: counts\ndata: {await run_in_threadpool(_counts, desk)}\n\n"
            seen = now
            yield f"event: change\ndata: {_number(now)}\n\n"
        elif time.monotonic() - beaten > BEAT_EVERY:
            beaten = time.monotonic()
            yield ": still here\n\n"


def _number(state: tuple[int, int]) -> str:
    return "-".join(map(str, state))


def _counts(desk: Desk) -> str:
    """Return the figures of the page's head, by the names of their elements; none where the log cannot be read."""
    try:
        counts = desk.counts()
    except DecisionLogError:
        return "{}"
    return json.dumps(shown_counts(counts))


def shown_counts(counts: Mapping[str, Any]) -> dict[str, str]:
    """Write the figures of the page's head.

    Examples
    --------
    >>> shown_counts({"decisions": 1200, "won": 3, "lost": 0, "revenue": 90.0})
    {'decisions': '1,200', 'won': '3', 'lost': '0', 'revenue': '$90'}
    """
    figures = {name: f"{counts[name]:,}" for name in ("decisions", "won", "lost")}
    return {**figures, "revenue": money(counts["revenue"])}
