"""The ``decision-log`` command: its commands in sections, and the options before them."""

from __future__ import annotations

from typing import Annotated

import typer

from decision_cli.groups import Entry, Invocation, LazyGroup, Section
from decision_cli.options import WIDE, HomeOption
from decision_cli.output.streams import say

SECTIONS = (
    Section(
        "Record",
        (
            Entry("log", "record.writing:log", "Log one decision: what came in and what you did."),
            Entry(
                "won",
                "record.writing:won",
                "Record that a decision is won, with the amount it brought.",
            ),
            Entry("lost", "record.writing:lost", "Record that a decision is lost."),
            Entry("outcome", "record.writing:outcome", "Record an outcome of a decision."),
            Entry(
                "undo",
                "record.amending:undo",
                "Take back what the last command recorded, or an id.",
            ),
            Entry(
                "correct", "record.amending:correct", "Correct what was logged about a decision."
            ),
            Entry("import", "record.importing:import_files", "Load history from files."),
        ),
    ),
    Section(
        "Decide",
        (
            Entry("serve", "decide.serving:serve", "Serve the work screen to your browser."),
            Entry(
                "today", "decide.working:today", "Show what to answer, follow up and close today."
            ),
            Entry(
                "daily",
                "decide.daily:daily",
                "Do a day's work: import the inbox, score, summarise, report.",
            ),
            Entry("list", "decide.working:list_decisions", "List decisions, newest first."),
            Entry(
                "show",
                "decide.working:show",
                "Show one decision with its outcomes and predictions.",
            ),
            Entry(
                "history",
                "decide.working:history",
                "List everything recorded about a decision, in order.",
            ),
            Entry("score", "decide.scoring:score", "Score a file of opportunities and rank them."),
            Entry("predict", "decide.scoring:predict", "Predict the outcome of one opportunity."),
        ),
    ),
    Section(
        "Learn",
        (
            Entry(
                "conversions",
                "learn.reporting:conversions",
                "Show how often each type and source is won.",
            ),
            Entry("roi", "learn.reporting:roi", "Show revenue, cost and return of each type."),
            Entry(
                "insights",
                "learn.reporting:insights",
                "Show the comparisons that the evidence supports.",
            ),
            Entry("summary", "learn.reporting:summary", "Summarise a day or a week."),
            Entry(
                "report",
                "learn.reporting:report",
                "Write a page: what to do first, rates, revenue, findings.",
            ),
        ),
    ),
    Section(
        "Model",
        (
            Entry("train", "model.training:train", "Train a model on the log."),
            Entry(
                "evaluate",
                "model.evaluating:evaluate",
                "Compare the model with baselines in a backtest.",
            ),
            Entry(
                "calibration",
                "model.evaluating:calibration",
                "Compare past predictions with their outcomes.",
            ),
            Entry("models", "model.models:models", "List, compare and choose trained models."),
            Entry("fields", "model.training:fields", "List the fields that a model may use."),
        ),
    ),
    Section(
        "Set up and maintain",
        (
            Entry(
                "demo",
                "maintain.maintenance:demo",
                "Generate a sample log, train on it, and score.",
            ),
            Entry(
                "types",
                "maintain.types:types",
                "List, merge and rename types, sources and decision makers.",
            ),
            Entry(
                "map",
                "record.amending:map_word",
                "Teach the log what a word means, or list what it was taught.",
            ),
            Entry(
                "mcp",
                "decide.serving:mcp",
                "Serve the log to an AI agent as MCP tools.",
            ),
            Entry("export", "maintain.exporting:export", "Write all facts to files."),
            Entry(
                "settings",
                "maintain.maintenance:settings",
                "Show every setting with its value, default and source.",
            ),
            Entry(
                "doctor",
                "maintain.maintenance:doctor",
                "Check the log and its folder for problems.",
            ),
            Entry(
                "rejects",
                "maintain.rejects:rejects",
                "List, retry and dismiss records that could not become facts.",
            ),
            Entry(
                "repair", "maintain.maintenance:repair", "Rebuild the database from the journal."
            ),
            Entry(
                "backup",
                "maintain.operating:backup",
                "Back the log up into a folder, while others write.",
            ),
            Entry(
                "restore",
                "maintain.operating:restore",
                "Restore a backup into a home without a log.",
            ),
            Entry(
                "compact", "maintain.operating:compact", "Make the log's files fewer and smaller."
            ),
            Entry(
                "forget",
                "maintain.forgetting:forget",
                "Forget a person; counts and money stay.",
            ),
            Entry("query", "maintain.operating:query", "Answer a SELECT of your own, read-only."),
        ),
    ),
)
"""Every command: its name, its function's place, and the first line of its docstring."""


class DecisionLogGroup(LazyGroup):
    """The commands of `SECTIONS`."""

    package = "decision_cli.commands"
    sections = SECTIONS


app = typer.Typer(
    name="decision-log",
    cls=DecisionLogGroup,
    no_args_is_help=True,
    # Plain help starts twice as fast as drawn panels.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        say(f"decision-log {version('decision-log-roi')}")
        raise typer.Exit


@app.callback()
def options_before_the_command(
    context: typer.Context,
    home: HomeOption = None,
    version: Annotated[  # noqa: ARG001  # its callback answers
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Log what you decided, record the outcomes, and see what to answer first."""
    context.ensure_object(Invocation).home = home
    WIDE.set(False)  # an earlier command of this process may have set it
