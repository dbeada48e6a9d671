"""``mcp``: the log as tools for an AI agent."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer

from decision_cli.errors import ERROR, show_error
from decision_cli.options import HomeOption, JsonOption
from decision_cli.session import note, open_log

_MCP = frozenset({"mcp", "mcp_types", "pydantic"})


def mcp(
    context: typer.Context,
    allow_write: Annotated[
        bool,
        typer.Option(
            "--allow-write", help="Let the agent log decisions, record outcomes and undo them."
        ),
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the log to an AI agent as MCP tools.

    It speaks over standard input and output. Agents start this command themselves: name it in their
    configuration, with an absolute --home. Without --allow-write nothing is written.
    Needs: pip install 'decision-log-roi[mcp]'.

    Examples
    --------
    $ decision-log mcp --home ~/deals
    $ decision-log mcp --home ~/deals --allow-write
    """
    server = _load("decision_mcp.main", extra="mcp", libraries=_MCP, as_json=as_json)
    with open_log(context, home, create=False) as log:
        note(context, writes=allow_write)
        server.serve(log, allow_write=allow_write)


def _load(module: str, *, extra: str, libraries: frozenset[str], as_json: bool) -> Any:
    """Import a face by its name: faces do not import each other, and its libraries may be missing.

    Raises
    ------
    typer.Exit
        After one message that names the extra to install.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in libraries:
            raise
        message = (
            f"this command needs the library {missing!r}, which is not installed. "
            f"Install it with: pip install 'decision-log-roi[{extra}]'"
        )
        show_error("MissingExtra", message, ERROR, as_json=as_json)
        raise typer.Exit(ERROR) from None
