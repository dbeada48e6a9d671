"""Run over many files: what is finished is kept, the rest is scored by several processes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from decision_log.exclusive_lock import exclusive_lock
from decision_log.predicting.ledger import load_predictions
from decision_log.rate_fits import utc_now
from decision_log.scoring.key_map import KeyMap
from decision_log.scoring.knowledge import Knowledge, Shipped, freeze
from decision_log.scoring.partitions.notes import FolderInUse, RunNotes
from decision_log.scoring.partitions.partition import Partition, Task, score_partition
from decision_log.scoring.partitions.plan import input_files, plan
from decision_log.scoring.processes import (
    WORTH_PROCESSES,
    Run,
    parallel,
    probable_items,
    processes,
    usable_cores,
)
from decision_log.scoring.ranked_rows import first_rows
from decision_log.scoring.state import ScoringState, stated_digest, written_state
from decision_log.written_scores import NOTES
from decision_store.errors import DecisionLogError

if TYPE_CHECKING:
    from decision_log.log import Log

CONNECT_SECONDS = 10

Row = dict[str, Any]


class ClusterUnavailable(DecisionLogError):
    """A cluster cannot be used."""

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(address, reason)

    def __str__(self) -> str:
        return f"The cluster {self.address} cannot be used: {self.reason}."


@dataclass(slots=True)
class ScoredFiles:
    """Result of scoring many files.

    Parameters
    ----------
    folder : Path
        Where the output files are.
    generated_at : datetime
        The moment as of which all of them were scored.
    model_version : str
        Of the predictor; empty where every file was kept.
    files : int
        Output files.
    kept : int
        Of these, those that were finished before and are still right.
    total_opportunities, repeated_ids, rejected : int
        Items over all files; ids are compared within a file.
    average_score : float or None
    total_predicted_revenue : float
    priority_breakdown, data_sources : dict
        Items by recommendation and by source.
    warnings : list of str
        With the file that each is about.
    rejected_files : list of Path
        Where items are that could not be scored.
    top : list of dict
        The best over all files, each with ``file``, the output that holds it.
    """

    folder: Path
    generated_at: datetime
    model_version: str
    files: int
    kept: int
    total_opportunities: int = 0
    repeated_ids: int = 0
    rejected: int = 0
    average_score: float | None = None
    total_predicted_revenue: float = 0.0
    priority_breakdown: dict[str, int] = field(default_factory=dict)
    data_sources: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    rejected_files: list[Path] = field(default_factory=list)
    top: list[Row] = field(default_factory=list)


def score_files(
    log: Log,
    patterns: Sequence[str | Path],
    folder: Path,
    *,
    top: int,
    keys: KeyMap,
    state: ScoringState,
    as_of: datetime | None,
    record: bool,
    jobs: int | None,
    cluster: str | None,
    progress: Callable[[int, int | None], None] | None,
    again: bool,
) -> ScoredFiles:
    """Score every file into its own output; see :meth:`OpportunityScorer.score_files`."""
    tasks = plan(input_files(patterns), folder)
    notes = RunNotes(folder)
    with exclusive_lock(notes.lock, FolderInUse):
        saved, moment = _state_of_run(log, notes, state, as_of)
        identity = _identity(saved)
        done = {task: None if again else notes.finished(task, identity) for task in tasks}
        waiting = [task for task in tasks if done[task] is None]
        result = ScoredFiles(folder, moment or utc_now(), "", len(tasks), len(tasks) - len(waiting))
        if waiting:
            number = 1 if cluster is not None else jobs or _worthwhile(waiting)
            with processes(number) as run:
                knowledge = freeze(log, moment, record=record)
                if knowledge.listens:
                    saved = {**saved, "stated": stated_digest(log)}
                result.generated_at, result.model_version = knowledge.moment, knowledge.version
                notes.begin(saved, knowledge.moment)
                _clear_temporary(folder, waiting)
                errors = []
                for task, before, made in _scored(knowledge, waiting, keys, run, cluster):
                    if isinstance(made, DecisionLogError):
                        errors.append(str(made))
                        continue
                    _load_predictions(log, task)
                    notes.note(task, before, _identity(saved), made)
                    done[task] = made
                    if progress:
                        progress(sum(one is not None for one in done.values()), len(tasks))
            if errors:
                raise FilesFailed(errors, len(tasks))
            notes.finish()
    return _merged(result, [(task, one) for task, one in done.items() if one is not None], top)


def _state_of_run(
    log: Log, notes: RunNotes, state: ScoringState, as_of: datetime | None
) -> tuple[Mapping[str, Any], datetime | None]:
    """Return the state and the moment to score with: those of the last run in the folder where it still holds.

    A run that was cut short goes on as of its own moment in any later hour, so that all its files are of one.
    """
    last = notes.run()
    saved = last.get("state")
    if isinstance(saved, dict):
        with suppress(KeyError, TypeError, ValueError):
            moment = datetime.fromisoformat(last["moment"])
            if state.holds(log, saved, any_hour=not last["finished"]):
                return saved, moment
    return state.as_json(), as_of


class FilesFailed(DecisionLogError):
    """Some files could not be scored; the others were, and are kept when the run is repeated."""

    def __init__(self, errors: Sequence[str], files: int) -> None:
        self.errors = errors
        super().__init__(list(errors), files)
        self._files = files

    def __str__(self) -> str:
        shown = " ".join(self.errors[:5])
        more = f" And {len(self.errors) - 5} more." if len(self.errors) > 5 else ""
        return (
            f"{len(self.errors)} of {self._files} files could not be scored: {shown}{more} The others are done, and "
            "are kept when you run the command again."
        )


def _identity(state: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(state, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _attempt(
    shipped: Shipped, task: Task, keys: KeyMap
) -> tuple[Task, list[Any], Partition | DecisionLogError]:
    """Score one file; an error is a result, so that it does not stop the others."""
    before = written_state(
        task.source
    )  # one that changes meanwhile is scored again by the next run
    try:
        return task, before, score_partition(shipped, task, keys)
    except DecisionLogError as error:
        return task, before, error


def _scored(
    knowledge: Knowledge,
    tasks: Sequence[Task],
    keys: KeyMap,
    run: Run | None,
    cluster: str | None,
) -> Iterator[tuple[Task, list[Any], Partition | DecisionLogError]]:
    """Score files as they get done, in any order."""
    shipped = Shipped.of(knowledge)
    if cluster is None and run is None:
        yield from (_attempt(shipped, task, keys) for task in tasks)
        return
    from joblib import delayed

    with engine(cluster, shipped) as chosen:
        # A list of tasks may be long: they are handed out as workers become free, one at a time.
        yield from (run or parallel(chosen or 1))(
            delayed(_attempt)(shipped, task, keys) for task in tasks
        )


@contextmanager
def engine(cluster: str | None, shipped: Shipped) -> Iterator[int | None]:
    """Let joblib run on a cluster of Dask, where one is named; give the number of its tasks at once.

    Raises
    ------
    ClusterUnavailable
        The extra is not installed, or nobody answers at the address.
    """
    if cluster is None:
        yield None
        return
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ClusterUnavailable(cluster, "pip install 'decision-log-roi[dask]' first") from None
    from joblib import parallel_config

    make_client: Any = Client
    try:
        client = make_client(cluster, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterUnavailable(cluster, str(error)) from None
    with (
        client,
        client.as_current(),
        parallel_config(backend="dask", client=client, scatter=[shipped]),
    ):
        yield -1


def _worthwhile(tasks: Sequence[Task]) -> int:
    """Return how many processes pay: one for little input."""
    if len(tasks) < 2 or sum(probable_items(task.source) for task in tasks) < WORTH_PROCESSES:
        return 1
    return min(usable_cores(), len(tasks))


def _load_predictions(log: Log, task: Task) -> None:
    """Bring the predictions of a file into the log; a log that cannot be written is no error."""
    import pyarrow as pa

    if not task.predictions.exists():
        return
    with pa.memory_map(str(task.predictions)) as file:
        load_predictions(log.store, [pa.ipc.open_file(file).read_all()])
    task.predictions.unlink()


def _clear_temporary(folder: Path, tasks: Sequence[Task]) -> None:
    """Delete what a killed run has left of the files that are made again."""
    names = {path.name for task in tasks for path in (task.target, task.rejected, task.predictions)}
    for place in (folder, folder / NOTES):
        for path in place.glob(".*.tmp"):
            if path.name[1:].rsplit(".", 2)[0] in names:
                path.unlink(missing_ok=True)


def _merged(result: ScoredFiles, made: Sequence[tuple[Task, Partition]], top: int) -> ScoredFiles:
    """Add up the results of all files, and find the best rows over all."""
    tiers: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    scores = 0.0
    for task, one in made:
        result.total_opportunities += one.total
        result.repeated_ids += one.repeated_ids
        result.rejected += one.rejected
        result.total_predicted_revenue += one.revenue_sum
        scores += one.score_sum
        tiers.update(one.tiers)
        sources.update(one.sources)
        result.warnings += [f"{task.source.name}: {warning}" for warning in one.warnings]
        if one.rejected:
            result.rejected_files.append(task.rejected)
    result.total_predicted_revenue = round(result.total_predicted_revenue, 2)
    if result.total_opportunities:
        result.average_score = round(scores / result.total_opportunities, 1)
    result.priority_breakdown = dict(tiers)
    result.data_sources = dict(sources.most_common())
    result.top = _best([(task.target, one.best) for task, one in made], top)
    return result


def _best(files: Sequence[tuple[Path, Sequence[float]]], top: int) -> list[Row]:
    """Return the best rows over ranked files; ties in the order of the files. Files without any are not opened."""
    ranked = merge(
        *(
            [(-score, place, row) for row, score in enumerate(scores[:top])]
            for place, (_, scores) in enumerate(files)
        )
    )
    chosen = list(islice(ranked, top))
    counts = Counter(place for _, place, _ in chosen)
    rows = {place: first_rows(files[place][0], count)[0] for place, count in counts.items()}
    return [{"file": files[place][0].name, **rows[place][row]} for _, place, row in chosen]
