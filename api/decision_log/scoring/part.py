"""Part of an input: some consecutive opportunities, decoded and scored together, in this process or another one."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import add
from typing import TYPE_CHECKING, Any

import msgspec

from decision_log.opportunity import InvalidOpportunity, Opportunity, read_opportunity
from decision_log.predicting.interface import Predictor
from decision_log.scoring.input_checks import InputChecks
from decision_log.scoring.item import ADDED_KEYS, own_keys
from decision_log.scoring.kernel import DECODE, ScoringKernel
from decision_log.scoring.key_map import KeyMap
from decision_log.scoring.reader import OpportunityFile, Rejected
from decision_log.settings import Settings
from decision_model.regression.threads import one_blas_thread

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_log.predicting.shadow import FilePredictions

CHUNK = 2_000
"""Items decoded, scored and written together: their columns fit the processor's cache, and calls are shared by many."""

LARGE_BATCH = 1_000
"""Items from which on a batch is scored with one BLAS thread."""

NO_KEYS = b"{"
"""The beginning of a row whose item has no keys of its own."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some consecutive items of an input, not decoded yet.

    Parameters
    ----------
    items : sequence of bytes-like
        The JSON of each.
    places : sequence of int
        Where in the input each stands.
    """

    items: Sequence[msgspec.Raw | bytes]
    places: Sequence[int]

    def as_bytes(self) -> Part:
        """Return the same by itself, without the input that its items are slices of."""
        return Part([bytes(one) for one in self.items], self.places)


def parts(source: OpportunityFile) -> Iterator[Part]:
    """Divide an input."""
    for start in range(0, len(source.items), CHUNK):
        chunk = slice(start, start + CHUNK)
        yield Part(source.items[chunk], source.places[chunk])


@dataclass(slots=True)
class ScoredPart:
    """Result of scoring a part.

    Parameters
    ----------
    size : int
        Its items, also those that could not be scored.
    places : list of int
        Where in the input each scored item stands.
    rows : list of bytes
        Each scored item as JSON, but for its rank and the brace at its end.
    own : list of int
        Lengths of the beginnings of the rows: the brace, and the item's own keys with a comma behind them.
    scores, values : array of float
        Adjusted scores and expected revenues.
    tiers : Counter of int
        Items by the place of their tier.
    sources : Counter of str
        Items by source.
    ids : list
        The ids of the items, None where they have none.
    revenue : float
        Sum of the expected revenues, not rounded.
    rejected : list of Rejected
        Items that cannot be scored.
    checks : InputChecks
        What was counted for warnings.
    predictions : list of pyarrow.Table
        What is to be kept in the log.
    """

    size: int
    places: list[int]
    rows: list[bytes]
    own: list[int]
    scores: array[float]
    values: array[float]
    tiers: Counter[int]
    sources: Counter[str]
    ids: list[Any]
    revenue: float
    rejected: list[Rejected]
    checks: InputChecks
    predictions: list[pa.Table] = field(default_factory=list)


class PartScorer:
    """Scores parts of one input.

    Parameters
    ----------
    predictor : Predictor
    settings : Settings
        Weights and tiers of the score.
    keys : KeyMap
        Their keys to ours.
    kept : FilePredictions, optional
        Collects the predictions; None where none are kept.
    """

    def __init__(
        self, predictor: Predictor, settings: Settings, keys: KeyMap, kept: FilePredictions | None
    ) -> None:
        self._predictor = predictor
        self._kernel = ScoringKernel(settings, predictor.version)
        self._keys = keys
        self._kept = kept

    def __call__(self, part: Part) -> ScoredPart:
        """Score every item."""
        opportunities: list[Opportunity] = []
        own: list[bytes] = []
        places: list[int] = []
        rejected: list[Rejected] = []
        self._read(part, opportunities, own, places, rejected)
        checks = InputChecks(most_shapes=len(part.items))
        checks.add(opportunities)
        estimates = self._predictor.estimate(opportunities)
        added = self._kernel(opportunities, estimates)
        scored = ScoredPart(
            size=len(part.items),
            places=places,
            rows=list(map(add, own, added.json)),
            own=list(map(len, own)),
            scores=array("d", added.scores),
            values=array("d", added.values),
            tiers=Counter(added.tiers),
            sources=Counter([one.cell[1] for one in opportunities]),
            ids=[one.item.get("id") for one in opportunities],
            revenue=sum(estimates.revenue.tolist()),
            rejected=rejected,
            checks=checks,
        )
        if self._kept:
            self._kept.add(opportunities, estimates, added)
            scored.predictions = self._kept.take()
        return scored

    def _read(
        self,
        part: Part,
        opportunities: list[Opportunity],
        own: list[bytes],
        places: list[int],
        rejected: list[Rejected],
    ) -> None:
        """Decode the items; add those that can be scored, the beginning of each one's row and its place, or why not."""
        keys, names = self._keys, self._predictor.names
        mapped = keys.changes_items
        for place, raw in zip(part.places, part.items, strict=True):
            item: Any = None
            try:
                item = DECODE(raw)
                one = read_opportunity(keys.apply(item) if mapped else item, names)
            except InvalidOpportunity as error:
                rejected.append(Rejected(place, error.reason, item))
            except (ValueError, RecursionError) as error:  # msgspec's own errors among them
                reason = f"it cannot be read ({error})"
                text = bytes(raw).decode("utf-8", "replace")
                rejected.append(Rejected(place, reason, text))
            else:
                opportunities.append(one)
                places.append(place)
                # Fields found under other names are written, too, where that hides nothing of the item.
                found = {k: v for k, v in one.item.items() if k not in item} if mapped else None
                if found or not item or not ADDED_KEYS.isdisjoint(item):
                    own.append(_beginning(item if found is None else {**item, **found}))
                else:
                    own.append(bytes(raw)[:-1] + b",")


def _beginning(item: Mapping[str, Any]) -> bytes:
    """Write the beginning of a row: an item under keys that do not clash with those that scoring adds."""
    kept = own_keys(item)
    return msgspec.json.encode(kept)[:-1] + b"," if kept else NO_KEYS


@contextmanager
def few_threads(predictor: Predictor, items: int) -> Iterator[None]:
    """Keep the matrix products of a large batch on one thread.

    Parameters
    ----------
    predictor : Predictor
        The rates alone use no matrices.
    items : int
        For few items setting the limit takes longer than it saves.
    """
    if predictor.repeats or items < LARGE_BATCH:
        yield
        return
    with one_blas_thread():
        yield
