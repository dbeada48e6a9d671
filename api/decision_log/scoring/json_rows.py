"""Scored items as JSON, put together once all are ranked."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson

from decision_log.scoring.disk_list import DiskList
from decision_log.scoring.ranking import rank_by_value
from decision_store.durable_files import make_folder
from decision_store.errors import CannotWrite

if TYPE_CHECKING:
    from decision_log.scoring.part import ScoredPart

_RANK, _SHARE = b',"expected_value_rank":', b',"expected_value_share":'

MOST_IN_MEMORY = 160 << 20
"""Bytes of rows."""

_MOVED_TOGETHER = 5_000


class JsonRows:
    """Scored items in input order, each row but for its rank.

    Rows take more than a kilobyte each: from `MOST_IN_MEMORY` bytes on they are kept on disk until all are ranked.
    """

    def __init__(self, target: Path) -> None:
        self.places: list[int] = []
        self.scores = array("d")
        self.values = array("d")
        self._own = array("q")
        self._ranks = np.empty(0, np.intp)
        self._shares = np.empty(0)
        self._target = target
        self._rows: list[bytes] = []
        self._bytes = 0
        self._on_disk: DiskList | None = None

    def extend(self, part: ScoredPart) -> None:
        """Append the rows of a part."""
        self.places += part.places
        self.scores += part.scores
        self.values += part.values
        self._own.extend(part.own)
        self._bytes += sum(map(len, part.rows))
        if self._bytes <= MOST_IN_MEMORY:
            self._rows += part.rows
            return
        with self._writing():
            if self._on_disk is None:
                make_folder(self._target.parent)
                self._on_disk = DiskList(self._target.parent)
                for start in range(0, len(self._rows), _MOVED_TOGETHER):
                    self._on_disk.extend(self._rows[start : start + _MOVED_TOGETHER])
                self._rows.clear()
            self._on_disk.extend(part.rows)

    def rank(self) -> None:
        """Rank all rows by expected value, once the last is there."""
        self._ranks, self._shares = rank_by_value(self.values)

    def rows(self, places: Sequence[int]) -> list[bytes]:
        """Give the JSON of some rows."""
        return list(map(b"".join, self._pieces(places, b"}")))

    def joined(self, places: Sequence[int], separator: bytes) -> bytes:
        """Give the JSON of some rows in one, each with a separator behind it."""
        return b"".join(chain.from_iterable(self._pieces(places, b"}" + separator)))

    def _pieces(self, places: Sequence[int], end: bytes) -> Iterator[tuple[bytes, ...]]:
        at = np.asarray(places, np.intp)
        rows = (
            [self._rows[place] for place in places]
            if self._on_disk is None
            else self._on_disk.take(at)
        )
        ranks = orjson.dumps(self._ranks[at], option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
        shares = map(_share, self._shares[at].tolist())
        return zip(rows, repeat(_RANK), ranks, repeat(_SHARE), shares, repeat(end), strict=False)

    def added(self, places: Sequence[int]) -> list[bytes]:
        """Give the JSON of some rows without the items' own keys."""
        rows = self.rows(places)
        return [b"{" + row[self._own[place] :] for row, place in zip(rows, places, strict=True)]

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
