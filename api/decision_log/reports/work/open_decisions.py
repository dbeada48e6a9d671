"""Open decisions with what they may still bring, as columns: there may be a hundred thousand of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from decision_model.rates.model import RateModel

    Floats = NDArray[np.float64]

Row = dict[str, Any]

CELL = ("opportunity_type", "opportunity_source")


class KeptChances:
    """Chances of open decisions by the rates of one fit, which a server keeps while the fit stays.

    They are then those as of when a decision was first asked for; it says so of its rates. A new fit replaces them all.
    """

    def __init__(self) -> None:
        self._rates: RateModel | None = None
        self._ids: pa.Array | None = None
        self._chances, self._revenues = np.zeros(0), np.zeros(0)

    def of(self, table: pa.Table, hours: Floats, rates: RateModel) -> tuple[Floats, Floats]:
        """Return chances and expected revenues of decisions, as `RateModel.open_chances`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = table.column("decision_id").combine_chunks()
        if self._rates is not rates or self._ids is None:
            self._rates, self._ids = rates, ids.slice(0, 0)
            self._chances, self._revenues = np.zeros(0), np.zeros(0)
        places = pc.index_in(ids, value_set=self._ids)
        new = pc.indices_nonzero(places.is_null())
        if len(new):
            fresh = table.take(new)
            chances, revenues = _chances(fresh, hours[new.to_numpy()], rates)
            places = pc.replace_with_mask(
                places,
                places.is_null(),
                pa.array(range(len(self._ids), len(self._ids) + len(new)), pa.int32()),
            )
            self._ids = pa.concat_arrays([self._ids, fresh.column("decision_id").combine_chunks()])
            self._chances = np.concatenate([self._chances, chances])
            self._revenues = np.concatenate([self._revenues, revenues])
        rows = places.to_numpy(zero_copy_only=False)
        return self._chances[rows], self._revenues[rows]


def _chances(table: pa.Table, hours: Floats, rates: RateModel) -> tuple[Floats, Floats]:
    types = table.column("opportunity_type").to_pylist()
    return rates.open_chances(types, table.column("opportunity_source").to_pylist(), hours)


class OpenDecisions:
    """The open decisions of a log as of a moment, most expected revenue first, then the oldest.

    Parameters
    ----------
    table : pyarrow.Table
        The answer to the question ``open_decisions``.
    moment : datetime
        As of which it was asked.
    settled : mapping of str to float
        Settled age of each type in hours, None where it is not known.
    rates : RateModel
        By which the chances are worked out.
    read : callable
        Returns the whole rows of some decisions, given by their ids, by id.
    kept : KeptChances, optional
        Where chances by the same rates may be known already.
    """

    def __init__(
        self,
        table: pa.Table,
        moment: datetime,
        settled: Mapping[str, float | None],
        rates: RateModel,
        read: Callable[[list[str]], Mapping[str, Row]],
        kept: KeptChances | None = None,
    ) -> None:
        self._table = table.sort_by([("timestamp", "descending"), ("decision_id", "ascending")])
        self._read = read
        self._hours = ages(self._table, moment)
        self._overdue = are_overdue(self._table, self._hours, settled)
        self._chances, self._revenues = np.zeros(0), np.zeros(0)
        if len(self):
            of = _chances if kept is None else kept.of
            self._chances, self._revenues = of(self._table, self._hours, rates)
        self._order = np.lexsort((-self._hours, -self._revenues))

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def count(self, *, overdue: bool) -> int:
        """Count those that are overdue, or those that are not."""
        return int((self._overdue == overdue).sum())

    def first(self, limit: int) -> dict[bool, list[Row]]:
        """Return the first that are overdue, under True, and the first that are not.

        Returns
        -------
        dict of list of dict
            The decisions with ``overdue``, ``waiting_hours``, ``chance`` (that each is won in the end, as long as
            it is open by now, a fraction) and ``expected_revenue``.
        """
        is_overdue = self._overdue[self._order]
        places = {late: self._order[is_overdue == late][:limit] for late in (True, False)}
        wanted = np.concatenate([*places.values()])
        ids = dict(zip(wanted.tolist(), self._ids(wanted), strict=True))
        rows = self._read(list(ids.values()))
        return {
            late: [
                {
                    **rows[ids[place]],
                    "waiting_hours": float(self._hours[place]),
                    "chance": float(self._chances[place]),
                    "expected_revenue": float(self._revenues[place]),
                }
                for place in chosen.tolist()
                if ids[place] in rows  # another process may have taken one back meanwhile
            ]
            for late, chosen in places.items()
        }

    def _ids(self, places: NDArray[np.intp]) -> list[str]:
        ids: list[str] = self._table.column("decision_id").take(places).to_pylist()
        return ids

    def parts_by_period(self, starts: Sequence[datetime]) -> dict[tuple[str, str], Floats]:
        """Return which part of each cell's expected revenue lies in decisions of each of some periods.

        Parameters
        ----------
        starts : sequence of datetime
            Of the periods, oldest first; the last one has no end.

        Returns
        -------
        dict of ndarray
            By type and source the parts, which add up to 1: equal ones for all its decisions where nothing is expected.
        """
        if not len(self):
            return {}
        moments = [np.datetime64(one.astimezone(UTC).replace(tzinfo=None), "us") for one in starts]
        decided = np.asarray(self._table.column("timestamp").to_numpy(), dtype="datetime64[us]")
        period = np.searchsorted(np.array(moments), decided, side="right") - 1
        types, sources = (_encoded(self._table, name) for name in CELL)
        width = max(len(sources[1]), 1)
        cells, cell = np.unique(types[0] * width + sources[0], return_inverse=True)
        keys = cell * len(starts) + period
        sums = [
            np.bincount(keys, weights, minlength=len(cells) * len(starts)).reshape(-1, len(starts))
            for weights in (self._revenues, np.ones(len(keys)))
        ]
        shares = np.where(sums[0].sum(axis=1, keepdims=True) > 0, *sums)
        shares = shares / shares.sum(axis=1, keepdims=True)
        names = [(types[1][key // width], sources[1][key % width]) for key in cells.tolist()]
        return dict(zip(names, shares, strict=True))

    def ages(self) -> dict[str, tuple[Floats, NDArray[np.bool_]]]:
        """Return the ages of those of each type in hours, youngest first, and whether each is overdue."""
        if not len(self):
            return {}
        codes, types = _encoded(self._table, "opportunity_type")
        order = np.lexsort((self._overdue, self._hours, codes))
        ends = np.cumsum(np.bincount(codes, minlength=len(types)))[:-1]
        parts = (np.split(column[order], ends) for column in (self._hours, self._overdue))
        return dict(zip(types, zip(*parts, strict=True), strict=True))


def ages(table: pa.Table, moment: datetime) -> Floats:
    """Return the hours for which decisions have been open at a moment."""
    now = np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
    decided = np.asarray(table.column("timestamp").to_numpy(), dtype="datetime64[us]")
    hours: Floats = (now - decided).astype(np.float64) / 3.6e9
    return hours


def are_overdue(
    table: pa.Table, hours: Floats, settled: Mapping[str, float | None]
) -> NDArray[np.bool_]:
    """Tell which decisions are open for longer than the settled age of their type."""
    codes, types = _encoded(table, "opportunity_type")
    limits = [settled.get(kind) for kind in types]
    known = np.array([np.inf if age is None else age for age in limits], dtype=np.float64)
    late: NDArray[np.bool_] = hours > known[codes]
    return late


def _encoded(table: pa.Table, name: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return a column of names as numbers, and the names that they stand for."""
    column = table.column(name).combine_chunks().dictionary_encode()
    names: list[str] = column.dictionary.to_pylist()
    return column.indices.to_numpy().astype(np.int64), names
