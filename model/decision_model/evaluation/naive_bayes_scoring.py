"""Odoo's predictive lead scoring, re-stated from its published behaviour, as a baseline.

Naive Bayes over fields, per sales team:

* Every (team, field, value) holds two counts, won and lost, that start at 0.1 when first seen.
* A win adds one to **every** stage; a loss adds one to every stage up to where the lead died.
* The prior and the stages' denominators are the counts of the first stage. Any other field is
  divided by the sum over its own values, so a lead without a value gets no factor for it; neither
  does a value never seen.
* A tag counts like a value of one shared field, once it has 50 closed leads; a lead may have many.
* A lead without a team, or of a team without counts, is scored on the sum over all teams.
* The percentage is rounded to two decimals and kept within 0.01 to 99.99.

See Odoo's documentation, CRM, "Assign leads with predictive lead scoring"; the behaviour is that of
version 14 and later. Nothing is known of a team that never won or never lost: no probability.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from decision_model.hyperparameters import (
    NAIVE_BAYES_LEAST_TAG_COUNT,
    NAIVE_BAYES_SMOOTHING,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_STAGE = "\0stage"
_TAG = "\0tag"


@dataclass(frozen=True, slots=True)
class Lead:
    """What the method looks at.

    Parameters
    ----------
    values : mapping
        Value of each field; None is left out.
    stage : str
        Where in the pipeline it is, or was when it was lost.
    team : str, optional
        None is no team.
    tags : tuple of str
        Any number.
    """

    values: Mapping[str, str | None] = field(default_factory=dict)
    stage: str = "new"
    team: str | None = None
    tags: tuple[str, ...] = ()


class _Counts:
    """Counts of one team: won and lost of each (field, value)."""

    __slots__ = ("cells",)

    def __init__(self) -> None:
        self.cells: dict[str, dict[str, list[float]]] = defaultdict(dict)

    def add(self, name: str, value: str, won: float, lost: float, start: float) -> None:
        cell = self.cells[name].setdefault(value, [start, start])
        cell[0] += won
        cell[1] += lost


@dataclass(frozen=True, slots=True)
class _Table:
    """Logarithm of the won and lost factors of one team, ready to be added up."""

    prior: tuple[float, float]
    factors: Mapping[str, Mapping[str, tuple[float, float]]]


class NaiveBayesScoring:
    """Odoo's predictive lead scoring.

    Parameters
    ----------
    stages : sequence of str
        From first to last. The first must be one that all leads pass.

    Examples
    --------
    >>> won, lost = Lead({"source": "fair"}), Lead({"source": "mail"})
    >>> model = NaiveBayesScoring(["new"]).fit([won, lost], [True, False])
    >>> model.percent(Lead({"source": "fair"}))  # 1.1 / 1.2 against 0.1 / 1.2
    91.67
    """

    def __init__(self, stages: Sequence[str] = ("new",)) -> None:
        if not stages:
            raise ValueError("at least one stage is needed")
        self.stages = tuple(stages)

    def fit(self, leads: Iterable[Lead], won: Iterable[bool]) -> NaiveBayesScoring:
        """Count closed leads; open ones must be left out."""
        by_team: dict[str | None, _Counts] = defaultdict(_Counts)
        for lead, is_won in zip(leads, won, strict=True):
            self._count(by_team[lead.team], lead, won=is_won)
        pooled = _Counts()
        for counts in by_team.values():
            for name, values in counts.cells.items():
                for value, (wins, losses) in values.items():
                    # A team's rare tag is ignored in the sum over teams as well.
                    if name == _TAG and wins + losses < NAIVE_BAYES_LEAST_TAG_COUNT:
                        continue
                    pooled.add(name, value, wins, losses, start=0.0)
        self.pooled_ = self._table(pooled)
        self.tables_ = {team: self._table(c) for team, c in by_team.items() if team is not None}
        return self

    def percent(self, lead: Lead) -> float | None:
        """Return the probability in percent as Odoo shows it; None where it has none."""
        probability = self.probability(lead)
        if probability is None:
            return None
        # An exact half is rounded up; the tolerance makes up for the last bits of the sums.
        hundredths = math.floor(1e4 * probability + 0.5 + 1e-7)
        return min(max(hundredths / 100.0, 0.01), 99.99)

    def probability(self, lead: Lead) -> float | None:
        """Return the probability of winning as a fraction, not rounded; None where it has none."""
        table = self.tables_.get(lead.team, self.pooled_) if lead.team else self.pooled_
        if table is None:
            return None
        won, lost = table.prior
        for name, value in self._seen(lead):
            factor = table.factors.get(name, {}).get(value)
            if factor is not None:
                won += factor[0]
                lost += factor[1]
        return _share(won, lost)

    def _count(self, counts: _Counts, lead: Lead, *, won: bool) -> None:
        if lead.stage not in self.stages:
            raise ValueError(f"unknown stage {lead.stage!r}; the stages are {self.stages}")
        passed = self.stages if won else self.stages[: self.stages.index(lead.stage) + 1]
        for stage in passed:
            counts.add(_STAGE, stage, won, not won, NAIVE_BAYES_SMOOTHING)
        for name, value in self._seen(lead):
            if name != _STAGE:
                counts.add(name, value, won, not won, NAIVE_BAYES_SMOOTHING)

    @staticmethod
    def _seen(lead: Lead) -> list[tuple[str, str]]:
        seen = [(_STAGE, lead.stage)]
        seen += [(name, value) for name, value in lead.values.items() if value is not None]
        seen += [(_TAG, tag) for tag in lead.tags]
        return seen

    def _table(self, counts: _Counts) -> _Table | None:
        first = counts.cells.get(_STAGE, {}).get(self.stages[0])
        if first is None or not first[0] or not first[1]:
            return None
        whole = first[0] + first[1]
        factors = {}
        for name, values in counts.cells.items():
            used = {
                value: cell
                for value, cell in values.items()
                if name != _TAG or sum(cell) >= NAIVE_BAYES_LEAST_TAG_COUNT
            }
            total = (
                first
                if name == _STAGE
                else [sum(part) for part in zip(*used.values(), strict=True)]
            )
            factors[name] = {
                value: (math.log(cell[0] / total[0]), math.log(cell[1] / total[1]))
                for value, cell in used.items()
            }
        return _Table((math.log(first[0] / whole), math.log(first[1] / whole)), factors)


def _share(won: float, lost: float) -> float:
    """Return exp(won) / (exp(won) + exp(lost)) without underflow."""
    return 1.0 / (1.0 + math.exp(min(lost - won, 700.0)))
