"""History from elsewhere: the predecessor's SQLite file, JSON Lines, JSON, CSV and Parquet."""

from decision_store.importing.batches import RejectedRow
from decision_store.importing.history import History, read_history

__all__ = ["History", "RejectedRow", "read_history"]
