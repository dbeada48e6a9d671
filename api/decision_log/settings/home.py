"""Home folder: where each file of a log lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
    def journal(self) -> Path:
        """The folder of the journal, and of the secret key of the home."""
        return self.database.with_suffix(".journal")

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
