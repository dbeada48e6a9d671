"""Session of a command: settings and log of the chosen home, and its line in the log file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from decision_cli.groups import invocation
from decision_cli.log_file import Activity, logged
from decision_cli.output.streams import say
from decision_log import DecisionLog, Settings

_ACTIVITY = "decision_cli.activity"


@contextmanager
def open_log(
    context: typer.Context, home: Path | None, *, create: bool = True, announce: bool = False
) -> Iterator[DecisionLog]:
    """Open the log of ``--home``, wherever on the line that stood.

    Parameters
    ----------
    create : bool
        Whether a folder that does not exist may be used; otherwise it is refused, so that a typing
        error does not begin another log.
    announce : bool
        Whether standard error says so where the command has made the folder.
    """
    chosen = home if home is not None else invocation(context).home
    settings = Settings.load(chosen)
    folder = settings.home.folder
    if not (create or folder.is_dir()):
        raise typer.BadParameter(
            f"there is no folder {str(folder.absolute())!r}; nothing was written. "
            "Check the path; 'decision-log log' with --create begins a log there",
            param_hint="--home" if chosen is not None else "DECISION_LOG_HOME",
        )
    is_missing = not folder.is_dir()
    if is_missing and not announce and invocation(context).as_json:
        say(
            f"Note: there is no folder {str(folder.absolute())!r}; this is the answer of an empty log.",
            err=True,
        )
    try:
        with logged(_command(context), settings.home.log_file) as activity:
            context.meta[_ACTIVITY] = activity
            with DecisionLog(settings=settings) as log:
                yield log
    finally:
        if announce and is_missing and folder.is_dir():
            say(f"Made the folder {folder.absolute()} for this log.", err=True)


def note(context: typer.Context, **facts: object) -> None:
    """Add identifiers or counts to this command's line in the log file; never a text or a name."""
    activity = context.meta.get(_ACTIVITY)
    if isinstance(activity, Activity):
        activity.note(**facts)


def _command(context: typer.Context) -> str:
    """Name the command as typed, without the program: ``models list``."""
    names = []
    at: typer.Context | None = context
    while at is not None and at.parent is not None:
        names.append(at.info_name or "")
        at = at.parent  # type: ignore[assignment]  # typer's contexts have typer's contexts as parents
    return " ".join(reversed(names))
