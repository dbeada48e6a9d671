r"""Life of a comparison that the log supports: found, tested again on later decisions alone, confirmed or retracted.

A comparison that is found because it is the clearest of many looks larger than it is, and looking every day finds more
than looking once. So what was found at a moment g is judged by decisions made after g only, with Wald's sequential
probability ratio [1]_ between two thirds of the effect as found and none at all,

    log LR = (D d - d^2 / 2) / A,     d = 2/3 of the effect found, D and A mean and variance of the later difference.

LR >= 20 confirms, LR <= 1/20 retracts. However often one looks, no difference at all is confirmed with a probability
of at most 5 %, and one of that size retracted with at most 5 %. It is retracted as well where all decisions together no
longer support it by far (`NO_LONGER`). A retracted comparison is not made again while later decisions speak against it.

References
----------
.. [1] Wald, Sequential tests of statistical hypotheses, Ann. Math. Statist. 16 (1945), section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from decision_log.reports.comparisons.comparing import adjusted
from decision_store.facts import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from decision_log.reports.comparisons.comparing import Candidate, Comparison

Status = Literal["emerging", "supported", "confirmed", "retracted"]

DECISIVE = math.log(20.0)
"""Ratio from which later decisions confirm or contradict: at most one in twenty errs."""

EXPECTED_SHARE = 2.0 / 3.0
"""Part of the effect found that is expected of later decisions: what is found among many is exaggerated."""

NO_LONGER = 0.3
"""Adjusted p-value of all decisions above which a comparison no longer stands, whatever the later ones say."""

SHOWN_DAYS = 31
"""A retraction is shown for so long."""

MOST_TESTED = 8
"""Moments from which on findings are tested again at most; each asks for models of its own."""


@dataclass(frozen=True, slots=True)
class Life:
    """Where a comparison stands.

    Parameters
    ----------
    subject : str
        See `Comparison.subject`.
    status : {"emerging", "supported", "confirmed", "retracted"}
    found_at, since : datetime
        When it was first found, and when it got its status.
    effect : float
        As found.
    insight_type, title : str
        As stored; empty for one found now.
    later : Comparison or None
        The same on the decisions made since; None where they cannot be compared yet.
    is_new : bool
        Whether the status is not on record yet.
    """

    subject: str
    status: Status
    found_at: datetime
    since: datetime
    effect: float
    insight_type: str = ""
    title: str = ""
    later: Comparison | None = None
    is_new: bool = False

    @property
    def insight_id(self) -> str:
        """Equal for one finding from day to day, another after it was retracted and found again."""
        moment = self.found_at.astimezone(UTC).isoformat()
        return sha256(f"{self.subject}\n{moment}".encode()).hexdigest()[:32]


def finding_of(one: Life, insight: Mapping[str, Any] | None) -> Finding | None:
    """Return the fact of a new status; None where there is none, or nobody was shown what was found."""
    if not one.is_new or (insight is None and not one.insight_type):
        return None
    key = f"{one.insight_id}\n{one.status}\n{one.since.astimezone(UTC).isoformat()}"
    return Finding(
        finding_id=sha256(key.encode()).hexdigest()[:32],
        insight_id=one.insight_id,
        subject=one.subject,
        insight_type=one.insight_type or str(insight and insight["insight_type"]),
        title=one.title or str(insight and insight["title"]),
        status=one.status,
        effect=one.effect,
        found_at=one.found_at,
        recorded_at=one.since,
    )


def log_ratio(later: Comparison, effect: float) -> float:
    """Return the log likelihood ratio of two thirds of an effect against none, by later decisions."""
    expected = EXPECTED_SHARE * effect
    return (later.effect * expected - expected**2 / 2.0) / max(later.error, 1e-9) ** 2


def lives(
    compared: Sequence[Comparison],
    stored: Sequence[Mapping[str, Any]],
    moment: datetime,
    candidates_since: Callable[[datetime], Sequence[Candidate]],
) -> list[Life]:
    """Return what is found now and what was found before, as of a moment.

    Parameters
    ----------
    compared : sequence of Comparison
        Of all decisions.
    stored : sequence of mapping
        Rows of the question ``claims`` as of that moment.
    moment : datetime
    candidates_since : callable
        What can be compared among the decisions made after a moment.
    """
    by_subject = {one.subject: one for one in compared}
    last: dict[str, Life] = {}
    for row in stored:
        one = _stored(row)
        if one is not None and row["insight_type"] != "no_clear_source":
            last[one.subject] = one
    start = _tested(last.values())
    since = {moment: _by_name(candidates_since(moment)) for moment in set(start.values())}
    later = {found: since[moment] for found, moment in start.items()}
    result = []
    for subject, one in last.items():
        now = by_subject.get(subject)
        judged = _judged(one, now, later.get(one.found_at, {}), moment)
        if judged is not None:
            result.append(judged)
    known = {one.subject for one in result}
    result += [
        Life(one.subject, "supported", moment, moment, one.effect, is_new=True)
        for one in compared
        if one.supported and one.subject not in known
    ]
    return result


def _tested(found: Iterable[Life]) -> dict[datetime, datetime]:
    """Return from when on what was found at each moment is tested again.

    All that stands is tested; of more than `MOST_TESTED` moments neighbours share the latest of them. What was
    retracted takes what is left, the newest first.
    """
    stands: dict[datetime, bool] = {}
    for one in found:
        stands[one.found_at] = stands.get(one.found_at, False) or one.status != "retracted"
    standing = sorted(moment for moment, one in stands.items() if one)
    retracted = sorted((moment for moment, one in stands.items() if not one), reverse=True)
    groups = min(len(standing), MOST_TESTED)
    share = [i * len(standing) // groups for i in range(groups + 1)] if groups else [0]
    result = {}
    for first, last in pairwise(share):
        result.update(dict.fromkeys(standing[first:last], standing[last - 1]))
    return result | {moment: moment for moment in retracted[: MOST_TESTED - groups]}


def shown(life: Life, moment: datetime) -> bool:
    """Whether it belongs in what people read: retractions for a month."""
    return life.status != "retracted" or moment - life.since <= timedelta(days=SHOWN_DAYS)


def _judged(
    one: Life, now: Comparison | None, later: Mapping[tuple[str, ...], Candidate], moment: datetime
) -> Life | None:
    """Test a stored one again; None where it was retracted and may be found again."""
    family, level, source, _ = one.subject.split("\t")
    candidate = later.get((family, level, source))
    found = None if candidate is None else adjusted([candidate])[0]
    ratio = 0.0 if found is None else log_ratio(found, one.effect)
    if one.status == "retracted":
        again = now is not None and now.supported and ratio > 0.0
        return None if again else replace(one, later=found)
    status: Status = one.status
    if ratio <= -DECISIVE or (now is not None and now.p > NO_LONGER):
        status = "retracted"
    elif ratio >= DECISIVE:
        status = "confirmed"
    elif status != "confirmed" and now is not None:
        status = "supported" if now.supported else "emerging"
    same = status == one.status
    since = one.since if same else moment
    return replace(one, status=status, since=since, later=found, is_new=not same)


def _by_name(candidates: Sequence[Candidate]) -> dict[tuple[str, ...], Candidate]:
    return {(one.family, one.level, one.source or ""): one for one in candidates}


def _stored(row: Mapping[str, Any]) -> Life | None:
    """Read a stored one."""
    if row["subject"].count("\t") != 3:
        return None
    found, since = (_aware(row[name]) for name in ("generated_at", "status_since"))
    return Life(
        row["subject"],
        row["status"],
        found,
        since,
        row["effect"],
        row["insight_type"],
        row["title"],
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def rows_after(decided: np.ndarray[Any, np.dtype[np.datetime64]], moment: datetime) -> Any:
    """Return positions of the decisions made after a moment."""
    return np.flatnonzero(
        decided > np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
    )
