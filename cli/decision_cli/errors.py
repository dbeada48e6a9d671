"""Errors as one message for people, or as JSON for programs, with the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import typer

from decision_cli.output.streams import discard_output, say, write_json

ERROR, WRONG_USAGE, INTERRUPTED = 1, 2, 130
"""Exit codes beside 0; 130 is what shells report for Ctrl-C: 128 + SIGINT."""


@contextmanager
def errors_as_messages(options: Mapping[str, str], *, as_json: bool) -> Iterator[None]:
    """Show an error as one message and exit with its code; a bug keeps its traceback.

    Parameters
    ----------
    options : mapping
        Option or argument as written on the command line, by the name of the parameter of the library
        that it is passed to: ``{"timestamp": "--at"}``. Messages name the option.
    as_json : bool
        Print ``{"error": {"type", "message", "exit_code"}}`` on stdout instead of text on stderr.
    """
    try:
        yield
    except BrokenPipeError:
        # `decision-log conversions | head`: the reader has what it wanted.
        discard_output()
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        raise _shown("Interrupted", _INTERRUPTED_TEXT, INTERRUPTED, as_json=as_json) from None
    except OSError as error:
        reason = error.strerror or str(error)
        if error.filename is None:
            discard_output()
            text = (
                f"the output could not be written: {reason}. Free some space, or write elsewhere."
            )
            raise _shown(type(error).__name__, text, ERROR, as_json=False) from None
        text = f"{error.filename}: {reason}. Check the path, the disk and your permissions."
        raise _shown(type(error).__name__, text, ERROR, as_json=as_json) from None
    except Exception as error:
        from decision_log import DecisionLogError

        if not isinstance(error, DecisionLogError):
            raise
        text = _naming_options(error, options)
        raise _shown(type(error).__name__, text, ERROR, as_json=as_json) from None


_INTERRUPTED_TEXT = "Interrupted; acknowledged writes are safe."


def show_error(kind: str, message: str, code: int, *, as_json: bool) -> None:
    """Write one error where the caller looks for it."""
    if as_json:
        write_json({"error": {"type": kind, "message": message, "exit_code": code}})
    else:
        say(message if code == INTERRUPTED else f"Error: {message}", err=True)


def _shown(kind: str, message: str, code: int, *, as_json: bool) -> typer.Exit:
    show_error(kind, message, code, as_json=as_json)
    return typer.Exit(code)


def _naming_options(error: Exception, options: Mapping[str, str]) -> str:
    """Replace the name of a field at the start of a message by that of its option."""
    message = str(error)
    field = getattr(error, "field", None)
    if isinstance(field, str) and field in options and message.startswith(f"{field} "):
        return options[field] + message.removeprefix(field)
    return message
