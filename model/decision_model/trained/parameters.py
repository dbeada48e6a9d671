"""Parameters of a trained model: everything that is needed to score, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from decision_features import Encoder, SenderRecords
from decision_model.artifacts.sender_hashes import SenderHashing
from decision_model.inputs.evidence import Evidence
from decision_model.rates.model import RateModel
from decision_model.regression.posterior import LogisticPosterior
from decision_model.regression.revenue import RevenueRegression
from decision_model.regression.rules import RuleEnsemble
from decision_model.trained.given_action import ActionEffects
from decision_model.trained.named_predictors import NamedPredictor
from decision_model.trained.pool import Pool


@dataclass(frozen=True)
class Parameters:
    """Everything that a trained model needs to score: plain data.

    Parameters
    ----------
    encoder, records : how an opportunity becomes columns.
    evidence : Evidence
        Of the rates at training; `rate` is worked out from it.
    time_invariant, full : LogisticPosterior
        Without and with the fields that say when rather than what; the same where there are none.
    rules : RuleEnsemble or None
        What is added to the time-invariant regression where fields interact.
    base : float
        Log-odds of the base rate.
    pool : Pool
        Weights of rate, time-invariant, full, base rate and rules.
    revenue : RevenueRegression
    spread : float
        Standard deviation of the log-odds between opportunities.
    decisions : float
        Closed decisions (and what the open ones are worth) behind it.
    as_of : datetime64[us]
        Facts up to then were used.
    hashing : SenderHashing or None
        How senders are named in encoder and records; None where they stand there in clear.
    named : tuple of NamedPredictor
        What probabilities stated by people and agents add.
    actions : ActionEffects or None
        What an action adds that an opportunity gives.
    """

    encoder: Encoder
    records: SenderRecords
    evidence: Evidence
    time_invariant: LogisticPosterior
    full: LogisticPosterior
    rules: RuleEnsemble | None
    base: float
    pool: Pool
    revenue: RevenueRegression
    spread: float
    decisions: float
    as_of: np.datetime64
    hashing: SenderHashing | None = None
    named: tuple[NamedPredictor, ...] = ()
    actions: ActionEffects | None = None

    def knows_sender(self, sender: str) -> bool | None:
        """Tell whether a sender was seen in training; None where that cannot be known."""
        name = sender if self.hashing is None else self.hashing.name(sender)
        return None if name is None else name in self.records.senders

    @cached_property
    def rate(self) -> RateModel:
        """The rates at training, fitted when first asked for: what serves gives newer ones."""
        return RateModel.fit(self.evidence)
