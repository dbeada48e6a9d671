"""Parameters that several tools share, with the description that the agent reads."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

TypeFilter = Annotated[
    str,
    Field(
        description="Only this type of opportunity; case, blanks and hyphens do not matter. Empty: all."
    ),
]
SourceFilter = Annotated[
    str, Field(description="Only this source; case, blanks and hyphens do not matter. Empty: all.")
]
AsOf = Annotated[
    str,
    Field(
        description="Answer with what was recorded by then: ISO 8601, a date (its end), or words. Empty: now.",
        examples=["2026-02-08T10:00:00Z", "2026-02-08", "yesterday"],
    ),
]
Limit = Annotated[int, Field(ge=1, le=200, description="How many rows at most.")]
DryRun = Annotated[
    bool,
    Field(
        description="true: check the call and say what would be recorded, but write nothing. Default: false."
    ),
]
DecisionId = Annotated[
    str,
    Field(
        min_length=1, max_length=200, description="Id of the decision, as another tool returned it."
    ),
]
Moment = Annotated[
    str,
    Field(
        description="ISO 8601, or a date. Empty: now.",
        examples=["2026-02-08T10:00:00Z", "2026-02-08"],
    ),
]
State = Annotated[
    Literal["", "won", "lost", "open"],
    Field(description="Only decisions in this state; empty: all states."),
]
Part = Annotated[
    Literal["content", "sender", "action", "notes", "type", "source", "context"],
    Field(
        description="Which text: content (what came in), sender, action (what was done), notes (of the outcomes), "
        "type and source (as first written), or context (further attributes as JSON). Default: content."
    ),
]


class OpportunityInput(TypedDict, total=False):
    """One opportunity; every key may be missing."""

    id: Annotated[str, Field(description="Your id for it; returned with the result.")]
    type: Annotated[str, Field(description="Kind of opportunity, e.g. coaching. Missing: general.")]
    source: Annotated[str, Field(description="Where it came from, e.g. email. Missing: unknown.")]
    content: Annotated[str, Field(description="Its text; used by the model, never returned.")]
    score: Annotated[float, Field(ge=0, le=100, description="Base score, 0 to 100. Missing: 50.")]
    sender: Annotated[str, Field(description="Who sent it; used by the model, never returned.")]
    context: Annotated[
        dict[str, Any],
        Field(description="Further attributes that decisions of this log have, by name."),
    ]
