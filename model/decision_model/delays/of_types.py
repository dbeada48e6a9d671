"""Delays of the types of a log as of one moment, and what they are a little later.

Delays are learnt from thousands of decisions and hardly move with one more. So those of a large log are kept for a
while: what all types together tell is that of the earlier moment, and only types of which clearly more is known since
then, or that are new, are fitted again, to all that is known now.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.counts import DelayCounts
from decision_model.delays.posterior import (
    DelayPosterior,
    pooled_prior,
    sample_delays,
    scenarios_per_type,
)
from decision_model.hyperparameters import OUTDATED_TYPE_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from decision_model.inputs.evidence import Evidence

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TypeDelays:
    """Delays of N types as of a moment.

    Parameters
    ----------
    types : tuple of str, length N
    facts : ndarray, shape (N,)
        How many decisions, and how many won or lost ones again, were known of each.
    mean, sd : ndarray, shape (N + 1, 8)
        What the other types tell of the parameters of each, and of a new one.
    posterior : DelayPosterior
        Of the types and of a new one.
    """

    types: tuple[str, ...]
    facts: Floats
    mean: Floats
    sd: Floats
    posterior: DelayPosterior

    @classmethod
    def fit(cls, evidence: Evidence) -> TypeDelays:
        """Learn from all that is known of a log."""
        index = {name: i for i, name in enumerate(dict.fromkeys(evidence.types))}
        group = np.array([index[name] for name in evidence.types], dtype=np.intp)
        counts = DelayCounts.of(evidence, group, len(index))
        mean, sd = pooled_prior(counts)
        posterior = sample_delays(counts.with_new(), mean, sd, scenarios_per_type(len(index)))
        return cls(tuple(index), _facts(evidence, group, len(index)), mean, sd, posterior)

    def later(self, types: Iterable[str], evidence: Evidence, group: Places) -> DelayPosterior:
        """Return the delays of M types and of a new one, by what is known a little later.

        Parameters
        ----------
        types : iterable of str
            In the order in which ``group`` numbers them.
        evidence : Evidence
            All that is known now.
        group : ndarray of int, shape (C,)
            Type of each of its cells.
        """
        new = len(self.types)
        place = {name: i for i, name in enumerate(self.types)}
        known = np.array([*(place.get(name, new) for name in types), new], dtype=np.intp)
        before = np.append(self.facts, 0.0)[known[:-1]]
        facts = _facts(evidence, group, len(before))
        again = np.flatnonzero(np.abs(facts - before) > OUTDATED_TYPE_SHARE * before)
        kept = self.posterior.take(known.tolist())
        if not again.size:
            return kept
        counts = DelayCounts.of(evidence, group, len(before)).take(again)
        prior = self.mean[known[again]], self.sd[known[again]]
        found = sample_delays(counts, *prior, self.posterior.theta.shape[1])
        return _with_rows(kept, again, found)


def _facts(evidence: Evidence, group: Places, n: int) -> Floats:
    known = evidence.decisions + evidence.won + evidence.lost
    return np.bincount(group, known, n).astype(np.float64)


def _with_rows(delays: DelayPosterior, types: Places, found: DelayPosterior) -> DelayPosterior:
    """Replace those of some types."""
    parts = []
    for field in fields(delays):
        values = getattr(delays, field.name).copy()
        values[types] = getattr(found, field.name)
        parts.append(values)
    return DelayPosterior(*parts)
