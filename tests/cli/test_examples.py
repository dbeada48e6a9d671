"""The examples in the help of every command: each is a command line that the program takes."""

from __future__ import annotations

import json
import shlex

import pytest
import typer
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog

GROUP = typer.main.get_command(app)


def examples(group=GROUP, words=()):
    for name in group.commands:
        command = group.commands[name]
        if hasattr(command, "commands"):
            yield from examples(command, (*words, name))
        else:
            for line in command.examples.splitlines():
                yield " ".join((*words, name)), line


EXAMPLES = list(examples())
LONG = {"demo", "evaluate", "train", "serve", "mcp", "forget"}
"""Commands that take more than a moment, do not end, or ask; their own tests run them."""


def found(line):
    """Find the command of a line, and what stands after its words."""
    command, rest = GROUP, shlex.split(line)[1:]
    while hasattr(command, "commands"):
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


@pytest.mark.parametrize(("name", "line"), EXAMPLES, ids=lambda text: text)
def test_every_example_is_read_without_a_complaint(name, line):
    command, rest = found(line)
    command.make_context(name, list(rest), resilient_parsing=False).close()


@pytest.mark.slow
def test_every_example_runs_or_says_in_one_message_what_it_lacks(tmp_path, fill, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    with DecisionLog(home=home) as log:
        fill(log, 40)
    items = [{"id": "opp-014", "type": "coaching", "source": "email", "score": 80, "content": "Hi"}]
    (home / "data" / "opportunities.json").write_text(json.dumps(items))
    run = CliRunner().invoke
    assert run(app, ["score", "--home", str(home)]).exit_code == 0
    ran = set()
    for name, line in EXAMPLES:
        if name.split()[0] in LONG or any(
            one in line for one in ("--open", "--home", "--review", "--watch")
        ):
            continue
        rest = shlex.split(line)[1:]
        if name == "forget":  # asks on a terminal, and is refused without one
            rest.append("--yes")
        result = run(app, [*rest, "--home", str(home)])
        assert result.exit_code in {0, 1}, (line, result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit), line
        if result.exit_code == 0:
            ran.add(name)
    assert {
        "log",
        "won",
        "lost",
        "outcome",
        "today",
        "list",
        "show",
        "history",
        "score",
        "predict",
    } <= ran
