"""Changes of what scores depend on: the opportunities, the log, the model, and the hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from decision_log.predicting.champion import aliases_token
from decision_log.rate_fits import hour_of, utc_now
from decision_log.scoring.partitions.plan import input_files
from decision_log.scoring.reader import UnreadableOpportunities
from decision_store.file_state import file_state

if TYPE_CHECKING:
    from decision_log.log import Log


_MODEL = "Another model serves."


def changes(
    log: Log, inputs: Sequence[Path], wait: Callable[[], object]
) -> Iterator[tuple[datetime, str]]:
    """Give a moment and what has changed, first at once and then after each change.

    A look takes a few file stats; the database is not opened.

    Parameters
    ----------
    log : Log
    inputs : sequence of Path
        Files and patterns; the opportunities of the home where there are none.
    wait : callable
        Called between two looks.

    Examples
    --------
    >>> import tempfile
    >>> from decision_log import DecisionLog
    >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
    ...     looks = changes(log, [], lambda: log.log_decision(None, "coaching", "email", "Replied"))
    ...     next(looks)[1], next(looks)[1]
    ('Watching.', 'The log has changed.')
    """
    paths = inputs or [log.settings.home.opportunities]
    known: dict[str, object] = {}
    while True:
        now = utc_now()
        state: dict[str, object] = {
            "The opportunities have changed.": _files(paths),
            "The log has changed.": log.revision(),
            _MODEL: aliases_token(log.settings.home.models),
            "A new hour has begun; open decisions have aged.": hour_of(now),
        }
        if not known:
            yield now, "Watching."
        elif different := [what for what, value in state.items() if value != known[what]]:
            yield now, " ".join(different)
        # Who scores may have refreshed the model first.
        known = {**state, _MODEL: aliases_token(log.settings.home.models)}
        wait()


def _files(paths: Sequence[Path]) -> list[tuple[str, tuple[int, int, int]]]:
    try:
        return [(str(path), file_state(path)) for path in input_files(paths)]
    except UnreadableOpportunities:  # scoring says so
        return []
