"""Table of hyperparameters, and the origins that a value can have."""

from __future__ import annotations

from decision_features.hyperparameters import JUDGEMENT, SHOWN, SIMULATED, Hyperparameter, declare

__all__ = [
    "CHOSEN_WORLDS",
    "COVERAGE",
    "HALF_OF_SETS",
    "JUDGEMENT",
    "REASONED",
    "SHOWN",
    "SIMULATED",
    "TABLE",
    "declare",
]

TABLE: list[Hyperparameter] = []

HALF_OF_SETS = (
    "hotel_bookings, x_education, simulated logs with and without signal; others were looked at too"
)
"""Origin of a value chosen mainly on half of the shown sets and simulated worlds, as served.

Other sets and worlds (bank_marketing, hillstrom, maven_crm, persuasion_for_good; cells, words) were looked at before
the final choice, so they do not confirm it independently.
"""

REASONED = "judgement"
"""Origin of a value that no recorded benchmark chose."""

COVERAGE = "tests/statistics/test_individual_intervals.py with other seeds"

CHOSEN_WORLDS = (
    "worlds fields and null of benchmarks/predictive/pool.py, drawn otherwise, seeds 0 to 39"
)
"""Origin of a value chosen on simulated logs of 60, 200 and 800 decisions; seeds from 1000 on confirm it."""
