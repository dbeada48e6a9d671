"""What a log knew at the beginning of the hour, and what became known since: little else is read or learnt again.

Where only a few facts are newer than the hour, the delays are those learnt from what was known then; and of a large log
only the cells about which something became known are read as of now. All others are as of the beginning of the hour:
what was known of them then is all that is known, and their open decisions are taken as old as they were. So what is
answered depends on the facts and the moment alone, not on what was asked before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import pyarrow as pa

    from decision_model.delays.of_types import TypeDelays
    from decision_model.inputs.evidence import Evidence
    from decision_store.store import Store

NEW_SHARE = 0.05
"""Where a larger share of the facts is newer than the hour, everything is read and learnt as of now."""

FEWEST_FACTS = 50_000
"""Of a smaller log all cells are read as of now: that takes no longer than to read some of them."""

MOST_TOUCHED = 0.2
"""Where the touched cells hold a larger share of the decisions, all are read and the others dropped."""


@dataclass(frozen=True, slots=True)
class DelayBasis:
    """From what the delays of a fit are learnt: they themselves where that is done, or what was known at an hour."""

    delays: TypeDelays | None
    evidence: Evidence | None

    def learnt(self) -> TypeDelays:
        """Return the delays."""
        from decision_model.delays.of_types import TypeDelays

        if self.delays is not None:
            return self.delays
        if self.evidence is None:
            raise ValueError("a basis has delays or evidence")
        return TypeDelays.fit(self.evidence)


@dataclass(frozen=True, slots=True)
class News:
    """What became known since the beginning of the hour.

    Parameters
    ----------
    hour, as_of : datetime
        That, and when the newest fact became known; the same, where none is newer.
    facts : mapping
        The answer to the question ``fact_moments``.
    touched : pyarrow.Table
        That to ``touched_cells``.
    """

    hour: datetime
    as_of: datetime
    facts: Mapping[str, Any]
    touched: pa.Table

    @property
    def are_many(self) -> bool:
        """Whether they are a large share of all facts."""
        known: int = self.facts["facts"]
        return bool(known - self.facts["facts_by_hour"] > NEW_SHARE * known)

    @property
    def key(self) -> tuple[Any, ...]:
        """Where this is the same, so is what was known at the beginning of the hour."""
        return self.hour, self.facts["facts_by_hour"], self.facts["renamed"]


class HourKnowledge:
    """Keeps what one log knew at the beginning of an hour.

    Parameters
    ----------
    store : Store
        The log.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key: tuple[Any, ...] | None = None
        self._answers: list[pa.Table] | None = None
        self._evidence: Evidence | None = None
        self._delays: TypeDelays | None = None

    def answers(self, news: News) -> list[pa.Table]:
        """Return what rates are fitted to, as `evidence.asked` does."""
        from decision_log.evidence import asked, spliced

        if news.are_many or news.as_of == news.hour or news.facts["facts"] < FEWEST_FACTS:
            return asked(self._store, news.as_of)
        base, touched = self._base(news), news.touched
        of_cells = None if _share(base[0], touched) > MOST_TOUCHED else touched
        fresh = asked(self._store, news.as_of, aged_at=news.hour, cells=of_cells)
        return spliced(base, fresh, touched)

    def basis(self, news: News, answers: list[pa.Table]) -> DelayBasis | None:
        """Return from what the delays of a fit are learnt, None: from all that is known at its moment.

        Parameters
        ----------
        answers : list of pyarrow.Table
            What the fit rests on.
        """
        from decision_log.evidence import delay_evidence

        if news.are_many:
            return None
        self._turn(news)
        if self._evidence is None and self._delays is None:
            if news.as_of == news.hour:
                self._answers = answers
            self._evidence = delay_evidence(self._base(news)[:2])
        return DelayBasis(self._delays, None if self._delays else self._evidence)

    def learnt(self, basis: DelayBasis) -> TypeDelays:
        """Return the delays, and keep them."""
        self._delays = basis.learnt()
        self._evidence = None
        return self._delays

    def _turn(self, news: News) -> None:
        """Let go of what belongs to another hour."""
        if self._key != news.key:
            self._key, self._answers, self._evidence, self._delays = news.key, None, None, None

    def _base(self, news: News) -> list[pa.Table]:
        from decision_log.evidence import asked

        self._turn(news)
        if self._answers is None:
            self._answers = asked(self._store, news.hour)
        return self._answers


def _share(cells: pa.Table, touched: pa.Table) -> float:
    """Share of the decisions that lie in these cells."""
    rows = {(row["opportunity_source"], row["opportunity_type"]) for row in touched.to_pylist()}
    counts = cells.select(["opportunity_source", "opportunity_type", "decisions"]).to_pylist()
    inside = sum(
        row["decisions"]
        for row in counts
        if (row["opportunity_source"], row["opportunity_type"]) in rows
    )
    return float(inside / max(sum(row["decisions"] for row in counts), 1))
