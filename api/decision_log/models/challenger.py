"""Comparison of the challenger in shadow mode with what people were shown, on matured decisions."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models.verdict import Ruling, interval_row, verdict
from decision_log.predicting.champion import usable_challenger
from decision_log.predicting.estimate import RATES_VERSION
from decision_store.names import sender_key

if TYPE_CHECKING:
    from datetime import datetime

    from decision_log.log import Log
    from decision_log.models.verdict import Verdict
    from decision_model.evaluation.comparison import Scores

Row = dict[str, Any]


def challenger_report(log: Log, moment: datetime, serving: str, judged: Collection[str]) -> Row:
    """Compare the challenger with what was shown, on decisions whose opportunities both had predicted.

    A decision counts if both had predicted its opportunity, with the same inputs and from the same
    facts, no later than it was made. It is graded once it has matured. Refreshes of the champion count
    as one predictor: what is compared is what people were shown.

    *Earned* by the one rule of :mod:`decision_log.models.verdict`, with a confidence sequence, so that
    looking every day does no harm: the chance of ever promoting a challenger that is no better is at
    most 5 %. The next ``train`` promotes a challenger that has earned it; until then people may.

    Parameters
    ----------
    log : Log
        The log.
    moment : datetime
        Facts recorded later are not used.
    serving : str
        The version that serves, or ``rates``.
    judged : collection of str
        Ids of the matured decisions.

    Returns
    -------
    dict
        ``version`` (None without a challenger), ``against`` (what serves), ``problem`` (why it cannot
        be used, or None), ``predictions`` and ``opportunities`` (kept in shadow mode), ``graded`` and
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
        sentence = problem or f"No challenger runs in shadow mode beside {_named(serving)}."
        return {**nothing, "problem": problem, "sentence": sentence}
    version = challenger[0]
    counts = {
        row["model_version"]: row
        for row in log.ask(
            "prediction_counts", as_of=moment, shadow=True, by_predictor=False
        ).to_pylist()
    }
    made = counts.get(version, {"predictions": 0, "opportunities": 0})
    found, waiting = compare_challenger(log, moment, version, judged)
    return {
        **nothing,
        "version": version,
        "predictions": made["predictions"],
        "opportunities": made["opportunities"],
        "graded": found.comparison.judged,
        "waiting": waiting,
        "won": found.comparison.won,
        **(_figures(found) if found.comparison.judged else {}),
        "earned": found.better,
        "sentence": _sentence(found, waiting, version, serving),
    }


def compare_challenger(
    log: Log, moment: datetime, version: str, judged: Collection[str]
) -> tuple[Verdict, int]:
    """Rule on a version in shadow mode.

    Returns
    -------
    verdict : Verdict
        By an anytime-valid interval.
    waiting : int
        Decisions that both had predicted and that have not matured.
    """
    pairs = log.ask("shadow_pairs", as_of=moment, tried=version)
    matured = np.array([one in judged for one in pairs.column("decision_id").to_pylist()], bool)
    # What a foreign writer has put in may lie a little outside.
    served, tried = (
        np.clip(pairs.column(name).to_numpy()[matured], 0.0, 1.0) for name in ("served", "tried")
    )
    won = np.array([one == "won" for one in pairs.column("state").to_pylist()], np.float64)
    senders = [sender_key(one) if one else None for one in pairs.column("sender").to_pylist()]
    found = verdict(
        tried,
        served,
        won[matured],
        clusters=[senders[place] for place in np.flatnonzero(matured)],
        sequential=True,
    )
    return found, int((~matured).sum())


def _figures(found: Verdict) -> Row:
    def pair(scores: Scores) -> Row:
        return {"log_loss": interval_row(scores.log_loss), "brier": interval_row(scores.brier)}

    gaps = found.comparison
    return {
        "served": pair(gaps.old),
        "tried": pair(gaps.new),
        "difference": {
            "log_loss": interval_row(gaps.log_loss),
            "brier": interval_row(gaps.brier),
            "calibration": interval_row(gaps.calibration),
        },
    }


def _sentence(found: Verdict, waiting: int, version: str, serving: str) -> str:
    """Say whether it has earned its promotion, or how much is missing."""
    numbers = found.numbers(_named(serving))
    if found.ruling is Ruling.TOO_FEW:
        judged = found.comparison.judged
        both = judged + waiting
        so_far = (
            f"; of {both:,} that both had predicted {judged:,} have matured"
            if both
            else "; none so far was predicted by both"
        )
        return f"{version} has not earned promotion yet: {numbers}{so_far}."
    if not found.better:
        return f"{version} has not earned promotion: {numbers}.{_more(found)}"
    return (
        f"{version} has earned promotion: {numbers}. The next 'decision-log train' promotes it, or "
        "'decision-log models promote challenger' now."
    )


def _more(found: Verdict) -> str:
    """Say how many more decisions would show a difference, if it stays as it is."""
    gap = found.comparison.log_loss
    if found.ruling is not Ruling.UNDECIDED or not gap.value < 0.0:
        return ""
    # The interval narrows at least with the root of the number of decisions.
    needed = found.comparison.judged * ((gap.high - gap.value) / -gap.value) ** 2
    return f" If it stays so, about {math.ceil(needed - found.comparison.judged):,} more would show it."


def _named(serving: str) -> str:
    return "the rates" if serving == RATES_VERSION else serving
