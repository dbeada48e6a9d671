"""Does the model earn its place? The log replayed in time order, the model beside simple methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models.backtest_plan import (
    FIRST,
    LEAST_JUDGED,
    LEAST_OF_EACH,
    enough,
    lower_or_higher,
    matured,
    replayed,
)
from decision_log.models.trainers import BASE_RATE, MODEL, RATES, all_trainers, as_known
from decision_model.evaluation.calibration import reliability_table

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.models.backtest_plan import Matured
    from decision_log.records import Moment
    from decision_model.evaluation.bootstrap import Estimate
    from decision_model.evaluation.replay import Judged, Replay, Scores, Trainer

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
        The Brier score's calibration part: mean squared difference between what was said and what
        came, over ten quantile bins, their bias taken off, so it may fall a little below zero.
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
    """Of the decisions to which the model gave so much, which share was won.

    Parameters
    ----------
    lower, upper : float
        Bounds of what was said, fractions.
    decisions : int
    predicted, observed : float
        Mean of what was said, and share won.
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
        Learnt from what was known at ``cutoff``; decisions after it, up to ``until``, are predicted.
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
    """What a replay of the log has shown.

    Parameters
    ----------
    sentence : str
        Whether the model earns its place, with the numbers.
    earns_its_place : bool or None
        True where its log loss is shown to be below that of the rates and of the base rate; None
        where too few decisions could be judged.
    as_of : datetime
        Facts up to then were used.
    seed, cutoffs : int
        As asked for.
    decisions, matured, judged, won : int
        Known; followed long enough to be judged; judged; won of the judged.
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
    earns_its_place: bool | None
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

    def told(self) -> Row:
        """As JSON has it."""
        told: Row = _plain(asdict(self))
        return told


def evaluate(
    log: Log,
    *,
    cutoffs: int = CUTOFFS,
    as_of: Moment | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> Evaluation:
    """Replay the log: learn as of a moment, predict what followed, judge once it has matured.

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
    progress : callable, optional
        Called with the number of trainings done and their total.

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
    known = as_known(log)
    ripe = matured(known(moment))
    result = None
    bounds = ripe.bounds(cutoffs)
    if bounds and ripe.after(bounds[0]) >= LEAST_JUDGED:
        trainers = _counted(all_trainers(log, seed=seed), len(bounds), progress)
        result = replayed(
            known, trainers, bounds, end=moment, reference=MODEL, draws=draws, seed=seed
        )
    common: Row = {
        "as_of": moment,
        "seed": seed,
        "cutoffs": cutoffs,
        "decisions": len(ripe.history),
        "matured": ripe.count,
        "ample": ripe.settled.ample,
    }
    if result is None or not enough(result):
        rows = None if result is None else result.rows
        return Evaluation(
            sentence=_too_few(ripe, rows),
            earns_its_place=None,
            judged=0 if rows is None else len(rows.won),
            won=0 if rows is None else int(rows.won.sum()),
            **common,
        )
    sentence, earns = _verdict(result)
    return Evaluation(
        sentence=sentence,
        earns_its_place=earns,
        judged=len(result.rows.won),
        won=int(result.rows.won.sum()),
        methods=tuple(_figures(name, scores) for name, scores in result.scores.items()),
        differences=_differences(result),
        reliability=_reliability(result.rows),
        folds=_folds(result),
        **common,
    )


def _counted(
    trainers: Mapping[str, Trainer], folds: int, progress: Progress | None
) -> Mapping[str, Trainer]:
    """Report every training; the model's take nearly all of the time."""
    if progress is None:
        return trainers
    done = 0
    train = trainers[MODEL]

    def counted(history: Any) -> Any:
        nonlocal done
        progress(done, folds)
        trained = train(history)
        done += 1
        progress(done, folds)
        return trained

    return {**trainers, MODEL: counted}


def _verdict(result: Replay) -> tuple[str, bool]:
    """Say whether the model earns its place, and by which numbers."""
    n = len(result.rows.won)
    gaps = {name: _turned(result.differences[name].log_loss) for name in (RATES, BASE_RATE)}
    beaten = [name for name, gap in gaps.items() if gap.high < 0.0]
    ahead = [name for name, gap in gaps.items() if gap.low > 0.0]
    by = " and ".join(lower_or_higher(gap, f"that of the {name}") for name, gap in gaps.items())
    numbers = f"on {n:,} judged decisions its log loss is {by}"
    if len(beaten) == len(gaps):
        return f"The model earns its place: {numbers}.", True
    if ahead:
        return f"The model does not earn its place: {numbers}.", False
    return f"The model has not shown yet that it earns its place: {numbers}.", False


def _too_few(ripe: Matured, rows: Judged | None) -> str:
    if rows is None or len(rows.won) < LEAST_JUDGED:
        return (
            f"Not enough matured decisions yet: {ripe.count:,} of {len(ripe.history):,}, "
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
    from decision_model.evaluation.grading import TENTHS

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
