"""A day's work in one call: import the inbox, refresh the model, score, summarise, report, back up, compact.

Each step stands alone: one that fails does not keep the others from their work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from decision_log.importing.recipe import load_recipe
from decision_log.importing.replies import is_mailbox, read_replies, responses
from decision_log.reports.summary.generator import DecisionSummaryGenerator
from decision_store.errors import DecisionLogError
from decision_store.importing import ImportOptions

if TYPE_CHECKING:
    from decision_log.facade import DecisionLog

_logger = logging.getLogger(__name__)

DONE = "done"
"""Folder in the inbox into which files move once they are imported."""


class Step(NamedTuple):
    """One step of the day.

    Parameters
    ----------
    name : str
        ``import NAME``, ``texts`` (where the setting ``keep_texts_days`` is given), ``refresh``, ``score``,
        ``summary``, ``report``, ``backup`` or ``compact``.
    done : bool
        False where it failed.
    what : str
        What was done, or the error, in one line.
    """

    name: str
    done: bool
    what: str


def run_day(log: DecisionLog, *, backup: str | Path | None = None) -> list[Step]:
    """Do a day's work: import what lies in the home's ``inbox``, refresh the model, score, summarise, report.

    A file is read by the recipe in the inbox whose name its own begins with; without one, only if nothing about it
    is doubtful. Once imported, it moves to ``inbox/done``. Of a mailbox (mbox or Maildir) replies to the message that a
    decision names become responses; see :mod:`decision_log.importing.replies`. A step that fails does not stop the
    others.

    Parameters
    ----------
    log : DecisionLog
        An open log.
    backup : path, optional
        A folder with a backup, to be brought up to date.

    Returns
    -------
    list of Step
        ``name``, ``done`` and ``what``, in order.

    Examples
    --------
    >>> import tempfile
    >>> from decision_log import DecisionLog
    >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
    ...     logged = log.log_decision("d-1", "coaching", "email", "Replied")
    ...     [(step.name, step.done) for step in run_day(log)]
    [('refresh', True), ('summary', True), ('report', True), ('compact', True)]
    """
    steps = [_tried(f"import {file.name}", partial(_import, log, file)) for file in _inbox(log)]
    if log.settings.keep_texts_days:
        steps.append(_tried("texts", lambda: _forget_old_texts(log)))
    steps.append(_tried("refresh", lambda: log.refresh_model() or "nothing to refresh"))
    if log.settings.home.opportunities.is_file():
        steps.append(_tried("score", lambda: _score(log)))
    steps.append(_tried("summary", lambda: _summarise(log)))
    steps.append(_tried("report", lambda: f"written to {log.write_report()}"))
    if backup is not None:
        steps.append(_tried("backup", partial(_back_up, log, Path(backup))))
    steps.append(_tried("compact", lambda: _compact(log)))
    return steps


def _tried(name: str, work: Callable[[], str]) -> Step:
    """Do one step; an error is its result, and stands in the log file by its kind."""
    try:
        step = Step(name, done=True, what=work())
    except (DecisionLogError, OSError, ValueError) as error:
        step = Step(name, done=False, what=str(error))
        _logger.error("daily: %s failed: %s", name.split(maxsplit=1)[0], type(error).__name__)  # noqa: TRY400
    else:
        _logger.info("daily: %s done", name.split(maxsplit=1)[0])
    return step


def _inbox(log: DecisionLog) -> Iterator[Path]:
    """Give the files and mailboxes that wait in ``inbox/``, by name; recipes and hidden files are none."""
    folder = log.settings.home.folder / "inbox"
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            wanted = (file.is_file() and file.suffix != ".toml") or is_mailbox(file)
            if wanted and not file.name.startswith("."):
                yield file


def _read_mail(log: DecisionLog, path: Path) -> str:
    """Record the replies in a mailbox; a file moves to `DONE`, a Maildir stays for the next mails."""
    replies = list(read_replies(path))
    ids = sorted({named for reply in replies for named in reply.refers_to})
    decisions = log.ask("decisions_of_messages", as_of=log.moment(), ids=ids).to_pylist()
    found = responses(replies, decisions)
    report = log.record_outcomes(found)
    if path.is_file():
        _move_to_done(path)
    return (
        f"{report.added} new responses, {report.unchanged} already in the log; "
        f"{len(replies) - len(found)} other replies are to no decision of their sender"
    )


def _import(log: DecisionLog, file: Path) -> str:
    if is_mailbox(file):
        return _read_mail(log, file)
    recipe = _recipe(file)
    options = ImportOptions() if recipe is None else load_recipe(recipe)
    report = log.prepare_import([file], options=options).write(accept=recipe is not None)
    refused = len(report.rejected) + len(report.conflicting)
    if refused:
        raise ValueError(
            f"{report.added} new, {report.unchanged} already in the log, {refused} rows refused; the file stays. "
            f"'decision-log import {file}' names them."
        )
    _move_to_done(file)
    return f"{report.added} new, {report.unchanged} already in the log"


def _move_to_done(file: Path) -> None:
    done = file.parent / DONE
    done.mkdir(mode=0o700, exist_ok=True)
    file.replace(done / file.name)


def _recipe(file: Path) -> Path | None:
    """Find the recipe whose name the file's begins with: ``hubspot.toml`` reads ``hubspot-2026-02-08.csv``."""
    found = [one for one in file.parent.glob("*.toml") if file.name.startswith(one.stem)]
    return max(found, key=lambda one: len(one.stem), default=None)


def _score(log: DecisionLog) -> str:
    scored = log.scorer().score_file()
    refused = f", {len(scored.rejected)} refused" if scored.rejected else ""
    return f"{scored.total_opportunities} scored by {scored.model_version}{refused}"


def _summarise(log: DecisionLog) -> str:
    generator = DecisionSummaryGenerator(log=log)
    generator.save_summary(generator.generate_weekly_summary())
    _, path = generator.save_summary(generator.generate_daily_summary())
    return f"written to {path}"


def _back_up(log: DecisionLog, folder: Path) -> str:
    made = log.backup(folder)
    return f"{made['files']} files in {made['folder']}"


def _forget_old_texts(log: DecisionLog) -> str:
    made = log.forget_old_texts()
    if made is None:
        return "no text is older than the settings allow"
    return (
        f"forgotten in {made['decisions']} decisions; {made['searched']} files with {made['bytes']:,} bytes and the "
        f"database were searched: {made['values_in_log'] + len(made['found'])} places hold one"
    )


def _compact(log: DecisionLog) -> str:
    made = log.compact()
    return f"{made['bytes_before']:,} bytes before, {made['bytes_after']:,} now"
