"""``serve`` and ``mcp``: the log in a browser, and as tools for an AI agent."""

from __future__ import annotations

import sys
import webbrowser
from importlib import import_module
from typing import Annotated, Any

import typer

from decision_cli.errors import ERROR, show_error
from decision_cli.options import HomeOption, JsonOption
from decision_cli.output.streams import say, write_json
from decision_cli.session import note, open_log

_WEB = frozenset({"starlette", "uvicorn"})
_MCP = frozenset({"mcp", "mcp_types", "pydantic"})


def serve(
    context: typer.Context,
    port: Annotated[
        int,
        typer.Option(
            "--port", "-p", min=0, max=65535, metavar="NUMBER", help="Port; 0 takes a free one."
        ),
    ] = 8760,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in your browser.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the work screen to your browser.

    What to answer, follow up and close, each with a key: won, lost, no answer, later, undo. It listens on
    127.0.0.1 alone, and only the printed address opens it. End it with Ctrl-C.
    Needs: pip install 'decision-log-roi[web]'.

    Examples
    --------
    $ decision-log serve --open
    $ decision-log serve --port 0 --home ~/deals
    """
    server = _load("decision_web.main", extra="web", libraries=_WEB, as_json=as_json)

    def ready(address: str) -> None:
        if as_json:
            write_json({"address": address})
        else:
            say(f"Open {address}\nOnly this computer can. End with Ctrl-C.")
        sys.stdout.flush()
        if open_browser:
            webbrowser.open(address)

    with open_log(context, home, create=False) as log:
        note(context, port=port)
        try:
            server.serve(log, port=port, ready=ready)
        except server.PortTaken as error:
            message = f"port {port} cannot be used ({error}). Choose another one with --port, or 0 for a free one."
            show_error("PortTaken", message, ERROR, as_json=as_json)
            raise typer.Exit(ERROR) from None


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
