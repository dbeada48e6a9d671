"""Hyperparameters of the model: every constant that somebody chose, with unit, reason and origin.

The constants are plain values; `TABLE` holds what is known about each. The features' own stand in
`decision_features.hyperparameters`. ``docs/reference`` shows both tables.
"""

from __future__ import annotations

from decision_features.hyperparameters import JUDGEMENT, SHOWN, SIMULATED, Hyperparameter, declare

TABLE: list[Hyperparameter] = []

# The pool of members.
POOL_GRID_STEPS = declare(
    TABLE, "POOL_GRID_STEPS", 10, "steps",
    "Weights are averaged over a grid in tenths; finer ones change the fourth digit.", JUDGEMENT,
)  # fmt: skip
POOL_COOLING = declare(
    TABLE, "POOL_COOLING", 5.0, "decisions per nat of evidence",
    "Forward rows of one log are dependent: their likelihood is tempered by this.", SHOWN,
)  # fmt: skip
POOL_NATS = declare(
    TABLE, "POOL_NATS", 20.0, "nats",
    "Log prior density lost by moving all weight away from the weights by evidence.", SHOWN,
)  # fmt: skip
POOL_REGRESSIONS = declare(
    TABLE, "POOL_REGRESSIONS", 0.8, "share of the pool",
    "Prior weight of both regressions together where the evidence is ample.", SIMULATED,
)  # fmt: skip
POOL_TIME_INVARIANT = declare(
    TABLE, "POOL_TIME_INVARIANT", 0.7, "share of the regressions",
    "Of the regression without drifting fields, where there are such fields.", SHOWN,
)  # fmt: skip
POOL_RATE = declare(
    TABLE, "POOL_RATE", 0.4, "share of what the regressions leave",
    "Of the rate; the remainder is the base rate's.", SIMULATED,
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
FORWARD_CUTS = declare(
    TABLE, "FORWARD_CUTS", (0.4, 0.6, 0.8), "shares of the log",
    "Members fitted up to these cuts predict what follows.", SHOWN,
)  # fmt: skip
ONE_FORWARD_CUT = declare(
    TABLE, "ONE_FORWARD_CUT", (0.7,), "shares of the log",
    "One cut judges thousands in a large log, and each costs a training.", JUDGEMENT,
)  # fmt: skip
ONE_CUT_FROM = declare(
    TABLE, "ONE_CUT_FROM", 20_000, "decisions", "From so many on one cut is enough.", JUDGEMENT,
)  # fmt: skip
MOST_FORWARD_ROWS = declare(
    TABLE, "MOST_FORWARD_ROWS", 20_000, "decisions",
    "A member that is fitted only to learn weights sees so many; bounds time.", JUDGEMENT,
)  # fmt: skip
MOST_JUDGED_ROWS = declare(
    TABLE, "MOST_JUDGED_ROWS", 6_000, "decisions", "Predicted per cut; bounds time.", JUDGEMENT,
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
