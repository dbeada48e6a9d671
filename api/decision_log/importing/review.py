"""Review file: payments whose decision is not certain, to be completed and imported."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from decision_store.csv_cells import inert
from decision_store.durable_files import atomic_write_text
from decision_store.importing.reconciliation.matching import ReviewItem

REVIEW_COLUMNS = (
    "outcome_id", "decision_id", "outcome_type", "outcome_status", "revenue_generated", "occurred_at",
    "notes", "email", "candidates", "review_reason",
)  # fmt: skip
"""Columns of a review file; with ``decision_id`` filled in it can be imported."""


def write_review(items: Sequence[ReviewItem], folder: Path) -> Path:
    """Write the payments to review as a CSV file that can be completed and imported."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(REVIEW_COLUMNS)
    for item in items:
        payment = item.payment
        kind = "payment" if payment.amount >= 0 else "refund"
        cells: list[Any] = [
            payment.payment_id, "", kind, payment.status, payment.amount, payment.occurred_at,
            payment.notes, payment.email, " ".join(item.candidates), item.reason,
        ]  # fmt: skip
        writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in cells])
    path = folder / f"review-{items[0].payment.path.stem}.csv"
    atomic_write_text(path, text.getvalue())
    path.chmod(0o600)
    return path
