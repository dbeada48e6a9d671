"""Correcting: take back, correct, teach words, merge names."""

from __future__ import annotations

from decision_log.log.base import LogBase, Row
from decision_log.log.unknown_ids import similar_ids_named
from decision_log.records import Moment


class Correcting(LogBase):
    """Change what earlier facts mean, by further facts; nothing is overwritten."""

    def undo(self, record_id: str | None = None, *, reason: str = "", dry_run: bool = False) -> Row:
        """Take back all that the last call recorded, or the fact of an id.

        A call is one decision or outcome, a correction of any number of fields, a word taught, a merge or rename of
        names, a bulk call or an import. Predictions, models, dismissed rejects and `forget` are not taken back.

        Parameters
        ----------
        record_id : str, optional
            Of a decision, an outcome, or of what took back, corrected, mapped, merged or renamed something.
        dry_run : bool, default=False
            Say what would be taken back, but write nothing; ``amendment_id`` is None then.

        Returns
        -------
        dict
            ``kind``, ``id``, ``decision_id`` (empty: of several), ``what`` (in words), ``records`` (how many),
            ``amendment_id`` (with which this can be undone) and ``new`` (False where it was taken back already).
        """
        from decision_log.amending.undoing import undo

        folder = str(self.settings.home.folder.absolute())
        return undo(self.store, record_id, reason, dry_run=dry_run, folder=folder)

    def void_outcome(self, outcome_id: str, *, reason: str = "") -> Row:
        """Take back one outcome entirely, its revenue too; returns the same as `undo`."""
        from decision_log.amending.undoing import void_outcome

        return void_outcome(self.store, outcome_id, reason)

    def correct_decision(self, decision_id: str, *, reason: str = "", **fields: str) -> list[Row]:
        """Correct type, source, text, sender, action or maker of a decision.

        Parameters
        ----------
        **fields : str
            ``opportunity_type``, ``opportunity_source``, ``opportunity_content``, ``sender``,
            ``action_taken``, ``decision_maker``.

        Returns
        -------
        list of dict
            ``field``, ``before``, ``after`` and ``amendment_id`` of what changed. Answers as of earlier
            moments keep the old values.
        """
        from decision_log.amending.corrections import correct

        with similar_ids_named(self):
            return correct(self.store, decision_id, fields, reason)

    def map_word(self, mapping: str, *, is_type: bool = False) -> Row:
        """Teach the log a word, ``"Closed Won=won"``; earlier outcomes with that word count from now on.

        Parameters
        ----------
        mapping : str
            A status and what it means: won, lost, open, reversed or refund.
        is_type : bool, default=False
            An outcome type and what it is: closing, activity, refund, reversed or cancellation.

        Returns
        -------
        dict
            ``word``, ``meaning``, ``outcomes`` (how many have it) and ``new``.
        """
        from decision_log.amending.corrections import map_word

        words = self.store.vocabulary(self.settings.vocabulary)
        return map_word(self.store, mapping, is_type=is_type, words=words)

    def mappings(self, *, as_of: Moment | None = None) -> list[Row]:
        """List the words that the log was taught and those of the settings.

        Returns
        -------
        list of dict
            ``word``, ``is_type``, ``meaning``, ``source`` (``log``, or the settings file), ``outcomes`` (how
            many have the word), ``recorded_at`` and ``amendment_id`` (with which `undo` takes it back; both
            None where the settings have it).
        """
        from decision_log.amending.corrections import mappings

        return mappings(self.store, self.settings.vocabulary, self.moment(as_of))

    def unusual_amount(self, decision_id: str, amount: float) -> str | None:
        """Say in one sentence why an amount is far outside what was seen; None where it is not."""
        from decision_log.amending.corrections import unusual_amount

        return unusual_amount(self.store, decision_id, amount)

    def merge_types(self, name: str, into: str, *, of: str = "type") -> Row:
        """Record that two types are one: all decisions with `name`, earlier and later ones, show `into`.

        Parameters
        ----------
        of : {"type", "source", "maker"}
            Names of types, of sources, or of decision makers.

        Raises
        ------
        InvalidRecord
            One of them is not in the log, or they are one name already.
        """
        from decision_log.names import merge_names

        return merge_names(self.store, of, name, into)

    def rename_type(self, name: str, new: str, *, of: str = "type") -> Row:
        """Record another name for a type: all decisions show it from now on.

        Parameters
        ----------
        of : {"type", "source", "maker"}
            Names of types, of sources, or of decision makers.

        Raises
        ------
        InvalidRecord
            The name is not in the log, or the new one belongs to another.
        """
        from decision_log.names import rename

        return rename(self.store, of, name, new)
