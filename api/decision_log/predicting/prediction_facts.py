"""Builder of prediction facts: the same columns for single predictions and for whole files.

A prediction is identified by who made it (model version), from which facts (when the newest had been
recorded) and about what (the opportunity's id and a hash of all its inputs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from decision_store.facts import Prediction

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimates import Estimates


class Source(NamedTuple):
    """Who predicts, and from what.

    Parameters
    ----------
    version : str
        Of the model, or ``rates``.
    facts_until : datetime
        When the newest fact that was used had been recorded.
    shadow : bool
        Whether it is kept only to be graded, and shown to nobody.
    """

    version: str
    facts_until: datetime
    shadow: bool = False


class Score(Protocol):
    """The score that was shown with a prediction: 0 to 100, and its parts in points as a JSON object."""

    @property
    def score(self) -> float:
        """The score."""

    @property
    def parts(self) -> bytes:
        """Its parts."""


class Identity(NamedTuple):
    """Key of a prediction."""

    prediction_id: str
    opportunity_id: str
    inputs_hash: str


Columns = dict[str, Any]
"""Columns of equal length by name: numbers as arrays, all else as sequences."""

NO_PARTS = b"{}"

_ENCODE_SORTED = msgspec.json.Encoder(order="sorted").encode


def identity(source: Source, item: Mapping[str, Any]) -> Identity:
    """Return the key of a prediction about one opportunity.

    Examples
    --------
    >>> source = Source("rates", datetime(2026, 2, 8, tzinfo=UTC))
    >>> first = identity(source, {"id": "a1", "type": "coaching"})
    >>> first == identity(source, {"type": "coaching", "id": "a1"}), first.opportunity_id
    (True, 'a1')
    """
    return next(identities(source, [item]))


def identities(source: Source, items: Sequence[Mapping[str, Any]]) -> Iterator[Identity]:
    """Return the keys of predictions about many opportunities."""
    named = f"{source.version}\n{source.facts_until.isoformat()}\n"
    if source.shadow:  # a version that becomes champion later predicts the same again, and is shown
        named += "shadow\n"
    hasher = blake2b(named.encode(), digest_size=16)
    for item in items:
        inputs = blake2b(_canonical(item), digest_size=16).hexdigest()
        opportunity_id = stated_id(item) or inputs
        name = hasher.copy()
        name.update(f"{inputs}{opportunity_id}".encode())
        yield Identity(name.hexdigest(), opportunity_id, inputs)


def stated_id(item: Mapping[str, Any]) -> str:
    """Return the id that an opportunity states; empty where it has none."""
    given = item.get("opportunity_id") or item.get("id")
    return storable(str(given)) if given else ""


def prediction_columns(
    source: Source,
    items: Sequence[Opportunity],
    estimates: Estimates,
    scores: Sequence[Score] | None,
    similar: Sequence[str],
    templates: Sequence[str] | None = None,
) -> Columns:
    """Return the columns of predictions, as the store's field table names them.

    Parameters
    ----------
    source : Source
        Who predicts, and from what.
    items, estimates : aligned
        What was predicted of each opportunity.
    scores : aligned, optional
        None where nothing was scored.
    similar : aligned
        Ids of similar past decisions, a JSON list.
    templates : aligned, optional
        Reasons given; by default those of the estimates.
    """
    keys = list(identities(source, [one.item for one in items]))
    said = estimates.templates() if templates is None else templates
    none = [None] * len(items)
    return {
        "prediction_id": [key.prediction_id for key in keys],
        "opportunity_id": [key.opportunity_id for key in keys],
        "inputs_hash": [key.inputs_hash for key in keys],
        "opportunity_type": [storable_once(one.cell[0]) for one in items],
        "opportunity_source": [storable_once(one.cell[1]) for one in items],
        "probability": estimates.probability,
        "low": estimates.low,
        "high": estimates.high,
        "expected_revenue": estimates.revenue,
        "confidence": estimates.confidence,
        "adjusted_score": none if scores is None else [one.score for one in scores],
        "score_parts": [NO_PARTS] * len(items) if scores is None else [one.parts for one in scores],
        "similar_past_decisions": similar,
        "reasoning": [storable(template) for template in said],
    }


def records(source: Source, columns: Columns, now: datetime) -> list[Prediction]:
    """Return predictions as the records of single writes."""
    common: dict[str, Any] = {
        "model_version": source.version,
        "predicted_at": now,
        "as_of": source.facts_until,
        "shadow": source.shadow,
        "recorded_at": now,
    }
    plain = (one if isinstance(one, Sequence) else one.tolist() for one in columns.values())
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*plain, strict=True))
    return [
        Prediction(**{**row, "score_parts": msgspec.json.decode(row["score_parts"])}, **common)
        for row in rows
    ]


def arrow_table(source: Source, columns: Columns, now: datetime) -> pa.Table:
    """Return predictions as the Arrow table of a bulk load."""
    import pyarrow as pa

    size = len(columns["prediction_id"])
    arrays = {
        name: pa.array(values, pa.float64() if name in _NUMBERS else pa.string())
        for name, values in columns.items()
    }
    common = {
        "model_version": pa.scalar(source.version, pa.string()),
        "predicted_at": pa.scalar(_naive(now), pa.timestamp("us")),
        "as_of": pa.scalar(_naive(source.facts_until), pa.timestamp("us")),
        "shadow": pa.scalar(source.shadow, pa.bool_()),
        "recorded_at": pa.scalar(_naive(now), pa.timestamp("us")),
    }
    return pa.table(arrays | {name: pa.repeat(value, size) for name, value in common.items()})


_NUMBERS = frozenset(
    {"probability", "low", "high", "expected_revenue", "confidence", "adjusted_score"}
)


def storable(value: str) -> str:
    """Return a text that can be stored: without NUL and unpaired surrogates."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode()


storable_once = lru_cache(maxsize=10_000)(storable)
"""`storable` for texts that many predictions share."""


def _canonical(item: Mapping[str, Any]) -> bytes:
    try:
        return _ENCODE_SORTED(item)
    except (TypeError, ValueError, RecursionError):  # a Python object that JSON does not know
        pass
    try:
        return repr(sorted(item.items(), key=lambda pair: str(pair[0]))).encode("utf-8", "replace")
    except (ValueError, RecursionError):  # an integer of too many digits, or nested too deeply
        return repr(sorted(map(str, item))).encode("utf-8", "replace")


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
