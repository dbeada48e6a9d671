"""Field table: every field of a decision, an outcome, an amendment and a prediction, defined once.

The records, their validation, the Arrow schemas, the column lists of the SQL, the columns that an import knows, the
keys that the API accepts and `docs/data-dictionary.md` are made from these classes. Times are aware datetimes in
UTC. Texts contain neither NUL nor unpaired surrogates, so that every fact can be written as UTF-8 and read back equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from decision_store.fields import Matching
from decision_store.record_classes import (
    flag_field,
    json_field,
    number_field,
    record,
    table,
    text_field,
    timestamp_field,
)

GENERAL_TYPE = "general"
UNKNOWN_SOURCE = "unknown"
UNKNOWN = "unknown"


@record
class Decision:
    """What was done about one opportunity; it never changes once logged."""

    decision_id: str = text_field("The caller's own id, unique in the log.", blank=False)
    timestamp: datetime = timestamp_field("When the decision was made.", clock=True)
    opportunity_type: str = text_field(
        "Type of the opportunity; with the source it makes up the cell.",
        blank=False,
        matching=Matching.NAME,
        placeholder=GENERAL_TYPE,
    )
    opportunity_source: str = text_field(
        "Where it came from.", blank=False, matching=Matching.NAME, placeholder=UNKNOWN_SOURCE
    )
    action_taken: str = text_field("What was done about it.", blank=False, import_default=UNKNOWN)
    recorded_at: datetime = timestamp_field(
        "When the log learnt of it: an answer as of an earlier moment does not use it.",
        compared=False,
    )
    opportunity_content: str = text_field("The full text; empty where there was none.", default="")
    opportunity_score: float | None = number_field(
        "Base score; missing where nobody gave one.", default=None, low=0.0, high=100.0
    )
    sender: str = text_field("Who sent it; empty: unknown.", default="", matching=Matching.SENDER)
    decision_maker: str = text_field(
        "Who decided.", default="jarvis", matching=Matching.NAME, import_default=""
    )
    context: Mapping[str, Any] = json_field("Any further attributes.", default_factory=dict)
    opportunity_id: str | None = text_field(
        "The opportunity's own id; missing: it has none.", default=None
    )
    received_at: datetime | None = timestamp_field(
        "When the opportunity came in; missing: unknown.", default=None
    )
    cost_usd: float | None = number_field(
        "What acting on it cost, in the log's currency; missing: unknown, which is not zero.",
        default=None,
        low=0.0,
    )
    effort_minutes: float | None = number_field(
        "Minutes spent on it; missing: unknown.", default=None, low=0.0
    )
    action_probability: float | None = number_field(
        "Probability in (0, 1] with which this action was chosen; missing: not chosen at random.",
        default=None,
        low=0.0,
        high=1.0,
        positive=True,
    )


@record
class Outcome:
    """Something learnt later about one decision; a decision has any number of them."""

    outcome_id: str = text_field(
        "Unique in the log; recording the same one again changes nothing.", blank=False
    )
    decision_id: str = text_field("The decision it belongs to.", blank=False)
    outcome_type: str = text_field(
        "Such as conversion, response, refund.", blank=False, import_default=UNKNOWN
    )
    outcome_status: str = text_field(
        "Such as success, pending, failed, reversed.", blank=False, import_default=UNKNOWN
    )
    occurred_at: datetime = timestamp_field("When it happened.", clock=True)
    recorded_at: datetime = timestamp_field("When the log learnt of it.", compared=False)
    revenue_generated: float = number_field(
        "In the log's one currency; a refund is negative.", default=0.0, low=-1e15, high=1e15
    )
    customer_acquired: bool = flag_field("A customer was acquired.", default=False)
    deal_closed: bool = flag_field("A deal was closed.", default=False)
    response_received: bool = flag_field("A response was received.", default=False)
    time_to_outcome_hours: float | None = number_field(
        "Hours from decision to outcome as given by the caller; missing: the store computes them.",
        default=None,
        low=0.0,
    )
    notes: str = text_field("Free text.", default="")
    outcome_meaning: str | None = text_field(
        "What type and status together mean: won, lost, open, reversed or refund; missing: not known.",
        default=None,
        compared=False,
    )


@record
class Amendment:
    """What changed the meaning of earlier facts, which themselves stay as they are.

    ``void`` takes an outcome back, or with an empty ``outcome_id`` a whole decision; ``restore`` undoes that;
    ``correct`` gives a field of a decision another value; ``map`` says what a word means.
    """

    amendment_id: str = text_field("Unique in the log.", blank=False)
    action: str = text_field("void, restore, correct or map.", blank=False)
    recorded_at: datetime = timestamp_field("When the log learnt of it.", compared=False)
    decision_id: str = text_field("The decision concerned; of map: empty.", default="")
    outcome_id: str = text_field("Of void and restore: the outcome.", default="")
    field: str = text_field(
        "Of correct: the field of the decision; of map: outcome_status or outcome_type.", default=""
    )
    word: str = text_field("Of map: the word.", default="")
    value: str = text_field(
        "Of correct: the new value; of map: what the word means, empty: nothing any longer.",
        default="",
    )
    reason: str = text_field("Free text.", default="", compared=False)
    undoes: str = text_field("The amendment that this one takes back; empty: none.", default="")


@record
class Prediction:
    """What one model version predicted about one opportunity at one moment.

    Of several predictions with one id the first counts: the same version asked again from the same facts may differ
    a little, as open decisions have aged meanwhile, and that is no conflict.
    """

    prediction_id: str = text_field("Unique in the log.", blank=False)
    opportunity_id: str = text_field(
        "The opportunity's own id, or a hash of its inputs where it has none."
    )
    predicted_at: datetime = timestamp_field("When it was predicted.", compared=False)
    as_of: datetime = timestamp_field("The moment up to which facts were used.")
    model_version: str = text_field(
        "Name of the model artifact, or rates for the rate model alone."
    )
    opportunity_type: str = text_field("Type of the opportunity.", matching=Matching.NAME)
    opportunity_source: str = text_field("Source of the opportunity.", matching=Matching.NAME)
    probability: float | None = number_field(
        "P(won), a fraction; missing: nothing known.", default=None, compared=False
    )
    low: float | None = number_field(
        "Lower end of its 95 % interval.", default=None, compared=False
    )
    high: float | None = number_field(
        "Upper end of its 95 % interval.", default=None, compared=False
    )
    expected_revenue: float | None = number_field(
        "Revenue per decision, in the log's currency.", default=None, compared=False
    )
    confidence: float | None = number_field("In [0, 1].", default=None, low=0.0, compared=False)
    inputs_hash: str = text_field("Hash of what the model looked at.", default="")
    adjusted_score: float | None = number_field(
        "The documented score, 0 to 100.", default=None, compared=False
    )
    score_parts: Mapping[str, float] = json_field(
        "The parts of the score.", default_factory=dict, compared=False
    )
    similar_past_decisions: str | None = text_field(
        "Ids of past decisions like it, a JSON list.", default=None, compared=False
    )
    reasoning: str | None = text_field(
        "Why, in words; in the journal {probability}, {low}, {high} and {revenue} stand for its own numbers, and "
        "{{} for a brace.",
        default=None,
        compared=False,
    )
    shadow: bool = flag_field(
        "Whether it was kept only to be graded (shadow mode): nobody was shown it.", default=False
    )
    recorded_at: datetime | None = timestamp_field(
        "When the log learnt of it: one that was entered after its outcome was known is not graded; missing: not "
        "known, taken to be the time of the prediction.",
        default=None,
        compared=False,
    )


@record
class Dismissal:
    """A rejected record was looked at and put away: it is no problem of the log any longer."""

    dismissal_id: str = text_field("Unique in the log.", blank=False)
    reject: str = text_field("Number of the reject, from what it says.", blank=False)
    recorded_at: datetime = timestamp_field("When the log learnt of it.", compared=False)


@record
class Alias:
    """Two names of a type, source or decision maker are one from now on, in all facts, earlier ones too."""

    alias_id: str = text_field("Unique in the log.", blank=False)
    field: str = text_field("opportunity_type, opportunity_source or decision_maker.", blank=False)
    name: str = text_field("The name that is merged or renamed.", blank=False)
    target: str = text_field("The name that is shown instead.", blank=False)
    recorded_at: datetime = timestamp_field("When the log learnt of it.", compared=False)


@record
class Finding:
    """A comparison of the insights got a status: it was found, confirmed or retracted by later decisions.

    Each change is a fact of its own, so that a database that is rebuilt goes on testing what was found.
    """

    finding_id: str = text_field("Unique in the log.", blank=False)
    insight_id: str = text_field(
        "The insight, the same from its first status to its last.", blank=False
    )
    subject: str = text_field(
        "What is compared: family, level, source and direction, separated by tabs.", blank=False
    )
    insight_type: str = text_field("Its kind, such as best_source.", blank=False)
    title: str = text_field("In one line.", compared=False)
    status: str = text_field("emerging, supported, confirmed or retracted.", blank=False)
    effect: float = number_field(
        "As first found: points, or the logarithm of a ratio.", compared=False
    )
    found_at: datetime = timestamp_field("When it was first found.")
    recorded_at: datetime = timestamp_field("When it got this status.", compared=False)


DECISIONS = table(Decision, "decisions")
OUTCOMES = table(Outcome, "outcomes")
AMENDMENTS = table(Amendment, "amendments")
PREDICTIONS = table(Prediction, "predictions")

ALIASES = table(Alias, "aliases")
DISMISSALS = table(Dismissal, "dismissals")
FINDINGS = table(Finding, "findings")

FACT_TABLES = (DECISIONS, OUTCOMES, AMENDMENTS, PREDICTIONS, ALIASES, DISMISSALS, FINDINGS)
BY_KIND = {facts.kind: facts for facts in FACT_TABLES}
