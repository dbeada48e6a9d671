"""Forward rows: what members fitted to the past predicted of the decisions that came next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_features import DataDictionary, Labels, OpportunityFrame, SenderHistory
from decision_features.reading import KnownWords
from decision_model.hyperparameters import (
    FORWARD_CHAINS,
    FORWARD_SHARE,
    MOST_FORWARD_ROWS,
    MOST_JUDGED_ROWS,
)
from decision_model.rates.cells import evidence_of
from decision_model.rates.model import RateModel
from decision_model.regression.posterior import Targets
from decision_model.trained.level import at_level
from decision_model.trained.members import Members, Regressions, base_log_odds, fit_members

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]


def forward_rows(
    frame: OpportunityFrame,
    labels: Labels,
    targets: Targets,
    dictionary: DataDictionary,
    seed: int,
    *,
    n_jobs: int = 1,
    words: KnownWords | None = None,
    rules: bool = False,
) -> tuple[Floats, Targets, NDArray[np.intp]]:
    """Predict the next tenth of the log after each of several cuts.

    A model is refitted long before the log has grown by a tenth, so what members say of decisions soon after their
    training is what they are to be weighed by. Columns, shrinkage and delays are learnt again at the first cut of
    each chain only; at the others the same regressions are fitted to more rows.

    Parameters
    ----------
    frame, labels, targets : aligned, in time order
        Targets hold what is known now, open decisions included as far as they tell.
    n_jobs : int
        Chains that are followed at a time, by joblib; the answer is the same.
    words : KnownWords, optional
        Of texts that were split before.
    rules : bool
        Whether rules are a member. They are learnt at the first cut of the last chain; in the others the
        time-invariant regression stands for them.

    Returns
    -------
    log_odds : ndarray, shape (M, K)
        Of each member.
    targets : Targets
        Of the same M rows.
    places : ndarray of intp, shape (M,)
        Which rows they are.
    """
    if n_jobs == 1:
        chains = [
            _chain(frame, labels, dictionary, seed, cuts, words, rules=rules)
            for cuts in FORWARD_CHAINS
        ]
    else:
        from joblib import Parallel, delayed

        chains = Parallel(n_jobs=n_jobs)(
            delayed(_chain)(frame, labels, dictionary, seed, cuts, rules=rules)
            for cuts in FORWARD_CHAINS
        )
    predicted = np.vstack([one for one, _ in chains])
    places = np.concatenate([rows for _, rows in chains])
    return predicted, targets.take(places), places


def _chain(
    frame: OpportunityFrame,
    labels: Labels,
    dictionary: DataDictionary,
    seed: int,
    cuts: tuple[float, ...],
    words: KnownWords | None = None,
    *,
    rules: bool,
) -> tuple[Floats, NDArray[np.intp]]:
    words = words or KnownWords()
    n = len(frame)
    ends = [round(n * cut) for cut in cuts]
    stops = [min(n, round(n * (cut + FORWARD_SHARE))) for cut in cuts]
    first = max(0, ends[0] - MOST_FORWARD_ROWS)
    window = _window(frame, labels, first, ends[0])
    least = 0.0 if rules and cuts == FORWARD_CHAINS[-1] else np.inf
    members, regressions = fit_members(*window, dictionary, seed, words, least_for_rules=least)
    # All rows of the chain in its columns, each with what was known of its sender before it.
    rows = np.arange(first, stops[-1])
    past = SenderHistory.learn(frame.take(rows), labels.take(rows)).before(frame.take(rows))
    X, values = members.encoder.encode(frame.take(rows), past, words)
    predicted, judged = [], []
    for end, stop in zip(ends, stops, strict=True):
        if end > ends[0]:
            start = max(first, end - MOST_FORWARD_ROWS)
            window = _window(frame, labels, start, end)
            members = _refitted(members, regressions, X[start - first : end - first], *window)
        next_rows = np.unique(np.linspace(end, stop - 1, MOST_JUDGED_ROWS).astype(np.intp))
        later = next_rows - first
        predicted.append(members.log_odds(X[later], values[later], frame.take(next_rows)))
        judged.append(next_rows)
    return np.vstack(predicted), np.concatenate(judged)


def _window(
    frame: OpportunityFrame, labels: Labels, start: int, end: int
) -> tuple[OpportunityFrame, Labels]:
    """Give the decisions from `start` to before `end`, as known when the latter was made."""
    rows = np.arange(start, end)
    known = labels.take(rows)
    if labels.open.any():
        known = known.known_at(frame.timestamp[end])
    return frame.take(rows), known


def _refitted(
    members: Members,
    regressions: Regressions,
    X: csr_array,
    frame: OpportunityFrame,
    labels: Labels,
) -> Members:
    evidence = evidence_of(frame, labels)
    rate = RateModel.fit(evidence, earlier=members.rate)
    p = rate.mean(list(frame.type), list(frame.source))
    time_invariant, full, targets = regressions.fit(X, labels, p)
    time_invariant, full = at_level(time_invariant, full, X, targets)
    return replace(
        members, evidence=evidence, rate=rate, time_invariant=time_invariant, full=full,
        base=base_log_odds(targets), targets=targets, X=X,
    )  # fmt: skip
