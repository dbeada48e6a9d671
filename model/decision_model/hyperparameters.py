"""Hyperparameters of the model: every constant that somebody chose, with unit, reason and origin.

The constants are plain values; `TABLE` holds what is known about each. The features' own stand in
`decision_features.hyperparameters`. ``docs/reference`` shows both tables.
"""

from __future__ import annotations

from decision_features.hyperparameters import JUDGEMENT, SHOWN, SIMULATED, Hyperparameter, declare

TABLE: list[Hyperparameter] = []

HALF_OF_SETS = (
    "hotel_bookings, x_education, simulated logs with and without signal; confirmed on the others"
)
"""Origin of a value chosen on half of the shown sets and simulated worlds, as served."""

COVERAGE = "tests/statistics/test_individual_intervals.py with other seeds"

# The pool of members.
POOL_GRID_STEPS = declare(
    TABLE, "POOL_GRID_STEPS", 10, "steps",
    "Weights are averaged over a grid in tenths; finer ones change the fourth digit.", JUDGEMENT,
)  # fmt: skip
POOL_COOLING = declare(
    TABLE, "POOL_COOLING", 1.0, "decisions per nat of evidence",
    "By which the likelihood of forward rows is tempered; 2 and more cost .001 to .005 nats at 60 to 200 decisions.",
    HALF_OF_SETS,
)  # fmt: skip
POOL_NATS = declare(
    TABLE, "POOL_NATS", 3.0, "nats",
    "Log prior density lost by moving all weight away from the weights by evidence.", HALF_OF_SETS,
)  # fmt: skip
POOL_REGRESSIONS = declare(
    TABLE, "POOL_REGRESSIONS", 0.95, "share of the pool",
    "Prior weight of both regressions together where the evidence is ample.", HALF_OF_SETS,
)  # fmt: skip
POOL_TIME_INVARIANT = declare(
    TABLE, "POOL_TIME_INVARIANT", 0.7, "share of the regressions",
    "Of the regression without drifting fields, where there are such fields.", SHOWN,
)  # fmt: skip
POOL_RATE = declare(
    TABLE, "POOL_RATE", 0.5, "share of what the regressions leave",
    "Of the rate; the remainder is the base rate's.", HALF_OF_SETS,
)  # fmt: skip
POOL_HALF_DECISIONS = declare(
    TABLE, "POOL_HALF_DECISIONS", 20.0, "closed decisions",
    "At which a member has half of its final prior weight.", SIMULATED,
)  # fmt: skip
POOL_LEAST_EVIDENCE = declare(
    TABLE, "POOL_LEAST_EVIDENCE", 1.0, "nats",
    'Log Bayes factor below which a member has no weight: "not worth more than a bare mention" '
    "(Kass, Raftery 1995).", "literature",
)  # fmt: skip
POOL_HALF_EVIDENCE = declare(
    TABLE, "POOL_HALF_EVIDENCE", 4.0, "nats",
    "Log Bayes factor at which a member has half of its weight.", SIMULATED,
)  # fmt: skip
LARGEST_LOG_ODDS = declare(
    TABLE, "LARGEST_LOG_ODDS", 12.0, "log-odds",
    "A probability nearer to 0 or 1 is never warranted.", JUDGEMENT,
)  # fmt: skip
LEAST_FORWARD_ROWS = declare(
    TABLE, "LEAST_FORWARD_ROWS", 60, "closed decisions",
    "With fewer the weights of the pool rest on the evidence alone.", SIMULATED,
)  # fmt: skip

# The members.
MOST_REGRESSION_ROWS = declare(
    TABLE, "MOST_REGRESSION_ROWS", 100_000, "decisions",
    "The regressions learn from so many of the newest; the rates from all.", JUDGEMENT,
)  # fmt: skip
FORWARD_CHAINS = declare(
    TABLE, "FORWARD_CHAINS", ((0.4, 0.5, 0.6), (0.7, 0.8, 0.9)), "shares of the log",
    "Cuts up to which members are fitted to predict what follows; within a chain columns and shrinkage are kept.",
    JUDGEMENT,
)  # fmt: skip
FORWARD_SHARE = declare(
    TABLE, "FORWARD_SHARE", 0.1, "share of the log",
    "Judged after each cut: a model is refitted at least so often.", JUDGEMENT,
)  # fmt: skip
MOST_FORWARD_ROWS = declare(
    TABLE, "MOST_FORWARD_ROWS", 20_000, "decisions",
    "A member that is fitted only to learn weights sees so many; bounds time.", JUDGEMENT,
)  # fmt: skip
MOST_JUDGED_ROWS = declare(
    TABLE, "MOST_JUDGED_ROWS", 2_000, "decisions", "Predicted per cut; bounds time.", JUDGEMENT,
)  # fmt: skip
TIME_SLICES = declare(
    TABLE, "TIME_SLICES", 20, "slices of time",
    "Between which a drifting field varies more than within.", SHOWN,
)  # fmt: skip
DRIFTING_SHARE = declare(
    TABLE, "DRIFTING_SHARE", 0.5, "share of a block's variance",
    "Blocks with more of it between slices say when rather than what.", SHOWN,
)  # fmt: skip
OPEN_ROUNDS = declare(
    TABLE, "OPEN_ROUNDS", 4, "rounds",
    "Of weighing open decisions and fitting; the weights have converged to .01 by then.",
    "benchmarks/predictive/open_decisions.py",
)  # fmt: skip
MOST_COVARIANCES_AT_ONCE = declare(
    TABLE, "MOST_COVARIANCES_AT_ONCE", 1_000_000, "covariances", "8 MB.", JUDGEMENT,
)  # fmt: skip

WIDENING_DECISIONS = declare(
    TABLE, "WIDENING_DECISIONS", 100.0, "closed decisions",
    "Numerator of the factor 1 + 100 / (50 + n) on a regression's variance.", COVERAGE,
)  # fmt: skip
WIDENING_OFFSET = declare(
    TABLE, "WIDENING_OFFSET", 50.0, "closed decisions", "Of the same factor.", COVERAGE,
)  # fmt: skip
SPREAD_PRIOR = declare(
    TABLE, "SPREAD_PRIOR", 1.3, "log-odds",
    "Standard deviation between opportunities that is expected of a log before it has decisions.", COVERAGE,
)  # fmt: skip
SPREAD_PRIOR_DECISIONS = declare(
    TABLE, "SPREAD_PRIOR_DECISIONS", 200.0, "closed decisions", "What that expectation is worth.", COVERAGE,
)  # fmt: skip
SPREAD_ROWS = declare(
    TABLE, "SPREAD_ROWS", 500, "decisions", "On which the spread between opportunities is measured.", JUDGEMENT,
)  # fmt: skip

# The regression.
INTERCEPT_PRIOR = declare(
    TABLE, "INTERCEPT_PRIOR", (0.6, 1.65), "decisions won and lost",
    "A conjugate prior as wide as N(-1, 1.5^2): rates from 2 % to 80 % are within reach.", JUDGEMENT,
)  # fmt: skip
SHRINKAGE_ROUNDS = declare(
    TABLE, "SHRINKAGE_ROUNDS", 8, "updates",
    "With extrapolation these end where 40 plain ones do, within .0003 nats; 6 cost .001 in places.", SHOWN,
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
PRECISION_RATE_FEW = declare(
    TABLE, "PRECISION_RATE_FEW", 2_000, "closed decisions",
    "From so many on b0 grows with their number: the value best for 10,000 costs .01 nats on small logs with "
    "little signal.", SIMULATED,
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
    "While the shrinkage is searched; 1e-4 ends too early (.004 nats on hotel_bookings).", SHOWN,
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
DENSE_COLUMN = declare(
    TABLE, "DENSE_COLUMN", 0.2, "share of rows filled",
    "From which a column is faster as part of a dense matrix.", JUDGEMENT,
)  # fmt: skip

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
