"""Public functions: training, evaluation, calibration, models, import, diagnosis, sample data.

Each opens the log of ``home`` (``$DECISION_LOG_HOME`` or the current folder by default), or works on
an open one given as ``log``. Heavy libraries are imported on use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from decision_log.log import Log
from decision_log.records import new_decision_id

if TYPE_CHECKING:
    from decision_log.records import Moment
    from decision_log.results import (
        CalibrationResult,
        DemoResult,
        Diagnosis,
        EvaluationResult,
        FieldDescription,
        ImportResult,
        TrainingResult,
    )

Home = str | Path | None
Progress = Callable[[int, int | None], None]


def generate_id(now: datetime | None = None) -> str:
    """Return a new decision id that sorts by time.

    Parameters
    ----------
    now : datetime, optional
        The moment in it; now by default.

    Examples
    --------
    >>> generate_id(datetime(2026, 2, 8, 10, 15, tzinfo=UTC))
    'dec_20260208T101500_...'
    """
    return new_decision_id(now or datetime.now(UTC))


def train(
    home: Home = None,
    *,
    log: Log | None = None,
    seed: int = 0,
    if_needed: bool = False,
    as_of: Moment | None = None,
    promote: bool = True,
    exclude: Sequence[str] | None = None,
    allow: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> TrainingResult:
    """Train a model on the log, and promote it if it beats the champion.

    Parameters
    ----------
    home : path, optional
        The folder of the log.
    log : DecisionLog, optional
        An open log instead; it stays open.
    seed : int
        Random seed: the same facts, moment and seed give byte-identical arrays.
    if_needed : bool
        Train only where enough outcomes are new since the newest version.
    as_of : moment, optional
        Use only facts recorded by then.
    promote : bool
        Whether the version may become champion; otherwise it becomes challenger.
    exclude : sequence of str, optional
        Fields not to use; by default those that the champion does not use either.
    allow : sequence of str, optional
        Fields to use although they tell won from lost nearly without error; by default those that the
        champion was allowed.
    progress : callable, optional
        Called with the number of steps done and their total.

    Returns
    -------
    TrainingResult
        With ``trained`` and ``reason``: where no decision has closed, nothing is trained.

    Examples
    --------
    >>> import tempfile
    >>> train(tempfile.mkdtemp())["trained"]
    False
    """
    from decision_log.models.train import train as train_on

    with _opened(home, log) as opened:
        report = train_on(
            opened,
            seed=seed,
            if_needed=if_needed,
            as_of=as_of,
            promote=promote,
            exclude=exclude,
            allow=allow,
            progress=progress,
        )
    return cast("TrainingResult", report.to_dict())


def evaluate(
    home: Home = None,
    *,
    log: Log | None = None,
    cutoffs: int = 5,
    seed: int = 0,
    as_of: Moment | None = None,
    report: bool = False,
    progress: Progress | None = None,
) -> EvaluationResult:
    """Compare the model with baselines in a backtest over the log.

    Parameters
    ----------
    home, log
        As of `train`.
    cutoffs : int
        Number of folds: at each cut-off every method learns from what was known then and predicts
        the decisions that follow.
    seed : int
        Random seed.
    as_of : moment, optional
        Use only facts recorded by then.
    report : bool
        Whether to write Markdown and charts into ``reports/evaluations``.
    progress : callable, optional
        Called with the number of steps done and their total.

    Returns
    -------
    EvaluationResult
        ``methods`` is empty where too few decisions have matured; ``report`` is the Markdown file.

    Examples
    --------
    >>> import tempfile
    >>> evaluate(tempfile.mkdtemp())["methods"]
    []
    """
    from decision_log.models.evaluate import evaluate as backtest
    from decision_log.reports.evaluation.report import report_folder, write_report

    with _opened(home, log) as opened:
        found = backtest(opened, cutoffs=cutoffs, as_of=as_of, seed=seed, progress=progress)
        written = report and bool(found.methods)
        path = (
            str(write_report(found, report_folder(opened.settings, found)).report)
            if written
            else None
        )
    return cast("EvaluationResult", {**found.to_dict(), "report": path})


def calibration(
    home: Home = None,
    *,
    log: Log | None = None,
    as_of: Moment | None = None,
    by: Literal["version", "predictor"] = "version",
) -> CalibrationResult:
    """Grade past predictions by their outcomes, per model version or predictor, and test for drift.

    Parameters
    ----------
    home, log
        As of `train`.
    as_of : moment, optional
        Use only facts recorded by then.
    by : {"version", "predictor"}
        ``predictor`` takes all versions of our model together, beside people, agents and other systems.

    Returns
    -------
    CalibrationResult
        See :func:`decision_log.models.calibration.calibration`.

    Examples
    --------
    >>> import tempfile
    >>> calibration(tempfile.mkdtemp())["versions"]
    []
    """
    from decision_log.models.calibration import calibration as graded

    with _opened(home, log) as opened:
        return cast("CalibrationResult", graded(opened, as_of, by=by))


def describe_fields(
    home: Home = None,
    *,
    log: Log | None = None,
    as_of: Moment | None = None,
    allow: Sequence[str] | None = None,
) -> list[FieldDescription]:
    """Return the data dictionary: every field, whether a model may use it, and why not.

    Parameters
    ----------
    home, log
        As of `train`.
    as_of : moment, optional
        Use only facts recorded by then.
    allow : sequence of str, optional
        As of `train`.

    Examples
    --------
    >>> import tempfile
    >>> home = tempfile.mkdtemp()
    >>> with Log(home=home) as log:
    ...     added = log.log_decision("d-1", "coaching", "email", "Replied", context={"plan": "pro"})
    >>> "context.plan" in [field["name"] for field in describe_fields(home)]
    True
    """
    from decision_log.models.fields import describe_fields as describe

    with _opened(home, log) as opened:
        return cast("list[FieldDescription]", describe(opened, as_of=as_of, allow=allow))


def import_files(
    paths: Sequence[str | Path],
    home: Home = None,
    *,
    log: Log | None = None,
    **options: Any,
) -> ImportResult:
    r"""Import decisions and outcomes from files; importing a file twice changes nothing.

    Parameters
    ----------
    paths : sequence of path
        Exports of CRMs and payment programs, plain sheets, tables in the log's own columns.
    home, log
        As of `train`.
    **options
        As of :meth:`DecisionLog.import_history`: ``kind``, ``mapping``,
        ``options``, ``accept``, ``dry_run``, ``progress``.

    Examples
    --------
    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> text = "decision_id,timestamp,opportunity_type,action_taken\nd-1,2026-02-08,coaching,Replied\n"
    >>> _ = (home / "leads.csv").write_text(text, encoding="utf-8")
    >>> import_files([home / "leads.csv"], home)["added"]
    1
    """
    with _opened(home, log) as opened:
        report = opened.import_history(paths, **options)
    return cast("ImportResult", _plain(asdict(report)))


def diagnose(home: Home = None, *, log: Log | None = None, verify: bool = False) -> Diagnosis:
    """Examine a log without changing it.

    Parameters
    ----------
    home, log
        As of `train`.
    verify : bool
        Also read every value and check every bulk file; seconds per gigabyte.

    Examples
    --------
    >>> import tempfile
    >>> found = diagnose(tempfile.mkdtemp())
    >>> found["healthy"], found["exists"], found["model"]
    (True, False, 'rates')
    """
    from decision_log.doctor import diagnose as examine

    with _opened(home, log) as opened:
        return cast("Diagnosis", examine(opened, verify=verify))


def make_demo(
    home: str | Path, *, now: datetime | None = None, seed: int = 20260208, days: int = 400
) -> DemoResult:
    """Generate sample data in a folder of its own: a log and opportunities to score.

    Parameters
    ----------
    home : path
        The folder; refused where it holds something else.
    now : datetime, optional
        The end of the invented history.
    seed : int
        Random seed.
    days : int
        Length of the history.

    Examples
    --------
    >>> import tempfile
    >>> make_demo(Path(tempfile.mkdtemp()) / "demo", days=30)["written"]
    True
    """
    from decision_log.demo.world import make_demo as make

    report = make(Path(home), now=now or datetime.now(UTC), seed=seed, days=days)
    return cast("DemoResult", _plain(asdict(report)))


@contextmanager
def _opened(home: Home, log: Log | None) -> Iterator[Log]:
    if log is not None:
        yield log
        return
    with Log(home=home) as opened:
        yield opened


def _plain(value: Any) -> Any:
    """Write paths and times as text."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value
