"""What every command opens: the log of the chosen home, its errors told to people."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from decision_cli.errors import errors_for_people
from decision_cli.options import Home
from decision_log import DecisionLog, Settings

LOG_FILE_BYTES = 1_000_000
LOG_FILES_KEPT = 3

_logger = logging.getLogger("decision_cli")


@contextmanager
def open_settings(context: typer.Context, home: Home) -> Iterator[Settings]:
    """Read the settings for ``--home``, wherever on the line it stood."""
    with errors_for_people():
        settings = Settings.load(home if home is not None else context.obj)
        with log_file(settings):
            _logger.info("%s", context.info_name)
            yield settings


@contextmanager
def open_log(context: typer.Context, home: Home) -> Iterator[DecisionLog]:
    """Open the log of ``--home``."""
    with open_settings(context, home) as settings, DecisionLog(settings=settings) as log:
        yield log


@contextmanager
def log_file(settings: Settings) -> Iterator[None]:
    """Send log records to the home's rotating file, if a log lives there and it can be written.

    A command must work in a home that it may only read, and must not leave a folder behind in one
    that holds no log; then records go nowhere.
    """
    path = settings.home.log_file
    handler: logging.Handler = logging.NullHandler()
    if settings.home.database.parent.is_dir():
        from logging.handlers import RotatingFileHandler

        try:
            path.parent.mkdir(exist_ok=True)
            handler = RotatingFileHandler(
                path, maxBytes=LOG_FILE_BYTES, backupCount=LOG_FILES_KEPT, encoding="utf-8"
            )
        except OSError:
            pass
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    previous = root.level
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(previous)
        root.removeHandler(handler)
        handler.close()
