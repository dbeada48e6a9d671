"""Settings in use: read from environment and ``decision-log.toml``, checked by the table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from decision_log.settings.home import Home
from decision_log.settings.table import DEFAULT_TIERS, SETTINGS, ScoreWeights, Setting, SettingValue
from decision_store.errors import DecisionLogError
from decision_store.vocabulary import Vocabulary

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
    keep_texts_days : int
        Texts of decisions older than so many days are forgotten by `compact` and `daily`; 0 keeps all.
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
    keep_texts_days: int = 0
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
            keep_texts_days=used["keep_texts_days"],
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
