"""Times of recording of predictions that older versions stored without one: those of their journal records."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pyarrow as pa

from decision_store.database.transactions import registered
from decision_store.facts import PREDICTIONS
from decision_store.journal import append as journal
from decision_store.journal.segment_reader import segment_ids, segment_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection


def date_predictions(connection: DuckDBPyConnection, path: Path) -> None:
    """Give stored predictions the time at which the journal beside the database says they were appended.

    Parameters
    ----------
    path : Path
        Of the database; of one in memory there is no journal, and nothing is dated.
    """
    folder = path.with_suffix(".journal")
    (row,) = connection.execute("SELECT count(*) FROM predictions").fetchall()
    if not row[0] or not folder.is_dir():
        return
    ids: list[str] = []
    times: list[datetime] = []
    for found, at in _appended(folder):
        ids += found
        times += [at] * len(found)
    table = pa.table(
        {
            "prediction_id": pa.array(ids, pa.string()),
            "written": pa.array(times, pa.timestamp("us")),
        }
    )
    with registered(connection, table, "appended"):
        connection.execute(
            "UPDATE predictions SET recorded_at = first.written FROM "
            "(SELECT prediction_id, min(written) AS written FROM appended GROUP BY prediction_id) AS first "
            "WHERE predictions.prediction_id = first.prediction_id"
        )


def _appended(folder: Path) -> Iterator[tuple[list[str], datetime]]:
    """Give the ids of predictions in each record of the journal that has any, and when it was appended."""
    for file, size in journal.sizes(folder).items():
        for line in journal.read(folder, file, 0, size).lines:
            payload = line.payload
            if payload is None or b'kind":"prediction"' not in payload:
                continue
            try:
                parsed = orjson.loads(payload)
                at = datetime.fromtimestamp(parsed["at"] / 1e9, UTC).replace(tzinfo=None)
                if segment := segment_of(payload):
                    ids = segment_ids(folder / Path(segment["file"]).name, PREDICTIONS)
                else:
                    ids = [str(parsed["record"][PREDICTIONS.key])]
            except (ValueError, KeyError, TypeError, OverflowError, OSError):
                continue  # no fold could use it either
            yield ids, at
