"""Every setting in one table, and the folder everything lives in."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from decision_store.errors import DecisionLogError
from decision_store.vocabulary import Vocabulary


class InvalidSetting(DecisionLogError, ValueError):
    """A setting, from the environment or an argument, cannot be used."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        self.name = name
        self.value = value
        self.wanted = wanted
        super().__init__(name, value, wanted)

    def __str__(self) -> str:
        return f"{self.name} is {self.value!r}, but it must be {self.wanted}."


@dataclass(frozen=True, slots=True)
class Home:
    """The one folder under which all data of a log live.

    Examples
    --------
    >>> Home(Path("shop")).scored.as_posix()
    'shop/data/opportunities_scored.json'
    """

    folder: Path

    @property
    def database(self) -> Path:
        """The DuckDB file; its journal lies beside it."""
        return self.folder / "data" / "decision_log.duckdb"

    @property
    def opportunities(self) -> Path:
        """What the aggregator writes and ``score`` reads."""
        return self.folder / "data" / "opportunities.json"

    @property
    def scored(self) -> Path:
        """What ``score`` writes."""
        return self.folder / "data" / "opportunities_scored.json"

    @property
    def reports(self) -> Path:
        """Daily and weekly summaries."""
        return self.folder / "reports" / "decision-summaries"

    @property
    def log_file(self) -> Path:
        """The command line's own rotating log."""
        return self.folder / "logs" / "decision-log.log"

    @property
    def models(self) -> Path:
        """Model artifacts, one folder each."""
        return self.folder / "artifacts" / "models"


@dataclass(frozen=True, slots=True)
class ScoreWeights:
    """Weights of the documented formula; see :mod:`decision_log.scoring.formula`.

    Parameters
    ----------
    base : float
        Points per point of base score.
    conversion : float
        Points at a conversion probability of one.
    revenue_divisor : float
        USD of expected revenue per point.
    revenue_cap : float
        Most points that revenue can give.
    confidence : float
        Points at a confidence of one.
    """

    base: float = 0.4
    conversion: float = 30.0
    revenue_divisor: float = 50.0
    revenue_cap: float = 20.0
    confidence: float = 10.0


DEFAULT_TIERS: tuple[tuple[float, str], ...] = (
    (70.0, "HIGH PRIORITY - Respond immediately"),
    (60.0, "MEDIUM-HIGH - Respond within 24 hours"),
    (45.0, "MEDIUM - Respond within 2-3 days"),
    (30.0, "LOW - Consider if time permits"),
    (0.0, "VERY LOW - Likely not worth pursuing"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; nothing else in the program reads the environment.

    Parameters
    ----------
    home : Home
        ``$DECISION_LOG_HOME``; the current folder by default.
    zone : tzinfo
        ``$DECISION_LOG_ZONE``; the zone of times given without one, and of the days of a summary.
        UTC by default.
    weights : ScoreWeights
        Of the documented formula.
    tiers : tuple of (float, str)
        Lowest score and text of each recommendation, best first.
    auto_train : bool
        ``$DECISION_LOG_AUTO_TRAIN``; whether the commands that score a file or plan a day refresh the model
        first, once closed decisions grew by a tenth and it takes a few seconds. On by default.
    keep_models : int
        ``$DECISION_LOG_KEEP_MODELS``; older versions beyond so many are deleted, 0 keeps all. 20 by default.
    vocabulary : Vocabulary
        What the words of outcomes mean.
    """

    home: Home
    zone: tzinfo
    weights: ScoreWeights = field(default_factory=ScoreWeights)
    tiers: tuple[tuple[float, str], ...] = DEFAULT_TIERS
    auto_train: bool = True
    keep_models: int = 20
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    @classmethod
    def load(cls, home: str | Path | None = None) -> Settings:
        """Read the environment; an argument wins over it.

        Raises
        ------
        InvalidSetting
            For a zone that the zone database does not know, or another value that is not as documented.
        """
        folder = (
            Path(home) if home is not None else Path(os.environ.get("DECISION_LOG_HOME") or ".")
        )
        name = os.environ.get("DECISION_LOG_ZONE") or "UTC"
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            wanted = "a zone name such as Europe/Berlin or America/New_York"
            raise InvalidSetting("DECISION_LOG_ZONE", name, wanted) from None
        return cls(
            home=Home(folder.expanduser()),
            zone=zone,
            auto_train=_switch("DECISION_LOG_AUTO_TRAIN", default=True),
            keep_models=_count("DECISION_LOG_KEEP_MODELS", default=20),
        )


def _switch(name: str, *, default: bool) -> bool:
    value = os.environ.get(name) or ("on" if default else "off")
    if value.casefold() in {"1", "on", "true", "yes"}:
        return True
    if value.casefold() in {"0", "off", "false", "no"}:
        return False
    raise InvalidSetting(name, value, "on or off")


def _count(name: str, *, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal():
        raise InvalidSetting(name, value, "a whole number, 0 or more")
    return int(value)
