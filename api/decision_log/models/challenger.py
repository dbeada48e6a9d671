"""Whether the version that is tried in the shadow has earned its promotion, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models.backtest_plan import LEAST_JUDGED, LEAST_OF_EACH, lower_or_higher
from decision_log.models.gate import MATERIAL
from decision_log.predicting.champion import usable_challenger
from decision_log.predicting.estimate import RATES_VERSION
from decision_model.evaluation.grading import compare

if TYPE_CHECKING:
    from datetime import datetime

    from decision_log.log import Log
    from decision_model.evaluation.bootstrap import Estimate
    from decision_model.evaluation.grading import Comparison

Row = dict[str, Any]

DRAWS = 1000


def challenger_report(log: Log, moment: datetime, serving: str, judged: Collection[str]) -> Row:
    """Compare the challenger with what serves, on decisions whose opportunities both had predicted.

    A decision counts if both had predicted its opportunity, with the same inputs and from the same
    facts, no later than it was made. It is graded once it has been followed long enough.

    *Earned* by the rule by which the gate lets a version take over: at least 50 graded decisions, five
    of them won and five not; the upper end of the paired 95 % interval of the difference in log loss
    is below zero; and the calibration part of the Brier score is no worse beyond noise. Where the
    rates serve, the log loss must also be lower, beyond noise, than that of one number for all. It is
    told, and never acted upon: people promote, or the gate does after the next training.

    Parameters
    ----------
    log : Log
        The log.
    moment : datetime
        Facts recorded later are not used.
    serving : str
        The version that serves, or ``rates``.
    judged : collection of str
        Ids of the decisions followed long enough.

    Returns
    -------
    dict
        ``version`` (None without a challenger), ``against`` (what serves), ``problem`` (why it cannot
        be used, or None), ``predictions`` and ``opportunities`` (kept in its shadow), ``graded`` and
        ``waiting`` (decisions), ``won``, ``served`` and ``tried`` (``log_loss`` and ``brier`` of each,
        with ``value``, ``low``, ``high``), ``difference`` (of ``log_loss``, ``brier`` and
        ``calibration``, tried minus served, paired), ``earned`` and ``sentence``. None where nothing
        is graded.
    """
    nothing: Row = {
        "version": None, "against": serving, "problem": None, "predictions": 0, "opportunities": 0,
        "graded": 0, "waiting": 0, "won": 0, "served": None, "tried": None, "difference": None,
        "earned": False,
    }  # fmt: skip
    challenger, problem = usable_challenger(log.settings.home.models)
    if challenger is None:
        sentence = problem or f"No challenger is tried beside {_named(serving)}."
        return {**nothing, "problem": problem, "sentence": sentence}
    version = challenger[0]
    counts = {
        row["model_version"]: row
        for row in log.ask("prediction_counts", as_of=moment, shadow=True).to_pylist()
    }
    made = counts.get(version, {"predictions": 0, "opportunities": 0})
    found = _compared(log, moment, serving, version, judged)
    earned, sentence = _ruled(found, version, serving)
    return {
        **nothing,
        "version": version,
        "predictions": made["predictions"],
        "opportunities": made["opportunities"],
        "graded": found.graded,
        "waiting": found.waiting,
        "won": int(found.won),
        **(_figures(found) if found.graded else {}),
        "earned": earned,
        "sentence": sentence,
    }


def _compared(
    log: Log, moment: datetime, serving: str, version: str, judged: Collection[str]
) -> Comparison:
    pairs = log.ask("shadow_pairs", as_of=moment, served=serving, tried=version)
    # What a foreign writer has put in may lie a little outside.
    served, tried = (
        np.clip(pairs.column(name).to_numpy(), 0.0, 1.0) for name in ("served", "tried")
    )
    return compare(
        served,
        tried,
        np.array([one == "won" for one in pairs.column("state").to_pylist()], dtype=np.float64),
        np.array(
            [one in judged for one in pairs.column("decision_id").to_pylist()], dtype=np.bool_
        ),
        draws=DRAWS,
    )


def _figures(found: Comparison) -> Row:
    def pair(both: tuple[Estimate, Estimate]) -> Row:
        return {"log_loss": told_estimate(both[0]), "brier": told_estimate(both[1])}

    return {
        "served": pair(found.served),
        "tried": pair(found.tried),
        "difference": {
            **pair((found.log_loss, found.brier)),
            "calibration": told_estimate(found.calibration),
        },
    }


def _ruled(found: Comparison, version: str, serving: str) -> tuple[bool, str]:
    """Say whether it has earned its promotion, or how much is missing."""
    if missing := _missing(found):
        return False, f"{version} has not earned promotion yet: {missing}"
    loss = found.log_loss
    numbers = (
        f"on {found.graded:,} decisions that both had predicted its log loss is "
        f"{lower_or_higher(loss, f'that of {_named(serving)}')}"
    )
    if loss.high >= 0.0:
        more = _more(found)
        return False, f"{version} has not earned promotion: {numbers}.{more}"
    if found.calibration.low > MATERIAL:
        worse = lower_or_higher(found.calibration, f"that of {_named(serving)}")
        return False, (
            f"{version} has not earned promotion: {numbers}, but the calibration part of its Brier "
            f"score is {worse}."
        )
    if serving == RATES_VERSION and found.constant.high >= 0.0:
        worse = lower_or_higher(found.constant, "that of one number for all")
        return False, f"{version} has not earned promotion: {numbers}, but {worse}."
    return True, (
        f"{version} has earned promotion: {numbers}. 'decision-log models promote challenger' lets it "
        "serve."
    )


def _missing(found: Comparison) -> str:
    """Say what has to be awaited before anything can be said; empty where nothing has."""
    both = found.graded + found.waiting
    if found.graded < LEAST_JUDGED:
        so_far = (
            f"of {both:,} so far {found.graded:,} have matured" if both else "there is none so far"
        )
        return (
            f"{LEAST_JUDGED - found.graded} more matured decisions are needed whose opportunities both "
            f"had predicted; {so_far}."
        )
    won, lost = int(found.won), found.graded - int(found.won)
    if min(won, lost) < LEAST_OF_EACH:
        return (
            f"of {found.graded:,} graded decisions {won:,} were won and {lost:,} not, and "
            f"{LEAST_OF_EACH} of each are needed."
        )
    return ""


def _more(found: Comparison) -> str:
    """Say how many more decisions would show a difference, if it stays as it is."""
    loss = found.log_loss
    if not loss.value < 0.0:
        return ""
    # The interval narrows with the root of the number of decisions.
    needed = found.graded * ((loss.high - loss.value) / -loss.value) ** 2
    return f" If it stays so, about {math.ceil(needed - found.graded):,} more would show it."


def _named(serving: str) -> str:
    return "the rates" if serving == RATES_VERSION else serving


def told_estimate(estimate: Estimate) -> Row:
    """Write a figure and its interval as JSON has them: None where they are not defined."""
    values = {name: float(getattr(estimate, name)) for name in ("value", "low", "high")}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
