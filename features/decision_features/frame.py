"""Frame of opportunities: what was known of many when they were decided on, column by column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from decision_features.hyperparameters import REMEMBERED_SENDERS
from decision_store.facts import GENERAL_TYPE, UNKNOWN_SOURCE, Decision
from decision_store.names import sender_key

Context = dict[str, Any]
"""Further attributes of one opportunity; nested ones flattened, ``{"a": {"b": 1}}`` to ``{"a.b": 1}``."""

NOT_ATTRIBUTES = frozenset(
    {
        "id", "opportunity_id", "decision_id", "task_id", "message_id", "uuid", "url", "link",
        "timestamp", "date", "received_at", "recorded_at", "created_at", "updated_at", "last_updated",
        "action_probability",
    }
)  # fmt: skip
"""Keys that name or date an opportunity, or tell how its action was drawn: they say nothing about its chance."""

_OWN_KEYS = {
    "type": ("type", "opportunity_type"),
    "source": ("source", "opportunity_source"),
    "content": ("content", "opportunity_content"),
    "score": ("score", "opportunity_score"),
    "sender": ("sender",),
    "action": ("action_taken",),
    "maker": ("decision_maker",),
}
_ALL_OWN_KEYS = frozenset(key for keys in _OWN_KEYS.values() for key in keys)
_SCALARS = frozenset({str, int, float, bool})


@dataclass(frozen=True, slots=True)
class OpportunityFrame:
    """N opportunities as aligned columns; the input of training and of scoring alike.

    Parameters
    ----------
    type, source : ndarray of object, shape (N,)
        Texts, never missing.
    content, sender, action, maker : ndarray of object, shape (N,)
        Texts; None where not known. Senders are the keys by which they are compared.
    score : ndarray of float64, shape (N,)
        Base score, 0 to 100; nan where nobody gave one.
    timestamp : ndarray of datetime64[us], shape (N,)
        When the decision was made, UTC; NaT where not known.
    context : tuple of dict, length N
        Further attributes, flat; None values and absent keys are both missing.
    stated : ndarray of object, shape (N,), optional
        Probabilities that people, agents and other systems stated beforehand, a dict by name, or None.

    Examples
    --------
    >>> frame = OpportunityFrame.from_opportunities(
    ...     [{"type": "lead", "source": "email", "score": 70, "budget": {"usd": 300}, "id": "a1"}]
    ... )
    >>> frame.score.tolist(), frame.context
    ([70.0], ({'budget.usd': 300},))
    """

    type: NDArray[np.object_]
    source: NDArray[np.object_]
    content: NDArray[np.object_]
    score: NDArray[np.float64]
    sender: NDArray[np.object_]
    action: NDArray[np.object_]
    maker: NDArray[np.object_]
    timestamp: NDArray[np.datetime64]
    context: tuple[Context, ...]
    stated: NDArray[np.object_] = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        if self.stated is None:
            object.__setattr__(self, "stated", np.full(len(self.type), None, dtype=object))
        if len({len(getattr(self, name)) for name in self.__slots__}) > 1:
            lengths = {name: len(getattr(self, name)) for name in self.__slots__}
            raise ValueError(
                f"The columns of a frame must be equally long, but they have {lengths}."
            )

    def __len__(self) -> int:
        return len(self.type)

    def take(self, rows: ArrayLike) -> OpportunityFrame:
        """Take the given rows (positions or a mask), in that order."""
        index = np.asarray(rows)
        index = np.flatnonzero(index) if index.dtype == bool else index.astype(np.intp)
        columns = {
            f.name: getattr(self, f.name)[index] for f in fields(self) if f.name != "context"
        }
        return OpportunityFrame(**columns, context=tuple(self.context[i] for i in index.tolist()))

    def as_served(self) -> OpportunityFrame:
        """As a new opportunity is seen: before anything is decided, nobody knows action or maker."""
        nothing = as_objects([None] * len(self))
        return replace(self, action=nothing, maker=nothing)

    def with_senders(self, names: Sequence[str | None]) -> OpportunityFrame:
        """Name the senders otherwise."""
        return OpportunityFrame(
            self.type, self.source, self.content, self.score, as_objects(names), self.action,
            self.maker, self.timestamp, self.context, self.stated,
        )  # fmt: skip

    def attribute(self, key: str) -> NDArray[np.object_]:
        """One context attribute of every opportunity, None where it is missing."""
        return as_objects([context.get(key) for context in self.context])

    @classmethod
    def from_columns(
        cls,
        *,
        type: Sequence[str | None],  # noqa: A002  the field's own name
        source: Sequence[str | None],
        timestamp: ArrayLike,
        content: Sequence[str | None] | None = None,
        score: Sequence[float | None] | None = None,
        sender: Sequence[str | None] | None = None,
        action: Sequence[str | None] | None = None,
        maker: Sequence[str | None] | None = None,
        context: Sequence[Mapping[str, Any] | None] | None = None,
    ) -> OpportunityFrame:
        """From columns as a table of decisions holds them; a column left out is missing throughout."""
        length = len(type)
        nothing: list[None] = [None] * length
        return cls(
            type=as_objects([value or GENERAL_TYPE for value in type]),
            source=as_objects([value or UNKNOWN_SOURCE for value in source]),
            content=as_objects(_texts(content or nothing)),
            score=np.array(_numbers(score or nothing), dtype=np.float64),
            sender=as_objects(
                [_sender_key(value) if value else None for value in sender or nothing]
            ),
            action=as_objects(_texts(action or nothing)),
            maker=as_objects(_texts(maker or nothing)),
            timestamp=np.asarray(timestamp, dtype="datetime64[us]").reshape(length),
            context=tuple([flatten(item) if item else {} for item in context or nothing]),
        )

    @classmethod
    def from_decisions(cls, decisions: Iterable[Decision]) -> OpportunityFrame:
        """From logged decisions."""
        rows = list(decisions)
        return cls.from_columns(
            type=[d.opportunity_type for d in rows],
            source=[d.opportunity_source for d in rows],
            timestamp=_moments([d.timestamp for d in rows]),
            content=[d.opportunity_content for d in rows],
            score=[d.opportunity_score for d in rows],
            sender=[d.sender for d in rows],
            action=[d.action_taken for d in rows],
            maker=[d.decision_maker for d in rows],
            context=[d.context for d in rows],
        )

    @classmethod
    def from_opportunities(
        cls,
        opportunities: Iterable[Mapping[str, Any]],
        *,
        timestamp: datetime | None = None,
        attributes: Collection[str] | None = None,
        read: Mapping[str, Sequence[Any]] | None = None,
    ) -> OpportunityFrame:
        """From what an aggregator writes; every key that is not a column of its own is context.

        Parameters
        ----------
        opportunities : iterable of mapping
            Keys as in ``opportunities.json``, or with the ``opportunity_`` prefix.
        timestamp : datetime, optional
            When they are decided on, aware; None is not known. An item's own ``timestamp`` says when it
            came in, which may be long before, so it is not used.
        attributes : collection of str, optional
            Flat names of the only context attributes that are needed; others may be left out.
        read : mapping, optional
            Columns that were read already, by the names of this class: they are taken as they are.
        """
        rows = list(opportunities)
        wanted = None if attributes is None else _roots(frozenset(attributes))
        columns: dict[str, Any] = dict(read or {})
        for name, keys in _OWN_KEYS.items():
            if name not in columns:
                column = _column(rows, keys)
                columns[name] = (
                    column
                    if name == "score"
                    else [v if v is None or type(v) is str else str(v) for v in column]
                )
        moments = np.full(len(rows), _moment(timestamp))
        nothing = wanted is not None and not attributes
        context = None if nothing else [_attributes(row, wanted) for row in rows]
        return cls.from_columns(**columns, timestamp=moments, context=context)


def flatten(attributes: Mapping[str, Any], *, prefix: str = "", depth: int = 4) -> Context:
    """Nested attributes as one level with dotted names; names of things and moments left out.

    Below `depth` levels a mapping is kept as it is, and so becomes no feature.

    Examples
    --------
    >>> flatten({"lead": {"budget": 300, "id": "x"}, "tags": ["new"]})
    {'lead.budget': 300, 'tags': ['new']}
    """
    flat: Context = {}
    for key, value in attributes.items():
        if str(key) in NOT_ATTRIBUTES or value is None:
            continue
        # Asking an abstract class takes longer than all the rest.
        if type(value) not in _SCALARS and isinstance(value, Mapping) and depth > 1:
            flat.update(flatten(value, prefix=f"{prefix}{key}.", depth=depth - 1))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def as_objects(values: Sequence[Any]) -> NDArray[np.object_]:
    """Make a one-dimensional object array, whatever the items are (lists stay lists)."""
    return np.fromiter(values, dtype=object, count=len(values))


def _texts(values: Sequence[str | None]) -> list[str | None]:
    return [value or None for value in values]


def _column(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[Any]:
    """Each row's value of the first key that has one."""
    column: list[Any] = [row.get(keys[0]) for row in rows]
    for key in keys[1:]:
        if None in column:
            column = [
                row.get(key) if value is None else value
                for row, value in zip(rows, column, strict=True)
            ]
    return column


def _attributes(row: Mapping[str, Any], wanted: frozenset[str] | None) -> Context:
    """Attributes of one opportunity: its further keys, and those under ``context``."""
    if wanted is None:
        own = {key: value for key, value in row.items() if key not in _ALL_OWN_KEYS}
    else:
        own = {key: value for key, value in row.items() if key in wanted}
    nested = own.pop("context", None)
    return {**own, **nested} if isinstance(nested, Mapping) else own


@lru_cache(maxsize=16)
def _roots(names: frozenset[str]) -> frozenset[str]:
    """Keys that attributes of these flat names may stem from, but for those of the other columns."""
    roots = {"context"}
    for name in names:
        parts = name.split(".")
        roots.update(".".join(parts[:size]) for size in range(1, len(parts) + 1))
    return frozenset(roots - _ALL_OWN_KEYS)


def _numbers(values: Sequence[Any]) -> list[float]:
    return [value if type(value) is float else _number(value) for value in values]


def _number(value: Any) -> float:
    try:
        return np.nan if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return np.nan


_sender_key = lru_cache(maxsize=REMEMBERED_SENDERS)(sender_key)


@lru_cache(maxsize=16)
def _moment(value: datetime | None) -> np.datetime64:
    """Convert the moment of many opportunities once."""
    return np.datetime64(_moments([value])[0], "us")


def _moments(values: Sequence[datetime | None]) -> NDArray[np.datetime64]:
    naive = [None if v is None else v.astimezone(UTC).replace(tzinfo=None) for v in values]
    return np.array(naive, dtype="datetime64[us]")
