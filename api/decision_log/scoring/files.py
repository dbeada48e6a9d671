"""Scoring of files, for :class:`OpportunityScorer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from decision_log.log import Log
from decision_log.scoring.key_map import FULL_SCALE, KeyMap
from decision_log.scoring.state import ScoringState, options_of
from decision_log.written_scores import WrittenScores

if TYPE_CHECKING:
    from decision_log.scoring.current_predictor import CurrentPredictor
    from decision_log.scoring.partitions.run import ScoredFiles
    from decision_log.scoring.scored_file import ScoredFile


class Files:
    """What a scorer does with files."""

    _log: Log
    _as_of: datetime | None
    _record: bool
    _current: CurrentPredictor

    def score_file(
        self,
        source: str | Path | None = None,
        target: str | Path | None = None,
        *,
        top: int = 15,
        mapping: Mapping[str, str] | None = None,
        scale: float = FULL_SCALE,
        progress: Callable[[int, int | None], None] | None = None,
        again: bool = False,
        jobs: int | None = None,
    ) -> ScoredFile:
        """Score a file of opportunities and write them ranked; nothing is written where nothing has changed.

        Parameters
        ----------
        source : path, optional
            JSON, JSON Lines, CSV or Parquet; ``-`` is standard input; by default
            ``data/opportunities.json`` in the home.
        target : path, optional
            ``data/opportunities_scored.json`` by default; a name ending in ``.jsonl`` or
            ``.ndjson`` gets the scored items alone, one on each line. It appears whole or not at
            all.
        top : int
            How many of the best to return.
        mapping : mapping of str to str, optional
            Their key to ours, where an input uses other names; dots lead into nested objects:
            ``{"score.overall": "score", "records": "opportunities"}``.
        scale : float
            Highest score of the input's scale, where that is not 100.
        progress : callable, optional
            Called with the number of items done and their total.
        again : bool
            Score although the file was written from the same input, facts, model and settings in the same hour by
            the same program. Otherwise it is left as it is, and the answer is ``unchanged``.
        jobs : int, optional
            Processes; by default one for each core where the input is large enough to pay. The file is the same by
            any number.

        Raises
        ------
        UnreadableOpportunities
            The source cannot be read at all; nothing is written.
        CannotWrite
            The target cannot be written.
        """
        from decision_log.scoring.one_file import score_file

        home = self._log.settings.home
        return score_file(
            self._log,
            self._current,
            Path(source) if source else home.opportunities,
            Path(target) if target else home.scored,
            options=self._options(mapping, scale),
            keys=KeyMap(mapping or {}, scale),
            record=self._record,
            jobs=jobs,
            top=top,
            progress=progress,
            again=again,
        )

    def score_files(
        self,
        sources: Sequence[str | Path],
        folder: str | Path,
        *,
        top: int = 15,
        mapping: Mapping[str, str] | None = None,
        scale: float = FULL_SCALE,
        jobs: int | None = None,
        cluster: str | None = None,
        progress: Callable[[int, int | None], None] | None = None,
        again: bool = False,
    ) -> ScoredFiles:
        """Score many files, each into a file of its own; what is finished is kept when the call is repeated.

        Parameters
        ----------
        sources : sequence of path or str
            Files and patterns such as ``in/*.parquet``; see `score_file` for what they may be.
        folder : path
            Of the outputs: Parquet for Parquet, JSON Lines for everything else, each ranked by itself. Items that
            cannot be scored go to ``NAME.rejected.jsonl``.
        top : int
            How many of the best over all files to return.
        mapping, scale
            As of `score_file`.
        jobs : int, optional
            Processes; by default one for each core where the input is large enough to pay. Within
            ``joblib.parallel_config`` its backend is used.
        cluster : str, optional
            Address of a Dask scheduler, whose workers reach the files under the same paths.
        progress : callable, optional
            Called with the number of files done and of all.
        again : bool
            Score also what is finished.

        Notes
        -----
        All files are scored with what one moment knew. A repeated call keeps an output whose input, log, model,
        settings and program are the same, in the same hour; one that was cut short goes on as of its own moment in
        any hour. Equal runs give equal bytes.

        Raises
        ------
        UnreadableOpportunities, CannotWrite
            A name or pattern names nothing, or two inputs would have one output; nothing is written.
        FilesFailed
            Some files cannot be scored; the others are done.
        FolderInUse
            Another process scores into the folder.
        ClusterUnavailable
            The cluster does not answer, or the extra ``dask`` is missing.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import OpportunityScorer
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in "ab":
        ...     _ = (folder / f"{name}.json").write_text('[{"type": "coaching", "score": 85}]')
        >>> with OpportunityScorer(home=folder) as scorer:
        ...     made = scorer.score_files([f"{folder}/*.json"], folder / "out")
        ...     again = scorer.score_files([f"{folder}/*.json"], folder / "out")
        >>> made.files, made.total_opportunities, [row["file"] for row in made.top], again.kept
        (2, 2, ['a.jsonl', 'b.jsonl'], 2)
        """
        from decision_log.scoring.partitions.run import score_files

        WrittenScores(self._log.store).add(Path(folder))
        return score_files(
            self._log,
            sources,
            Path(folder),
            top=top,
            keys=KeyMap(mapping or {}, scale),
            state=ScoringState.now(self._log, self._options(mapping, scale)),
            as_of=self._as_of,
            record=self._record,
            jobs=jobs,
            cluster=cluster,
            progress=progress,
            again=again,
        )

    def _options(self, mapping: Mapping[str, str] | None, scale: float) -> dict[str, str]:
        return options_of(mapping, scale, self._as_of, record=self._record)
