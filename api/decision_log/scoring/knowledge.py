"""Knowledge to score with, as bytes that other processes and machines can use: the log is not needed there."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from decision_features.frame import as_objects
from decision_log.names import KnownNames
from decision_log.predicting.champion import (
    NO_ALIASES,
    aliases_token,
    knows_later,
    predictor_of,
    trained_at,
    usable_champion,
)
from decision_log.predicting.estimate import RATES_VERSION
from decision_log.predicting.prediction_facts import Source, stated_id
from decision_log.predicting.shadow import FilePredictions, Shadow
from decision_log.predicting.similar import SimilarDecisions
from decision_log.predicting.stated import StatedPredictions
from decision_log.scoring.current_predictor import NO_FACTS, CurrentPredictor
from decision_log.scoring.part import PartScorer
from decision_log.settings import Home, ScoreWeights, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_log.log import Log
    from decision_log.opportunity import Opportunity
    from decision_log.rate_fits import RateFit
    from decision_log.scoring.key_map import KeyMap
    from decision_model.trained.model import TrainedModel

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FrozenStated:
    """The probabilities stated of each opportunity by one moment; see :class:`StatedPredictions`."""

    known: Mapping[str, dict[str, float]]

    def of(
        self, items: Sequence[Opportunity], names: Collection[str]
    ) -> NDArray[np.object_] | None:
        """Return what was stated of each opportunity; None where nobody of these names is listened to."""
        if not names:
            return None
        return as_objects([self.known.get(stated_id(one.item)) for one in items])


@dataclass(frozen=True, slots=True)
class FrozenSimilar:
    """The ids of the newest decisions of each cell by one moment; see :class:`SimilarDecisions`."""

    known: Mapping[Cell, str]

    def ids(self, cells: Sequence[Cell]) -> list[str]:
        """Return for each cell the ids of its similar decisions, a JSON list."""
        return [self.known.get(cell, "[]") for cell in cells]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the log and its model know at one moment.

    Parameters
    ----------
    moment : datetime
        At which the opportunities are decided on; it depends on the facts, the hour and the model alone.
    rates : bytes
        The fitted rates, as `decision_model.rates.stored.pack` gives them.
    champion : (str, TrainedModel), optional
        The version that serves; None where the rates do.
    names : KnownNames
        The names of the log.
    stated : FrozenStated, optional
        Where the model, or one that is tried beside it, listens to what others stated.
    source : Source, optional
        Of the predictions that are kept; None where none are.
    similar : FrozenSimilar
        For these.
    recorded : mapping of str to collection of str
        Ids of the predictions that the log has already, by the version that predicted.
    models : Path
        The folder of versions, where there may be a challenger.
    weights : ScoreWeights
    tiers : tuple of (float, str)
        Of the score, as of :class:`Settings`.
    """

    moment: datetime
    rates: bytes
    champion: tuple[str, TrainedModel] | None
    names: KnownNames
    stated: FrozenStated | None
    source: Source | None
    similar: FrozenSimilar
    recorded: Mapping[str, Collection[str]]
    models: Path
    weights: ScoreWeights
    tiers: tuple[tuple[float, str], ...]

    @property
    def listens(self) -> bool:
        """Whether the model that serves uses probabilities that others stated."""
        return self.champion is not None and bool(self.champion[1].named)

    @property
    def version(self) -> str:
        """The version that serves."""
        return RATES_VERSION if self.champion is None else self.champion[0]


@dataclass(frozen=True, eq=False)
class Shipped:
    """Knowledge on its way to another process.

    Parameters
    ----------
    digest : str
        Of the data: a process that has unpacked them once keeps the result.
    data : ndarray of uint8
        The pickled `Knowledge`. It passes between processes of one run only; as an array joblib shares it with all
        processes of a machine, in memory or in a private file that it deletes, instead of sending it with each task.
    """

    digest: str
    data: NDArray[np.uint8]

    @classmethod
    def of(cls, knowledge: Knowledge) -> Shipped:
        """Pack knowledge."""
        data = pickle.dumps(knowledge, protocol=5)
        return cls(hashlib.sha256(data).hexdigest(), np.frombuffer(data, np.uint8))

    def __sizeof__(self) -> int:
        return len(self.data)  # engines send large objects once to each worker


class Ready:
    """Knowledge unpacked, and the predictor made of it."""

    def __init__(self, knowledge: Knowledge) -> None:
        from decision_model.rates.stored import unpack

        self.knowledge = knowledge
        home = Home(knowledge.models.parent.parent)
        self.settings = Settings(home, UTC, weights=knowledge.weights, tiers=knowledge.tiers)
        self._rates = unpack(knowledge.rates)
        self.predictor = predictor_of(
            knowledge.champion, self._rates, knowledge.moment, knowledge.names, knowledge.stated
        )

    def scorer(self, keys: KeyMap) -> PartScorer:
        """Make what scores the parts of one input."""
        return PartScorer(self.predictor, self.settings, keys, self._predictions())

    def _predictions(self) -> FilePredictions | None:
        """Make the collector of the predictions of one input; None where none are kept."""
        known = self.knowledge
        if known.source is None:
            return None
        shadow = Shadow(known.models)
        shadow.follow(known.source, self._rates, known.moment, known.names, known.stated)
        return FilePredictions(
            known.source,
            shadow,
            known.similar,
            lambda source: known.recorded.get(source.version, ()),
        )


_ready: dict[str, Ready] = {}


def unpacked(shipped: Shipped) -> Ready:
    """Unpack knowledge, once in each process."""
    if shipped.digest not in _ready:
        _ready.clear()
        # From the process that started this one, over the channel that runs the function itself.
        _ready[shipped.digest] = Ready(pickle.loads(shipped.data.data))  # noqa: S301
    return _ready[shipped.digest]


def freeze(log: Log, moment: datetime | None, *, record: bool) -> Knowledge:
    """Return what a log knows.

    Parameters
    ----------
    moment : datetime, optional
        Use what was known then. By default what is known now; the moment is then the newest fact, the beginning of
        the hour or the training of the model, whichever is last, so that a run in the same state has the same.
    record : bool
        Whether predictions will be kept.
    """
    fit = log.rate_fits.at(moment)
    champion, _ = usable_champion(log.settings.home.models)
    if moment is None:
        moment = fit.as_of if champion is None else max(fit.as_of, trained_at(champion[1]))
    elif champion is not None and knows_later(champion[1], moment):
        champion = None
    version = RATES_VERSION if champion is None else champion[0]
    source = Source(version, fit.newest or NO_FACTS) if record else None
    names = KnownNames(log.store.names())
    models = log.settings.home.models
    # Whether a challenger listens is known only once it is loaded, which those do that predict.
    is_asked = record and aliases_token(models) != NO_ALIASES
    return _gathered(log, fit, champion, moment, names, source, {}, is_asked=is_asked)


def current_knowledge(
    log: Log, current: CurrentPredictor, recorded: Mapping[str, Collection[str]] | None
) -> Knowledge:
    """Return what the predictor that was got last of a log knows, also where the log has grown since.

    Parameters
    ----------
    recorded : mapping of str to collection of str, optional
        As of `Knowledge`; None where no predictions are kept.
    """
    assert current.known is not None  # noqa: S101 - it was got
    assert current.fit is not None  # noqa: S101 - the predictor was made with it
    names = current.known.names
    source = None if recorded is None else current.source
    known = current.fit, current.champion, current.moment, names, source, recorded or {}
    return _gathered(log, *known, is_asked=source is not None and current.shadow.listens)


def _gathered(
    log: Log,
    fit: RateFit,
    champion: tuple[str, TrainedModel] | None,
    moment: datetime,
    names: KnownNames,
    source: Source | None,
    recorded: Mapping[str, Collection[str]],
    *,
    is_asked: bool = False,
) -> Knowledge:
    """Gather what a log knows at a moment by its rates and a model; see `Knowledge` for the others.

    ``is_asked``: whether a challenger may use what others stated.
    """
    from decision_model.rates.stored import pack

    stated = None
    if is_asked or (champion is not None and champion[1].named):
        stated = FrozenStated(StatedPredictions(log.store, moment).known())
    similar = FrozenSimilar({})
    if source is not None:
        of_cells = ("opportunity_type", "opportunity_source")
        columns = [fit.cells[name].to_pylist() for name in of_cells]
        cells = list(zip(*columns, strict=True))
        ids = SimilarDecisions(log.store, moment).ids(cells) if cells else []
        similar = FrozenSimilar(dict(zip(cells, ids, strict=True)))
    return Knowledge(
        moment=moment,
        rates=pack(fit.model),
        champion=champion,
        names=names,
        stated=stated,
        source=source,
        similar=similar,
        recorded=recorded,
        models=log.settings.home.models.absolute(),
        weights=log.settings.weights,
        tiers=log.settings.tiers,
    )
