"""Hyperparameters of the model: every constant that somebody chose, with unit, reason and origin.

The constants are plain values; `TABLE` holds what is known about each. The features' own stand in
`decision_features.hyperparameters`. ``docs/reference`` shows both tables.
"""

from __future__ import annotations

import numpy as np

from decision_features.hyperparameters import JUDGEMENT, SHOWN, SIMULATED, Hyperparameter, declare

TABLE: list[Hyperparameter] = []

HALF_OF_SETS = (
    "hotel_bookings, x_education, simulated logs with and without signal; others were looked at too"
)
"""Origin of a value chosen mainly on half of the shown sets and simulated worlds, as served.

Other sets and worlds (bank_marketing, cells, contrary) were looked at before the final choice, so they do not
confirm it independently.
"""

REASONED = "judgement"
"""Origin of a value that no recorded benchmark chose."""

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

# Delays.
INSTANT_HOURS = declare(
    TABLE, "INSTANT_HOURS", 1 / 60, "hours",
    "A delay of at most a minute is an outcome that came with the decision, not a waiting time.", REASONED,
)  # fmt: skip
DELAY_PRIOR_MEAN = declare(
    TABLE, "DELAY_PRIOR_MEAN",
    (float(np.log(120.0)), float(np.log(0.9)), 0.0, 0.0, 0.0, -2.0, -3.2, float(np.log(500.0))),
    "log hours, logs, log-odds",
    "Prior means of the parameters, in the order of `delays.posterior`: a median of five days, 95 "
    "% between six hours and four months.", REASONED,
)  # fmt: skip
DELAY_PRIOR_SD = declare(
    TABLE, "DELAY_PRIOR_SD", (1.5, 0.7, 0.7, 0.4, 2.0, 1.5, 1.8, 0.7), "log hours, logs, log-odds",
    "Their standard deviations; 4 % of the wins (95 %: .1 to 58 %) take three weeks longer.", REASONED,
)  # fmt: skip
DELAY_BETWEEN_SD = declare(
    TABLE, "DELAY_BETWEEN_SD", (1.1, 0.6, 0.5, 0.3, 1.5, 1.0, 1.0, 0.5), "log hours, logs, log-odds",
    "Standard deviations between types: the medians differ by a factor of 3.", REASONED,
)  # fmt: skip
LEAST_DELAY_SIGMA = declare(
    TABLE, "LEAST_DELAY_SIGMA", 0.1, "log hours",
    "Delays are counted in bins 9 % wide, which do not resolve a smaller spread.", REASONED,
)  # fmt: skip
SLOW_DELAY_SIGMA = declare(
    TABLE, "SLOW_DELAY_SIGMA", 0.6, "log hours",
    "Spread of the slow component.", REASONED,
)  # fmt: skip
RATE_PRIOR = declare(
    TABLE, "RATE_PRIOR", (0.7, 1.6), "decisions won and lost",
    "Beta prior of a rate while nothing is known of other rates; mean .3.", REASONED,
)  # fmt: skip
LEAVE_ONE_OUT = declare(
    TABLE, "LEAVE_ONE_OUT", 12, "types",
    "Up to so many, each is pooled towards all others; beyond, its own share is too small to "
    "matter.", REASONED,
)  # fmt: skip
AGES_PER_OCTAVE = declare(
    TABLE, "AGES_PER_OCTAVE", 3, "bins per doubling",
    "Ages within a factor of 1.26 are joined at their mean: the error is of second order.", REASONED,
)  # fmt: skip
DELAYS_PER_OCTAVE = declare(
    TABLE, "DELAYS_PER_OCTAVE", 6, "bins per doubling",
    "Likewise recorded delays, within a factor of 1.12.", REASONED,
)  # fmt: skip
MOST_SCENARIOS = declare(
    TABLE, "MOST_SCENARIOS", 128, "draws per type",
    "With 64 the intervals of immature cells cover 2 to 10 points less, with 256 no more.", REASONED,
)  # fmt: skip
FEWEST_SCENARIOS = declare(
    TABLE, "FEWEST_SCENARIOS", 16, "draws per type",
    "With thousands of types, time counts.", REASONED,
)  # fmt: skip
SCENARIOS_IN_ALL = declare(
    TABLE, "SCENARIOS_IN_ALL", 8000, "draws",
    "Over all types; bounds time.", REASONED,
)  # fmt: skip
DELAY_ROUNDS = declare(
    TABLE, "DELAY_ROUNDS", 10, "rounds",
    "Of pooling the types' delays.", REASONED,
)  # fmt: skip
DELAY_ROUNDS_OF_MANY = declare(
    TABLE, "DELAY_ROUNDS_OF_MANY", 5, "rounds",
    "The same with more than `MANY_TYPES`; bounds time.", REASONED,
)  # fmt: skip
MANY_TYPES = declare(
    TABLE, "MANY_TYPES", 200, "types",
    "With more, fewer rounds are made.", REASONED,
)  # fmt: skip
LIKELIHOOD_LEVELS = declare(
    TABLE, "LIKELIHOOD_LEVELS", 25, "levels",
    "Grid over which the open decisions' likelihood is interpolated.", REASONED,
)  # fmt: skip
QUADRATURE_POINTS = declare(
    TABLE, "QUADRATURE_POINTS", 32, "points",
    "Over the log-odds of a rate; the trapezoidal rule is accurate on bells.", REASONED,
)  # fmt: skip
LOWEST_LOG_ODDS = declare(
    TABLE, "LOWEST_LOG_ODDS", -16.0, "log-odds",
    "Lower end of the rates considered: 1e-7.", REASONED,
)  # fmt: skip
HIGHEST_LOG_ODDS = declare(
    TABLE, "HIGHEST_LOG_ODDS", 13.0, "log-odds",
    "Upper end: 1 - 2e-6.", REASONED,
)  # fmt: skip
SETTLED_SHARE = declare(
    TABLE, "SETTLED_SHARE", 0.95, "share of a type's wins",
    "Recorded by its settled age.", REASONED,
)  # fmt: skip
SETTLED_LEAST_WINS = declare(
    TABLE, "SETTLED_LEAST_WINS", 20, "wins",
    "A type with fewer is judged no sooner than all types together.", REASONED,
)  # fmt: skip
BINS_PER_DOUBLING = declare(
    TABLE, "BINS_PER_DOUBLING", 8, "bins per doubling",
    "In which delays are counted: 9 % wide.", REASONED,
)  # fmt: skip
SHORTEST_BIN_HOURS = declare(
    TABLE, "SHORTEST_BIN_HOURS", 1 / 64, "hours",
    "Shorter delays fall into the first bin: about a minute.", REASONED,
)  # fmt: skip
AMPLE_OPEN_SHARE = declare(
    TABLE, "AMPLE_OPEN_SHARE", 0.05, "share of decisions",
    "With at most so many open, wins still to come cannot move the rate by more.", REASONED,
)  # fmt: skip
AMPLE_HOURS = declare(
    TABLE, "AMPLE_HOURS", 45 * 24.0, "hours",
    "No shorter log can exclude wins that take weeks.", REASONED,
)  # fmt: skip

# Open decisions in the regressions.
IMMEDIATE_HOURS = declare(
    TABLE, "IMMEDIATE_HOURS", 0.1, "hours",
    "What comes within is an outcome that came with the decision.", REASONED,
)  # fmt: skip
TIMING_ROUNDS = declare(
    TABLE, "TIMING_ROUNDS", 15, "rounds",
    "Of fitting the delays of wins and losses from the start.", REASONED,
)  # fmt: skip
TIMING_MORE_ROUNDS = declare(
    TABLE, "TIMING_MORE_ROUNDS", 5, "rounds",
    "The same from an earlier fit.", REASONED,
)  # fmt: skip
TIMING_FIRST_ROUNDS = declare(
    TABLE, "TIMING_FIRST_ROUNDS", 4, "rounds",
    "On closed decisions only, to have a start.", REASONED,
)  # fmt: skip
MOST_TIMING_ROWS = declare(
    TABLE, "MOST_TIMING_ROWS", 8_000, "decisions",
    "Drawn at random to learn the delays; bounds time.", REASONED,
)  # fmt: skip
RECORDED_LOSSES_PRIOR = declare(
    TABLE, "RECORDED_LOSSES_PRIOR", (1.0, 1.0), "losses recorded and not",
    "Beta prior of the probability that a loss is ever recorded: uniform.", REASONED,
)  # fmt: skip
TIMING_TRUST_OFFSET = declare(
    TABLE, "TIMING_TRUST_OFFSET", 0.002, "probability",
    "Added to both delay distributions when recorded losses of a doubted fit are weighed.", REASONED,
)  # fmt: skip
HARMLESS_DISTANCE = declare(
    TABLE, "HARMLESS_DISTANCE", 0.03, "Kolmogorov-Smirnov distance",
    "Up to which a misfit of the delays is no doubt, however many rows show it.", REASONED,
)  # fmt: skip
TIMING_STANDARD_ERRORS = declare(
    TABLE, "TIMING_STANDARD_ERRORS", 4.0, "standard errors",
    "By which delays of wins and losses must differ to get two distributions.", REASONED,
)  # fmt: skip
TIMING_SPREAD_APART = declare(
    TABLE, "TIMING_SPREAD_APART", 0.5, "sigmas of a win's delay",
    "Or by so much, as the columns spread them.", REASONED,
)  # fmt: skip

# Rates.
RATE_INTERVAL = declare(
    TABLE, "RATE_INTERVAL", 0.95, "probability",
    "Of the intervals of rates.", "convention",
)  # fmt: skip
HOURS_INTERVAL = declare(
    TABLE, "HOURS_INTERVAL", 0.8, "probability",
    "Of the interval of a time to close.", REASONED,
)  # fmt: skip
CONFIDENCE_DECISIONS = declare(
    TABLE, "CONFIDENCE_DECISIONS", 5.0, "matured decisions",
    "Of the cell itself, that give a confidence of .7; twice as many give .91.", REASONED,
)  # fmt: skip
MOST_BORROWED_CONFIDENCE = declare(
    TABLE, "MOST_BORROWED_CONFIDENCE", 0.5, "confidence",
    "By what other cells lend alone, at most.", REASONED,
)  # fmt: skip
IMMATURE_CONFIDENCE = declare(
    TABLE, "IMMATURE_CONFIDENCE", 0.65, "confidence",
    "Of an immature cell, at most.", REASONED,
)  # fmt: skip
SCENARIOS_PER_CELL = declare(
    TABLE, "SCENARIOS_PER_CELL", (16, 128), "draws",
    "Least and most draws of the timing under which a cell is judged.", REASONED,
)  # fmt: skip
SCENARIOS_OF_CELLS = declare(
    TABLE, "SCENARIOS_OF_CELLS", 160_000, "draws",
    "Over all cells; bounds time and memory.", REASONED,
)  # fmt: skip
INTERCEPT_MEAN = declare(
    TABLE, "INTERCEPT_MEAN", -1.0, "log-odds",
    "Prior of the overall log-odds: a rate of .27.", REASONED,
)  # fmt: skip
INTERCEPT_SD = declare(
    TABLE, "INTERCEPT_SD", 1.5, "log-odds",
    "95 % of that prior lie between .02 and .87.", REASONED,
)  # fmt: skip
SIGMA_GRID = declare(
    TABLE, "SIGMA_GRID", (0.1, 0.3, 0.6, 1.0, 1.6), "log-odds",
    "Standard deviations of the effects of types and of sources that are averaged over.", REASONED,
)  # fmt: skip
KAPPA_GRID = declare(
    TABLE, "KAPPA_GRID", (2.0, 5.0, 10.0, 18.0, 33.0, 60.0, 150.0, 1000.0), "decisions",
    "Concentrations of cells about the additive rate that are averaged over.", REASONED,
)  # fmt: skip
SIGMA_CENTRE = declare(
    TABLE, "SIGMA_CENTRE", 0.6, "log-odds",
    "Median of the lognormal prior of the former.", REASONED,
)  # fmt: skip
SIGMA_SPREAD = declare(
    TABLE, "SIGMA_SPREAD", 0.8, "logs",
    "Its spread.", REASONED,
)  # fmt: skip
KAPPA_CENTRE = declare(
    TABLE, "KAPPA_CENTRE", 15.0, "decisions",
    "Median of the lognormal prior of the latter.", REASONED,
)  # fmt: skip
KAPPA_SPREAD = declare(
    TABLE, "KAPPA_SPREAD", 1.3, "logs",
    "Its spread.", REASONED,
)  # fmt: skip
NODES_AT_ONCE = declare(
    TABLE, "NODES_AT_ONCE", 400_000, "cells x grid nodes",
    "Worked on together: a few arrays of 3 MB, which stay in the cache.", REASONED,
)  # fmt: skip
ONE_RATE_ROUNDS = declare(
    TABLE, "ONE_RATE_ROUNDS", 30, "Newton steps",
    "For the one rate about which the search starts.", REASONED,
)  # fmt: skip
NEGLIGIBLE_LOG_WEIGHT = declare(
    TABLE, "NEGLIGIBLE_LOG_WEIGHT", 7.0, "nats",
    "Grid nodes so far below the best (a factor of a thousand) are left out.", REASONED,
)  # fmt: skip
MAX_SMALL_LEVELS = declare(
    TABLE, "MAX_SMALL_LEVELS", 200, "levels",
    "The system solved exactly has at most so many unknowns; rarer levels share one effect.", REASONED,
)  # fmt: skip
SMALLEST_RATE = declare(
    TABLE, "SMALLEST_RATE", 1e-12, "probability",
    "Keeps quantiles within (0, 1).", REASONED,
)  # fmt: skip

# Rates that change in time.
FORGETTING_SLICES = declare(
    TABLE, "FORGETTING_SLICES", 32, "slices of time",
    "Into which the time from the first decision to the last is cut.", REASONED,
)  # fmt: skip
HALF_LIVES = declare(
    TABLE, "HALF_LIVES", (16.0, 8.0, 4.0, 2.0), "slices",
    "Tried beside not forgetting: a half to a sixteenth of the log.", REASONED,
)  # fmt: skip
FORGETTING_LEAST_GAIN = declare(
    TABLE, "FORGETTING_LEAST_GAIN", 1.5, "nats",
    "By which forgetting must predict better to be used: where nothing changes it only widens "
    "intervals.", REASONED,
)  # fmt: skip
FALSE_CHANGE_PROBABILITY = declare(
    TABLE, "FALSE_CHANGE_PROBABILITY", 0.005, "probability",
    "Nominal, of reporting a change in a stationary log. Not forgetting is itself an estimate, so "
    "the true one is higher: in 120 stationary logs of 300 decisions in 12 cells .11 at a nominal "
    ".05, .06 at .01.", REASONED,
)  # fmt: skip
FORGETTING_CELL_WEIGHT = declare(
    TABLE, "FORGETTING_CELL_WEIGHT", 4.0, "decisions",
    "That the rate of all cells together is worth in the prediction of one cell.", REASONED,
)  # fmt: skip

# Revenue.
REVENUE_INTERCEPT_SD = declare(
    TABLE, "REVENUE_INTERCEPT_SD", 3.0, "log revenue",
    "Prior of the overall level about the data's median cell: a factor of twenty either way.", REASONED,
)  # fmt: skip
REVENUE_EFFECT_SDS = declare(
    TABLE, "REVENUE_EFFECT_SDS", (0.1, 0.3, 0.7, 1.4), "log revenue",
    "Standard deviations of the effects of types and of sources that are averaged over.", REASONED,
)  # fmt: skip
REVENUE_CELL_SDS = declare(
    TABLE, "REVENUE_CELL_SDS", (0.05, 0.2, 0.5, 1.0), "log revenue",
    "Likewise of cells about them.", REASONED,
)  # fmt: skip
REVENUE_VARIANCE_PRIOR = declare(
    TABLE, "REVENUE_VARIANCE_PRIOR", 0.5, "log revenue^2",
    "Variance within a cell while few wins are known.", REASONED,
)  # fmt: skip
REVENUE_VARIANCE_PRIOR_WEIGHT = declare(
    TABLE, "REVENUE_VARIANCE_PRIOR_WEIGHT", 1.0, "wins",
    "What that is worth.", REASONED,
)  # fmt: skip
REVENUE_LARGEST_VARIANCE = declare(
    TABLE, "REVENUE_LARGEST_VARIANCE", 4.0, "log revenue^2",
    "So that exp(variance / 2) is at most 7.4: beyond, the mean of a lognormal hangs on deals "
    "larger than any seen.", REASONED,
)  # fmt: skip
SMEAR_WEIGHT = declare(
    TABLE, "SMEAR_WEIGHT", 5.0, "paying wins",
    "What the pooled smearing factor is worth in one cell.", REASONED,
)  # fmt: skip
PAYING_WEIGHT = declare(
    TABLE, "PAYING_WEIGHT", 4.0, "wins",
    "What the share of paying wins of all cells is worth in one cell.", REASONED,
)  # fmt: skip
MOST_REVENUE_ROWS = declare(
    TABLE, "MOST_REVENUE_ROWS", 8_000, "paying decisions",
    "Drawn at random for the regression of revenue; bounds time.", REASONED,
)  # fmt: skip
REVENUE_OUTLIER = declare(
    TABLE, "REVENUE_OUTLIER", 4.0, "standard deviations",
    "Residuals are cut here before the smearing factor is taken.", REASONED,
)  # fmt: skip
NOISE_PRIOR_ROWS = declare(
    TABLE, "NOISE_PRIOR_ROWS", 4.0, "rows",
    "What the prior of a ridge regression's noise is worth.", REASONED,
)  # fmt: skip
RIDGE_PRECISION_RATE = declare(
    TABLE, "RIDGE_PRECISION_RATE", 0.01, "target^2",
    "Rate b0 of the Gamma(1, b0) prior of each precision of a ridge regression.", REASONED,
)  # fmt: skip

# Interval of one opportunity.
INTERVAL_TAIL = declare(
    TABLE, "INTERVAL_TAIL", 0.025, "probability",
    "On either side of the interval.", "convention",
)  # fmt: skip
INTERVAL_HALVINGS = declare(
    TABLE, "INTERVAL_HALVINGS", 10, "halvings",
    "The ends are then known to a thousandth of the range searched.", REASONED,
)  # fmt: skip
INTERVAL_REACH = declare(
    TABLE, "INTERVAL_REACH", 1.5, "normal half widths of equal variance",
    "Range in which an end is searched.", REASONED,
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
