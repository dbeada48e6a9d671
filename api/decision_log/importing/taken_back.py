"""Import of what was taken back: the rows of such decisions and outcomes stay out, and the report says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.importing.history import History

_NAMED = 3
"""Commands that the note gives."""


@dataclass(slots=True)
class TakenBack:
    """What of a log is taken back, and how much of an import is about it.

    Parameters
    ----------
    decisions, outcomes : dict of str to str
        Id -> the amendment that took it back.
    """

    decisions: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    _contents: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    _met: dict[str, None] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, ask: Callable[..., pa.Table]) -> TakenBack:
        """Read it from a log; `ask` is `Store.ask`."""
        found = cls()
        for row in ask("taken_back").to_pylist():
            if row["outcome_id"]:
                found.outcomes[row["outcome_id"]] = row["voided_by"]
                content = (row["occurred_at"], row["revenue_generated"])
                found._contents[row["outcome_id"]] = content
            else:
                found.decisions[row["decision_id"]] = row["voided_by"]
        return found

    def left_out(self, history: History) -> History:
        """Return an import without the rows that are about what was taken back."""
        if not self.decisions and not self.outcomes:
            return history
        return replace(
            history,
            decisions=self._without(history.decisions, "decision", self.decisions),
            outcomes=self.left_out_outcomes(history.outcomes, deals=history.deals),
        )

    def left_out_outcomes(self, outcomes: pa.Table, *, deals: pa.Array | None = None) -> pa.Table:
        """Return a table of outcomes without those taken back, and without those of such decisions.

        A deal that ended again, at another time or with another amount, is no outcome that was taken back.
        """
        kept = self._without(outcomes, "outcome", self.decisions, column="decision_id")
        again = {
            row["outcome_id"]
            for row in self._met_again(kept, deals)
            if self._contents[row["outcome_id"]] != (row["occurred_at"], row["revenue_generated"])
        }
        voided = {each: by for each, by in self.outcomes.items() if each not in again}
        return self._without(kept, "outcome", voided)

    def _met_again(self, outcomes: pa.Table, deals: pa.Array | None) -> list[dict[str, Any]]:
        """Return those outcomes of deals whose ids are taken back."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if deals is None or not self._contents:
            return []
        met = pc.and_(
            pc.is_in(outcomes["outcome_id"], pa.array(self._contents, pa.string())),
            pc.is_in(outcomes["decision_id"], deals),
        )
        columns = ["outcome_id", "occurred_at", "revenue_generated"]
        return outcomes.select(columns).filter(met).to_pylist()  # type: ignore[no-any-return]

    @property
    def count(self) -> int:
        """Rows that were left out."""
        return sum(self._counts.values())

    def notes(self) -> list[str]:
        """Return a sentence about what was left out; none where nothing was."""
        if not self._counts:
            return []
        counted = " and ".join(
            f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in self._counts.items()
        )
        commands = ", ".join(f"decision-log undo {each}" for each in list(self._met)[:_NAMED])
        more = ", …" if len(self._met) > _NAMED else ""
        note = f"left out, as they were taken back in the log: {counted}. To restore them: {commands}{more}"
        if "decision" in self._counts:
            note += "; to import them again, as read now: --again"
        return [note]

    def _without(
        self, table: pa.Table, kind: str, voided: dict[str, str], *, column: str = ""
    ) -> pa.Table:
        import pyarrow as pa

        if not voided:
            return table
        ids: Iterable[str] = table.column(column or f"{kind}_id").to_pylist()
        met = [each for each in ids if each in voided]
        if not met:
            return table
        self._met |= dict.fromkeys(voided[each].partition(".")[0] for each in met)
        self._counts[kind] = self._counts.get(kind, 0) + len(met)
        return table.filter(pa.array([each not in voided for each in ids], pa.bool_()))
