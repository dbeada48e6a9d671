"""Find texts whose words give the answer away: remarks that are written when a deal is closed.

Two signs. The words together tell won from lost nearly without error, like a reason for losing: a naive Bayes score of
the words, learnt on other folds [1]_, has an area under the ROC curve of .98 or more. Or the text says itself how the
decision ended: of the decisions whose text has a plain word for won or lost, nearly all ended so.

References
----------
.. [1] McCallum, Nigam, A comparison of event models for naive Bayes text classification, AAAI workshop (1998):
   the multivariate Bernoulli model, here of the words that are present.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import values
from decision_features.hyperparameters import (
    LEAK_FOLDS,
    LEAK_LEAST_EACH,
    LEAK_ONE_SIDED,
    LEAK_PURITY,
    LEAK_WORDS,
)
from decision_features.labels import Labels
from decision_features.text import words
from decision_store.vocabulary import WON, plain_state


def terms_of(column: Sequence[Any]) -> list[frozenset[str]]:
    """Return the different words and pairs of words of each value."""
    return [_terms("; ".join(values.entries(value))) for value in column]


def _terms(text: str) -> frozenset[str]:
    found = words(text)
    return frozenset([*found, *map(" ".join, pairwise(found))])


def named_state(terms: Sequence[frozenset[str]], labels: Labels) -> str:
    """Why a field must not be used that says itself how decisions ended; empty where it may be.

    Parameters
    ----------
    terms : sequence of N sets
        From `terms_of`.
    labels : Labels
        Of the same decisions.
    """
    closed = labels.won | labels.lost
    agree, by_chance, said, examples = 0, 0.0, 0, Counter[str]()
    share_won = float(labels.won.sum() / max(closed.sum(), 1))
    known = {word: state for word in set().union(*terms) if (state := plain_state(word))}
    telling = frozenset(known)
    for place in np.flatnonzero(closed).tolist():
        found = {word: known[word] for word in sorted(terms[place] & telling)}
        if len(set(found.values())) != 1:
            continue
        says_won = next(iter(found.values())) == WON
        said += 1
        agree += says_won == labels.won[place]
        by_chance += share_won if says_won else 1.0 - share_won
        examples.update(found.keys())
    if said < LEAK_LEAST_EACH or lower_bound(agree, said) < LEAK_ONE_SIDED:
        return ""
    if by_chance / said > 0.9:  # nearly all decisions end so anyway
        return ""
    shown = ", ".join(repr(word) for word, _ in examples.most_common(2))
    return (
        f"its text says how the decision ended (words such as {shown}, right for {agree} of {said})"
    )


def word_scores(
    terms: Sequence[frozenset[str]], positive: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Score each value by the words of the other folds' values: log-odds of being positive.

    Returns
    -------
    ndarray of float64, shape (N,)
        0 where no word is known.
    """
    counts = Counter(word for found in terms for word in found)
    kept = [word for word, count in counts.most_common(LEAK_WORDS) if count > 1]
    place = {word: number for number, word in enumerate(kept)}
    indices = [[place[word] for word in found if word in place] for found in terms]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in indices])])
    flat = np.array([number for row in indices for number in row], dtype=np.intp)
    from scipy import sparse  # takes long to import, and scoring does without

    matrix = sparse.csr_matrix(
        (np.ones(len(flat)), flat, starts), shape=(len(terms), max(len(kept), 1))
    )
    scores = np.zeros(len(terms))
    fold = np.arange(len(terms)) % LEAK_FOLDS
    for each in range(LEAK_FOLDS):
        learn, test = fold != each, fold == each
        hits = np.asarray(matrix[learn & positive].sum(axis=0)).ravel()
        misses = np.asarray(matrix[learn & ~positive].sum(axis=0)).ravel()
        n_hits, n_misses = int((learn & positive).sum()), int((learn & ~positive).sum())
        weights = np.log((hits + 0.5) / (n_hits + 1.0)) - np.log((misses + 0.5) / (n_misses + 1.0))
        scores[test] = matrix[test] @ weights
    return scores


def one_sided(present: NDArray[np.bool_], labels: Labels) -> str:
    """Why a field must not be used that only decisions with one end have; empty where it may be."""
    closed = labels.won | labels.lost
    having, without = closed & present, closed & ~present
    n, rest = int(having.sum()), int(without.sum())
    if min(n, rest) < LEAK_LEAST_EACH:
        return ""
    for state, ended in (("won", labels.won), ("lost", labels.lost)):
        agree = int((having & ended).sum())
        pure = agree >= LEAK_PURITY * n and lower_bound(agree, n) >= LEAK_ONE_SIDED
        if pure and (without & ended).sum() <= 0.9 * rest:
            return f"of the decisions that have it {agree / n:.1%} are {state}, as with what is filled in afterwards"
    return ""


def lower_bound(hits: int, total: int) -> float:
    """Return the lower bound of a share by Wilson's interval, one-sided 95 %.

    Examples
    --------
    >>> round(lower_bound(52, 52), 3), round(lower_bound(20, 20), 3)
    (0.951, 0.881)
    """
    z = 1.645
    share, z2 = hits / total, z**2
    centre = share + z2 / (2 * total)
    half = z * np.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return float((centre - half) / (1 + z2 / total))
