"""An agent's client connected in memory, and a small log to work on."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog

pytest.importorskip("mcp")


class Agent:
    """The official client, connected in memory to the server of one log; each call is a session of its own."""

    def __init__(self, server):
        self._server = server

    def call(self, *calls):
        """Call tools one after another; return their results."""
        from mcp import Client

        async def run():
            async with Client(self._server) as client:
                return [await client.call_tool(name, arguments) for name, arguments in calls]

        return asyncio.run(run())

    def ask(self, method, *arguments):
        """Call another method of the client, such as list_tools."""
        from mcp import Client

        async def run():
            async with Client(self._server) as client:
                return await getattr(client, method)(*arguments)

        return asyncio.run(run())

    def result(self, name, **arguments):
        """Call one tool, which must succeed; return its structured result."""
        (found,) = self.call((name, arguments))
        assert not found.is_error, found.content[0].text
        assert json.loads(found.content[0].text) == found.structured_content
        return found.structured_content

    def error(self, name, **arguments):
        """Call one tool, which must fail; return the message."""
        (found,) = self.call((name, arguments))
        assert found.is_error
        return found.content[0].text


@pytest.fixture(scope="session")
def agent_of():
    from decision_mcp.server import build_server

    return lambda log, **options: Agent(build_server(log, **options))


def fill(log, *, sender="Ann", kind="golf_coaching", source="email", content="Do you coach?"):
    """Log twelve decisions of the last weeks, six of them closed, and write one scored opportunity."""
    now = datetime.now(UTC)
    log.log_decisions(
        {
            "decision_id": f"d-{n}",
            "opportunity_type": kind if n % 2 else "partnership",
            "opportunity_source": source if n % 3 else "twitter",
            "action_taken": "Replied with offer",
            "opportunity_content": f"{content} {n}",
            "sender": sender,
            "timestamp": now - timedelta(days=30 - n),
            "recorded_at": now - timedelta(days=30 - n),
        }
        for n in range(12)
    )
    log.record_outcomes(
        {
            "decision_id": f"d-{n}",
            "outcome_type": "conversion",
            "outcome_status": "won" if n % 2 else "lost",
            "revenue_generated": 100.0 + n if n % 2 else 0.0,
            "notes": f"{content} noted",
        }
        for n in range(6)
    )
    opportunity = {"id": "opp-1", "type": kind, "source": source, "score": 70}
    opportunity |= {"content": content, "sender": sender}
    path = log.settings.home.opportunities
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"opportunities": [opportunity]}), encoding="utf-8")
    with log.scorer(record=False) as scorer:
        scorer.score_file()


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def shared_log(tmp_path_factory):
    """A log for tests that leave it as it is."""
    with DecisionLog(home=tmp_path_factory.mktemp("home")) as opened:
        fill(opened)
        yield opened
