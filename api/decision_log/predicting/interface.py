"""Interface of predictors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from decision_log.names import KnownNames
    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimate import Contributions
    from decision_log.predicting.estimates import Estimates


class Predictor(Protocol):
    """Interface of what estimates opportunities: the rates, or a trained model with the rates.

    Parameters
    ----------
    version : str
        Model version.
    as_of : datetime
        The moment up to which it knows the log.
    names : KnownNames
        The names of types and sources in the log: opportunities are read with it.
    repeats : bool
        Whether many items share one estimate, so that what is derived from it is worth caching.
    """

    version: str
    as_of: datetime
    names: KnownNames
    repeats: bool

    def estimate(self, items: Sequence[Opportunity]) -> Estimates:
        """Estimate each item, in order; an item's answer does not depend on the others."""

    def explain(self, item: Opportunity) -> tuple[Estimates, Contributions]:
        """Estimate one item, and take the log-odds of its probability apart."""
