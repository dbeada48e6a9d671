"""Probabilities that people, agents and other systems stated, for the pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from decision_features.frame import as_objects
from decision_log.predicting.explain import MATERIAL, shortened
from decision_log.predicting.external import OURS
from decision_log.predicting.prediction_facts import stated_id
from decision_log.predicting.template import percent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from decision_log.opportunity import Opportunity
    from decision_store.store import Store

    ByName = dict[str, float]


def stated_before(store: Store, as_of: datetime, ids: Sequence[str]) -> NDArray[np.object_]:
    """Return what had been stated of each decision before it was made: a dict by name, or None."""
    known = _by_id(store, "stated_before_decisions", as_of)
    return as_objects([known.get(one) for one in ids])


class Stated(Protocol):
    """What was stated of opportunities; see :meth:`StatedPredictions.of`."""

    def of(
        self, items: Sequence[Opportunity], names: Collection[str]
    ) -> NDArray[np.object_] | None:
        """Return what was stated of each opportunity, a dict by name."""


class StatedPredictions:
    """The probabilities stated last of each opportunity; read again once somebody has stated another one.

    Parameters
    ----------
    store : Store
    as_of : datetime, optional
        Use what was stated by then; by default by now.
    """

    def __init__(self, store: Store, as_of: datetime | None) -> None:
        self._store = store
        self._as_of = as_of
        self._token: object = None
        self._journal: dict[str, int] | None = None
        self._known: Mapping[str, ByName] = {}

    def of(
        self, items: Sequence[Opportunity], names: Collection[str]
    ) -> NDArray[np.object_] | None:
        """Return what was stated of each opportunity; None where nobody of these names is listened to."""
        if not names:
            return None
        known = self.known()
        return as_objects([known.get(stated_id(one.item)) for one in items])

    def known(self) -> Mapping[str, ByName]:
        """Return what was stated of all opportunities, by their ids."""
        token = self._store.token()
        if token == self._token:
            return self._known
        # Our own predictions make the log grow all the time, and state nothing here.
        journal = self._store.journal_sizes()
        if self._journal is None or not self._store.only_predictions_since(self._journal, OURS):
            moment = self._as_of or datetime.now(UTC)
            self._known = _by_id(self._store, "stated_predictions", moment)
        self._token, self._journal = token, journal
        return self._known


def stated_sentences(
    names: Sequence[str],
    action: NDArray[np.object_],
    stated: NDArray[np.object_],
    added: NDArray[np.float64],
    sentences: Sequence[str],
) -> list[str]:
    """Put an action given, and what named predictors said, before the other reasons where it moved the estimate.

    Parameters
    ----------
    names : sequence of K str
    action : ndarray of object, shape (N,)
        The action that each opportunity gives, if any.
    stated : ndarray of object, shape (N,)
        What each of them stated.
    added : ndarray, shape (N, K) or (N, 1 + K)
        What that adds to the log-odds; the action first, where actions are used.
    sentences : sequence of N str
    """
    texts = list(sentences)
    for row, place in zip(*(abs(added) >= MATERIAL).nonzero(), strict=True):
        moved = "raises" if added[row, place] > 0 else "lowers"
        number = place - (added.shape[1] - len(names))
        if number < 0:
            said = f"The action given, {shortened(action[row])}, {moved} the estimate."
        else:
            given = percent(stated[row][names[number]])
            said = f"{names[number]} gives it {given}, which {moved} the estimate."
        texts[row] = f"{said} {texts[row]}".rstrip()
    return texts


def _by_id(store: Store, question: str, as_of: datetime) -> dict[str, ByName]:
    found: dict[str, ByName] = {}
    columns = store.ask(question, as_of=as_of).to_pydict().values()
    for one, predictor, probability in zip(*columns, strict=True):
        # What a foreign writer has put in may lie a little outside.
        found.setdefault(one, {})[predictor] = min(max(probability, 0.0), 1.0)
    return found
