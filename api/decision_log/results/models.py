"""Types of results about models."""

from typing import Any, TypedDict


class FieldDescription(TypedDict):
    """One field of the data dictionary; ``present`` is a fraction of the decisions."""

    name: str
    kind: str
    present: float
    distinct: int
    example: str
    used: bool
    refused: str


class TrainingResult(TypedDict):
    """Result of a training run."""

    as_of: str
    seed: int
    counts: dict[str, int]
    trained: bool
    reason: str
    serving: str
    version: str | None
    promoted: bool
    gate: dict[str, Any]
    fields: list[FieldDescription]
    seconds: float
    lacks: str


class EvaluationResult(TypedDict):
    """Result of a backtest; see `decision_log.models.evaluate.Evaluation` for each key."""

    sentence: str
    better: bool | None
    as_of: str
    seed: int
    cutoffs: int
    decisions: int
    matured: int
    judged: int
    won: int
    ample: bool
    methods: list[dict[str, Any]]
    differences: list[dict[str, Any]]
    reliability: list[dict[str, Any]]
    folds: list[dict[str, Any]]
    report: str | None


class CalibrationResult(TypedDict):
    """Grades of past predictions by model version, the challenger, and drift."""

    as_of: str
    sentence: str
    versions: list[dict[str, Any]]
    challenger: dict[str, Any]
    drift: dict[str, Any]


class ModelVersion(TypedDict):
    """One trained version; counts are those it was trained on."""

    version: str
    aliases: list[str]
    as_of: str | None
    seed: int | None
    won: int | None
    lost: int | None
    open: int | None
    problem: str | None


AliasChange = TypedDict(
    "AliasChange",
    {
        "when": str,
        "who": str,
        "why": str,
        "action": str,
        "alias": str,
        "from": str | None,
        "to": str | None,
    },
)
"""A change of which version is champion or challenger."""


class ModelDifference(TypedDict):
    """A manifest entry that differs between two versions."""

    key: str
    first: Any
    second: Any
