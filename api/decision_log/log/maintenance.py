"""Maintenance: how the store is, rejected records, rebuilding the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from decision_log.log.base import LogBase, Row
from decision_store.errors import InvalidRecord

if TYPE_CHECKING:
    from decision_store.database.status import StoreStatus


class Maintenance(LogBase):
    """Look after the store."""

    def status(self, *, verify: bool = False) -> StoreStatus:
        """Say how the store is: schema, journal, counts, rejected records."""
        return self.store.status(verify=verify)

    def rejects(self) -> list[Row]:
        """List the records that could not become facts, newest first.

        Returns
        -------
        list of dict
            ``reject`` (its number), ``kind``, ``id``, ``reason``, ``record`` (as it was found), ``rejected_at``.
        """
        from decision_log.rows import iso

        names = ("reject", "kind", "id", "reason", "record")
        return [
            {**{name: row[name] for name in names}, "rejected_at": iso(row["rejected_at"])}
            for row in self.ask("rejects", limit=None).to_pylist()
        ]

    def dismiss_rejects(self, rejects: Iterable[str] | None = None) -> int:
        """Put rejects away after looking at them; return how many. Without numbers: all of them.

        Raises
        ------
        InvalidRecord
            There is no reject of that number, or of more than one that begins so.
        """
        chosen = self._chosen_rejects(rejects)
        self.store.dismiss(chosen)
        return len(chosen)

    def retry_rejects(self, rejects: Iterable[str] | None = None) -> int:
        """Try rejects again, such as after an upgrade; return how many have become facts."""
        return self.store.retry(self._chosen_rejects(rejects))

    def _chosen_rejects(self, given: Iterable[str] | None) -> list[str]:
        known = list(dict.fromkeys(row["reject"] for row in self.rejects()))
        if given is None:
            return known
        chosen = []
        for number in given:
            found = [name for name in known if name.startswith(number)]
            if len(found) != 1 or not number:
                raise InvalidRecord(
                    "reject", number, "must be the number of one reject, or its beginning"
                )
            chosen += found
        return chosen

    def repair(self) -> Row:
        """Rebuild the database from the journal.

        Returns
        -------
        dict
            ``quarantined``: where the old database was moved to, None where there was none; ``counts``: rows of
            each table now.

        Raises
        ------
        NotInJournal
            Rows of the database are in no file of the journal and would be lost; nothing was changed.
        """
        quarantined = self.store.rebuild()
        return {
            "quarantined": None if quarantined is None else str(quarantined),
            "counts": self.status().counts,
        }
