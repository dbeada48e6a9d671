"""Scored items as JSON: what scoring adds is encoded once per estimate and base score."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from decision_log.opportunity import Opportunity
from decision_log.predicting.estimate import Estimate
from decision_log.scoring.disk_list import DiskList
from decision_log.scoring.input_checks import lacks_everything
from decision_log.scoring.item import ItemScorer, rank_by_value
from decision_store.durable_files import make_folder
from decision_store.errors import CannotWrite

REMEMBERED = 50_000
"""Most estimates, and most pairs of estimate and base score, whose JSON is kept: about 50 MB."""

NO_KEYS = b"{}"
"""Stands for every item without keys of its own, however it was written."""

INSUFFICIENT = -1.0
"""Stands for the base score of an item that has neither score nor anything else to judge it by."""

REASONING = b'"reasoning":"'
"""The first key of what an estimate adds."""

ENCODE = msgspec.json.Encoder().encode


class Added(NamedTuple):
    """What scoring adds to one item, as JSON in two pieces to stand behind the item's own keys."""

    score: float
    tier: str
    parts: str  # of the score, a JSON object
    own: bytes  # what depends on the base score, with the beginning of the reasoning behind
    shared: bytes  # what depends on the estimate alone, without the closing brace


class _Known(NamedTuple):
    """Cached JSON of items with one estimate. Holding the estimate keeps its ``id`` from being reused."""

    estimate: Estimate
    by_score: dict[float | None, Added]


class JsonScorer:
    """Encodes what :class:`ItemScorer` adds as JSON.

    A log has few cells and base scores repeat, so where the rates estimate, most items of a large file are
    scored by looking up what an equal one got. A model's estimates are all different.
    """

    def __init__(self, item_scorer: ItemScorer, *, repeats: bool) -> None:
        self._item_scorer = item_scorer
        self._repeats = repeats
        self._known: dict[int, _Known] = {}
        self._remembered = 0

    def added(self, one: Opportunity, estimate: Estimate) -> Added:
        """Return what scoring adds to one item."""
        if not self._repeats:
            return self._encoded(one, _Known(estimate, {}))
        known = self._known.get(id(estimate))
        if known is None or known.estimate is not estimate:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
                self._remembered = 0
            known = self._known[id(estimate)] = _Known(estimate, {})
        requested: float | None = one.score
        if one.score_missing:
            requested = INSUFFICIENT if lacks_everything(one) else None
        added = known.by_score.get(requested)
        if added is None:
            added = self._encoded(one, known)
            if self._remembered < REMEMBERED:
                known.by_score[requested] = added
                self._remembered += 1
        return added

    def _encoded(self, one: Opportunity, known: _Known) -> Added:
        own = self._item_scorer.own(one, known.estimate)
        equal = next(iter(known.by_score.values()), None)
        return Added(
            own["adjusted_score"],
            own["recommendation"],
            ENCODE(own["score_parts"]).decode(),
            ENCODE(own)[1:-1] + self._reasoning(one, known.estimate),
            # It goes on with the text of the reasoning, of which the piece before has the first sentence.
            ENCODE(self._item_scorer.shared(known.estimate))[len(REASONING) + 1 : -1]
            if equal is None
            else equal.shared,
        )

    def _reasoning(self, one: Opportunity, estimate: Estimate) -> bytes:
        return b"," + REASONING + ENCODE(f"{self._item_scorer.moved(one, estimate)} ")[1:-1]


class JsonRows:
    """Scored items in input order, not put together yet.

    A million rows put together are more than a gigabyte; the input's bytes and what scoring adds are less than
    half of that where many items share it. Where they do not, it is kept on disk.
    """

    def __init__(self, target: Path, *, on_disk: bool) -> None:
        self.items: list[bytes | msgspec.Raw] = []
        self.scores = array("d")
        self.values = array("d")
        self._ranks: list[int] = []
        self._shares: list[float] = []
        self._target = target
        self._own: list[bytes] = []
        self._shared: list[bytes] = []
        self._on_disk: DiskList | None = None
        if on_disk:
            with self._writing():
                make_folder(target.parent)
                self._on_disk = DiskList(target.parent)

    def extend(self, added: Sequence[Added]) -> None:
        """Append what was added to the newest items."""
        self.scores.extend([one.score for one in added])
        if self._on_disk is None:
            self._own.extend([one.own for one in added])
            self._shared.extend([one.shared for one in added])
        else:
            with self._writing():
                self._on_disk.extend([one.own + one.shared for one in added])

    def rank(self) -> None:
        """Rank all rows by expected value, once the last is there."""
        self._ranks, self._shares = rank_by_value(self.values)

    def pieces(self, i: int) -> tuple[bytes, ...]:
        """Give one row's JSON: the item's own keys as they came, and the added ones behind."""
        item = self.items[i]
        start = (b"{",) if item is NO_KEYS else (bytes(item)[:-1], b",")
        rank = b',"expected_value_rank":%d,"expected_value_share":%.4g}' % (
            self._ranks[i],
            self._shares[i],
        )
        if self._on_disk is None:
            return (*start, self._own[i], self._shared[i], rank)
        return (*start, self._on_disk[i], rank)

    def close(self) -> None:
        """Delete the file."""
        if self._on_disk is not None:
            self._on_disk.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CannotWrite(self._target, error.strerror or str(error)) from None
