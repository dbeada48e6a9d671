"""The server: tools, resource and prompts of one session, and errors that quote nobody else's words."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import Field, ValidationError

from decision_log import DecisionLog, DecisionLogError
from decision_mcp import guidance
from decision_mcp.inert import error_message, plain_id
from decision_mcp.reading import ReadingTools
from decision_mcp.schemas import plain
from decision_mcp.session import Session
from decision_mcp.week import URI, week_json
from decision_mcp.writing import WritingTools

_TITLES = {
    "work_list": "What to do now",
    "predict_opportunity": "Predict one opportunity",
    "score_opportunities": "Score and rank opportunities",
    "pending_outcomes": "Open decisions that wait for an outcome",
    "find_decisions": "Search decisions",
    "get_text": "Read other people's texts",
    "rates": "Conversion rates",
    "insights": "What the evidence supports",
    "calibration": "Did predictions come true?",
    "log_decision": "Log a decision",
    "record_outcome": "Record an outcome",
    "undo": "Take a record back",
}


class LogServer(MCPServer[Any]):
    """An MCP server whose error messages name fields and ids, and quote no text."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; an error becomes one message that says what to change."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                raise ToolError(_invalid_arguments(cause)) from None
            if isinstance(cause, DecisionLogError):
                raise ToolError(error_message(cause)) from None
            if type(cause) is ToolError:
                raise ToolError(str(cause)) from None
            raise


def build_server(log: DecisionLog, *, allow_write: bool = False) -> MCPServer[Any]:
    """Return the server of a log.

    Parameters
    ----------
    log : DecisionLog
        Open; it stays so until the server ends.
    allow_write : bool
        Whether tools may write. Otherwise those that would are refused, except as a dry run, and predictions are
        not kept.
    """
    session = Session(log, allow_write=allow_write)
    reading, writing = ReadingTools(session), WritingTools(session)
    server = LogServer(
        "decision-log",
        title="Decision log",
        instructions=guidance.INSTRUCTIONS,
        version=version("decision-log-roi"),
        log_level="WARNING",
        tools=[
            *(_tool(function, reads=True) for function in reading.all()),
            *(_tool(function, reads=False) for function in writing.all()),
        ],
    )
    # Its messages may hold arguments of a call; only crashes belong in the log file of the home.
    logging.getLogger("mcp").setLevel(logging.ERROR)
    server.resource(
        URI,
        name="week",
        title="The week so far",
        description="Counts, money and findings of this week, as JSON.",
        mime_type="application/json",
    )(lambda: week_json(session))
    _add_prompts(server)
    return server


def _tool(function: Callable[..., Any], *, reads: bool) -> Tool:
    """Make a tool of a method: its docstring is the description; arguments that it does not have are refused."""
    tool = Tool.from_function(
        function,
        title=_TITLES[function.__name__],
        description=" ".join(inspect.cleandoc(function.__doc__ or "").split()),
        annotations=ToolAnnotations(
            title=_TITLES[function.__name__],
            read_only_hint=reads,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
        structured_output=True,
    )
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    tool.parameters = plain(arguments.model_json_schema(by_alias=True))
    return tool


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt(
        title="Triage", description="Plan today's answers: what to answer first, and why."
    )
    def triage(
        capacity: Annotated[
            int, Field(ge=1, le=50, description="How many can be answered today.")
        ] = 5,
    ) -> str:
        return guidance.triage(capacity)

    @server.prompt(
        title="Review",
        description="Close open decisions, grade predictions, and say what was learnt.",
    )
    def review(
        days: Annotated[int, Field(ge=1, le=366, description="How many days back.")] = 7,
    ) -> str:
        return guidance.review(days)


def _invalid_arguments(error: ValidationError) -> str:
    """Say which arguments cannot be used and why, without their values."""
    problems = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(part) for part in one["loc"])
        message = (
            "is not a parameter of this tool" if one["type"] == "extra_forbidden" else one["msg"]
        )
        problems.append(f"{place if plain_id(place) else 'an argument'}: {message}")
    return f"Nothing was done. {'; '.join(problems[:10])}."
