"""Scored items as JSON, put together once all are ranked."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from decision_log.scoring.disk_list import DiskList
from decision_log.scoring.item import rank_by_value
from decision_store.durable_files import make_folder
from decision_store.errors import CannotWrite

if TYPE_CHECKING:
    from decision_log.scoring.kernel import Added

NO_KEYS = b"{}"
"""Stands for every item without keys of its own, however it was written."""


class JsonRows:
    """Scored items in input order, not put together yet.

    A million rows put together are more than a gigabyte; the input's bytes and what scoring adds are less than
    half of that where many items share it. Where they do not, it is kept on disk.
    """

    def __init__(self, target: Path, *, on_disk: bool) -> None:
        self.items: list[bytes | msgspec.Raw] = []
        self.places: list[int] = []
        self.scores = array("d")
        self.values = array("d")
        self._ranks: list[int] = []
        self._shares: list[float] = []
        self._target = target
        self._added: list[bytes] = []
        self._on_disk: DiskList | None = None
        if on_disk:
            with self._writing():
                make_folder(target.parent)
                self._on_disk = DiskList(target.parent)

    def extend(self, added: Sequence[Added]) -> None:
        """Append what was added to the newest items."""
        self.scores.extend([one.score for one in added])
        self.values.extend([one.value for one in added])
        if self._on_disk is None:
            self._added.extend([one.json for one in added])
        else:
            with self._writing():
                self._on_disk.extend([one.json for one in added])

    def rank(self) -> None:
        """Rank all rows by expected value, once the last is there."""
        self._ranks, self._shares = rank_by_value(self.values)

    def rows(self, places: Sequence[int]) -> list[bytes]:
        """Give the JSON of some rows: the item's own keys as they came, and the added ones behind."""
        items = self.items
        return [
            b"{" + added if items[i] is NO_KEYS else b"%b,%b" % (bytes(items[i])[:-1], added)
            for i, added in zip(places, self.added(places), strict=True)
        ]

    def added(self, places: Sequence[int]) -> list[bytes]:
        """Give the added keys of some rows, without the brace before them."""
        added = self._added if self._on_disk is None else self._on_disk
        ranks, shares = self._ranks, self._shares
        return [
            b'%b,"expected_value_rank":%d,"expected_value_share":%b}'
            % (added[i], ranks[i], _share(shares[i]))
            for i in places
        ]

    def close(self) -> None:
        """Delete the file."""
        if self._on_disk is not None:
            self._on_disk.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CannotWrite(self._target, error.strerror or str(error)) from None


@lru_cache(maxsize=10_000)
def _share(share: float) -> bytes:
    """Write a share, of which a large file has few different ones."""
    return b"%.4g" % share
