"""The one place where an error becomes a message for people and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from decision_log import DecisionLogError

INTERRUPTED = 130
"""What a shell reports for a command ended by Ctrl-C: 128 + SIGINT."""


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Tell what went wrong on stderr and exit with 1; a bug keeps its traceback."""
    try:
        yield
    except DecisionLogError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("Stopped. What was acknowledged is kept.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # `decision-log conversions | head`: the reader has what it wanted.
        sys.stderr.close()
        raise typer.Exit(0) from None
