"""Scoring opportunities: one, many, or a file of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from decision_log.estimates import Estimate, Predictor, RatesPredictor
from decision_log.intake import Moment
from decision_log.learning import learn_rates
from decision_log.log import DecisionLog
from decision_log.opportunity import InvalidOpportunity, Opportunity, read_opportunity
from decision_log.opportunity_file import read_opportunities
from decision_log.report import scoring_report
from decision_log.scored_file import ScoredFile, score_to_file
from decision_log.scored_item import ItemScorer, order
from decision_log.settings import Settings

Row = dict[str, Any]

LOOK_AGAIN_SECONDS = 1.0
"""How often a warm scorer looks whether the log has grown; a look costs a few file stats."""


class OpportunityScorer:
    """Score opportunities by what the log has taught.

    Parameters
    ----------
    home : path, optional
        The folder all data live under; ``$DECISION_LOG_HOME`` or the current folder by default.
    database : path, optional
        The DuckDB file; by default the one in the home.
    settings : Settings, optional
        Instead of ``home`` and the environment.
    log : DecisionLog, optional
        An open log to use instead of all these; it stays open.
    as_of : moment, optional
        Score with what was known then. By default with what is known now: a scorer that is kept
        open learns again when the log has grown, at most once a second.

    Examples
    --------
    >>> import tempfile
    >>> with OpportunityScorer(home=tempfile.mkdtemp()) as scorer:
    ...     scored = scorer.score_opportunity({"type": "coaching", "source": "email", "score": 85})
    ...     scored["original_score"], scored["prediction_confidence"], scored["model_version"]
    (85.0, 0.0, 'rates')
    """

    def __init__(
        self,
        home: str | Path | None = None,
        *,
        database: str | Path | None = None,
        settings: Settings | None = None,
        log: DecisionLog | None = None,
        as_of: Moment | None = None,
    ) -> None:
        self._owns_log = log is None
        self._log = log or DecisionLog(database, home=home, settings=settings)
        self._as_of = None if as_of is None else self._log.moment(as_of)
        self._predictor: Predictor | None = None
        self._item_scorer: ItemScorer | None = None
        self._token: object = None
        self._looked_at = float("-inf")

    def score_opportunity(self, opportunity: Mapping[str, Any]) -> Row:
        """Score one opportunity.

        Returns
        -------
        dict
            Its own keys, and: ``original_score``, ``adjusted_score`` (0 to 100),
            ``predicted_revenue`` (USD per decision), ``conversion_probability`` and ``interval``
            (percent), ``prediction_confidence`` (0 to 1), ``historical_data`` (``conversion_rate``
            in percent, ``avg_revenue``, ``sample_size``), ``recommendation``, ``reasoning``,
            ``score_parts``, ``expected_value`` (USD), ``model_version``; ``score_missing`` where no
            base score was given and 50 was taken.

        Raises
        ------
        InvalidOpportunity
            It is no object, or its type, source or score cannot be used.
        """
        one = read_opportunity(opportunity)
        return self._scored(one, self.predictor.estimate([one])[0])

    def score_opportunities_batch(
        self, opportunities: Iterable[Mapping[str, Any]], *, rank_by: str = "adjusted_score"
    ) -> list[Row]:
        """Score many, best first; ties stay in input order.

        Parameters
        ----------
        rank_by : {"adjusted_score", "expected_value"}
            The documented score, or money.

        Raises
        ------
        InvalidOpportunity
            Naming the place of the first one that cannot be scored.
        """
        if rank_by not in {"adjusted_score", "expected_value"}:
            raise ValueError(
                f"rank_by must be 'adjusted_score' or 'expected_value', not {rank_by!r}"
            )
        read: list[Opportunity] = []
        for index, item in enumerate(opportunities):
            try:
                read.append(read_opportunity(item))
            except InvalidOpportunity as error:
                raise InvalidOpportunity(error.reason, index) from None
        estimates = self.predictor.estimate(read)
        scored = [self._scored(o, e) for o, e in zip(read, estimates, strict=True)]
        return [scored[i] for i in order([row[rank_by] for row in scored])]

    def generate_scoring_report(self, opportunities: Iterable[Mapping[str, Any]]) -> str:
        """Score many and tell about them in plain text: totals, tiers, the ten best."""
        return scoring_report(self.score_opportunities_batch(opportunities))

    def score_file(
        self,
        source: str | Path | None = None,
        target: str | Path | None = None,
        *,
        top: int = 15,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> ScoredFile:
        """Score a file of opportunities and write them ranked.

        Parameters
        ----------
        source : path, optional
            JSON, JSON Lines or Parquet; ``data/opportunities.json`` in the home by default.
        target : path, optional
            ``data/opportunities_scored.json`` by default; a name ending in ``.jsonl`` or
            ``.ndjson`` gets the scored items alone, one on each line. It appears whole or not at
            all.
        top : int
            How many of the best to give back.
        progress : callable, optional
            Called with the number of items done and their total.

        Raises
        ------
        UnreadableOpportunities
            The source cannot be read at all; nothing is written.
        CannotWrite
            The target cannot be written.
        """
        home = self._log.settings.home
        return score_to_file(
            read_opportunities(Path(source) if source else home.opportunities),
            Path(target) if target else home.scored,
            predictor=self.predictor,
            settings=self._log.settings,
            now=datetime.now(UTC),
            top=top,
            progress=progress,
        )

    @property
    def predictor(self) -> Predictor:
        """Whoever estimates now; learnt on first use, and again once the log has grown."""
        if self._predictor is None or self._outdated():
            # The token is taken first: a fact that arrives while we learn makes us learn again.
            self._token = self._log.store.token()
            moment = self._as_of or datetime.now(UTC)
            self._predictor = RatesPredictor(learn_rates(self._log.store, moment), moment)
            self._item_scorer = None
            self._looked_at = time.monotonic()
        return self._predictor

    def close(self) -> None:
        """Close the log if this scorer opened it."""
        if self._owns_log:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _outdated(self) -> bool:
        if self._as_of is not None or time.monotonic() - self._looked_at < LOOK_AGAIN_SECONDS:
            return False
        self._looked_at = time.monotonic()
        return self._log.store.token() != self._token

    def _scored(self, one: Opportunity, estimate: Estimate) -> Row:
        if self._item_scorer is None:
            self._item_scorer = ItemScorer(self._log.settings, self.predictor.version)
        return {**one.item, **self._item_scorer.added(one, estimate)}
