"""Deals that are open in a file and ended in the log are named in the order of the file."""

from __future__ import annotations

import pyarrow as pa

from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.importing.history import History
from decision_store.importing.reconciliation.known import _ended_here_only


def test_reopened_deals_are_named_in_the_order_of_the_file() -> None:
    history = History(
        decisions=DECISIONS().empty_table(),
        outcomes=OUTCOMES().empty_table(),
        rejected=(),
        notes=(),
        deals=pa.array(["d-3", "d-1", "d-9", "d-2"]),
    )
    stored = pa.table({"decision_id": ["d-1", "d-2", "d-3"]})  # as the log gives them: in any order
    states = pa.table({"decision_id": ["d-2", "d-1", "d-3"], "state": ["won", "open", "lost"]})
    assert _ended_here_only(history, stored, states) == ["d-3", "d-2"]
