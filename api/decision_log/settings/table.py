"""Table of the settings: name, default, reader and help of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from decision_log.settings.values import (
    read_above_zero,
    read_constants,
    read_count,
    read_currency,
    read_dates,
    read_decimal,
    read_encoding,
    read_names,
    read_number,
    read_switch,
    read_text,
    read_tiers,
    read_whole,
    read_words,
    read_zone,
)
from decision_store.vocabulary import KINDS, STATES


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
class Setting:
    """One row of the table of settings.

    Parameters
    ----------
    name : str
        Its key in ``decision-log.toml``; a dot parts table and key.
    default : object
        Where neither environment nor file has it.
    read : callable
        Checks a value; raises ValueError with what it must be.
    help : str
        What it does, with its unit.
    """

    name: str
    default: Any
    read: Callable[[Any], Any]
    help: str

    @property
    def variable(self) -> str | None:
        """Its environment variable; None where its value is no single word."""
        if isinstance(self.default, list | dict):
            return None
        return f"DECISION_LOG_{self.name.upper().replace('.', '_')}"


@dataclass(frozen=True, slots=True)
class SettingValue:
    """A setting with the value in use and where it is from.

    Parameters
    ----------
    source : str
        ``default``, the name of the environment variable, or the settings file.
    """

    setting: Setting
    value: Any
    source: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "zone", "UTC", read_zone, "Zone of times given without one, and of the days of reports."
    ),
    Setting("currency", "USD", read_currency, "Currency of all amounts; nothing is converted."),
    Setting("maker", "jarvis", read_text, "Who decides, where --by is not given."),
    Setting("capacity_per_day", 10, read_count, "Opportunities that you can answer in a day."),
    Setting(
        "auto_train",
        True,  # noqa: FBT003  # a default
        read_switch,
        "Whether score, today and daily refresh the model first, when that takes seconds.",
    ),
    Setting("keep_models", 20, read_whole, "How many model versions are kept; 0 keeps all."),
    Setting(
        "keep_texts_days",
        0,
        read_whole,
        "Days after which compact and daily forget the texts of decisions; 0 keeps them.",
    ),
    Setting("weights.base", 0.4, read_number, "Points per point of base score."),
    Setting("weights.conversion", 30.0, read_number, "Points at a conversion probability of one."),
    Setting("weights.revenue_divisor", 50.0, read_above_zero, "Expected revenue per point."),
    Setting("weights.revenue_cap", 20.0, read_number, "Most points that revenue can give."),
    Setting("weights.confidence", 10.0, read_number, "Points at a confidence of one."),
    Setting(
        "tiers",
        [{"score": score, "text": text} for score, text in DEFAULT_TIERS],
        read_tiers,
        "Recommendations: lowest adjusted score and text, best first.",
    ),
    Setting("vocabulary.statuses", {}, read_words(frozenset(STATES)), "Further status words."),
    Setting("vocabulary.types", {}, read_words(frozenset(KINDS)), "Further outcome types."),
    Setting(
        "allow",
        [],
        read_names,
        "Fields that a model may use, and import keeps, although they seem to tell the answer.",
    ),
    Setting("import.dates", {}, read_dates, "Date format of imported files, or of their columns."),
    Setting("import.decimal", {}, read_decimal, "Decimal sign of imported files, or of columns."),
    Setting("import.encoding", "", read_encoding, "Text encoding of imported files."),
    Setting(
        "import.values",
        {},
        read_words(frozenset(STATES)),
        "What status words mean in imported files only.",
    ),
    Setting("import.set", {}, read_constants, "Fields that all imported rows get."),
)
"""Every setting; the option, the command ``settings`` and the page of the documentation follow it."""
