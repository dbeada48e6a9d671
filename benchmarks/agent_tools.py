"""Time of each tool that an agent calls, warm and after the log has changed, through the official client.

    python benchmarks/agent_tools.py --decisions 10000 --calls 50

Warm: the log has not changed since the tool was last asked the same. Changed: an outcome was recorded before each
call. In memory the client and the server share a process; ``--stdio`` starts ``decision-log mcp`` instead and adds
two pipes. One prediction or score is computed on each call; the other tools keep their last answers.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp import Client, StdioServerParameters

from decision_log import DecisionLog
from decision_mcp.server import build_server

OPPORTUNITY = {"type": "coaching", "source": "email", "score": 70, "content": "Do you coach?"}
READING: dict[str, dict[str, Any]] = {
    "work_list": {},
    "predict_opportunity": {"opportunity": OPPORTUNITY},
    "score_opportunities": {"opportunities": [OPPORTUNITY] * 10},
    "pending_outcomes": {},
    "find_decisions": {"state": "won"},
    "get_text": {"ids": ["d-1", "d-2"]},
    "rates": {},
    "insights": {},
    "calibration": {},
}


def fill(log: DecisionLog, decisions: int) -> None:
    """Log decisions of the last year, two thirds of them closed."""
    now = datetime.now(UTC)
    moments = [now - timedelta(days=365 * (1 - n / decisions)) for n in range(decisions)]
    log.log_decisions(
        {
            "decision_id": f"d-{n}",
            "opportunity_type": ("coaching", "golf", "partnership", "feedback")[n % 4],
            "opportunity_source": ("email", "twitter", "web")[n % 3],
            "action_taken": "Replied",
            "opportunity_content": f"Do you coach? {n}",
            "sender": f"sender {n % 400}",
            "timestamp": moment,
            "recorded_at": moment,
        }
        for n, moment in enumerate(moments)
    )
    log.record_outcomes(
        {
            "decision_id": f"d-{n}",
            "outcome_type": "sale",
            "outcome_status": "won" if n % 2 else "lost",
            "revenue_generated": 100.0 if n % 2 else 0.0,
            "occurred_at": moment + timedelta(hours=3),
            "recorded_at": moment + timedelta(hours=3),
        }
        for n, moment in enumerate(moments[:-10])
        if n % 3
    )


async def measure(client: Client, log: DecisionLog, calls: int) -> None:
    """Print the median of each tool, warm and after a change."""
    open_ones = [row["decision_id"] for row in log.find_decisions(state="open", limit=10 * calls)]
    print(f"{'tool':<22}{'warm p50':>10}{'warm p95':>10}{'changed p50':>13}   ms")
    for name, arguments in READING.items():
        await client.call_tool(name, arguments)
        warm = [await timed(client, name, arguments) for _ in range(calls)]
        changed = []
        for _ in range(max(calls // 10, 3)):
            log.won(open_ones.pop(), 90.0)
            changed.append(await timed(client, name, arguments))
        p95 = sorted(warm)[int(0.95 * len(warm))]
        print(
            f"{name:<22}{statistics.median(warm):>10.1f}{p95:>10.1f}{statistics.median(changed):>13.1f}"
        )
    writes = []
    for _ in range(calls):
        call = {"decision_id": open_ones.pop(), "outcome_status": "lost"}
        writes.append(await timed(client, "record_outcome", call))
    print(f"{'record_outcome':<22}{'':>20}{statistics.median(writes):>13.1f}")


async def timed(client: Client, name: str, arguments: dict[str, Any]) -> float:
    """Return the milliseconds of one call, which must succeed."""
    start = time.perf_counter()
    found = await client.call_tool(name, arguments)
    assert not found.is_error, found
    return 1e3 * (time.perf_counter() - start)


async def main() -> None:
    """Fill a log and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--stdio", action="store_true", help="start the command as a process")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, DecisionLog(home=home) as log:
        fill(log, options.decisions)
        words = ["-m", "decision_cli", "mcp", "--allow-write", "--home", home]
        server = (
            StdioServerParameters(command=sys.executable, args=words)
            if options.stdio
            else build_server(log, allow_write=True)
        )
        async with Client(server) as client:
            await measure(client, log, options.calls)


if __name__ == "__main__":
    asyncio.run(main())
