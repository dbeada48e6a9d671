"""Server-sent events: open pages learn within a fraction of a second that the log has changed.

One task looks at the log for all open pages, and all get the same events.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool

from decision_log import DecisionLogError
from decision_log.reports.page.text import money
from decision_web.desk import Desk

LOOK_EVERY = 0.1
"""Seconds between two looks; one costs microseconds and opens nothing."""

BEAT_EVERY = 15.0
"""Seconds after which an idle connection gets a comment, so that a browser that went away is noticed."""


class Changes:
    """Events for each change of a log, the same for all that follow them.

    Parameters
    ----------
    desk : Desk
        The log behind the pages.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen = desk.state_name()
        self._latest = ""
        self._followers: set[asyncio.Event] = set()
        self._watching: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_ended = False

    def end(self) -> None:
        """End all that follow, from any thread or a signal handler: otherwise a server would wait for them."""
        self._is_ended = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for changed in self._followers:
            changed.set()

    async def follow(self) -> AsyncIterator[str]:
        """Give an event for each change, from the moment of the request on; of several at once, the latest.

        The counts of the page's head come with it: they are there before the lists are.
        """
        self._loop = asyncio.get_running_loop()
        if self._watching is None or self._watching.done():
            self._seen = self._desk.state_name()
            self._watching = asyncio.create_task(self._watch())
        changed = asyncio.Event()
        self._followers.add(changed)
        try:
            yield f"retry: 1000\nevent: state\ndata: {self._seen}\n\n"
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), BEAT_EVERY)
                if self._is_ended or self._watching.done():
                    return  # where watching has failed the browser connects again
                yield self._latest if changed.is_set() else ": still here\n\n"
                changed.clear()
        finally:
            self._followers.discard(changed)

    async def _watch(self) -> None:
        """Look at the log while somebody follows."""
        while self._followers and not self._is_ended:
            await asyncio.sleep(LOOK_EVERY)
            now = self._desk.state_name()
            if now == self._seen:
                continue
            event = f"event: change\ndata: {now}\n\n"
            if now.partition("-")[0] != self._seen.partition("-")[0]:
                counts = await run_in_threadpool(_counts, self._desk)
                event = f"event: counts\ndata: {counts}\n\n{event}"
            self._seen, self._latest = now, event
            self._wake()


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
