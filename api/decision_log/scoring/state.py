"""State that scores depend on: what must be the same for a file of scores to be still right."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from decision_log.predicting.champion import aliases_token
from decision_log.program import program_digest
from decision_log.rate_fits import hour_of, utc_now
from decision_store.file_state import file_state

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.settings import Settings

NO_STATED = ""
"""Digest of stated probabilities where the model listens to nobody."""


@dataclass(frozen=True, slots=True)
class ScoringState:
    """Facts, hour, model, program and settings that a file was scored with.

    Parameters
    ----------
    journal : mapping of str to int
        Sizes of the journal's files, read before scoring.
    hour : str
        Open decisions age: the rates are those of an hour.
    models : list of int
        As of `aliases_token`: another version that serves has another.
    program : str
        Digest of the program's modules: their names, sizes and times.
    settings : str
        Digest of the settings that scores depend on.
    options : mapping of str to str
        Of the call: renamed keys, scale, moment, whether predictions are recorded.
    stated : str
        Digest of the probabilities that others stated, where the model listens to them.
    """

    journal: Mapping[str, int]
    hour: str
    models: list[int]
    program: str
    settings: str
    options: Mapping[str, str]
    stated: str = NO_STATED

    @classmethod
    def now(cls, log: Log, options: Mapping[str, str]) -> ScoringState:
        """Return the state of a log; it opens no database."""
        return cls(
            journal=dict(log.store.journal_sizes()),
            hour=hour_of(utc_now()).isoformat(),
            models=list(aliases_token(log.settings.home.models)),
            program=program_digest(),
            settings=_settings_digest(log.settings),
            options=dict(options),
        )

    def holds(self, log: Log, saved: Mapping[str, Any], *, any_hour: bool = False) -> bool:
        """Tell whether what was scored in a saved state would be scored the same now.

        Parameters
        ----------
        saved : mapping
            As `as_json` gave it; anything else holds no more.
        any_hour : bool
            Whether the hour may be another one, as where a run was interrupted that had its moment fixed.
        """
        ours = self.as_json()
        others = [name for name in ours if name not in {"journal", "stated", "hour"}]
        if not any_hour:
            others.append("hour")
        if any(saved.get(name) != ours[name] for name in others):
            return False
        journal = saved.get("journal")
        if not (isinstance(journal, dict) and log.store.only_predictions_since(journal)):
            return False
        stated = saved.get("stated")
        return stated == NO_STATED or stated == stated_digest(log)

    def as_json(self) -> dict[str, Any]:
        """Return it as values that JSON knows."""
        return asdict(self)


def stated_digest(log: Log) -> str:
    """Return a digest of the probabilities stated by others so far: predictions, which change no fact."""
    rows = log.ask("stated_predictions", as_of=utc_now()).to_pylist()
    return hashlib.sha256(
        orjson.dumps(sorted(map(list, (row.values() for row in rows))))
    ).hexdigest()


def written_state(path: Path) -> list[Any]:
    """Return which file it is, and what differs once it was written or replaced, as values that JSON knows."""
    return [str(path.absolute()), *file_state(path)]


def read_notes(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; damaged or foreign notes are as good as none."""
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def options_of(
    mapping: Mapping[str, str] | None, scale: float, as_of: datetime | None, *, record: bool
) -> dict[str, str]:
    """Return the options of a call that change what is written, as texts."""
    return {
        "mapping": repr(sorted((mapping or {}).items())),
        "scale": repr(float(scale)),
        "as_of": "" if as_of is None else as_of.isoformat(),
        "record": str(record),
    }


def _settings_digest(settings: Settings) -> str:
    used = (settings.weights, settings.tiers, str(settings.zone), settings.currency)
    return hashlib.sha256(repr(used).encode()).hexdigest()
