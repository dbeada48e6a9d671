"""Find fields whose mere presence gives the answer away.

A field that people fill in when a deal is closed looks like the best predictor of all, and is missing
from every opportunity that is still to be scored. Two signs tell it:

* Among decisions of the same age it is there on closed ones and not on open ones. Age has to be held fixed:
  a field introduced last month is rarer on closed decisions only because those are older. So presence is compared
  within bins of age (Mantel-Haenszel risk difference [1]_).
* Among closed decisions its presence tells won from lost nearly without error, like a reason for losing.

References
----------
.. [1] Greenland, Robins, Estimation of a common effect parameter from sparse follow-up data,
   Biometrics 41 (1985), 55-68.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decision_features.hyperparameters import (
    LEAK_AGE_BINS,
    LEAK_DIFFERENCE,
    LEAK_LEAST_EACH,
    LEAK_PURITY,
    LEAK_Z,
)
from decision_features.labels import Labels


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
    return ""


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
