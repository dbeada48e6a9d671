"""Hyperparameters of the regression."""

from __future__ import annotations

from decision_model.hyperparameters.table import (
    CHOSEN_WORLDS,
    HALF_OF_SETS,
    JUDGEMENT,
    SHOWN,
    SIMULATED,
    TABLE,
    declare,
)

# The regression.
INTERCEPT_PRIOR = declare(
    TABLE, "INTERCEPT_PRIOR", (0.6, 1.65), "decisions won and lost",
    "A conjugate prior as wide as N(-1, 1.5^2): rates from 2 % to 80 % are within reach.", JUDGEMENT,
)  # fmt: skip
SHRINKAGE_ROUNDS = declare(
    TABLE, "SHRINKAGE_ROUNDS", 10, "updates",
    "At most; with extrapolation nine end where 40 plain ones do. 6 cost .001 in places.", SHOWN,
)  # fmt: skip
SHRINKAGE_WORK = declare(
    TABLE, "SHRINKAGE_WORK", 3e9, "rows x columns^2",
    "Rows on which the shrinkage is learnt; a round then takes some .1 s.", JUDGEMENT,
)  # fmt: skip
SHRINKAGE_LEAST_ROWS = declare(
    TABLE, "SHRINKAGE_LEAST_ROWS", 4_000, "decisions", "At least so many, however many columns.", JUDGEMENT,
)  # fmt: skip
PRECISION_RANGE = declare(
    TABLE, "PRECISION_RANGE", (1e-3, 1e6), "1 / log-odds^2", "Keeps the columns' scales finite.", JUDGEMENT,
)  # fmt: skip
PRECISION_RATE_OF_LOG = declare(
    TABLE, "PRECISION_RATE_OF_LOG", 0.1, "log-odds^2",
    "Rate b0 of the Gamma prior of the precisions, shared out among the blocks: how strongly useless ones are shrunk.",
    SIMULATED,
)  # fmt: skip
PRECISION_RATE_RANGE = declare(
    TABLE, "PRECISION_RATE_RANGE", (0.0003, 0.01), "log-odds^2", "Bounds of a block's share.", SIMULATED,
)  # fmt: skip
PRECISION_RATE_FACTORS = declare(
    TABLE, "PRECISION_RATE_FACTORS", (1.0, 3.0, 8.0, 20.0), "factors of b0",
    "Over which prior variances are averaged by their evidence, with fewer decisions than below. With 1 alone .02 "
    "worse at 60 decisions where five fields matter, .007 at 200; up to 30 .0008 worse at 60 where none does, up to "
    "100 .002.",
    CHOSEN_WORLDS,
)  # fmt: skip
PRECISION_AVERAGED_BELOW = declare(
    TABLE, "PRECISION_AVERAGED_BELOW", 500, "closed decisions",
    "From so many on prior variances are not averaged: at 800 simulated decisions it gains .0003, on "
    "persuasion_for_good (559 to 864 decisions, 60 fields) it costs .0019.",
    f"{CHOSEN_WORLDS}; persuasion_for_good",
)  # fmt: skip
PRECISION_RATE_FEW = declare(
    TABLE, "PRECISION_RATE_FEW", 2_000, "closed decisions",
    "From so many on b0 grows with their number: the value best for 10,000 costs .01 nats on small logs with little "
    "signal.", SIMULATED,
)  # fmt: skip
PRECISION_RATE_MOST = declare(
    TABLE, "PRECISION_RATE_MOST", 5.0, "factor", "To which b0 grows.", SIMULATED,
)  # fmt: skip
SPARSE_FREEDOM = declare(
    TABLE, "SPARSE_FREEDOM", 2.0, "degrees of freedom",
    "Of the Student t prior of weights in a vocabulary: few matter, those much.", SIMULATED,
)  # fmt: skip
SPARSE_AFTER_ROUNDS = declare(
    TABLE, "SPARSE_AFTER_ROUNDS", 2, "updates",
    "After which weights of a vocabulary get precisions of their own about their block's.", SIMULATED,
)  # fmt: skip
SOLVER_TOLERANCE = declare(
    TABLE, "SOLVER_TOLERANCE", 1e-6, "mean gradient",
    "Of weights that are refitted on the way; 1e-4 ends too early (.004 nats on hotel_bookings).", SHOWN,
)  # fmt: skip
SOLVER_FINAL_TOLERANCE = declare(
    TABLE, "SOLVER_FINAL_TOLERANCE", 1e-8, "mean gradient", "Of the weights that are kept.", JUDGEMENT,
)  # fmt: skip
SOLVER_STEPS = declare(
    TABLE, "SOLVER_STEPS", 100, "Newton steps", "Usually two are made.", JUDGEMENT
)
MACKAY_SHARE = declare(
    TABLE, "MACKAY_SHARE", 0.8, "share of a log step",
    "The rest is EM's, which is slow where a block is useless; MacKay's alone jumps.", SHOWN,
)  # fmt: skip
LARGEST_STEP_RATIO = declare(
    TABLE, "LARGEST_STEP_RATIO", 0.7, "ratio of successive steps",
    "Up to which the rest of the way is extrapolated.", SHOWN,
)  # fmt: skip
LARGEST_LOG_STEP = declare(
    TABLE, "LARGEST_LOG_STEP", 4.0, "log precision", "Largest change in one update.", JUDGEMENT,
)  # fmt: skip
SETTLED_LOG_STEP = declare(
    TABLE, "SETTLED_LOG_STEP", 0.02, "log precision", "Updates end when none is larger.", JUDGEMENT,
)  # fmt: skip
MOST_PRODUCTS = declare(
    TABLE, "MOST_PRODUCTS", 3_000_000, "products of two entries",
    "That are kept to be weighted again; more are multiplied anew each time. 70 MB.", JUDGEMENT,
)  # fmt: skip
DENSE_COLUMN = declare(
    TABLE, "DENSE_COLUMN", 0.2, "share of rows filled",
    "From which a column is faster as part of a dense matrix.", JUDGEMENT,
)  # fmt: skip

# Rules.
RULE_TREES = declare(
    TABLE, "RULE_TREES", 80, "trees per half",
    "40 cost .002 nats on x_education; 150 gain less than .001.", HALF_OF_SETS,
)  # fmt: skip
RULE_LEAVES = declare(
    TABLE, "RULE_LEAVES", 6, "leaves per tree", "8 and 10 are no better.", HALF_OF_SETS,
)  # fmt: skip
RULE_LEARNING_RATE = declare(
    TABLE, "RULE_LEARNING_RATE", 0.15, "share of a leaf's mean", ".1 and .3 are no better.", HALF_OF_SETS,
)  # fmt: skip
RULE_LEAF_ROWS = declare(
    TABLE, "RULE_LEAF_ROWS", 30, "decisions",
    "Least in a leaf; a thirtieth of the decisions of a half, at least 10, where that is less.", HALF_OF_SETS,
)  # fmt: skip
RULE_RIDGE = declare(
    TABLE, "RULE_RIDGE", 5.0, "decisions' information", "Of the trees' leaves.", JUDGEMENT
)
RULE_FOLDS = declare(
    TABLE, "RULE_FOLDS", 3, "folds", "Out of which the margins of the regression are predicted.", JUDGEMENT,
)  # fmt: skip
RULE_ORDER_PRIOR = declare(
    TABLE, "RULE_ORDER_PRIOR", 5.0, "decisions' information",
    "By which the mean residual of a category's level is drawn to zero before levels are ranked.", JUDGEMENT,
)  # fmt: skip
RULES_PER_HALF = declare(
    TABLE, "RULES_PER_HALF", 120, "rules", "75 cost .002 nats on x_education.", HALF_OF_SETS,
)  # fmt: skip
RULE_COPY_COSINE = declare(
    TABLE, "RULE_COPY_COSINE", 0.95, "cosine", "Above which two rules are one.", JUDGEMENT,
)  # fmt: skip
