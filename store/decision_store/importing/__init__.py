"""Import of history from exports of other programs, plain sheets, and tables in the log's own columns."""

from decision_store.importing.batches import RejectedRow
from decision_store.importing.history import History, read_history
from decision_store.importing.options import ImportOptions

__all__ = ["History", "ImportOptions", "RejectedRow", "read_history"]
