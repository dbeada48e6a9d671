"""Loading of the champion and the challenger, and a cheap test of whether either changed.

The registry and the model are imported on use: a home without a model needs neither.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_log.settings import Home
from decision_store.errors import HomeKeyDamaged
from decision_store.file_state import NO_FILE, file_state
from decision_store.home_key import HOME_KEY, read_home_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from decision_log.names import KnownNames
    from decision_log.predicting.interface import Predictor
    from decision_log.predicting.stated import Stated
    from decision_model.artifacts.sender_hashes import SenderHashing
    from decision_model.rates.model import RateModel
    from decision_model.trained.model import TrainedModel

_logger = logging.getLogger(__name__)

ALIAS_FILE = "aliases.json"
"""As `decision_model.artifacts.registry` names it; a home without models never imports that."""

NO_ALIASES = NO_FILE


def aliases_token(models: Path) -> tuple[int, int, int]:
    """Return a value that differs once another version serves; `NO_ALIASES` where none ever did."""
    return file_state(models / ALIAS_FILE)


def knows_later(model: TrainedModel, moment: datetime) -> bool:
    """Tell whether a model was trained on facts later than a moment: then it would know the future."""
    return trained_at(model) > moment


def trained_at(model: TrainedModel) -> datetime:
    """Return the moment up to which a model knows the log."""
    moment: datetime = model.as_of.astype("datetime64[us]").astype(datetime)
    return moment.replace(tzinfo=UTC)


def load_model(models: Path, version: str) -> TrainedModel:
    """Load a version, or the one that an alias names.

    Raises
    ------
    UnknownVersion
        There is none.
    ArtifactMismatch
        It is damaged, foreign, of a newer format, or does not hang together.
    """
    from decision_model.artifacts import registry
    from decision_model.artifacts.array_archive import unpack_texts
    from decision_model.artifacts.artifact import ArtifactMismatch, load_artifact
    from decision_model.artifacts.sender_hashes import unpack_hashes
    from decision_model.trained.arrays import from_arrays
    from decision_model.trained.schema import MODEL_KEY, OLDER, SCHEMA

    folder = registry.resolve(models, version)
    artifact = load_artifact(folder, schema=SCHEMA, older=OLDER)
    arrays = dict(artifact.arrays)
    try:
        metadata = artifact.manifest[MODEL_KEY]
        if "sender_names" in arrays:  # format 4
            names = unpack_texts(arrays.pop("sender_names"), arrays.pop("sender_ends"))
            return from_arrays(arrays, {**metadata, "senders": list(names)})
        hashes = unpack_hashes(arrays.pop("sender_hashes"))
        hashing = _hashing(metadata, models)
        return from_arrays(arrays, {**metadata, "senders": hashes}, hashing=hashing)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        reason = f"its parts do not fit together ({error})"
        raise ArtifactMismatch(folder, reason) from None


def predictor_of(
    champion: tuple[str, TrainedModel] | None,
    rates: RateModel,
    moment: datetime,
    names: KnownNames,
    stated: Stated | None,
) -> Predictor:
    """Return what predicts as of a moment: the champion, or the rates where there is none or it would know the future.

    Parameters
    ----------
    champion : (str, TrainedModel), optional
        The version that serves.
    rates : RateModel
        The fitted rates.
    moment : datetime
        At which opportunities are decided on.
    names : KnownNames
        The names of the log.
    stated : Stated, optional
        Probabilities that others stated.
    """
    if champion is None or knows_later(champion[1], moment):
        from decision_log.predicting.rates_predictor import RatesPredictor

        return RatesPredictor(rates, moment, names)
    from decision_log.predicting.model_predictor import ModelPredictor

    return ModelPredictor(*champion, rates, moment, names, stated)


def journal_of(models: Path) -> Path:
    """Return the journal folder of the home of these models, in which its secret key lies."""
    return Home(models.parent.parent).journal


def unrecognised_senders(model: TrainedModel, models: Path) -> str | None:
    """Say why a model recognises no sender; None where it does."""
    if model.hashing is None or model.hashing.key is not None or not model.records.senders:
        return None
    return (
        "Its senders are hashed with another key than that of this home "
        f"({journal_of(models) / HOME_KEY}), so it predicts as if no sender were given. Put that file back "
        "from a backup, or learn again with 'decision-log train'."
    )


def _hashing(metadata: Mapping[str, Any], models: Path) -> SenderHashing:
    """Return how the model names senders; nobody is recognised where this home lacks the key."""
    from decision_model.artifacts.sender_hashes import SenderHashing, key_id

    try:
        key = read_home_key(journal_of(models))
    except HomeKeyDamaged as error:
        _logger.warning("%s", error)
        key = None
    fits = key is not None and key_id(key) == metadata["sender_key"]
    return SenderHashing(key if fits else None)


def load_champion(models: Path) -> tuple[str, TrainedModel] | None:
    """Load the version that serves; None where the rates alone do.

    Raises
    ------
    UnknownVersion, ArtifactMismatch
        It is gone or cannot be used.
    """
    from decision_model.artifacts import registry

    champion = registry.read_aliases(models).champion
    if champion is None:
        return None
    model = load_model(models, champion)
    if remark := unrecognised_senders(model, models):
        _logger.warning("The model %s serves with a limit. %s", champion, remark)
    return champion, model


def usable_champion(models: Path) -> tuple[tuple[str, TrainedModel] | None, str | None]:
    """Load the version that serves, and never fail: say instead why it cannot be used.

    Returns
    -------
    champion : (str, TrainedModel) or None
        None where there is none, or where it cannot be used.
    problem : str or None
        Why it cannot be used.
    """
    from decision_model.artifacts.artifact import ArtifactMismatch
    from decision_model.artifacts.registry import UnknownVersion

    try:
        return load_champion(models), None
    except (UnknownVersion, ArtifactMismatch) as error:
        _logger.warning("%s Until then the rates alone serve.", error)
        return None, str(error)


def usable_challenger(models: Path) -> tuple[tuple[str, TrainedModel] | None, str | None]:
    """Load the version that is tried beside what serves, and never fail.

    Returns
    -------
    challenger : (str, TrainedModel) or None
        None where there is none, where it serves already, and where it cannot be used.
    problem : str or None
        Why it cannot be used.
    """
    from decision_model.artifacts import registry
    from decision_model.artifacts.artifact import ArtifactMismatch

    try:
        known = registry.read_aliases(models)
    except ArtifactMismatch as error:  # loading the champion warns of it
        return None, str(error)
    if known.challenger is None or known.challenger == known.champion:
        return None, None
    try:
        return (known.challenger, load_model(models, known.challenger)), None
    except (registry.UnknownVersion, ArtifactMismatch, OSError) as error:
        _logger.warning("%s Until then nothing is tried beside what serves.", error)
        return None, str(error)
