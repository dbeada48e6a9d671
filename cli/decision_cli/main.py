"""The command line's front door."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from decision_cli.commands import evaluating, learning, scoring, training, upkeep, writing

app = typer.Typer(
    name="decision-log",
    no_args_is_help=True,
    add_completion=False,
    # Plain help starts twice as fast as drawn panels, and a light command must feel instant.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"decision-log {version('decision-log-roi')}")
        raise typer.Exit


@app.callback()
def front(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option("--home", help="Folder the log lives in; may also follow the command."),
    ] = None,
    version: Annotated[  # noqa: ARG001  # its callback answers
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Log what you decided, record what became of it, score what comes next."""
    context.obj = home


for group in (writing, scoring, learning, training, evaluating, upkeep):
    group.register(app)


def run(arguments: Sequence[str]) -> None:
    """Run one command line, without the program's name, and exit with its code."""
    app(list(arguments))


def main() -> None:
    """Run the process's own command line."""
    app()


if __name__ == "__main__":
    main()
