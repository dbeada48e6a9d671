"""The gate: a new model serves only if it has shown that it is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models.backtest_plan import (
    LEAST_JUDGED,
    LEAST_OF_EACH,
    Matured,
    enough,
    lower_or_higher,
    matured,
    replayed,
)
from decision_log.models.trainers import (
    BASE_RATE,
    MODEL,
    RATES,
    as_known,
    base_rate_trainer,
    model_trainer,
    rates_trainer,
    served,
)
from decision_model.evaluation.bootstrap import paired_difference
from decision_model.evaluation.metrics import MeanOf, log_losses
from decision_model.evaluation.reliability import ReliabilityOf

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_model.evaluation.bootstrap import Estimate
    from decision_model.evaluation.replay import Replay
    from decision_model.trained.model import TrainedModel

CHAMPION = "champion"

DRAWS = 1000
"""Of the bootstrap: the ends of an interval are then known to about 4 % of its width."""

MATERIAL = 0.002
"""A difference in the calibration part of the Brier score that is smaller changes no decision. Without
this the rates, whose few values are calibrated by construction, would in a large log keep out a model
that is far better."""

FOLDS = 5
FEW_FOLDS, LARGE = 2, 20_000
"""From so many decisions on two cut-offs judge thousands, and each costs a training."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model may serve.

    Parameters
    ----------
    promote : bool
        Whether it may.
    reason : str
        One sentence, with the numbers.
    evidence : mapping
        ``rule`` (``first``, ``better`` or ``refit``), ``against``, ``judged`` and ``matured``
        (decisions), and where a replay was possible ``log_loss`` and ``calibration``: value,
        low, high of the difference new minus old (nats; Brier points); lower is better. Under
        ``first`` also ``base_rate``: that of the log loss to the base rate; under ``refit`` also
        ``noise`` (nats).
    """

    promote: bool
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


def judge(
    log: Log,
    challenger: TrainedModel,
    champion: TrainedModel | None,
    *,
    as_of: datetime,
    seed: int = 0,
) -> Verdict:
    """Compare a model with what serves, on decisions that neither had learnt from.

    The challenger has learnt from the whole log, so nothing in it can judge that very fit. What is
    judged is how it was made: at each of five cut-offs (two in a large log) the model is trained
    with what was known then and predicts the decisions that followed. A decision is judged once it
    has matured, whatever became of it. All differences are new minus old, on the same decisions,
    with a paired 95 % bootstrap interval.

    *first*: no model serves. The second half of the matured decisions is judged, against the rates
    alone. Promoted if the upper end of the difference in log loss is below zero and the calibration
    part of the Brier score (ten quantile bins, without their bias) is no worse beyond noise: the
    lower end of its difference is not above 0.002. The upper end of the difference in log loss to
    the base rate must be below zero too: where there is nothing to learn, the rates follow noise,
    and a model that merely follows it less is no better than one number for all.

    *better*: a model serves, and at least 50 matured decisions were made after it was trained. They
    are judged against what it says of them, pooled with the rates of each cut-off as it is when it
    serves. Promoted by the first two of these conditions.

    *refit*: a model serves, and there are fewer such decisions. The challenger is what serves,
    trained with newer facts, and inherits its standing, since models that are not refitted fall
    behind as times change. The replay against the rates must still show it no worse than them
    beyond noise: the lower end of the difference in log loss is not above zero; the upper end is
    not above the half width of the 95 % interval of the rates' own mean log loss, which is how well
    these decisions tell any method's loss; and calibration is no worse as above.

    In every case at least 50 decisions must have been judged, five of them won and five not; and a
    challenger that knows fewer facts than the champion never takes over.

    Parameters
    ----------
    log : Log
        Where the decisions are.
    challenger, champion : TrainedModel
        The one just trained, and the one that serves, if any.
    as_of : datetime
        Aware. Facts recorded later are not used.
    seed : int
        Of the replayed trainings and of the bootstrap.

    Returns
    -------
    Verdict
        Always one, also for an empty log.
    """
    since = None if champion is None else _moment(champion.as_of)
    if champion is not None and challenger.as_of < champion.as_of:
        reason = (
            f"It knows the log up to {_moment(challenger.as_of):%Y-%m-%d %H:%M}, "
            f"but the model that serves up to {since:%Y-%m-%d %H:%M}."
        )
        return Verdict(promote=False, reason=reason, evidence={"rule": "refit", "judged": 0})
    known = as_known(log)
    ripe = matured(known(as_of))
    trainers = {MODEL: model_trainer(log, seed=seed)}

    def against(name: str, bounds: list[datetime]) -> Replay | None:
        return replayed(known, trainers, bounds, end=as_of, reference=name, draws=DRAWS, seed=seed)

    folds = FEW_FOLDS if len(ripe.history) >= LARGE else FOLDS
    if champion is not None and since is not None and ripe.after(since) >= LEAST_JUDGED:
        trainers[CHAMPION] = served(log, champion)
        later = against(CHAMPION, ripe.bounds(folds, since=since))
        if later is not None and enough(later):
            return better(later, against=CHAMPION, rule="better", ripe=ripe.count)
        del trainers[CHAMPION]
    trainers[RATES] = rates_trainer(log)
    trainers[BASE_RATE] = base_rate_trainer()
    bounds = ripe.bounds(folds)
    judged = ripe.after(bounds[0]) if bounds else 0
    # What cannot be enough is not trained for.
    whole = against(RATES, bounds) if judged >= LEAST_JUDGED else None
    rule = "first" if champion is None else "refit"
    if whole is None or not enough(whole):
        return _not_yet(whole, ripe, rule, judged)
    if champion is None:
        return better(whole, against=RATES, rule=rule, ripe=ripe.count, also=BASE_RATE)
    return no_worse(whole, rule=rule, ripe=ripe.count)


def better(
    result: Replay, *, against: str, rule: str, ripe: int, also: str | None = None
) -> Verdict:
    """Promote if the upper end of the difference lies below zero, and calibration is no worse.

    Parameters
    ----------
    result : Replay
        With the methods ``model`` and ``against``, the latter being its reference.
    against, rule : str
        What it is compared with, and why; told in the evidence.
    ripe : int
        Matured decisions of the log; told in the evidence.
    also : str, optional
        A further method of the replay whose log loss must be beaten as well.
    """
    loss = result.differences[MODEL].log_loss
    part = _calibration(result, against)
    lower, calibrated = loss.high < 0.0, _no_worse_calibrated(part)
    further = None if also is None else _loss_gap(result, also)
    ahead = further is None or further.high < 0.0
    numbers = _numbers(result, against, None if calibrated else part)
    if lower and calibrated and not ahead and further is not None:
        start = "Better, but not shown to be better than one number for all"
        numbers += f" and {lower_or_higher(further, f'that of the {also}')}"
    elif lower and calibrated:
        start = "Better"
    elif lower:
        start = "Better, but worse calibrated"
    else:
        start = "Worse" if loss.low > 0.0 else "Not shown to be better"
    return Verdict(
        promote=lower and calibrated and ahead,
        reason=f"{start}: {numbers}.",
        evidence=_evidence(result, against, rule, ripe, part)
        | ({} if further is None else {"base_rate": _triple(further)}),
    )


def no_worse(result: Replay, *, rule: str, ripe: int) -> Verdict:
    """Promote unless the model is worse than the rates beyond noise, as told in `judge`."""
    loss = result.differences[MODEL].log_loss
    part = _calibration(result, RATES)
    calibrated = _no_worse_calibrated(part)
    old = result.scores[RATES].log_loss
    noise = (old.high - old.low) / 2.0
    shown_worse, within = loss.low > 0.0, loss.high <= noise
    if shown_worse:
        start = "Worse than the rates"
    elif not within:
        start = f"A refit that may be worse than the rates by more than noise ({noise:.4f})"
    elif not calibrated:
        start = "A refit that is worse calibrated than the rates"
    else:
        start = "A refit with newer facts, no worse than the rates"
    return Verdict(
        promote=calibrated and within and not shown_worse,
        reason=f"{start}: {_numbers(result, RATES, None if calibrated else part)}.",
        evidence={**_evidence(result, RATES, rule, ripe, part), "noise": noise},
    )


def _not_yet(result: Replay | None, ripe: Matured, rule: str, judged: int) -> Verdict:
    judged = judged if result is None else len(result.rows.won)
    won = 0 if result is None else int(result.rows.won.sum())
    few = (
        f"{judged} of {ripe.count} matured decisions can be judged, {LEAST_JUDGED} are needed"
        if judged < LEAST_JUDGED
        else f"of {judged} decisions judged {won} were won and {judged - won} not, "
        f"{LEAST_OF_EACH} of each are needed"
    )
    return Verdict(
        promote=False,
        reason=f"Not yet: {few}.",
        evidence={"rule": rule, "against": RATES, "judged": judged, "matured": ripe.count},
    )


def _loss_gap(result: Replay, against: str) -> Estimate:
    """Return the difference in log loss to a method that is not the reference."""
    rows = result.rows
    new, old = (MeanOf(log_losses(rows.won, rows.probability[name])) for name in (MODEL, against))
    return paired_difference(new, old, np.ones_like(rows.won), draws=DRAWS)


def _calibration(result: Replay, against: str) -> Estimate:
    """Return the difference in the calibration part of the Brier score, new minus old."""
    rows = result.rows
    new, old = (ReliabilityOf(rows.won, rows.probability[name]) for name in (MODEL, against))
    return paired_difference(new, old, np.ones_like(rows.won), draws=DRAWS)


def _no_worse_calibrated(part: Estimate) -> bool:
    return not part.low > MATERIAL


def _numbers(result: Replay, against: str, part: Estimate | None) -> str:
    other = "that of the rates" if against == RATES else "that of the model that serves"
    loss = lower_or_higher(result.differences[MODEL].log_loss, other)
    said = f"on {len(result.rows.won)} decisions its log loss is {loss}"
    if part is None:
        return said
    return f"{said}, the calibration part of its Brier score {lower_or_higher(part, other)}"


def _evidence(result: Replay, against: str, rule: str, ripe: int, part: Estimate) -> dict[str, Any]:
    return {
        "rule": rule,
        "against": against,
        "judged": len(result.rows.won),
        "matured": ripe,
        "log_loss": _triple(result.differences[MODEL].log_loss),
        "calibration": _triple(part),
    }


def _triple(estimate: Estimate) -> list[float]:
    return [float(estimate.value), float(estimate.low), float(estimate.high)]


def _moment(moment: np.datetime64) -> datetime:
    naive: datetime = moment.astype("datetime64[us]").astype(datetime)
    return naive.replace(tzinfo=UTC)
