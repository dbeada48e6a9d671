"""Activity of a period beside the periods of the same length before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.results import ConversionRate, Return

Row = dict[str, Any]

PERIODS = 26
"""Earlier periods that tell what is usual."""

FEWEST_PERIODS = 8
"""Below this many earlier periods nothing is called usual."""

USUAL = (0.1, 0.9)
"""The usual range: eight of ten earlier periods."""

_FIRST = datetime(1970, 1, 1)  # noqa: DTZ001 - as the store keeps moments

COUNTED = ("decisions", "won", "lost", "revenue")


def activity(
    log: Log, since: datetime, until: datetime, as_of: datetime
) -> tuple[Row, Sequence[Row]]:
    """Return what happened in [since, until), and in each earlier period since the first decision."""
    length = until - since
    bounds = [since - length * back for back in range(PERIODS, 0, -1)] + [since, until]
    plain = [bound.astimezone(UTC).replace(tzinfo=None) for bound in bounds]
    # What lies before the first of them tells whether the log is older: then quiet periods count, too.
    before, *rows = log.ask("activity", as_of=as_of, bounds=[_FIRST, *plain]).to_pylist()
    if before["decisions"]:
        return rows[-1], rows[:-1]
    first = next((i for i, row in enumerate(rows) if row["decisions"]), len(rows) - 1)
    return rows[-1], rows[first:-1]


def usual_range(past: Sequence[float]) -> tuple[float, float] | None:
    """Return between what eight of ten earlier values lie; None where there are too few to say.

    Examples
    --------
    >>> usual_range([3.0, 1.0, 2.0]) is None
    True
    >>> usual_range([float(n) for n in range(11)])
    (1.0, 9.0)
    """
    if len(past) < FEWEST_PERIODS:
        return None
    ordered = sorted(past)
    low, high = (ordered[round(share * (len(ordered) - 1))] for share in USUAL)
    return low, high


def compare_activity(log: Log, since: datetime, until: datetime, as_of: datetime) -> Row:
    """Compare a period with those before it.

    Returns
    -------
    dict
        For ``decisions``, ``won``, ``lost`` and ``revenue``: ``value``, ``before`` (the period before) and
        ``usual`` (low and high of eight of ten earlier periods, None: too early to say). Empty where the log
        holds nothing from before.
    """
    now, past = activity(log, since, until, as_of)
    if not past:
        return {}
    return {
        name: {
            "value": now[name],
            "before": past[-1][name],
            "usual": usual_range([float(row[name]) for row in past]),
        }
        for name in COUNTED
    }


def rates_and_returns(
    log: Log, since: datetime, as_of: datetime | None
) -> tuple[list[ConversionRate], list[Return]]:
    """Return rates and returns with ``change``: since the period began, in points and in money.

    Parameters
    ----------
    as_of : datetime, optional
        None: as known now; then what was known when the period began is kept for others who ask in this hour.
    """
    rates = log.get_conversion_rates(as_of=as_of)
    returns = log.calculate_roi_by_type(as_of=as_of)
    if not rates or since >= log.moment(as_of):
        return rates, returns
    if as_of is None:
        _, answers = log.rate_fits.with_answers()
        rows = answers.made("rates_then", lambda: _rates_then(log, since), since=since.isoformat())
    else:
        rows = _rates_then(log, since)
    earlier = {(row["source_type"], row["opportunity_type"]): row for row in rows}
    if not earlier:
        return rates, returns
    for rate in rates:
        before = earlier.get((rate["source_type"], rate["opportunity_type"]))
        points = None
        if before is not None:
            points = round(rate["conversion_rate"] - before["conversion_rate"], 1)
        cast("Row", rate)["change"] = points
    for row in returns:
        before = earlier.get((row["opportunity_source"] or "", row["opportunity_type"]))
        cast("Row", row)["change"] = round(
            row["total_revenue"] - (0.0 if before is None else before["total_revenue"]), 2
        )
    return rates, returns


def _rates_then(log: Log, moment: datetime) -> list[Row]:
    """Return the rate and the revenue of each cell as known at a moment."""
    kept = ("source_type", "opportunity_type", "conversion_rate", "total_revenue")
    rows = cast("list[Row]", log.get_conversion_rates(as_of=moment))
    return [{name: row[name] for name in kept} for row in rows]
