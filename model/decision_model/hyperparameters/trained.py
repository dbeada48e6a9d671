"""Hyperparameters of the pool and its members."""

from __future__ import annotations

from decision_model.hyperparameters.table import (
    COVERAGE,
    HALF_OF_SETS,
    JUDGEMENT,
    REASONED,
    SHOWN,
    SIMULATED,
    TABLE,
    declare,
)

# The pool of members.
POOL_GRID_STEPS = declare(
    TABLE, "POOL_GRID_STEPS", 10, "steps",
    "Weights are averaged over a grid in tenths; finer ones change the fourth digit.", JUDGEMENT,
)  # fmt: skip
POOL_NATS = declare(
    TABLE, "POOL_NATS", 20.0, "nats",
    "Log prior density lost by moving all weight between rate, regressions and base rate. The forward rows are "
    "predicted by regressions fitted to less of the log, which are worse than the one that serves: with 3 nats "
    "that costs .003 at 200 decisions. 30 costs .002 on hotel_bookings at 800.", HALF_OF_SETS,
)  # fmt: skip
POOL_NATS_WITHIN = declare(
    TABLE, "POOL_NATS_WITHIN", 1.0, "nats",
    "Likewise among the regressions, which learn equally fast; 3 costs .002 on hotel_bookings at 200.", HALF_OF_SETS,
)  # fmt: skip
POOL_MOST = declare(
    TABLE, "POOL_MOST", 0.98, "share of the pool",
    "Prior weight of rate and regressions together where the evidence is ample; the rest is the base rate's. With 1 a "
    "log without signal costs .0003 more, with .95 the calibration slope at 200 decisions is .04 higher.", HALF_OF_SETS,
)  # fmt: skip
POOL_PRIOR_ODDS = declare(
    TABLE, "POOL_PRIOR_ODDS", 1.0, "nats",
    "Log prior odds of the base rate against rate and regressions: e to 1. Log loss less that of one number for all, "
    "where five fields matter at 60 decisions / where none does at 60 / at 200: 0 -.0685 / .0027 / .0037; "
    ".4 -.0670 / .0020 / .0033; .8 -.0652 / .0014 / .0029; 1.2 -.0629 / .0010 / .0025; 1.6 -.0603 / .0006 / .0021.",
    "worlds fields and null of benchmarks/predictive/pool.py, seeds 300 to 323",
)  # fmt: skip
POOL_TIME_INVARIANT = declare(
    TABLE, "POOL_TIME_INVARIANT", 0.7, "share of the regressions",
    "Of the regression without drifting fields, where there are such fields.", SHOWN,
)  # fmt: skip
POOL_RULES = declare(
    TABLE, "POOL_RULES", 0.5, "share of the regressions",
    "Prior weight of the regression with rules, where there is one.", JUDGEMENT,
)  # fmt: skip
LEAST_RULE_DECISIONS = declare(
    TABLE, "LEAST_RULE_DECISIONS", 1_500, "closed decisions",
    "From so many on rules are looked for; small logs gain nothing from them.", JUDGEMENT,
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
LEVEL_PRIOR = declare(
    TABLE, "LEVEL_PRIOR", (0.5, 1.0), "decisions won and lost",
    "Beta prior of the share won, which the base rate says and to which the other members are moved: heavy enough in "
    "the tail to follow a share of 1 %, and at no share up to 80 % behind (won + .5) / (n + 1) by more than .003 nats "
    "from 5 decisions on.", "tests/model/test_level.py, by calculation",
)  # fmt: skip
LEVEL_ROWS = declare(
    TABLE, "LEVEL_ROWS", 500, "decisions",
    "By which a regression is moved to the share won; the error of sampling them cancels.", REASONED,
)  # fmt: skip
LEVEL_STEPS = declare(
    TABLE, "LEVEL_STEPS", 20, "Newton steps", "At most, to where the mean probability is the share.", REASONED,
)  # fmt: skip
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
MOST_OPEN_ROUND_ROWS = declare(
    TABLE, "MOST_OPEN_ROUND_ROWS", 20_000, "decisions",
    "That all rounds but the last fit; evenly spaced in time. Bounds time. Of 60,000 decisions of hotel_bookings "
    "10,788 were open: the regression has .5591 on the next 8,000, with all rows in every round .5605.", JUDGEMENT,
)  # fmt: skip
MOST_RULE_ROWS = declare(
    TABLE, "MOST_RULE_ROWS", 30_000, "decisions",
    "From which rules are learnt; evenly spaced in time. Bounds time and memory. On the same rows the regression with "
    "rules has .544, with rules from all of them .565, with all rows in every open round .562: so rules vary.",
    JUDGEMENT,
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
INTERVAL_LEAST_WEIGHT = declare(
    TABLE, "INTERVAL_LEAST_WEIGHT", 1e-6, "share of the pool",
    "Members of less do not count when an end is searched: they change the tail by less than that.",
    JUDGEMENT,
)  # fmt: skip

# Named predictors: people, agents and other systems.
NAMED_COEFFICIENT_SDS = declare(
    TABLE, "NAMED_COEFFICIENT_SDS", (0.5, 0.3), "ratio, ratio",
    "Prior standard deviations of the weight of the stated log-odds, and of the pool's own.", REASONED,
)  # fmt: skip
NAMED_SHIFT_SDS = declare(
    TABLE, "NAMED_SHIFT_SDS", (0.3, 1.0), "log-odds",
    "Prior standard deviations of a shift, averaged by evidence. Stated log-odds are centred, so a shift says nothing "
    "about the predictor: with 1.0 alone one that knows something gains .0195 nats at 150 decisions, with .3 alone "
    ".0224; but only the wide one repairs a pool that is wrong where somebody speaks.",
    "benchmarks/predictive/named_predictors.py, seeds 0 to 11 at 150 decisions",
)  # fmt: skip
NAMED_PRIOR_ODDS = declare(
    TABLE, "NAMED_PRIOR_ODDS", -3.3, "nats",
    "Log prior odds that a named predictor knows something, 1 to 27. At 150 decisions one that states noise costs "
    ".0003 nats with -4 (.0025 in the worst of 12 logs), .0006 with -3.3 (.0054), .0008 with -3 (.0075); one that "
    "knows something gains .021, .023 and .024.",
    "benchmarks/predictive/named_predictors.py, seeds 0 to 11 at 150 decisions",
)  # fmt: skip
NAMED_LEAST_DECISIONS = declare(
    TABLE, "NAMED_LEAST_DECISIONS", 20, "matured decisions",
    "With fewer of its predictions a named predictor moves nothing.", REASONED,
)  # fmt: skip
NAMED_MOST = declare(
    TABLE, "NAMED_MOST", 10, "predictors", "Named predictors used; bounds time.", JUDGEMENT,
)  # fmt: skip
NAMED_STATED_RANGE = declare(
    TABLE, "NAMED_STATED_RANGE", (0.01, 0.99), "probability", "Into which stated probabilities are clipped.", REASONED,
)  # fmt: skip
SHIFT_STEPS = declare(
    TABLE, "SHIFT_STEPS", 12, "Newton steps",
    "Of what a named predictor or an action adds; usually four are enough.", JUDGEMENT,
)  # fmt: skip

# An action that an opportunity gives itself.
ACTION_EFFECT_SD = declare(
    TABLE, "ACTION_EFFECT_SD", 1.0, "log-odds", "Prior standard deviation of what an action adds.", REASONED,
)  # fmt: skip
ACTION_PRIOR_ODDS = declare(
    TABLE, "ACTION_PRIOR_ODDS", -4.0, "nats", "As of a named predictor.", REASONED,
)  # fmt: skip
ACTION_LEAST_DECISIONS = declare(
    TABLE, "ACTION_LEAST_DECISIONS", 20, "matured decisions", "An action taken less often adds nothing.", REASONED,
)  # fmt: skip
ACTION_MOST = declare(
    TABLE, "ACTION_MOST", 50, "actions", "The most frequent ones; bounds time.", JUDGEMENT,
)  # fmt: skip
