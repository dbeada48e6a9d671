"""Runs of ``score``: one file or many, once or whenever something has changed."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from decision_cli.output.streams import say
from decision_log import DecisionLog

if TYPE_CHECKING:
    from decision_log.scoring.scored_file import ScoredFile

STDIN = Path("-")
LOOK_EVERY_SECONDS = 1.0


_FILES = frozenset({".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"})
"""Suffixes of files of opportunities, which are no names for a folder of them."""


def check_runs(
    paths: Sequence[Path],
    out: Path | None,
    *,
    watch: bool,
    as_of: str | None,
    cluster: str | None,
) -> None:
    """Refuse options that do not go together, before anything is read.

    Raises
    ------
    typer.BadParameter
        With what to do instead.
    """
    if out is None and len(paths) > 2:
        raise typer.BadParameter(
            f"{len(paths)} files are named; to score each into a file of its own, add --out FOLDER",
            param_hint="IN",
        )
    if out is None and cluster is not None:
        raise typer.BadParameter("it needs --out FOLDER", param_hint="--cluster")
    if (
        out is None
        and paths
        and any(sign in paths[0].name for sign in "*?[")
        and not paths[0].exists()
    ):
        raise typer.BadParameter(
            f"no file is called {str(paths[0])!r}; to score all files that match it, add --out FOLDER",
            param_hint="IN",
        )
    if out is not None and not paths:
        raise typer.BadParameter(
            "name the files to score, e.g. 'in/*.parquet'", param_hint="IN with --out"
        )
    if out is not None and out.suffix.lower() in _FILES and not out.is_dir():
        raise typer.BadParameter(
            f"it is a folder; to write one file, name it behind the input: score {paths[0]} {out}",
            param_hint="--out",
        )
    if watch and (as_of is not None or STDIN in paths):
        what = "--as-of" if as_of is not None else "standard input"
        raise typer.BadParameter(f"{what} does not change", param_hint="--watch")


class ScoreRun:
    """One command line of ``score``.

    Parameters
    ----------
    log : DecisionLog
    paths : sequence of Path
        Input and output; with ``out`` inputs and patterns.
    out : Path, optional
        Folder of the outputs.
    as_of, record, again
        As of `OpportunityScorer`.
    options : mapping
        Arguments of `score_file` and `score_files`.
    jobs : int, optional
        Processes.
    cluster : str, optional
        Further argument of `score_files`.
    show : mapping
        How to print.
    """

    def __init__(
        self,
        log: DecisionLog,
        paths: Sequence[Path],
        out: Path | None,
        *,
        as_of: str | None,
        record: bool | None,
        again: bool,
        options: Mapping[str, Any],
        jobs: int | None,
        cluster: str | None,
        show: Mapping[str, bool],
    ) -> None:
        self._log = log
        self._paths = paths
        self._out = out
        self._as_of = as_of
        self._record = record
        self._again = again
        self._options = options
        self._jobs = jobs
        self._cluster = cluster
        self._show = show

    def once(self) -> tuple[int, int]:
        """Score, and show it; give how many were scored and how many could not be."""
        if self._out is None and (unchanged := self._unchanged()) is not None:
            return self._shown(unchanged)
        if self._as_of is None and (refreshed := self._log.refresh_model()):
            say(refreshed, err=True)
        return self._one_file() if self._out is None else self._many_files(self._out)

    def follow(self) -> None:
        """Score now, and again whenever the input, the log, the model or the hour changes; until Ctrl-C."""
        from decision_log import DecisionLogError

        inputs = self._paths if self._out is not None else self._paths[:1]
        try:
            for moment, what in self._log.watch_scores(
                inputs, lambda: time.sleep(LOOK_EVERY_SECONDS)
            ):
                say(f"{moment:%H:%M:%S}  {what}", err=True)
                try:
                    self.once()
                    sys.stdout.flush()  # also into a file or a pipe
                except DecisionLogError as error:
                    say(f"Error: {error}", err=True)
        except KeyboardInterrupt:
            say("Stopped watching.", err=True)

    def _one_file(self) -> tuple[int, int]:
        from decision_cli.output.rendering import progress_bar

        with progress_bar("Scoring") as progress:
            scorer = self._log.scorer(self._as_of, record=self._record)
            scored = scorer.score_file(
                *self._files(),
                again=self._again,
                progress=progress,
                jobs=self._jobs,
                **self._options,
            )
        return self._shown(scored)

    def _unchanged(self) -> ScoredFile | None:
        """Look first whether there is anything to do: that needs no model."""
        if self._again or self._as_of is not None:
            return None
        return self._log.unchanged_scores(*self._files(), record=self._record, **self._options)

    def _files(self) -> tuple[Path | None, Path | None]:
        source, target = (*self._paths, None, None)[:2]
        return source, target

    def _shown(self, scored: ScoredFile) -> tuple[int, int]:
        from decision_cli.output.scoring import show_scored

        show_scored(
            scored, home=self._log.settings.home.folder, currency=self._log.currency, **self._show
        )
        return scored.total_opportunities, len(scored.rejected)

    def _many_files(self, out: Path) -> tuple[int, int]:
        from decision_cli.output.rendering import progress_bar
        from decision_cli.output.scoring import show_scored_files

        with progress_bar("Scoring files") as progress:
            scorer = self._log.scorer(self._as_of, record=self._record)
            scored = scorer.score_files(
                self._paths,
                out,
                again=self._again,
                progress=progress,
                jobs=self._jobs,
                cluster=self._cluster,
                **self._options,
            )
        show_scored_files(scored, currency=self._log.currency, **self._show)
        return scored.total_opportunities, scored.rejected
