"""Artifact schema of a trained model: the arrays it may hold, and the manifest key of the rest."""

from __future__ import annotations

from dataclasses import replace

from decision_model.artifacts.array_archive import ArraySpec, Schema
from decision_model.artifacts.sender_hashes import HASH_BYTES

_CELLS = (
    "won", "lost", "open", "paid", "revenue", "sum_log_revenue", "sum_log_revenue_squared",
)  # fmt: skip

SCHEMA = Schema(
    name="decision-log trained model",
    version=5,  # raised whenever arrays, features or their meaning change; see CONTRIBUTING.md
    arrays={
        "pool": ArraySpec("float64", (5,)),
        "sender_counts": ArraySpec("float64", ("senders", 3)),
        "sender_last": ArraySpec("int64", ("senders",)),
        "sender_hashes": ArraySpec("uint8", ("senders", HASH_BYTES)),
        "revenue_weights": ArraySpec("float64", ("features",)),
        **{f"evidence_{name}": ArraySpec("float64", ("cells",)) for name in _CELLS},
        "evidence_delay_cell": ArraySpec("int64", ("delays",)),
        "evidence_delay_state": ArraySpec("int8", ("delays",)),
        "evidence_delay_hours": ArraySpec("float64", ("delays",)),
        "evidence_delay_count": ArraySpec("float64", ("delays",)),
        "full_weights": ArraySpec("float64", ("weights",)),
        "full_precision": ArraySpec("float64", ("features",), finite=False),
        "full_covariance": ArraySpec("float64", ("weights", "weights")),
        # Missing where no field says when rather than what: then it is the same as the full one.
        # A column it does not use has an infinite precision.
        "steady_weights": ArraySpec("float64", ("weights",), required=False),
        "steady_precision": ArraySpec("float64", ("features",), finite=False, required=False),
        "steady_covariance": ArraySpec("float64", ("weights", "weights"), required=False),
        # All of them are missing where no rules were learnt.
        "rules_fields": ArraySpec("int64", ("rules", 2), required=False),
        "rules_low": ArraySpec("float64", ("rules", 2), finite=False, required=False),
        "rules_high": ArraySpec("float64", ("rules", 2), finite=False, required=False),
        "rules_missing": ArraySpec("uint8", ("rules", 2), required=False),
        "rules_half": ArraySpec("int64", ("rules",), required=False),
        "rules_ranks": ArraySpec("float64", (2, "codes"), required=False),
        "rules_sizes": ArraySpec("int64", ("fields",), required=False),
        "rules_weights": ArraySpec("float64", ("rules",), required=False),
        "rules_shift": ArraySpec("float64", ("weights",), required=False),
    },
)
"""All that the arrays of a trained model may be; a file is checked against it."""

_NAMES_IN_CLEAR = {
    "sender_names": ArraySpec("uint8", ("bytes of senders",)),
    "sender_ends": ArraySpec("int64", ("senders",)),
}

FORMAT_4 = replace(
    SCHEMA,
    version=4,
    arrays={n: a for n, a in SCHEMA.arrays.items() if n != "sender_hashes"} | _NAMES_IN_CLEAR,
)
"""As the current format, but for the names of senders, which are in clear."""

OLDER = (FORMAT_4,)
"""Earlier formats that are still read."""

MODEL_KEY = "model"
"""Manifest key of what the model is besides its arrays."""
