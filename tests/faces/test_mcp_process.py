"""``decision-log mcp`` as agents start it: the official client over stdio, and one message without the extra."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from typer.testing import CliRunner

COMMAND = [sys.executable, "-m", "decision_cli", "mcp"]


def test_the_official_client_works_with_the_command_over_stdio(shared_log):
    from mcp import Client, StdioServerParameters

    home = str(shared_log.settings.home.folder)

    async def run():
        server = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], "--home", home])
        async with Client(server) as client:
            tools = await client.list_tools()
            pending = await client.call_tool("pending_outcomes", {})
            refused = await client.call_tool("undo", {"record_id": "d-1"})
            return len(tools.tools), pending.structured_content["total"], refused.is_error

    assert asyncio.run(run()) == (12, 6, True)


def test_standard_output_carries_the_protocol_alone_and_ends_with_standard_input(shared_log):
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "rates"}},
    ]
    process = subprocess.Popen(
        [*COMMAND, "--home", str(shared_log.settings.home.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    answers = []
    for line in lines:
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
        if "id" in line:
            answers.append(json.loads(process.stdout.readline()))
    rest, errors = process.communicate(timeout=300)
    assert [one["id"] for one in answers] == [1, 2]
    assert answers[1]["result"]["structuredContent"]["rates"]
    assert (rest, errors, process.returncode) == ("", "", 0)


def test_without_the_extra_one_message_names_what_to_install(tmp_path, monkeypatch):
    from decision_cli.app import app

    for name in [name for name in sys.modules if name.partition(".")[0] in {"decision_mcp", "mcp"}]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    done = CliRunner().invoke(app, ["mcp", "--home", str(tmp_path)])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "pip install 'decision-log-roi[mcp]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_does_not_exist_is_refused(tmp_path):
    from decision_cli.app import app

    done = CliRunner().invoke(app, ["mcp", "--home", str(tmp_path / "typo")])
    assert done.exit_code == 2
    assert "there is no folder" in done.stderr
    assert not (tmp_path / "typo").exists()
