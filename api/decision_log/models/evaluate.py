"""Evaluation: a backtest of the log in which the model is compared with simple methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models.backtest import FIRST, enough, matured, run_backtest
from decision_log.models.dataset import history_reader
from decision_log.models.fields import recipe_in_use
from decision_log.models.trainers import BASE_RATE, MODEL, RATES, all_trainers
from decision_log.models.verdict import Ruling, lower_or_higher, verdict
from decision_model.evaluation.calibration import reliability_table
from decision_model.evaluation.grading import TENTHS
from decision_model.hyperparameters import LEAST_JUDGED, LEAST_OF_EACH

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.models.backtest import Matured
    from decision_log.records import Moment
    from decision_model.evaluation.bootstrap import Estimate
    from decision_model.evaluation.judged import Judged, Scores
    from decision_model.evaluation.replay import Replay

Row = dict[str, Any]
Progress = Callable[[int, int | None], None]

CUTOFFS = 5
DRAWS = 500
"""The ends of a 95 % interval are then known to about 6 % of its width."""

NEEDED = math.ceil(LEAST_JUDGED / (1.0 - FIRST))
"""Matured decisions from which on a log can be evaluated: the first half is learnt from."""

FIGURES = ("log_loss", "brier", "calibration", "auc", "top_wins", "top_revenue")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % bootstrap interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one method, or of the model's difference from it.

    Parameters
    ----------
    method : str
    log_loss : Figure
        Mean, in nats; lower is better.
    brier : Figure
        Mean squared error of the probabilities; lower is better.
    calibration : Figure
        The Brier score's calibration part: mean squared difference between predicted and
        observed, over ten quantile bins, without their bias, so it may fall a little below zero.
    auc : Figure
        Chance that a won decision ranks above one not won of the same fold; higher is better.
    top_wins, top_revenue : Figure
        Share of all wins, and of all revenue, among the best-ranked 20 % of each fold.
    """

    method: str
    log_loss: Figure
    brier: Figure
    calibration: Figure
    auc: Figure
    top_wins: Figure
    top_revenue: Figure


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """Decisions by predicted probability, and the share of them that was won.

    Parameters
    ----------
    lower, upper : float
        Bounds of the predicted probability, fractions.
    decisions : int
    predicted, observed : float
        Mean prediction, and share won.
    low, high : float
        95 % interval of the share won (Jeffreys).
    """

    lower: float
    upper: float
    decisions: int
    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FoldLine:
    """One cut-off.

    Parameters
    ----------
    cutoff, until : datetime
        Trained on what was known at ``cutoff``; decisions after it, up to ``until``, are predicted.
    known, followed, judged, won : int
        Decisions known at the cut-off, made in the interval, judged of those, won of the judged.
    log_loss, brier : mapping of method to float or None
        Means; None where nothing was judged.
    """

    cutoff: datetime
    until: datetime
    known: int
    followed: int
    judged: int
    won: int
    log_loss: Mapping[str, float | None]
    brier: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Result of an evaluation.

    Parameters
    ----------
    sentence : str
        How the model compares with the rates and the base rate, with the numbers.
    better : bool or None
        True where the model is shown to be better than the rates and than the base rate; None where too
        few decisions could be judged.
    as_of : datetime
        Facts up to then were used.
    seed, cutoffs : int
        As asked for.
    decisions, matured, judged, won : int
        Known; matured; judged; won of the judged.
    ample : bool
        Whether the log is long enough to believe that all wins of matured decisions have been seen.
    methods : tuple of Figures
        The model first.
    differences : tuple of Figures
        Model minus each other method, on the same decisions.
    reliability : tuple of ReliabilityRow
        Of the model, per tenth of probability.
    folds : tuple of FoldLine
    """

    sentence: str
    better: bool | None
    as_of: datetime
    seed: int
    cutoffs: int
    decisions: int
    matured: int
    judged: int
    won: int
    ample: bool
    methods: tuple[Figures, ...] = ()
    differences: tuple[Figures, ...] = ()
    reliability: tuple[ReliabilityRow, ...] = ()
    folds: tuple[FoldLine, ...] = ()

    def to_dict(self) -> Row:
        """As JSON has it."""
        row: Row = _plain(asdict(self))
        return row


def evaluate(
    log: Log,
    *,
    cutoffs: int = CUTOFFS,
    as_of: Moment | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    n_jobs: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Backtest the log: learn as of a moment, predict what followed, judge once it has matured.

    The first half of the matured decisions is learnt from before the first cut-off; the others fall
    into equal folds. At each cut-off every method sees the log as it was known then.

    Parameters
    ----------
    log : Log
        The log.
    cutoffs : int
        Folds, at least 1. Each costs one training.
    as_of : moment, optional
        Use only facts recorded by then; by default all.
    seed : int
        Of training and bootstrap: the same facts, moment and seed give the same evaluation.
    draws : int
        Of the bootstrap.
    n_jobs : int, optional
        Folds at once, with the same result for any number; by default one per core in a log of at
        least 2,000 decisions, else one.
    progress : callable, optional
        Called with the number of folds done and their total.

    Returns
    -------
    Evaluation
        Where too little has matured it has no figures and the sentence says how much is missing.

    Raises
    ------
    ValueError
        ``cutoffs`` or ``draws`` below 1.
    """
    if cutoffs < 1 or draws < 1:
        raise ValueError(f"cutoffs and draws must be at least 1, not {cutoffs} and {draws}")
    moment = log.moment(as_of)
    known = history_reader(log.store)
    judgeable = matured(known(moment))
    result = None
    bounds = judgeable.bounds(cutoffs)
    if bounds and judgeable.after(bounds[0]) >= LEAST_JUDGED:
        if progress is not None:
            progress(0, len(bounds))
        result = run_backtest(
            known,
            all_trainers(recipe=recipe_in_use(log), seed=seed),
            bounds,
            end=moment,
            reference=MODEL,
            draws=draws,
            seed=seed,
            n_jobs=n_jobs,
            progress=progress,
        )
    common: Row = {
        "as_of": moment,
        "seed": seed,
        "cutoffs": cutoffs,
        "decisions": len(judgeable.history),
        "matured": judgeable.count,
        "ample": judgeable.settled.ample,
    }
    if result is None or not enough(result):
        rows = None if result is None else result.rows
        return Evaluation(
            sentence=_too_few(judgeable, rows),
            better=None,
            judged=0 if rows is None else len(rows.won),
            won=0 if rows is None else int(rows.won.sum()),
            **common,
        )
    sentence, better = _compared(result, draws, seed)
    return Evaluation(
        sentence=sentence,
        better=better,
        judged=len(result.rows.won),
        won=int(result.rows.won.sum()),
        methods=tuple(_figures(name, scores) for name, scores in result.scores.items()),
        differences=_differences(result),
        reliability=_reliability(result.rows),
        folds=_folds(result),
        **common,
    )


def _compared(result: Replay, draws: int, seed: int) -> tuple[str, bool | None]:
    """Say how the model compares with the rates and the base rate, by the one rule."""
    rows = result.rows
    found = {
        f"the {name}": verdict(
            rows.probability[MODEL],
            rows.probability[name],
            rows.won,
            clusters=rows.sender,
            draws=draws,
            seed=seed,
        )
        for name in (RATES, BASE_RATE)
    }
    by = " and ".join(
        lower_or_higher(one.comparison.log_loss, f"that of {name}") for name, one in found.items()
    )
    numbers = f"on {len(rows.won):,} judged decisions its log loss is {by}"
    if all(one.better for one in found.values()):
        return f"The model is better than the rates and the base rate: {numbers}.", True
    if any(one.ruling is Ruling.WORSE for one in found.values()):
        return f"The model is worse: {numbers}.", False
    if any(one.ruling is Ruling.MISCALIBRATED for one in found.values()):
        return f"The model is miscalibrated: {numbers}.", False
    return f"The model is not shown to be better: {numbers}.", False


def _too_few(judgeable: Matured, rows: Judged | None) -> str:
    if rows is None or len(rows.won) < LEAST_JUDGED:
        return (
            f"Not enough matured decisions yet: {judgeable.count:,} of {len(judgeable.history):,}, "
            f"about {NEEDED:,} are needed to learn from one half and judge by the other."
        )
    won = int(rows.won.sum())
    return (
        f"Not enough matured decisions yet: of {len(rows.won):,} that can be judged {won:,} were won "
        f"and {len(rows.won) - won:,} not, about {LEAST_JUDGED:,} are needed, with at least "
        f"{LEAST_OF_EACH} of each."
    )


def _differences(result: Replay) -> tuple[Figures, ...]:
    """Return model minus each method; the replay has them the other way round."""
    return tuple(_figures(name, gaps, turned=True) for name, gaps in result.differences.items())


def _figures(method: str, scores: Scores, *, turned: bool = False) -> Figures:
    found: dict[str, Estimate] = {name: getattr(scores, name) for name in FIGURES}
    return Figures(
        method,
        **{name: _figure(_turned(one) if turned else one) for name, one in found.items()},
    )


def _figure(estimate: Estimate) -> Figure:
    return Figure(*(_finite(getattr(estimate, name)) for name in ("value", "low", "high")))


def _turned(estimate: Estimate) -> Estimate:
    return type(estimate)(-estimate.value, -estimate.high, -estimate.low)


def _reliability(rows: Judged) -> tuple[ReliabilityRow, ...]:
    table = reliability_table(rows.won, rows.probability[MODEL], edges=TENTHS)
    columns = (
        table.lower, table.upper, table.count, table.predicted, table.observed, table.low,
        table.high,
    )  # fmt: skip
    return tuple(ReliabilityRow(*row) for row in zip(*(c.tolist() for c in columns), strict=True))


def _folds(result: Replay) -> tuple[FoldLine, ...]:
    won = np.bincount(result.rows.fold, result.rows.won, minlength=len(result.folds))
    return tuple(
        FoldLine(
            cutoff=fold.cutoff,
            until=fold.until,
            known=fold.known,
            followed=fold.followed,
            judged=fold.judged,
            won=int(won[place]),
            log_loss={m: _finite(lines[place].log_loss) for m, lines in result.per_fold.items()},
            brier={m: _finite(lines[place].brier) for m, lines in result.per_fold.items()},
        )
        for place, fold in enumerate(result.folds)
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value
