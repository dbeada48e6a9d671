"""The gate: whether a version that was just trained replaces the one that serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision_log.models.backtest import matured, run_backtest
from decision_log.models.dataset import history_reader
from decision_log.models.trainers import MODEL, FrozenModel, ModelTrainer
from decision_log.models.verdict import Ruling, verdict
from decision_model.hyperparameters import BOOTSTRAP_DRAWS, LEAST_JUDGED
from decision_model.inputs.history import aware

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.models.recipe import Recipe
    from decision_log.models.verdict import Verdict
    from decision_model.trained.model import TrainedModel

CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Replacement:
    """Whether a version replaces the champion.

    Parameters
    ----------
    replace : bool
    reason : str
        One sentence, with the numbers.
    evidence : mapping
        ``rule`` (``first``, ``refresh``, ``older`` or ``recipe``) and, where a test was made, what
        :meth:`decision_log.models.verdict.Verdict.to_dict` gives.
    """

    replace: bool
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


def judge(
    log: Log,
    new: TrainedModel,
    champion: TrainedModel | None,
    *,
    as_of: datetime,
    recipe: Recipe,
    champion_recipe: Recipe,
    seed: int = 0,
) -> Replacement:
    """Decide whether a version replaces the champion.

    *first*: no model serves. It serves from now on: its pool holds the rates and the base rate, and
    weighs the regression by its evidence, so there is no smallest log.

    *older*: it knows fewer facts than the champion, and never replaces it.

    *recipe*: it was made in another way (other fields). It waits as challenger and is compared with the
    champion on later decisions by an anytime-valid rule (:mod:`decision_log.models.challenger`).

    *refresh*: the same recipe with more data. It replaces the champion unless it is shown worse, or
    miscalibrated. The version itself has learnt from every decision, so what is judged is the refresh as
    such: of the matured decisions since the champion was trained the first half is learnt from as it was
    known then, and the other half is predicted, by the model trained then and by the champion, each pooled
    with the rates of that moment. With fewer than 100 such decisions there is no test.

    Parameters
    ----------
    log : Log
        Where the decisions are.
    new, champion : TrainedModel
        The one just trained, and the one that serves, if any.
    as_of : datetime
        Aware. Facts recorded later are not used.
    recipe, champion_recipe : Recipe
        How each was made.
    seed : int
        Of the training in the test and of the bootstrap.
    """
    if champion is None:
        return Replacement(
            replace=True,
            reason="It is the first: rates, base rate and regression, pooled by what each has shown.",
            evidence={"rule": "first"},
        )
    known_until, since = aware(new.as_of), aware(champion.as_of)
    if known_until < since:
        return Replacement(
            replace=False,
            reason=f"It knows the log up to {known_until:%Y-%m-%d %H:%M}, "
            f"but the champion up to {since:%Y-%m-%d %H:%M}.",
            evidence={"rule": "older"},
        )
    if recipe != champion_recipe:
        return Replacement(
            replace=False,
            reason="It was made by another recipe; 'decision-log calibration' compares it with the "
            "champion on the decisions that follow.",
            evidence={"rule": "recipe"},
        )
    found = _refreshed(log, champion, recipe, since, as_of=as_of, seed=seed)
    if found is None or found.ruling is Ruling.TOO_FEW:
        return Replacement(
            replace=True,
            reason="It is a refresh with newer facts; there are too few decisions since the "
            "champion was trained to test it.",
            evidence={"rule": "refresh"},
        )
    start = {
        Ruling.BETTER: "It is a refresh, and better",
        Ruling.UNDECIDED: "It is a refresh, not shown to be worse",
        Ruling.WORSE: "The refresh is worse",
        Ruling.MISCALIBRATED: "The refresh is miscalibrated",
    }[found.ruling]
    return Replacement(
        replace=not found.worse,
        reason=f"{start}: {found.numbers('the champion')}.",
        evidence={"rule": "refresh", **found.to_dict()},
    )


def _refreshed(
    log: Log,
    champion: TrainedModel,
    recipe: Recipe,
    since: datetime,
    *,
    as_of: datetime,
    seed: int,
) -> Verdict | None:
    """Compare a model trained half-way since the champion with the champion; None with too few."""
    known = history_reader(log.store, rows=False)
    judgeable = matured(known(as_of))
    if judgeable.after(since) < 2 * LEAST_JUDGED:
        return None
    result = run_backtest(
        known,
        {MODEL: ModelTrainer(recipe, seed), CHAMPION: FrozenModel(champion)},
        judgeable.bounds(2, since=since)[1:],
        end=as_of,
        reference=CHAMPION,
        draws=1,
        seed=seed,
    )
    if result is None:
        return None
    rows = result.rows
    return verdict(
        rows.probability[MODEL],
        rows.probability[CHAMPION],
        rows.won,
        clusters=rows.sender,
        draws=BOOTSTRAP_DRAWS,
        seed=seed,
    )
