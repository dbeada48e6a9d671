"""Find fields whose mere presence gives the answer away.

A field that people fill in when a deal is closed looks like the best predictor of all, and is missing
from every opportunity that is still to be scored. Two signs tell it:

* Among decisions of the same age it is there on closed ones and not on open ones. Age has to be held fixed:
  a field introduced last month is rarer on closed decisions only because those are older. So presence is compared
  within bins of age (Mantel-Haenszel risk difference [1]_).
* Among closed decisions its presence tells won from lost nearly without error, like a reason for losing.

  Likewise where nearly all decisions that have it ended alike.

More signs lie in the values:

* They separate won from lost nearly perfectly: the lower bound of the area under the ROC curve, of a score that is the
  share of won among the other folds' decisions with the value, is at least .98 [2]_. So do those of a field that
  changes with the state, such as a stage, between closed and open decisions of the same age.
* So do the words of a text or of a list, or they say how the decision ended (`screening_words`).
* They are dates after the decision (`screening_dates`).

A field that is honest and that strong (a coupon) can be allowed by name.

References
----------
.. [1] Greenland, Robins, Estimation of a common effect parameter from sparse follow-up data,
   Biometrics 41 (1985), 55-68.
.. [2] Hanley, McNeil, The meaning and use of the area under a receiver operating characteristic (ROC) curve,
   Radiology 143 (1982), 29-36: its standard error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import values
from decision_features.hyperparameters import (
    LEAK_AGE_BINS,
    LEAK_AUC,
    LEAK_DIFFERENCE,
    LEAK_FOLDS,
    LEAK_LEAST_EACH,
    LEAK_NUMBER_BINS,
    LEAK_PURITY,
    LEAK_ROWS,
    LEAK_TEXTS,
    LEAK_Z,
)
from decision_features.labels import Labels
from decision_features.screening_dates import dated_afterwards
from decision_features.screening_words import named_state, one_sided, terms_of, word_scores


def leak(present: NDArray[np.bool_], labels: Labels) -> str:
    """Why a field must not be used, judged by where it is present; empty where it may be.

    Parameters
    ----------
    present : ndarray of bool, shape (N,)
        Whether each decision has the field.
    labels : Labels
        Of the same decisions.
    """
    closed = labels.won | labels.lost
    if present.all() or not present.any():
        return ""
    difference, error = _difference_by_age(present, closed, labels)
    if difference > LEAK_DIFFERENCE and difference > LEAK_Z * error:
        return (
            f"filled in {difference:.0%} more often on closed decisions than on open ones of the "
            "same age, so it is missing when it is needed"
        )
    with_it, without = closed & present, closed & ~present
    if min(with_it.sum(), without.sum()) >= LEAK_LEAST_EACH:
        agree = np.mean(labels.won[closed] == present[closed])
        if max(agree, 1 - agree) >= LEAK_PURITY:
            return f"its presence alone tells won from lost for {max(agree, 1 - agree):.1%} of the decisions"
    return one_sided(present, labels)


def answer_in_values(column: Sequence[Any], labels: Labels) -> str:
    """Why a field must not be used, judged by its values; empty where it may be.

    Parameters
    ----------
    column : sequence of N values
        None, an empty text or nan where missing.
    labels : Labels
        Of the same decisions.
    """
    column, labels = _evenly(column, labels, LEAK_ROWS)
    if reason := dated_afterwards(column, labels):
        return reason
    codes = _codes(column)
    closed = labels.won | labels.lost
    bound = _auc_bound(
        _level_scores(codes[closed], labels.won[closed]), labels.won[closed], _one_stratum(closed)
    )
    if bound >= LEAK_AUC:
        return _SEPARATES.format(bound)
    bound = _auc_bound(_level_scores(codes, closed), closed, _age_bins(labels, closed))
    if bound >= LEAK_AUC:
        return _CHANGES.format(bound)
    return answer_in_words(column, labels) if _holds_words(column, codes) else ""


def answer_in_words(column: Sequence[Any], labels: Labels, *, is_request: bool = False) -> str:
    """Why a text must not be used, judged by its words; empty where it may be.

    Parameters
    ----------
    column : sequence of N values
        Texts, or lists of texts; None or empty where missing.
    labels : Labels
        Of the same decisions.
    is_request : bool, default=False
        Whether it is the text of the opportunity itself, which may separate honestly (inquiries from spam): it is
        refused only where it says how the decision ended.
    """
    column, labels = _evenly(column, labels, LEAK_TEXTS)
    terms = terms_of(column)
    if (reason := named_state(terms, labels)) or is_request:
        return reason
    closed = labels.won | labels.lost
    ended = [found for found, is_closed in zip(terms, closed.tolist(), strict=True) if is_closed]
    won = labels.won[closed]
    bound = _auc_bound(word_scores(ended, won), won, _one_stratum(closed))
    if bound >= LEAK_AUC:
        return _SEPARATES.format(bound)
    bound = _auc_bound(word_scores(terms, closed), closed, _age_bins(labels, closed))
    return _CHANGES.format(bound) if bound >= LEAK_AUC else ""


_SEPARATES = (
    "it tells won from lost nearly without error (AUC at least {:.2f}), as only what is filled in "
    "afterwards does"
)
_CHANGES = (
    "it changes when a decision is closed (AUC at least {:.2f} between closed and open decisions "
    "of the same age)"
)


def _evenly(column: Sequence[Any], labels: Labels, most: int) -> tuple[Sequence[Any], Labels]:
    """Take evenly spaced decisions, not more than wanted."""
    if len(column) <= most:
        return column, labels
    rows = np.unique(np.linspace(0, len(column) - 1, most).astype(np.intp))
    return [column[row] for row in rows.tolist()], labels.take(rows)


def _holds_words(column: Sequence[Any], codes: NDArray[np.intp]) -> bool:
    """Tell a column of texts or lists from one of numbers and dates."""
    filled = [value for value in column if value is not None and value != ""]
    texts = sum(isinstance(value, str | list | tuple) for value in filled)
    letters = sum(any(c.isalpha() for c in str(value)) for value in filled[:200])
    return (
        len(set(codes.tolist())) > 1 and 2 * texts > len(filled) and 4 * letters > len(filled[:200])
    )


def _codes(column: Sequence[Any]) -> NDArray[np.intp]:
    """Number the levels of a column: its values, or bins of them where it holds many numbers."""
    names = [
        "; ".join(values.entries(value))
        if isinstance(value, list | tuple)
        else values.name(value) or ""
        for value in column
    ]
    levels, codes = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    if len(levels) <= LEAK_NUMBER_BINS:
        return codes.astype(np.intp)
    numbers = values.numbers(list(column))
    there = np.isfinite(numbers)
    filled = sum(bool(name) for name in names)
    if there.sum() < 0.9 * filled:
        return codes.astype(np.intp)
    edges = np.unique(np.quantile(numbers[there], np.linspace(0, 1, LEAK_NUMBER_BINS + 1)[1:-1]))
    # Values that come often, such as 0 and 100, keep a bin of their own.
    binned = 2 * np.searchsorted(edges, numbers, side="left") + np.isin(numbers, edges)
    return np.where(there, binned + 1, 0).astype(np.intp)


def _level_scores(codes: NDArray[np.intp], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Score each decision by the share of positive ones among the other folds' with its level."""
    score = np.zeros(len(codes))
    if codes.min(initial=0) == codes.max(initial=0) or not positive.any() or positive.all():
        return score
    fold = np.arange(len(codes)) % LEAK_FOLDS
    size = int(codes.max()) + 1
    for each in range(LEAK_FOLDS):
        learn = fold != each
        total = np.bincount(codes[learn], minlength=size)
        hits = np.bincount(codes[learn], weights=positive[learn], minlength=size)
        share = (hits + positive[learn].mean()) / (total + 1.0)
        score[~learn] = share[codes[~learn]]
    return score


def _one_stratum(closed: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.zeros(int(closed.sum()), dtype=np.intp)


def _auc_bound(
    score: NDArray[np.float64], positive: NDArray[np.bool_], strata: NDArray[np.intp]
) -> float:
    """Lower bound (95 %, one-sided) of the AUC of a score within strata; 0: too few, or all alike."""
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if min(n_positive, n_negative) < LEAK_LEAST_EACH or score.min() == score.max():
        return 0.0
    concordant = pairs = 0.0
    for stratum in np.unique(strata):
        inside = strata == stratum
        high, low = score[inside & positive], np.sort(score[inside & ~positive])
        if not len(high) or not len(low):
            continue
        below = np.searchsorted(low, high, side="left")
        equal = np.searchsorted(low, high, side="right") - below
        concordant += float(np.sum(below + 0.5 * equal))
        pairs += len(high) * len(low)
    if pairs < LEAK_LEAST_EACH**2:
        return 0.0
    auc = concordant / pairs
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (
        auc * (1 - auc) + (n_positive - 1) * (q1 - auc**2) + (n_negative - 1) * (q2 - auc**2)
    ) / (n_positive * n_negative)
    return float(auc - 1.645 * np.sqrt(max(variance, 0.0)))


def _age_bins(labels: Labels, closed: NDArray[np.bool_]) -> NDArray[np.intp]:
    age = (labels.as_of - labels.decided_at).astype("timedelta64[s]").astype(np.float64)
    age[np.isnat(labels.decided_at)] = -1.0
    if closed.all() or not closed.any():
        return np.zeros(len(age), int)
    edges = np.unique(np.quantile(age[~closed], np.linspace(0, 1, LEAK_AGE_BINS + 1)[1:-1]))
    return np.searchsorted(edges, age, side="right")


def _difference_by_age(
    present: NDArray[np.bool_], closed: NDArray[np.bool_], labels: Labels
) -> tuple[float, float]:
    """Presence on closed minus presence on open decisions of like age, and its standard error."""
    age = (labels.as_of - labels.decided_at).astype("timedelta64[s]").astype(np.float64)
    age[np.isnat(labels.decided_at)] = -1.0
    if closed.all() or not closed.any():
        return 0.0, np.inf
    # The bins split the open ones evenly: they are the fewer.
    edges = np.unique(np.quantile(age[~closed], np.linspace(0, 1, LEAK_AGE_BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, age, side="right")
    counts = np.zeros((2, 2, len(edges) + 1))  # closed?, present?, bin
    np.add.at(counts, (closed.astype(int), present.astype(int), bins), 1.0)
    n_open, n_closed = counts[0].sum(axis=0), counts[1].sum(axis=0)
    both = (n_open > 0) & (n_closed > 0)
    if not both.any():
        return 0.0, np.inf
    n_open, n_closed = n_open[both], n_closed[both]
    p_open, p_closed = counts[0, 1, both] / n_open, counts[1, 1, both] / n_closed
    weight = n_open * n_closed / (n_open + n_closed)
    difference = float(weight @ (p_closed - p_open) / weight.sum())
    # Agresti's +1 keeps the error above zero where all or none of a few have the field.
    smooth_open = (counts[0, 1, both] + 1) / (n_open + 2)
    smooth_closed = (counts[1, 1, both] + 1) / (n_closed + 2)
    variance = (
        smooth_open * (1 - smooth_open) / n_open + smooth_closed * (1 - smooth_closed) / n_closed
    )
    return difference, float(np.sqrt(weight**2 @ variance) / weight.sum())
