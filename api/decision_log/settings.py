"""Settings in one table, read from environment and ``decision-log.toml``, and the home folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from decision_log.setting_values import (
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
from decision_store.errors import DecisionLogError
from decision_store.vocabulary import KINDS, STATES, Vocabulary

if TYPE_CHECKING:
    from decision_store.importing import ImportOptions


class InvalidSetting(DecisionLogError, ValueError):
    """A setting, from the environment, the settings file or an argument, cannot be used."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
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
    def settings(self) -> Path:
        """The settings file; it need not exist."""
        return self.folder / "decision-log.toml"

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


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings in use; nothing else in the program reads the environment or the settings file.

    Parameters
    ----------
    home : Home
        ``$DECISION_LOG_HOME``; the current folder by default.
    zone : tzinfo
        Of times given without one, and of the days of a summary.
    weights : ScoreWeights
        Of the documented formula.
    tiers : tuple of (float, str)
        Lowest score and text of each recommendation, best first.
    auto_train : bool
        Whether the commands that score a file or plan a day refresh the model first, once closed decisions
        grew by a tenth and it takes a few seconds.
    keep_models : int
        Older versions beyond so many are deleted; 0 keeps all.
    currency : str
        Of all amounts.
    maker : str
        Who decides, by default.
    capacity_per_day : int
        How many opportunities can be answered in a day.
    vocabulary : Vocabulary
        What the words of outcomes mean.
    values : mapping of str to SettingValue
        Each setting of `SETTINGS` by name, with its source.

    Examples
    --------
    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> _ = (home / "decision-log.toml").write_text("capacity_per_day = 4")
    >>> Settings.load(home).capacity_per_day
    4
    """

    home: Home
    zone: tzinfo
    weights: ScoreWeights = field(default_factory=ScoreWeights)
    tiers: tuple[tuple[float, str], ...] = DEFAULT_TIERS
    auto_train: bool = True
    keep_models: int = 20
    currency: str = "USD"
    maker: str = "jarvis"
    capacity_per_day: int = 10
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    values: Mapping[str, SettingValue] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, home: str | Path | None = None) -> Settings:
        """Read environment and settings file; the environment wins over the file.

        Raises
        ------
        InvalidSetting
            A value cannot be used, or the file has an entry that is not a setting.
        """
        folder = (
            Path(home) if home is not None else Path(os.environ.get("DECISION_LOG_HOME") or ".")
        )
        where = Home(folder.expanduser())
        entries = dict(_entries(where.settings))
        values = {setting.name: _value(setting, entries, where.settings) for setting in SETTINGS}
        if entries:
            raise _unknown(next(iter(entries)), where.settings)
        used = {name: one.value for name, one in values.items()}
        return cls(
            home=where,
            zone=used["zone"],
            weights=ScoreWeights(
                **{
                    name.removeprefix("weights."): value
                    for name, value in used.items()
                    if name.startswith("weights.")
                }
            ),
            tiers=used["tiers"],
            auto_train=used["auto_train"],
            keep_models=used["keep_models"],
            currency=used["currency"],
            maker=used["maker"],
            capacity_per_day=used["capacity_per_day"],
            vocabulary=Vocabulary(used["vocabulary.statuses"], used["vocabulary.types"]),
            values=MappingProxyType(values),
        )

    @property
    def allow(self) -> tuple[str, ...]:
        """Fields that may be used although they seem to tell the answer."""
        return tuple(self._used("allow", ()))

    def import_options(self) -> ImportOptions:
        """Return what is stated about imported files where no option states it."""
        from decision_store.importing import ImportOptions

        return ImportOptions(
            dates=self._used("import.dates", {}),
            decimal=self._used("import.decimal", {}),
            encoding=self._used("import.encoding", "") or None,
            values=self._used("import.values", {}),
            constants=self._used("import.set", {}),
            allow=self.allow,
            standing=self.allow,
        )

    def _used(self, name: str, default: Any) -> Any:
        return self.values[name].value if name in self.values else default

    def described(self) -> list[dict[str, Any]]:
        """List every setting: ``name``, ``value``, ``default``, ``source``, ``variable``, ``help``."""
        return [
            {
                "name": one.setting.name,
                "value": _readable(one.value),
                "default": one.setting.default,
                "source": one.source,
                "variable": one.setting.variable,
                "help": one.setting.help,
            }
            for one in self.values.values()
        ]


def _entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Read the settings file into names with dots; none where there is no file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(str(path), str(error), "a readable UTF-8 text") from None
    import tomllib

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(str(path), str(error), "TOML") from None
    whole = {setting.name for setting in SETTINGS}
    yield from _flat(tables, "", whole)


def _flat(table: Mapping[str, Any], prefix: str, whole: set[str]) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and name not in whole:
            yield from _flat(value, f"{name}.", whole)
        else:
            yield name, value


def _value(setting: Setting, entries: dict[str, Any], path: Path) -> SettingValue:
    """Find the value that wins, and check it."""
    variable = setting.variable
    entry = entries.pop(setting.name, None)
    if variable and os.environ.get(variable):
        value, source, name = os.environ[variable], variable, variable
    elif entry is not None:
        value, source, name = entry, str(path), f"{setting.name} in {path}"
    else:
        value, source, name = setting.default, "default", setting.name
    try:
        return SettingValue(setting, setting.read(value), source)
    except ValueError as error:
        raise InvalidSetting(name, value, str(error)) from None


def _unknown(name: str, path: Path) -> InvalidSetting:
    from difflib import get_close_matches

    names = [setting.name for setting in SETTINGS]
    close = get_close_matches(name, names, n=1)
    wanted = f"{close[0]!r}; did you mean that" if close else f"one of {', '.join(names)}"
    return InvalidSetting(f"an entry of {path}", name, wanted)


def _readable(value: Any) -> Any:
    """Write a value as JSON can hold it."""
    if isinstance(value, tuple):
        return [
            each if isinstance(each, str) else {"score": each[0], "text": each[1]} for each in value
        ]
    if isinstance(value, dict) and set(value) == {""}:
        return value[""]
    return str(value) if isinstance(value, tzinfo) else value
