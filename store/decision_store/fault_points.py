"""Fault points: named steps at which a test may end the process, or make the step fail.

Every write that must survive a crash passes `reach` between its steps. Outside tests nothing listens, and a step costs
the call of an empty function.
"""

from __future__ import annotations

from collections.abc import Callable

_listener: Callable[[str], None] | None = None


def reach(step: str) -> None:
    """Pass a named step, such as ``append: synced``."""
    if _listener is not None:
        _listener(step)


def listen(listener: Callable[[str], None] | None) -> None:
    """Call a function at every step from now on; None: nobody listens any longer."""
    global _listener  # noqa: PLW0603 - one process, one listener
    _listener = listener
