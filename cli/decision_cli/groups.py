"""Command classes: help with examples, commands in sections, loaded when they are used."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from decision_cli.errors import ERROR, WRONG_USAGE, errors_as_messages, show_error
from decision_cli.options import HomeOption
from decision_cli.output.streams import inert

_EXAMPLES = re.compile(r"\n\s*Examples\n\s*-+\n", re.MULTILINE)


@dataclass(slots=True)
class Invocation:
    """What holds for the whole command line.

    Parameters
    ----------
    home : Path, optional
        From ``--home``, wherever it stood.
    as_json : bool
        Whether errors are printed as JSON, too.
    """

    home: Path | None = None
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of a lazy group.

    Parameters
    ----------
    name : str
        As typed.
    place : str
        ``module:attribute`` of its function or its `typer.Typer`, within the group's package.
    summary : str
        The first line of its docstring; a test compares them.
    """

    name: str
    place: str
    summary: str


@dataclass(frozen=True, slots=True)
class Section:
    """Commands that stand together in the help."""

    title: str
    entries: tuple[Entry, ...]


class Command(TyperCommand):
    """A command whose docstring may end with numpy's ``Examples`` section; its help shows it last.

    Errors become messages here, where the names of the options are known.
    """

    examples: str = ""

    def __init__(self, name: str | None, *, help: str | None = None, **settings: Any) -> None:  # noqa: A002
        text, self.examples = _split(help)
        super().__init__(name, help=text, **settings)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples as they stand."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples.splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")

    def invoke(self, ctx: Any) -> Any:
        """Run it; an error becomes one message and an exit code."""
        with errors_as_messages(_options(self), as_json=invocation(ctx).as_json):
            return super().invoke(ctx)


class LazyGroup(TyperGroup):
    """A group that imports and builds a command only when it is used.

    Help and completion of names need the table of `sections` alone.
    """

    package: str = ""
    sections: tuple[Section, ...] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _LazyCommands(self.package, self.sections)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Give the names, in the order of the sections."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write each section with its commands and their summaries."""
        width = max(len(entry.name) for section in self.sections for entry in section.entries)
        for section in self.sections:
            with formatter.section(section.title):
                rows = [(f"{entry.name:<{width}}", entry.summary) for entry in section.entries]
                formatter.write_dl(rows)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line; wrong usage is shown as text or, with ``--json``, as JSON."""
        arguments = list(sys.argv[1:] if args is None else args)
        invocation = Invocation(as_json="--json" in arguments)
        code = 0
        try:
            with errors_as_messages({}, as_json=invocation.as_json):
                result = super().main(
                    arguments,
                    prog_name or "decision-log",
                    complete_var,
                    standalone_mode=False,
                    windows_expand_args=windows_expand_args,
                    obj=invocation,
                    **extra,
                )
            code = result if isinstance(result, int) else 0
        except typer.Exit as end:
            code = end.exit_code
        except typer.Abort:
            code = ERROR
            show_error(
                "Aborted",
                "no answer was given, so nothing more was done.",
                code,
                as_json=invocation.as_json,
            )
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            code = WRONG_USAGE
            if invocation.as_json:
                show_error("UsageError", error.format_message(), code, as_json=True)
            else:
                error.message = inert(error.message)  # type: ignore[attr-defined]
                error.show()  # type: ignore[attr-defined]  # a ClickException has all three
        if standalone_mode:
            sys.exit(code)
        return code


class _LazyCommands(MutableMapping[str, Any]):
    """Commands by name; building one when it is asked for."""

    def __init__(self, package: str, sections: Sequence[Section]) -> None:
        self._package = package
        self._entries = {entry.name: entry for section in sections for entry in section.entries}
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            entry = self._entries[name]
            module, _, attribute = entry.place.partition(":")
            self._built[name] = build(
                name, getattr(import_module(f"{self._package}.{module}"), attribute)
            )
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"the command {name} cannot be removed")

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def command_group(help: str, commands: Mapping[str, Callable[..., Any]]) -> typer.Typer:  # noqa: A002
    """Make a group of commands that takes ``--home`` before its commands, too."""
    group = typer.Typer(
        help=help,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    group.callback()(_take_home)
    for name, function in commands.items():
        group.command(name, cls=Command)(function)
    return group


def _take_home(context: typer.Context, home: HomeOption = None) -> None:
    if home is not None:
        invocation(context).home = home


def build(name: str, source: Callable[..., Any] | typer.Typer) -> Any:
    """Build the command or group of that name."""
    if isinstance(source, typer.Typer):
        group = typer.main.get_command(source)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, cls=Command)(source)
    return typer.main.get_command(alone)


def _split(text: str | None) -> tuple[str | None, str]:
    """Part a docstring into what explains and its examples."""
    if text is None:
        return None, ""
    found = _EXAMPLES.search(text)
    if found is None:
        return text, ""
    lines = text[found.end() :].splitlines()
    return text[: found.start()].rstrip(), "\n".join(
        line.strip().removeprefix("$ ") for line in lines if line.strip()
    )


def _options(command: TyperCommand) -> dict[str, str]:
    """Map each parameter to how it is written on the command line."""
    return {
        parameter.name: max(parameter.opts, key=len)
        if parameter.param_type_name == "option"
        else parameter.human_readable_name.strip("[]")
        for parameter in command.params
        if parameter.name
    }


def invocation(ctx: typer.Context) -> Invocation:
    """Find what holds for the whole command line."""
    found = ctx.find_object(Invocation)
    return found if found is not None else Invocation()
