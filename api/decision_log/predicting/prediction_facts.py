"""Builder of prediction facts: the same columns for single predictions and for whole files.

A prediction is identified by who made it (model version), from which facts (when the newest had been
recorded) and about what (the opportunity's id and a hash of all its inputs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from decision_store.facts import Prediction
from decision_store.record_classes import CANONICAL

if TYPE_CHECKING:
    import pyarrow as pa

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


class Scores(Protocol):
    """The scores that were shown with N predictions, as `decision_log.scoring.kernel.Added`."""

    @property
    def scores(self) -> list[float]:
        """0 to 100."""

    @property
    def parts(self) -> list[bytes]:
        """Their parts in points, each a JSON object with sorted keys."""

    def take(self, rows: Sequence[int]) -> Scores:
        """Return those of some of the items."""


class Identities(NamedTuple):
    """Keys of N predictions."""

    prediction_id: list[str]
    opportunity_id: list[str]
    inputs_hash: list[str]

    def take(self, rows: Sequence[int]) -> Identities:
        """Return those of some of the predictions."""
        return Identities(*([column[row] for row in rows] for column in self))


Columns = dict[str, Any]
"""Columns of equal length by name: numbers as arrays, all else as sequences."""

NO_PARTS = b"{}"

_ENCODE_SORTED = msgspec.json.Encoder(order="sorted").encode


def identities(source: Source, items: Sequence[Mapping[str, Any]]) -> Identities:
    """Return the keys of predictions about N opportunities.

    Examples
    --------
    >>> source = Source("rates", datetime(2026, 2, 8, tzinfo=UTC))
    >>> keys = identities(source, [{"id": "a1", "type": "coaching"}, {"type": "coaching", "id": "a1"}])
    >>> len(set(keys.prediction_id)), keys.opportunity_id
    (1, ['a1', 'a1'])
    """
    named = f"{source.version}\n{source.facts_until.isoformat()}\n"
    if source.shadow:  # a version that becomes champion later predicts the same again, and is shown
        named += "shadow\n"
    hashes = _digests(b"", map(_canonical, items))
    stated = [stated_id(item) or hash_ for item, hash_ in zip(items, hashes, strict=True)]
    whole = [f"{hash_}{one}".encode() for hash_, one in zip(hashes, stated, strict=True)]
    return Identities(_digests(named.encode(), whole), stated, hashes)


def _digests(prefix: bytes, texts: Iterable[bytes]) -> list[str]:
    """Return the digest of each text with a prefix before it."""
    start = blake2b(prefix, digest_size=16)
    digests = []
    for text in texts:
        hasher = start.copy()
        hasher.update(text)
        digests.append(hasher.hexdigest())
    return digests


def stated_id(item: Mapping[str, Any]) -> str:
    """Return the id that an opportunity states; empty where it has none."""
    given = item.get("opportunity_id") or item.get("id")
    return storable(str(given)) if given else ""


def prediction_columns(
    keys: Identities,
    estimates: Estimates,
    scores: Scores | None,
    similar: Sequence[str],
    templates: Sequence[str] | None = None,
) -> Columns:
    """Return the columns of N predictions, as the store's field table names them.

    Parameters
    ----------
    keys : Identities
    estimates : Estimates
        What was predicted of each opportunity.
    scores : Scores, optional
        None where nothing was scored.
    similar : sequence of N str
        Ids of similar past decisions, a JSON list.
    templates : sequence of N str, optional
        Reasons given; by default those of the estimates.
    """
    n = len(estimates)
    said = estimates.templates() if templates is None else templates
    cells = [estimates.cells.names[code] for code in estimates.codes.tolist()]
    return {
        **keys._asdict(),
        "opportunity_type": [storable_once(kind) for kind, _ in cells],
        "opportunity_source": [storable_once(source) for _, source in cells],
        "probability": estimates.probability,
        "low": estimates.low,
        "high": estimates.high,
        "expected_revenue": estimates.revenue,
        "confidence": estimates.confidence,
        "adjusted_score": [None] * n if scores is None else scores.scores,
        "score_parts": [NO_PARTS] * n if scores is None else scores.parts,
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
    fields = [
        pa.field(name, values.type, metadata=CANONICAL if name == "score_parts" else None)
        for name, values in arrays.items()
    ]
    common = {
        "model_version": pa.scalar(source.version, pa.string()),
        "predicted_at": pa.scalar(_naive(now), pa.timestamp("us")),
        "as_of": pa.scalar(_naive(source.facts_until), pa.timestamp("us")),
        "shadow": pa.scalar(source.shadow, pa.bool_()),
        "recorded_at": pa.scalar(_naive(now), pa.timestamp("us")),
    }
    fields += [pa.field(name, value.type) for name, value in common.items()]
    repeated = [pa.repeat(value, size) for value in common.values()]
    return pa.table([*arrays.values(), *repeated], schema=pa.schema(fields))


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
