"""Read and write access to one log: facts in, rates and returns out."""

from __future__ import annotations

from decision_log.log.correcting import Correcting
from decision_log.log.exchange import Exchange
from decision_log.log.forgetting import Forgetting
from decision_log.log.maintenance import Maintenance
from decision_log.log.operating import Operating
from decision_log.log.reading import Reading
from decision_log.log.writing import Writing

__all__ = ["Log"]


class Log(Writing, Correcting, Reading, Maintenance, Operating, Forgetting, Exchange):
    """Record decisions and outcomes, and read what they add up to; the base of `DecisionLog`.

    Parameters and promises are those of `DecisionLog`.

    Examples
    --------
    >>> import tempfile
    >>> with Log(home=tempfile.mkdtemp()) as log:
    ...     logged = log.log_decision("d-1", "coaching", "email", "Replied with offer")
    ...     again = log.log_decision("d-1", "coaching", "email", "Replied with offer")
    ...     won = log.record_outcome("d-1", "conversion", "Closed Won", 499.0)
    ...     logged.new, again.new, won.state
    (True, False, 'won')
    """
