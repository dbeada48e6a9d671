"""Entry point of ``decision-log serve``: listens on 127.0.0.1 and prints the address to open."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from decision_log import DecisionLog
from decision_web.app import build_app
from decision_web.live import Changes
from decision_web.security import Keys


class PortTaken(Exception):
    """Another program listens on the port."""


class _Server(uvicorn.Server):
    """A server that ends the streams of events first, as these would go on for ever."""

    changes: Changes | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at a signal."""
        if self.changes is not None:
            self.changes.end()
        super().handle_exit(sig, frame)


def serve(log: DecisionLog, *, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    log : DecisionLog
        The open log.
    port : int
        On 127.0.0.1; 0 takes a free one.
    ready : callable
        Called with the address, token included, once it can be opened.

    Raises
    ------
    PortTaken
        The port cannot be listened on.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(error.strerror or str(error)) from error
        listener.listen(64)
        keys = Keys(listener.getsockname()[1])
        app = build_app(log, keys)
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=1,
            )
        )
        server.changes = app.state.changes
        ready(keys.address)
        server.run(sockets=[listener])
