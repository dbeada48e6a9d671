"""Scoring opportunities: one, many, or a file of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_log.closing import Closing
from decision_log.log import Log
from decision_log.opportunity import InvalidOpportunity, Opportunity, read_opportunity
from decision_log.predicting.estimates import Estimates
from decision_log.predicting.interface import Predictor
from decision_log.predicting.ledger import Ledger
from decision_log.predicting.prediction import predict_outcome
from decision_log.records import Moment
from decision_log.scoring.batch_report import scoring_report
from decision_log.scoring.current_predictor import CurrentPredictor
from decision_log.scoring.files import Files
from decision_log.scoring.item import own_keys
from decision_log.scoring.kernel import Added, ScoringKernel
from decision_log.scoring.part import CHUNK, few_threads
from decision_log.scoring.ranking import order, rank_by_value
from decision_log.settings import Settings

if TYPE_CHECKING:
    from decision_log.results import OutcomePrediction

Row = dict[str, Any]


class OpportunityScorer(Files, Closing):
    """Score opportunities by what the log has taught.

    Parameters
    ----------
    home : path, optional
        The folder all data live under; ``$DECISION_LOG_HOME`` or the current folder by default.
    database : path, optional
        The DuckDB file; by default the one in the home.
    settings : Settings, optional
        Instead of ``home`` and the environment.
    log : DecisionLog or Log, optional
        An open log to use instead of all these; it stays open.
    as_of : moment, optional
        Score with what was known then. By default with what is known now: a scorer that is kept
        open learns again when the log has grown or another model serves; it looks once a second.
    record : bool, optional
        Whether to keep each prediction in the log, to be graded once its outcome is known. By default
        yes for what is scored with what is known now, no for an ``as_of``. A log that cannot be
        written is no error.

    Notes
    -----
    Where a trained model is champion it estimates, together with the rates as they are now;
    otherwise, and where it cannot be used, the rates do (``model_version`` is ``rates``). A model that
    was trained on facts later than ``as_of`` is not asked: it would know the future.

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
        log: Log | None = None,
        as_of: Moment | None = None,
        record: bool | None = None,
    ) -> None:
        self._owns_log = log is None
        self._log = log or Log(database, home=home, settings=settings)
        self._as_of = None if as_of is None else self._log.moment(as_of)
        self._record = as_of is None if record is None else record
        self._ledger = Ledger(self._log.store)
        self._current = CurrentPredictor(self._log, self._as_of, self.flush)
        self._scoring: tuple[Predictor, ScoringKernel] | None = None

    def score_opportunity(self, opportunity: Mapping[str, Any]) -> Row:
        """Score one opportunity.

        Returns
        -------
        dict
            Its own keys, and: ``original_score``, ``adjusted_score`` (0 to 100),
            ``predicted_revenue`` (per decision, in the log's currency), ``conversion_probability`` and ``interval``
            (percent), ``prediction_confidence`` (0 to 1), ``historical_data`` (``conversion_rate``
            in percent, ``avg_revenue``, ``sample_size``), ``recommendation``, ``reasoning``,
            ``score_parts``, ``expected_value``, ``model_version``; ``score_missing`` where no
            base score was given and 50 was taken.

        Raises
        ------
        InvalidOpportunity
            It is no object, or its type, source or score cannot be used.
        """
        one = read_opportunity(opportunity, self.predictor.names)
        estimates = self.predictor.estimate([one])
        added = self._kernel([one], estimates)
        self.keep([one], estimates, added)
        return {**own_keys(one.item), **added.row(0)}

    def predict_outcome(
        self, opportunity: Mapping[str, Any], *, record: bool | None = None
    ) -> OutcomePrediction:
        """Predict the outcome of one opportunity; see :meth:`DecisionLog.predict_outcome`.

        Parameters
        ----------
        record : bool, optional
            Whether to keep it; by default as this scorer does.
        """
        predictor = self.predictor
        one = read_opportunity(opportunity, predictor.names)
        moment = self._as_of or datetime.now(UTC)
        similar = self._current.similar.of(one, moment)
        kernel = self._kernel
        row, estimates, template = predict_outcome(
            predictor, one, similar, lambda estimates: kernel.moved([one], estimates)[0]
        )
        self.keep(
            [one], estimates, None, record=record, similar=[similar.ids], templates=[template]
        )
        return row

    def score_opportunities_batch(
        self,
        opportunities: Iterable[Mapping[str, Any]],
        *,
        rank_by: str = "adjusted_score",
        errors: str = "keep",
    ) -> list[Row]:
        """Score many, best first; ties stay in input order.

        Parameters
        ----------
        rank_by : {"adjusted_score", "expected_value"}
            The documented score, or money.
        errors : {"keep", "raise"}
            Items that cannot be scored stand last, with ``error`` (the reason) and an
            ``adjusted_score`` of None; or the first of them is raised.

        Returns
        -------
        list of dict
            As `score_opportunity`, with ``expected_value_rank`` (1 is the highest expected value)
            and ``expected_value_share`` (a fraction of the sum over all items).

        Raises
        ------
        InvalidOpportunity
            With ``errors="raise"``, naming the place of the first one that cannot be scored.

        Examples
        --------
        >>> import tempfile
        >>> with OpportunityScorer(home=tempfile.mkdtemp()) as scorer:
        ...     rows = scorer.score_opportunities_batch([{"score": 20}, {"score": "high"}, {"score": 90}])
        >>> [row["score"] for row in rows], rows[-1]["error"]
        ([90, 20, 'high'], "its score must be a number, not 'high'")
        """
        if errors not in {"keep", "raise"}:
            raise ValueError(f"errors must be 'keep' or 'raise', not {errors!r}")
        if rank_by not in {"adjusted_score", "expected_value"}:
            raise ValueError(
                f"rank_by must be 'adjusted_score' or 'expected_value', not {rank_by!r}"
            )
        names = self.predictor.names
        read: list[Opportunity] = []
        rejected: list[Row] = []
        for index, item in enumerate(opportunities):
            try:
                read.append(read_opportunity(item, names))
            except InvalidOpportunity as error:
                if errors == "raise":
                    raise InvalidOpportunity(error.reason, index) from None
                own = own_keys(item) if isinstance(item, Mapping) else {"item": item}
                rejected.append({**own, "adjusted_score": None, "error": error.reason})
        scored: list[Row] = []
        predictor = self.predictor
        with few_threads(predictor, len(read)):
            for start in range(0, len(read), CHUNK):
                some = read[start : start + CHUNK]
                estimates = predictor.estimate(some)
                added = self._kernel(some, estimates)
                self.keep(some, estimates, added)
                scored += [{**own_keys(one.item), **added.row(row)} for row, one in enumerate(some)]
        ranks, shares = rank_by_value([row["expected_value"] for row in scored])
        for row, rank, share in zip(scored, ranks.tolist(), shares.tolist(), strict=True):
            row |= {"expected_value_rank": rank, "expected_value_share": share}
        return [*(scored[i] for i in order([row[rank_by] for row in scored])), *rejected]

    def generate_scoring_report(self, opportunities: Iterable[Mapping[str, Any]]) -> str:
        """Score many and summarise them in plain text: totals, tiers, the ten best, warnings."""
        scored = self.score_opportunities_batch(opportunities)
        return scoring_report(scored, self._log.currency)

    def keep(
        self,
        items: Sequence[Opportunity],
        estimates: Estimates,
        scores: Added | None,
        *,
        record: bool | None = None,
        similar: Sequence[str] | None = None,
        templates: Sequence[str] | None = None,
    ) -> None:
        """Record the predictions of some items, where predictions are recorded.

        The ids of similar decisions, JSON lists, are those of the newest of the cell where none are given.
        """
        if self._current.source is None or not (self._record if record is None else record):
            return
        if similar is None:
            similar = self._current.similar.ids([one.cell for one in items])
        self._ledger.note(self._current.source, items, estimates, scores, similar, templates)
        self._current.shadow.note(self._ledger, items, self._current.similar)

    @property
    def predictor(self) -> Predictor:
        """The current predictor; fitted on first use, and again once the log has grown."""
        return self._current.get()

    def flush(self) -> None:
        """Write the buffered predictions."""
        self._ledger.flush()

    def close(self) -> None:
        """Write the buffered predictions, and close the log if this scorer opened it."""
        self.flush()
        if self._owns_log:
            self._log.close()

    @property
    def _kernel(self) -> ScoringKernel:
        """The scoring kernel of the current predictor."""
        known = self._current.known or self.predictor
        if self._scoring is None or self._scoring[0] is not known:
            self._scoring = known, ScoringKernel(self._log.settings, known.version)
        return self._scoring[1]
