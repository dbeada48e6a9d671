"""Insights: sentences that rates and returns support, or that they support none.

What compares comes from `decision_log.reports.comparisons.comparing` and ``factors``, with one error over everything
that was tried; the others are plain counts. What was found before is tested again on later decisions
(`decision_log.reports.comparisons.life`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from decision_log.reports.comparisons.comparing import (
    Comparison,
    adjusted,
    cell_candidates,
    named,
)
from decision_log.reports.comparisons.counts import changed, insight, no_revenue, waiting
from decision_log.reports.comparisons.factors import (
    columns_candidates,
    factor_candidates,
    median_latency,
    time_candidates,
)
from decision_log.reports.comparisons.grouped import read_columns
from decision_log.reports.comparisons.life import Life, finding_of, lives, rows_after, shown
from decision_log.reports.comparisons.wording import (
    description_of,
    life_text,
    outlook,
    points,
    retracted_text,
    title_of,
)
from decision_store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from decision_log.log.reading import Reading
    from decision_log.results import Insight
    from decision_store import Store

_logger = logging.getLogger(__name__)

MOST_OF_A_FAMILY = 3
"""Supported comparisons of one family named at most; the clearest ones."""


def current_insights(
    log: Reading, name: Callable[[str], str] | None = None, *, names: str = "as logged"
) -> list[Insight]:
    """Return the insights of what is known now, and keep them in the log.

    For unchanged facts they are found once an hour. They rest on what the rates of now rest on: the newest fact, and
    open decisions as old as they were then or at the beginning of the hour.

    Parameters
    ----------
    name : callable, optional
        As of `insights_of`.
    names : str
        What `name` makes of names: each way is kept apart.
    """
    fit, answers = log.rate_fits.with_answers()

    def found() -> list[dict[str, Any]]:
        store = log.store if name is None else None
        return [dict(one) for one in insights_of(log, fit.as_of, name, store=store)]

    kept = answers.made("insights_of_now", found, names=names, currency=log.currency)
    return cast("list[Insight]", deepcopy(kept))


def insights_of(
    log: Reading,
    moment: datetime,
    name: Callable[[str], str] | None = None,
    *,
    store: Store | None = None,
) -> list[Insight]:
    """Return the insights of a log as of a moment.

    Parameters
    ----------
    log : Reading
    moment : datetime
    name : callable, optional
        How to write names; then nothing is stored.
    store : Store, optional
        Where to keep them as the active rows of ``insights``; a log that cannot be written is no error.
    """
    rates: Sequence[Mapping[str, Any]] = log.get_conversion_rates(as_of=moment)
    if not rates:
        return []
    returns: Sequence[Mapping[str, Any]] = log.calculate_roi_by_type(as_of=moment)
    model, columns, zone = log.rate_model(moment), read_columns(log, moment), log.settings.zone
    compared = adjusted(
        [
            *cell_candidates(model, rates, returns),
            *time_candidates(model),
            *factor_candidates(columns, zone),
        ]
    )
    found = lives(
        compared,
        log.ask("claims", as_of=moment).to_pylist(),
        moment,
        lambda since: columns_candidates(columns.take(rows_after(columns.decided, since)), zone),
    )
    known = [one for one in found if shown(one, moment)]
    # What was retracted long ago is not shown, and not found again either while later decisions speak against it.
    hidden = {one.subject for one in found} - {one.subject for one in known}
    compared = [one for one in compared if one.subject not in hidden]
    hours = median_latency(columns)
    if name is None:
        insights = find_insights(rates, returns, compared, log.currency, lives=known, quick=hours)
        if store is not None:
            _keep(store, insights, found, known)
        return insights
    renamed = [_renamed(one, compared, name) for one in known]
    return find_insights(
        with_names(rates, name), with_names(returns, name), named(compared, name), log.currency,
        lives=renamed, quick=hours,
    )  # fmt: skip


def _renamed(one: Life, compared: Sequence[Comparison], name: Callable[[str], str]) -> Life:
    """Write the names in where a comparison stands by a function."""
    family, level, source, sign = one.subject.split("\t")
    now = [other for other in compared if other.subject == one.subject]
    return replace(
        one,
        subject="\t".join((family, name(level), name(source) if source else "", sign)),
        later=None if one.later is None else named([one.later], name)[0],
        title=title_of(named(now, name)[0]) if now else f"About {name(level)}",
    )


def find_insights(
    rates: Sequence[Mapping[str, Any]],
    roi: Sequence[Mapping[str, Any]],
    compared: Sequence[Comparison] = (),
    currency: str = "USD",
    *,
    lives: Sequence[Life] = (),
    quick: float = float("nan"),
) -> list[Insight]:
    """Say what stands out, what is still open, and what earned nothing.

    Parameters
    ----------
    rates : sequence of dict
        Rows of ``get_conversion_rates()``: rate and interval in percent.
    roi : sequence of dict
        Rows of ``calculate_roi_by_type()``.
    compared : sequence of Comparison
        Everything that was compared, supported or not.
    currency : str
        Code of the amounts.
    lives : sequence of Life
        Where the comparisons stand that were ever found; without them all that is supported is new.
    quick : float
        Hours within which half of the replies were made.

    Returns
    -------
    list of dict
        ``insight_type`` (best_cell, worst_cell, best_source, worst_source, best_type, worst_type, maker, action,
        latency, trend, no_clear_source, revenue_per_decision, revenue_per_hour, time_to_close, immature, no_revenue,
        rates_changed), ``title``, ``description``, ``confidence_score`` (1 less the probability that a log without any
        difference shows one this clear, over all that were compared; 1 for a plain count), ``data_points``
        (decisions behind it), ``interval`` (95 %, in the unit the description names; None for a count),
        ``opportunity_type`` and ``opportunity_source`` (None where it is about all), ``status`` (``emerging``: not
        decided; ``supported``; ``confirmed`` or ``retracted``: by decisions made after it was found) and ``subject``
        (what is compared; None for a count). Empty where the log is.

    Examples
    --------
    >>> find_insights([], [])
    []
    """
    return [
        *_comparisons(compared, currency, {one.subject: one for one in lives}, quick),
        *no_revenue(rates, roi),
        *waiting(rates),
        *changed(rates),
        *_retracted(compared, lives),
    ]


def with_names(
    rows: Iterable[Mapping[str, Any]], name: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return rates or returns with their types and sources written by a function.

    Examples
    --------
    >>> with_names([{"opportunity_type": "coaching", "source_type": "email", "won": 1}], str.upper)
    [{'opportunity_type': 'COACHING', 'source_type': 'EMAIL', 'won': 1}]
    """
    names = ("opportunity_type", "opportunity_source", "source_type")
    return [
        {key: name(value) if key in names else value for key, value in row.items()} for row in rows
    ]


def insight_rows(
    insights: Sequence[Mapping[str, Any]], lives: Sequence[Life] = ()
) -> list[dict[str, Any]]:
    """Return insights as rows of the table ``insights``; equal findings have equal ids."""
    by_subject = {one.subject: one for one in lives}
    return [_row(one, by_subject.get(one.get("subject") or "")) for one in insights]


def _row(one: Mapping[str, Any], life: Life | None) -> dict[str, Any]:
    kept = ("insight_type", "title", "description", "confidence_score", "data_points")
    row = {key: one[key] for key in kept}
    if life is None:
        text = "\n".join((one["insight_type"], one["title"], one["description"]))
        return {"insight_id": sha256(text.encode()).hexdigest()[:32], **row}
    later = life.later
    return {
        "insight_id": life.insight_id,
        **row,
        "title": life.title if life.status == "retracted" else one["title"],
        "subject": life.subject,
        "status": life.status,
        "status_since": life.since.astimezone(UTC).replace(tzinfo=None),
        "effect": life.effect,
        "later_decisions": None if later is None else later.decisions + later.others,
        "generated_at": life.found_at.astimezone(UTC).replace(tzinfo=None),
    }


def _keep(
    store: Store,
    insights: Sequence[Insight],
    found: Sequence[Life],
    known: Sequence[Life],
) -> None:
    """Store the insights, and as facts the statuses that are new."""
    shown_now = {one["subject"]: one for one in insights}
    findings = [finding_of(one, shown_now.get(one.subject)) for one in found]
    try:
        if new := [one for one in findings if one is not None]:
            store.record_findings(new)
        store.replace_insights(insight_rows(insights, known))
    except StoreError as error:
        _logger.warning("The insights were not kept in the log: %s", error)


def _comparisons(
    compared: Sequence[Comparison], currency: str, known: Mapping[str, Life], quick: float
) -> Iterable[Insight]:
    """Name what stands, clearest first; where no source is clear, how far that is from being decided."""
    count: dict[str, int] = defaultdict(int)
    for one in compared:
        life = known.get(one.subject)
        if life is not None and life.status == "retracted":
            continue
        stands = one.supported or life is not None
        if stands and count[one.family] < MOST_OF_A_FAMILY and not _repeats(one, compared):
            count[one.family] += 1
            yield _compared_insight(one, currency, life, quick)
    sources = [one for one in compared if one.family == "source"]
    if sources and not any(one.supported or one.subject in known for one in sources):
        yield _no_clear_source(sources)


def _repeats(one: Comparison, compared: Sequence[Comparison]) -> bool:
    """Whether a money claim only repeats on the same level what a clearer one of its family says."""
    if one.family not in {"revenue", "hour"} or one.sign > 0:
        return False
    return any(
        other.family == one.family and other.sign > 0 and other.supported for other in compared
    )


def _compared_insight(one: Comparison, currency: str, life: Life | None, quick: float) -> Insight:
    better = "best" if one.sign > 0 else "worst"
    kinds = {
        "revenue": "revenue_per_decision", "hour": "revenue_per_hour", "time": "time_to_close",
        "source": f"{better}_source", "type": f"{better}_type", "cell": f"{better}_cell",
    }  # fmt: skip
    ends = one.difference[1:]
    if one.unit != "percent":
        ends = (one.ratio[1] * one.rest, one.ratio[2] * one.rest)
    of_type = one.family in {"cell", "type", "revenue", "hour", "time"}
    text = description_of(one, currency, quick)
    return insight(
        kinds.get(one.family, one.family),
        title_of(one),
        text if life is None else f"{text} {life_text(life)}",
        confidence=1.0 - one.p,
        data_points=one.decisions,
        interval=[round(end, 1 if one.unit == "percent" else 2) for end in ends],
        type_=one.level if of_type else None,
        source=one.source if of_type else one.level if one.family == "source" else None,
        status="supported" if life is None else life.status,
        subject=one.subject,
    )


def _no_clear_source(sources: Sequence[Comparison]) -> Insight:
    closest = min(sources, key=lambda one: one.p)
    count = closest.decisions + closest.others
    word = "more" if closest.sign > 0 else "less"
    still = f", {closest.open:,} of them still open" if closest.open else ""
    return insight(
        "no_clear_source",
        "No difference between the sources is clear yet",
        f"Compared type by type, the closest is {closest.level}, won {word} often by {points(closest)}, which "
        f"chance explains too. {outlook(closest)} Based on {count:,} decisions{still}.",
        confidence=1.0,
        data_points=count,
        status="emerging",
    )


def _retracted(compared: Sequence[Comparison], lives: Sequence[Life]) -> Iterable[Insight]:
    """Take back openly what later decisions contradict."""
    now = {one.subject: one for one in compared}
    for life in lives:
        if life.status != "retracted":
            continue
        one = now.get(life.subject)
        count = 0 if one is None else one.decisions
        yield insight(
            life.insight_type or "retracted",
            f"Taken back: {life.title}",
            retracted_text(life, one),
            confidence=0.0 if one is None else 1.0 - one.p,
            data_points=count,
            status="retracted",
            subject=life.subject,
        )
