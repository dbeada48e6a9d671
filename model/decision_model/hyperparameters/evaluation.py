"""Hyperparameters of evaluation."""

from __future__ import annotations

from decision_model.hyperparameters.table import JUDGEMENT, REASONED, TABLE, declare

# Evaluation.
PROBABILITY_FLOOR = declare(
    TABLE, "PROBABILITY_FLOOR", 1e-6, "probability",
    "Log loss clips to [1e-6, 1 - 1e-6]: a certain answer that is wrong costs 13.8 nats.", JUDGEMENT,
)  # fmt: skip
MATERIAL_CALIBRATION = declare(
    TABLE, "MATERIAL_CALIBRATION", 0.002, "Brier points",
    "A smaller difference in the calibration part changes no decision. Without this the rates, whose "
    "few values are calibrated by construction, would in a large log keep out a far better model.",
    JUDGEMENT,
)  # fmt: skip
CALIBRATION_BINS = declare(
    TABLE, "CALIBRATION_BINS", 10, "quantile bins", "Of the calibration part.", "convention",
)  # fmt: skip
MATERIAL_DRIFT = declare(
    TABLE, "MATERIAL_DRIFT", 0.1, "population stability index",
    "Below this there is no alarm, however many rows show it.", "convention",
)  # fmt: skip
FALSE_ALARMS = declare(
    TABLE, "FALSE_ALARMS", 0.05, "probability",
    "Of ever raising an alarm while nothing changes, over all looks: one for drift, one for calibration.",
    "benchmarks/statistics/alarms.py",
)  # fmt: skip
FEWEST_BLOCKS = declare(
    TABLE, "FEWEST_BLOCKS", 8, "blocks",
    "With fewer senders or days nothing is measured of how alike their decisions are: as alike as can be "
    "is taken.", "benchmarks/statistics/alarms.py",
)  # fmt: skip
RUN_LENGTHS = declare(
    TABLE, "RUN_LENGTHS", (4, 12), "decisions",
    "Runs of so many in time order are tried as blocks: bursts need not keep to days or senders.",
    "benchmarks/statistics/alarms.py",
)  # fmt: skip
EXPECTED_MISCALIBRATION = declare(
    TABLE, "EXPECTED_MISCALIBRATION", 0.1, "probability",
    "Root of the prior variance of the difference between said and seen that is looked for: found fastest. Twice or "
    "half of it moves the detection by about a tenth.", REASONED,
)  # fmt: skip
EXPECTED_DRIFT = declare(
    TABLE, "EXPECTED_DRIFT", 0.3, "standard deviations",
    "Likewise of the shift of a share: one that moves the stability index by about .1.", REASONED,
)  # fmt: skip
MOST_LEVELS_MEASURED = declare(
    TABLE, "MOST_LEVELS_MEASURED", 30, "levels",
    "The most frequent ones, by which it is measured how much the rows of a field resemble each other.",
    REASONED,
)  # fmt: skip
FIRST_LATER_START = declare(
    TABLE, "FIRST_LATER_START", 32, "decisions",
    "A miscalibration may begin after so many, or after twice, four times ... as many.", REASONED,
)  # fmt: skip
LEAST_AFTER_START = declare(
    TABLE, "LEAST_AFTER_START", 20, "decisions",
    "Graded after such a start for it to be looked at.", JUDGEMENT,
)  # fmt: skip
LEAST_LEVEL_ROWS = declare(
    TABLE, "LEAST_LEVEL_ROWS", 8.0, "decisions",
    "Expected of a level on the smaller side; rarer levels are merged before drift is measured.",
    JUDGEMENT,
)  # fmt: skip
WEIGHTS_AT_ONCE = declare(
    TABLE, "WEIGHTS_AT_ONCE", 2_000_000, "resampling weights", "16 MB; more is no faster.", JUDGEMENT,
)  # fmt: skip
LEAST_JUDGED = declare(
    TABLE, "LEAST_JUDGED", 50, "decisions",
    "With fewer a paired interval says more about chance than about the methods.", JUDGEMENT,
)  # fmt: skip
LEAST_OF_EACH = declare(
    TABLE, "LEAST_OF_EACH", 5, "decisions", "Won, and not won, among the judged.", JUDGEMENT,
)  # fmt: skip
BOOTSTRAP_DRAWS = declare(
    TABLE, "BOOTSTRAP_DRAWS", 1_000, "draws",
    "The ends of a 95 % interval are then known to about 4 % of its width.", JUDGEMENT,
)  # fmt: skip
SEQUENTIAL_PROBABILITY_FLOOR = declare(
    TABLE, "SEQUENTIAL_PROBABILITY_FLOOR", 0.01, "probability",
    "Confidence sequences need bounded losses: probabilities are kept within [.01, .99] there.",
    "tests/statistics/test_confidence_sequence.py",
)  # fmt: skip
LARGEST_BET = declare(
    TABLE, "LARGEST_BET", 0.9, "share of wealth",
    "At most so much of it can be lost in one bet; below 1 it is never ruined.",
    "tests/statistics/test_confidence_sequence.py",
)  # fmt: skip
SEQUENCE_HALVINGS = declare(
    TABLE, "SEQUENCE_HALVINGS", 40, "halvings",
    "Of the search for a border of a confidence sequence.", REASONED,
)  # fmt: skip
LONGEST_CHOICE = declare(
    TABLE, "LONGEST_CHOICE", 50, "characters",
    "A longer text is no choice from a list, and no field of the naive Bayes baseline.", REASONED,
)  # fmt: skip
NAIVE_BAYES_SMOOTHING = declare(
    TABLE, "NAIVE_BAYES_SMOOTHING", 0.1, "leads",
    "Count from which won and lost of a value start.", "Odoo's published behaviour",
)  # fmt: skip
NAIVE_BAYES_LEAST_TAG_COUNT = declare(
    TABLE, "NAIVE_BAYES_LEAST_TAG_COUNT", 50.0, "closed leads",
    "From which a tag counts.", "Odoo's published behaviour",
)  # fmt: skip
