"""Delays as of the beginning of the hour, for the rates of a log of which little became known since then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from decision_model.delays.of_types import TypeDelays
    from decision_model.inputs.evidence import Evidence
    from decision_store.store import Store

NEW_SHARE = 0.05
"""Where a larger share of the facts is newer than the hour, delays are learnt from all that is known now."""


@dataclass(frozen=True, slots=True)
class DelayBasis:
    """From what the delays of a fit are learnt.

    Parameters
    ----------
    key : tuple
        The hour, and how many facts were known then: where these are the same, so are the delays.
    delays : TypeDelays, optional
        Where they were learnt before.
    evidence : Evidence, optional
        What was known at the beginning of the hour; None: the same as is known now.
    """

    key: tuple[Any, ...]
    delays: TypeDelays | None = None
    evidence: Evidence | None = None

    def learnt(self, evidence: Evidence) -> TypeDelays:
        """Return the delays; ``evidence`` is what is known now."""
        from decision_model.delays.of_types import TypeDelays

        basis = evidence if self.evidence is None else self.evidence
        return TypeDelays.fit(basis) if self.delays is None else self.delays


class HourDelays:
    """Keeps the delays of one log for an hour.

    Parameters
    ----------
    store : Store
        The log.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: DelayBasis | None = None

    def basis(self, hour: datetime, as_of: datetime, facts: Mapping[str, Any]) -> DelayBasis | None:
        """Return from what the delays of a fit are learnt, None: from all that is known at its moment.

        Parameters
        ----------
        hour, as_of : datetime
            The beginning of the hour, and the moment of the fit.
        facts : mapping
            The answer to the question ``fact_moments``.
        """
        if facts["facts"] - facts["facts_by_hour"] > NEW_SHARE * facts["facts"]:
            return None
        key = hour, facts["facts_by_hour"], facts["renamed"]
        if self._kept is not None and self._kept.key == key:
            return self._kept
        if as_of == hour:
            return DelayBasis(key)
        from decision_log.evidence import delay_evidence

        return DelayBasis(key, evidence=delay_evidence(self._store, hour))

    def learnt(self, basis: DelayBasis, evidence: Evidence) -> TypeDelays:
        """Return the delays, and keep them; ``evidence`` is what is known at the moment of the fit."""
        delays = basis.learnt(evidence)
        self._kept = DelayBasis(basis.key, delays)
        return delays
