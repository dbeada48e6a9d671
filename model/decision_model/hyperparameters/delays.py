"""Hyperparameters of delays, and open decisions in the regressions."""

from __future__ import annotations

import numpy as np

from decision_model.hyperparameters.table import REASONED, TABLE, declare

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
LARGEST_LOG_HOURS = declare(
    TABLE, "LARGEST_LOG_HOURS", 13.8, "log hours",
    "Upper end of the search for a quantile of the delays: a million hours.", REASONED,
)  # fmt: skip
QUANTILE_HALVINGS = declare(
    TABLE, "QUANTILE_HALVINGS", 9, "steps",
    "Of the range in which a quantile of the delays is sought, to within 4 %.", REASONED,
)  # fmt: skip
QUANTILE_SECANTS = declare(
    TABLE, "QUANTILE_SECANTS", 3, "steps",
    "After these, to within .1 %.", REASONED,
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
SHARED_AGES_PER_OCTAVE = declare(
    TABLE, "SHARED_AGES_PER_OCTAVE", 4, "ages per doubling",
    "On which the open decisions of many cells are laid in parts: as exact as the joined ages are.", REASONED,
)  # fmt: skip
LEAST_ROWS_PER_SHARED_AGE = declare(
    TABLE, "LEAST_ROWS_PER_SHARED_AGE", 3.0, "rows per age",
    "Of cells that share ages: with fewer, a table of the ages of each type saves no time.", REASONED,
)  # fmt: skip
AGE_STEPS_PER_OCTAVE = declare(
    TABLE, "AGE_STEPS_PER_OCTAVE", 64, "ages per doubling",
    "Between which the shares recorded by an age are interpolated: off by at most .0003.", REASONED,
)  # fmt: skip
ROUGH_AGES_PER_OCTAVE = declare(
    TABLE, "ROUGH_AGES_PER_OCTAVE", 8, "ages per doubling",
    "Likewise where an age is itself a mean of many: off by .0002 for usual delays.", REASONED,
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
AGES_AT_ONCE = declare(
    TABLE, "AGES_AT_ONCE", 40_000, "ages x draws",
    "Worked on together; arrays of a few hundred KB stay in the cache.", REASONED,
)  # fmt: skip
OPEN_GROUPS_AT_ONCE = declare(
    TABLE, "OPEN_GROUPS_AT_ONCE", 4_000, "groups x draws",
    "Whose open decisions are worked on together; arrays of a few hundred KB stay in the cache.", REASONED,
)  # fmt: skip
SHARED_RANGE_DECISIONS = declare(
    TABLE, "SHARED_RANGE_DECISIONS", 300.0, "decisions",
    "Of a group above which the range of integration reaches over all scenarios of the timing.",
    "tests/statistics/test_delay_collapse.py",
)  # fmt: skip
COARSENED_DECISIONS = declare(
    TABLE, "COARSENED_DECISIONS", 1000.0, "decisions",
    "What the delays of a type tell at most, however many there are: their shape is only nearly that of the model.",
    "tests/statistics/test_delay_collapse.py",
)  # fmt: skip
LEAST_EFFECTIVE_SHARE = declare(
    TABLE, "LEAST_EFFECTIVE_SHARE", 1 / 64, "share of the draws",
    "That count at least: with tens of thousands of decisions all weight would lie on one.",
    "tests/statistics/test_delay_collapse.py",
)  # fmt: skip
TEMPERING_HALVINGS = declare(
    TABLE, "TEMPERING_HALVINGS", 20, "halvings",
    "Of the search for the power to which weights are raised; log weights differ by 1e5 and more.", REASONED,
)  # fmt: skip
OUTDATED_TYPE_SHARE = declare(
    TABLE, "OUTDATED_TYPE_SHARE", 0.005, "share of a type's facts",
    "Of which more is known since, its delays are fitted again; with less they move by under .07 of their standard "
    "deviation.", REASONED,
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
HIGHEST_LOG_RATIO = declare(
    TABLE, "HIGHEST_LOG_RATIO", 18.0, "log ratio",
    "Largest ratio of P(open | lost) to P(open | won), or the reverse: 7e7.", REASONED,
)  # fmt: skip
LOG_RATIO_SCALE = declare(
    TABLE, "LOG_RATIO_SCALE", 2.0, "log ratio",
    "Levels are evenly spaced up to about here, and in the logarithm of the log ratio beyond.", REASONED,
)  # fmt: skip
LIKELIHOOD_LEVELS = declare(
    TABLE, "LIKELIHOOD_LEVELS", 25, "levels",
    "Grid over which the open decisions' likelihood is interpolated.", REASONED,
)  # fmt: skip
QUADRATURE_POINTS = declare(
    TABLE, "QUADRATURE_POINTS", 32, "points",
    "Over the log-odds of a rate; the trapezoidal rule is accurate on bells.", REASONED,
)  # fmt: skip
LIKELIHOOD_VALUES_AT_ONCE = declare(
    TABLE, "LIKELIHOOD_VALUES_AT_ONCE", 100_000, "numbers per array",
    "Groups are integrated in parts whose arrays stay in the cache: twice as fast.", REASONED,
)  # fmt: skip
FIRST_RANGE_STEPS = declare(
    TABLE, "FIRST_RANGE_STEPS", 5, "Newton steps",
    "Towards the mode about which a rate is integrated; a range that misses it is moved.", REASONED,
)  # fmt: skip
FIRST_RANGE_SDS = declare(
    TABLE, "FIRST_RANGE_SDS", 8.5, "standard deviations",
    "Either side of the mode; as wide as the points resolve, so that one round is often enough.", REASONED,
)  # fmt: skip
COARSE_STEP = declare(
    TABLE, "COARSE_STEP", 0.25, "log-odds",
    "Of the grid on which the rates of groups with many decisions are located.", REASONED,
)  # fmt: skip
SHARED_REACH_SDS = declare(
    TABLE, "SHARED_REACH_SDS", 7.5, "standard deviations",
    "Either side of the mode of each scenario that their common grid covers; skewed ones reach further than normal "
    "ones.", REASONED,
)  # fmt: skip
SHARED_STEP_SDS = declare(
    TABLE, "SHARED_STEP_SDS", 0.8, "standard deviations",
    "Step of that grid, of the narrowest scenario: the trapezoidal rule errs by 1e-13.", REASONED,
)  # fmt: skip
MOST_SHARED_POINTS = declare(
    TABLE, "MOST_SHARED_POINTS", 400, "points",
    "Of that grid; with more, scenarios are integrated one by one, at the same cost.", REASONED,
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
