"""Entry point of ``decision-log mcp``: serves one agent over standard input and output."""

from __future__ import annotations

from decision_log import DecisionLog
from decision_mcp.server import build_server


def serve(log: DecisionLog, *, allow_write: bool = False) -> None:
    """Serve until the client closes standard input; standard output carries the protocol alone.

    Parameters
    ----------
    log : DecisionLog
        The open log.
    allow_write : bool
        As of `build_server`.
    """
    build_server(log, allow_write=allow_write).run("stdio")
