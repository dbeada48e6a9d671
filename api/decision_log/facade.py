"""The public `DecisionLog`: the log together with prediction and reports.

Scorer and reports are imported on first use: writing a fact must not wait for numpy.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_log.working import Working
from decision_store.errors import InvalidRecord

if TYPE_CHECKING:
    from decision_log.records import Moment
    from decision_log.reports.comparisons.grouped import By
    from decision_log.results import (
        GroupRate,
        Insight,
        OutcomePrediction,
        Summary,
    )
    from decision_log.scoring.scored_file import ScoredFile
    from decision_log.scoring.scorer import OpportunityScorer

_logger = logging.getLogger(__name__)


class DecisionLog(Working):
    """Log decisions, record outcomes, and learn from them: rates, returns, predictions, summaries.

    Parameters
    ----------
    database : path, optional
        The DuckDB file. By default ``data/decision_log.duckdb`` in the home folder.
    home : path, optional
        The folder all data live under; ``$DECISION_LOG_HOME`` or the current folder by default.
    settings : Settings, optional
        Instead of ``home`` and the environment.

    Notes
    -----
    Writing is safe from any number of processes and threads, and returns once the fact is on disk.
    No file is held open between two calls. Every question takes ``as_of``: the answer uses only
    facts recorded by that moment; by default, now.

    Examples
    --------
    >>> import tempfile
    >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
    ...     added = log.log_decision("d-1", "coaching", "email", "Replied with offer", "Do you coach?")
    ...     predicted = log.predict_outcome({"type": "coaching", "source": "email"})
    ...     predicted["similar_count"], predicted["model_version"]
    (1, 'rates')
    """

    _scorer: OpportunityScorer | None = None

    def get_group_rates(self, by: By, *, as_of: Moment | None = None) -> list[GroupRate]:
        """Give the conversion rate of each source, type, maker, action or month by itself.

        Only opportunities that were decided on are in the log: a rate is that of these.

        Parameters
        ----------
        by : {"source", "type", "maker", "action", "month"}
            Month is that of the decision, in the configured zone.

        Returns
        -------
        list of dict
            ``group`` (its name), ``by``, ``total_decisions``, ``won``, ``lost``, ``open``, ``response_rate``
            (percent with a response so far), ``conversion_rate`` and ``interval`` (percent; of the level's own
            mix, from the joint posterior of its cells), ``immature`` (most of its decisions are in immature
            cells), ``total_revenue``, ``avg_revenue_per_decision`` (so far), ``expected_revenue_per_decision``
            and ``expected_revenue_interval`` (of one more); ``difference``, ``difference_interval`` (points more
            often than the others won, same type and source compared, by which an action drawn with known
            ``action_probability`` is compared at equal probability), ``overlap`` (share of its decisions that can
            be compared), ``supported`` (whether chance explains the difference in at most 4 % of logs) and
            ``compared`` (in words). Not comparable levels and months have None.

        Raises
        ------
        InvalidRecord
            An unknown group.
        """
        from decision_log.reports.comparisons.grouped import (
            GROUPS,
            current_group_rates,
            group_rates,
        )

        if by not in GROUPS:
            raise InvalidRecord("by", by, f"must be one of {', '.join(GROUPS)}")
        if as_of is None:
            return current_group_rates(self, by)
        return group_rates(self, by, self.moment(as_of))

    def generate_insights(
        self, *, as_of: Moment | None = None, name: Callable[[str], str] | None = None
    ) -> list[Insight]:
        """Compare the cells and list what the evidence supports; see :func:`find_insights`.

        Those found with what is known now become the active rows of the table ``insights``. A log that
        cannot be written is no error.

        Parameters
        ----------
        as_of : moment, optional
            Use only what was recorded by then.
        name : callable, optional
            How to write a type or a source, such as for a reader that obeys texts; then nothing is kept in
            the table.
        """
        from decision_log.reports.comparisons.insights import current_insights, insights_of

        if name is None and as_of is None:
            return current_insights(self)
        return insights_of(self, self.moment(as_of), name)

    def record_prediction(
        self,
        opportunity_id: str,
        probability: float,
        *,
        predictor: str,
        opportunity_type: str = "general",
        opportunity_source: str = "unknown",
        predicted_at: Moment | None = None,
    ) -> None:
        """Keep the probability that a person, an agent or another system gave an opportunity.

        It is graded beside our own by :func:`decision_log.calibration` once the decision that names the same
        ``opportunity_id`` has matured.

        Parameters
        ----------
        opportunity_id : str
            By which the decision finds it.
        probability : float
            P(won), a fraction.
        predictor : str
            Who predicts, e.g. ``jarvis``.
        opportunity_type, opportunity_source : str
            Of the opportunity.
        predicted_at : moment, optional
            Now by default. Only predictions made no later than the decision are graded, and only those that are
            recorded, which is now, before its outcome is known: later ones are kept and counted.

        Raises
        ------
        InvalidPrediction
            A probability that is none, a blank id, or a name that is blank or one of our own.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import calibration
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     log.record_prediction("o-1", 0.7, predictor="jarvis")
        ...     calibration(log=log, by="predictor")["versions"][0]["version"]
        'jarvis'
        """
        from decision_log.predicting.external import record_prediction

        record_prediction(
            self.store,
            opportunity_id,
            probability,
            predictor=predictor,
            predicted_at=self.moment(predicted_at),
            opportunity_type=opportunity_type,
            opportunity_source=opportunity_source,
        )

    def refresh_model(self) -> str:
        """Train a refresh of the model if it is due and takes a few seconds.

        Due once closed decisions grew by a tenth since the last training. The library calls this never; the
        commands that score a file or plan a day do so first, unless the setting ``auto_train`` is off. One
        process at a time trains.

        Returns
        -------
        str
            One line that says what was done, or that ``train`` is due; empty where nothing is.
        """
        from decision_log.models.refresh import refresh

        return refresh(self).sentence

    def unchanged_scores(
        self,
        source: str | Path | None = None,
        target: str | Path | None = None,
        *,
        top: int = 15,
        mapping: Mapping[str, str] | None = None,
        scale: float = 100.0,
        record: bool | None = None,
    ) -> ScoredFile | None:
        """Return what :meth:`OpportunityScorer.score_file` has written, where it would write the same again.

        It takes a few milliseconds: neither the database nor the model is opened.

        Returns
        -------
        ScoredFile or None
            With ``unchanged`` true; None where something has changed, or nothing is known.
        """
        from decision_log.scoring.state import options_of
        from decision_log.scoring.unchanged import ScoredNotes

        home = self.settings.home
        options = options_of(mapping, scale, None, record=record is not False)
        read, written = Path(source or home.opportunities), Path(target or home.scored)
        return ScoredNotes(self, read, written, options).unchanged(top)

    def watch_scores(
        self, inputs: Sequence[Path], wait: Callable[[], object]
    ) -> Iterator[tuple[datetime, str]]:
        """Give a moment and a sentence whenever scores of files may have changed, as `score --watch`.

        Parameters
        ----------
        inputs : sequence of Path
            Files and patterns; the opportunities of the home where there are none.
        wait : callable
            Called between two looks, each of which takes a few file stats.

        Yields
        ------
        tuple of datetime and str
            When, and what has changed: first at once, then after each change.
        """
        from decision_log.scoring.watch import changes

        return changes(self, inputs, wait)

    def predict_outcome(
        self,
        opportunity: Mapping[str, Any],
        *,
        as_of: Moment | None = None,
        record: bool | None = None,
    ) -> OutcomePrediction:
        """Predict the outcome of one opportunity.

        Parameters
        ----------
        as_of : moment, optional
            Answer with what was known then.
        record : bool, optional
            Whether to keep the prediction in the log, to be graded later; by default yes for one made
            with what is known now.

        Returns
        -------
        dict
            ``predicted_outcome`` (``conversion``, ``no_conversion``, or ``unknown`` without any
            evidence), ``conversion_probability`` and ``interval`` (percent), ``usual_probability``
            (of its type and source, percent), ``predicted_revenue`` (per decision, in the log's currency),
            ``avg_time_to_close_hours`` and ``..._days`` (median; None where unknown), ``confidence``,
            ``reasoning``, ``similar_count``, ``similar_decisions`` (the most alike first: by sender,
            then text and fields), ``contributions`` and ``model_version``. The contributions are what each
            field adds to the log-odds, largest first: ``field``, ``log_odds``, ``value`` (in words).
            With ``base_log_odds`` they sum exactly to the log-odds of the probability. Without a
            trained model there are none: only the cell's rate is used.
        """
        scorer = self.scorer(as_of)
        predicted = scorer.predict_outcome(opportunity, record=record)
        if scorer is not self._scorer:
            scorer.flush()
        return predicted

    def scorer(
        self, as_of: Moment | None = None, *, record: bool | None = None
    ) -> OpportunityScorer:
        """Return a scorer over this log; the one for "now" is kept and follows the log.

        ``record`` as of :class:`OpportunityScorer`.
        """
        from decision_log.scoring.scorer import OpportunityScorer

        if as_of is not None or record is False:
            return OpportunityScorer(log=self, as_of=as_of, record=record)
        if self._scorer is None:
            self._scorer = OpportunityScorer(log=self)
        return self._scorer

    def get_daily_summary(self, day: Moment | None = None) -> Summary:
        """Summarise one day, today by default; see :class:`DecisionSummaryGenerator`."""
        from decision_log.reports.summary.generator import DecisionSummaryGenerator

        return DecisionSummaryGenerator(log=self).generate_daily_summary(day)

    def write_report(
        self, path: str | Path | None = None, *, days: int = 7, as_of: Moment | None = None
    ) -> Path:
        """Write the page of the last days as one self-contained HTML file.

        Parameters
        ----------
        path : path, optional
            ``reports/report.html`` in the home by default; replaced in one step.
        days : int
            Length of the period that the page compares with those before it; 1 or more.
        as_of : moment, optional
            The end of the period; only what was recorded by then is used. Now by default.

        Returns
        -------
        Path
            The file that was written.

        Raises
        ------
        InvalidRecord
            ``days`` is less than 1, or ``as_of`` cannot be read.
        """
        from decision_log.reports.page.report import write_report

        target = Path(path) if path else self.settings.home.folder / "reports" / "report.html"
        moment = None if as_of is None else self.moment(as_of)
        return write_report(self, target, days=days, as_of=moment)

    def close(self) -> None:
        """Write the buffered predictions and close the store."""
        if self._scorer is not None:
            self._scorer.close()
        super().close()
