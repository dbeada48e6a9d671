"""Writing of single and many facts: each call returns once its facts are on the disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from decision_store.acceptance import Acceptance, bulk_result
from decision_store.journal.append import Journal
from decision_store.journal.payloads import encode, encode_prediction
from decision_store.results import BulkResult, Receipt

if TYPE_CHECKING:
    from decision_store.facts import Alias, Decision, Outcome, Prediction


class Writing:
    """Log facts; part of `decision_store.store.Store`, which makes journal and acceptance."""

    _journal: Journal
    _acceptance: Acceptance

    def log_decision(
        self,
        decision: Decision,
        *,
        timestamp_given: bool = True,
        id_given: bool = True,
        again: bool = False,
        dry_run: bool = False,
    ) -> Receipt:
        """Log one decision; it is on the disk when this returns.

        Parameters
        ----------
        decision : Decision
            The fact.
        timestamp_given : bool, default=True
            Whether its time was given by the caller; one taken from the clock is not compared when the
            same decision is logged again.
        id_given : bool, default=True
            Whether the caller chose the decision_id; otherwise the same content within 24 hours is a repeat.
        again : bool, default=False
            Log it even if it looks like a repeat.
        dry_run : bool, default=False
            Check it and say whether it would be new, but write nothing.

        Returns
        -------
        Receipt
            Not new where the same decision is in the log already.

        Raises
        ------
        DecisionConflict
            The id is in the log with other content.
        VoidRecord
            The id belongs to a decision that was taken back.
        StoreUnavailable
            It could not be written; nothing was recorded.
        """
        (result,) = self._acceptance.decisions(
            [decision], [timestamp_given], [id_given], again=again, dry_run=dry_run
        )
        if isinstance(result, Receipt):
            return result
        raise result

    def log_decisions(
        self,
        decisions: Iterable[Decision],
        *,
        timestamp_given: bool | Sequence[bool] = True,
        ids_given: bool | Sequence[bool] = True,
        again: bool = False,
    ) -> BulkResult:
        """Log many decisions with one wait for the disk. Rejected ones do not keep out the others.

        The flags are those of `log_decision`, one for all or one for each.
        """
        batch = list(decisions)
        results = self._acceptance.decisions(
            batch, _each(timestamp_given, batch), _each(ids_given, batch), again=again
        )
        return bulk_result("decision", [d.decision_id for d in batch], results)

    def record_outcome(
        self,
        outcome: Outcome,
        *,
        id_given: bool = False,
        occurred_at_given: bool = True,
        again: bool = False,
        dry_run: bool = False,
    ) -> Receipt:
        """Record one outcome; it is on the disk when this returns.

        Parameters
        ----------
        outcome : Outcome
            The fact.
        id_given : bool, default=False
            Whether the caller chose the outcome_id; otherwise the same content as an outcome that stands is a
            repeat: with the same time where one is given, and without one within 24 hours.
        occurred_at_given : bool, default=True
            Whether its time was given by the caller; one taken from the clock is not compared.
        again : bool, default=False
            Record it even if it looks like a repeat.
        dry_run : bool, default=False
            Check it and say whether it would be new, but write nothing.

        Returns
        -------
        Receipt
            Not new where the same outcome is in the log already.

        Raises
        ------
        UnknownDecision
            Its decision is not in the log.
        OutcomeConflict
            The id is in the log with other content.
        VoidRecord
            The id belongs to an outcome that was taken back.
        StoreUnavailable
            It could not be written; nothing was recorded.
        """
        (result,) = self._acceptance.outcomes(
            [outcome], [id_given], [occurred_at_given], again=again, dry_run=dry_run
        )
        if isinstance(result, Receipt):
            return result
        raise result

    def record_outcomes(
        self,
        outcomes: Iterable[Outcome],
        *,
        ids_given: bool | Sequence[bool] = False,
        occurred_at_given: bool | Sequence[bool] = True,
        again: bool = False,
    ) -> BulkResult:
        """Record many outcomes with one wait for the disk. Rejected ones do not keep out the others.

        The flags are those of `record_outcome`, one for all or one for each.
        """
        batch = list(outcomes)
        results = self._acceptance.outcomes(
            batch, _each(ids_given, batch), _each(occurred_at_given, batch), again=again
        )
        return bulk_result("outcome", [o.outcome_id for o in batch], results)

    def add_alias(self, alias: Alias) -> None:
        """Record that two names are one; the fold applies it to all facts, earlier ones too."""
        self._journal.append([encode("alias", alias)])

    def log_predictions(self, predictions: Iterable[Prediction]) -> None:
        """Log predictions, with one wait for the disk. The same prediction_id twice counts once."""
        self._journal.append(encode_prediction(p) for p in predictions)


def _each(flag: bool | Sequence[bool], batch: Sequence[object]) -> Sequence[bool]:
    return [flag] * len(batch) if isinstance(flag, bool) else flag
