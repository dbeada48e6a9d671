"""Settings, read from environment and ``decision-log.toml``, and the home folder."""

from decision_log.settings.home import Home
from decision_log.settings.load import InvalidSetting, Settings
from decision_log.settings.table import DEFAULT_TIERS, SETTINGS, ScoreWeights, Setting, SettingValue

__all__ = [
    "DEFAULT_TIERS", "SETTINGS", "Home", "InvalidSetting", "ScoreWeights", "Setting", "SettingValue", "Settings",
]  # fmt: skip
