"""Work of an operator: backup, restoration, compaction, free queries, the history of one decision."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from decision_log.log.base import Row
from decision_log.log.forgetting import Forgetting


class Operating(Forgetting):
    """Keep a log safe and small, and look into it."""

    def backup(self, folder: str | Path) -> Row:
        """Bring a backup of the log up to date, while others write; it is read back and compared.

        The first run copies everything, further ones what is new. Settings, models and the secret key of
        the home come along. What was forgotten meanwhile leaves the backup.

        Parameters
        ----------
        folder : path
            Made where it is missing; nothing else may lie in it.

        Returns
        -------
        dict
            ``folder``, ``files``, ``bytes``, ``copied`` (bytes of this run), ``records`` (of the journal).

        Raises
        ------
        BackupFailed
            The folder holds something else, or what was read back differs.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     added = log.log_decision("d-1", "coaching", "email", "Replied with offer")
        ...     made = log.backup(tempfile.mkdtemp())
        >>> with DecisionLog(home=Path(tempfile.mkdtemp()) / "new") as copy:
        ...     restored = copy.restore(made["folder"])
        ...     [row["decision_id"] for row in copy.find_decisions()]
        ['d-1']
        """
        home = self.settings.home
        extra = (home.settings, home.models)
        report = self.store.backup(Path(folder), [p for p in extra if p.exists()])
        return {
            "folder": str(report.folder),
            "files": report.files,
            "bytes": report.bytes,
            "copied": report.copied,
            "records": report.records,
        }

    def restore(self, backup: str | Path) -> Row:
        """Put a verified backup into this home, in which there is no log yet.

        Returns
        -------
        dict
            ``files`` of the backup, and ``counts``: rows of each table now.

        Raises
        ------
        LogExists
            There is a log, which is never overwritten.
        BackupFailed
            The backup does not hold what it should.
        """
        from decision_store.maintenance import backup as backups

        files = backups.restore(Path(backup), self.store.path)
        self.store.fold()
        return {"files": files, "counts": self.store.status().counts}

    def compact(self) -> Row:
        """Forget old texts where the settings say so, merge small files, and rewrite the database without free pages.

        Returns
        -------
        dict
            ``bytes_before``, ``bytes_after``, ``files_before`` and ``files_after`` of database and journal;
            ``forgotten``: as of `forget`, the texts older than the setting ``keep_texts_days``; None where there
            are none.
        """
        forgotten = self.forget_old_texts()
        self.store.fold()
        before = self._extent()
        self.store.compact()
        after = self._extent()
        return {
            "bytes_before": before[1],
            "bytes_after": after[1],
            "files_before": before[0],
            "files_after": after[0],
            "forgotten": forgotten,
        }

    def query(self, sql: str) -> list[Row]:
        """Answer one SELECT of your own over the tables of the data dictionary.

        It can change nothing and reaches neither files nor the network.

        Raises
        ------
        QueryRefused
            It is no single SELECT, or it cannot be answered.
        """
        rows: list[Row] = self.store.query(sql).to_pylist()
        return [{name: _plain(value) for name, value in row.items()} for row in rows]

    def _extent(self) -> tuple[int, int]:
        """Return how many files database and journal are, and their bytes."""
        folder = self.store.journal_folder
        found = [self.store.path, *folder.glob("*.jl"), *folder.glob("*.arrow")]
        sizes = [path.stat().st_size for path in found if path.is_file()]
        return len(sizes), sum(sizes)


def _plain(value: Any) -> Any:
    """Return a value of the database as JSON can hold it; what is no number becomes None."""
    from decision_log.rows import iso

    plain = str(value)
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict() | list() | tuple():
            return _plain_parts(value)
        case datetime():
            plain = str(iso(value))
        case bytes():
            plain = value.hex()
    return plain


def _plain_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value]
