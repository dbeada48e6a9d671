"""Server-sent events: open pages learn within a fraction of a second that the log has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from decision_web.desk import Desk

LOOK_EVERY = 0.2
"""Seconds between two looks; one costs microseconds and opens nothing."""

BEAT_EVERY = 15.0
"""Seconds after which an idle connection gets a comment, so that a browser that went away is noticed."""


async def changes(desk: Desk) -> AsyncIterator[str]:
    """Give an event for each change of the log, from the moment of the request on."""
    seen = desk.log.revision()
    beaten = time.monotonic()
    yield f"retry: 1000\nevent: state\ndata: {seen}\n\n"
    while True:
        await asyncio.sleep(LOOK_EVERY)
        now = desk.log.revision()
        if now != seen:
            seen = now
            yield f"event: change\ndata: {now}\n\n"
        elif time.monotonic() - beaten > BEAT_EVERY:
            beaten = time.monotonic()
            yield ": still here\n\n"
