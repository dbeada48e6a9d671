"""Hyperparameters of rates, and rates that change in time."""

from __future__ import annotations

from decision_model.hyperparameters.table import REASONED, TABLE, declare

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
CLUSTER_PRIOR = declare(
    TABLE, "CLUSTER_PRIOR", 10.0, "degrees of freedom",
    "With which the correlation within senders is pulled to zero.", REASONED,
)  # fmt: skip
LARGEST_CLUSTER_CORRELATION = declare(
    TABLE, "LARGEST_CLUSTER_CORRELATION", 0.8, "correlation",
    "Of decisions about one sender; with 1 a cell of one sender would tell nothing.", REASONED,
)  # fmt: skip
DRAWN_RATES = declare(
    TABLE, "DRAWN_RATES", 4_000_000, "draws",
    "Joint draws of rates over all cells; bounds time and memory (32 MB).", REASONED,
)  # fmt: skip
DRAWS_OF_RATES = declare(
    TABLE, "DRAWS_OF_RATES", (400, 4000), "draws",
    "Least and most of each rate: 4,000 know a p-value of .01 to within .0016.", REASONED,
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
FEW_IN_CELL = declare(
    TABLE, "FEW_IN_CELL", 8, "wins or losses",
    "Of a cell, up to which so many divisions cost less than two digamma functions; the result is the same.", REASONED,
)  # fmt: skip
ONE_RATE_ROUNDS = declare(
    TABLE, "ONE_RATE_ROUNDS", 30, "Newton steps",
    "For the one rate about which the search starts.", REASONED,
)  # fmt: skip
SETTLED_EFFECT = declare(
    TABLE, "SETTLED_EFFECT", 2e-4, "log-odds",
    "Largest step after which the effects at a node are left as they are; what remains is of that order.",
    REASONED,
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
FORGETTING_PRIOR = declare(
    TABLE, "FORGETTING_PRIOR", 0.15, "probability",
    "That rates change at all, shared by the half-lives. 24 mixed logs with seeds from 9400, .05 / .1 / .2: after a "
    "break 83 / 88 / 92 % covered, where nothing changes intervals 3 / 7 / 15 % wider than without forgetting.",
    "benchmarks/statistics/coverage.py",
)  # fmt: skip
LEAST_SLICE_VARIANCE = declare(
    TABLE, "LEAST_SLICE_VARIANCE", 0.4, "wins^2",
    "Of a slice by chance alone, to be compared with its neighbour: about two decisions.", REASONED,
)  # fmt: skip
MOST_FORGETTING_CELLS = declare(
    TABLE, "MOST_FORGETTING_CELLS", 1_000, "cells",
    "Replayed one by one; smaller ones of a type count as one. Bounds time.", REASONED,
)  # fmt: skip
NEGLIGIBLE_HALF_LIFE = declare(
    TABLE, "NEGLIGIBLE_HALF_LIFE", 0.01, "probability",
    "Half-lives of less posterior weight are left out.", REASONED,
)  # fmt: skip
FORGETTING_CELL_WEIGHTS = declare(
    TABLE, "FORGETTING_CELL_WEIGHTS", (2.0, 6.0, 20.0, 60.0, 1000.0), "decisions",
    "That the rate of all cells together is worth in the prediction of one cell; averaged over.", REASONED,
)  # fmt: skip
STEADY_SHARE = declare(
    TABLE, "STEADY_SHARE", 0.7, "probability",
    "Weight of not forgetting from which comparisons do not cut cells by time.",
    "benchmarks/statistics/insights.py",
)  # fmt: skip
BLOCKS_OF_TIME = declare(
    TABLE, "BLOCKS_OF_TIME", 4, "blocks",
    "Of equal length, within which cells are compared where rates change.", REASONED,
)  # fmt: skip

# Alarm for a break.
FALSE_CHANGE_PROBABILITY = declare(
    TABLE, "FALSE_CHANGE_PROBABILITY", 0.02, "probability",
    "Nominal, of ever reporting a break in a stationary log.", REASONED,
)  # fmt: skip
EXPECTED_BREAK = declare(
    TABLE, "EXPECTED_BREAK", 0.1, "probability",
    "Change of the rate that the alarm is made for. With .15, bursts of ten raise it two to three times as often.",
    "benchmarks/statistics/alarms.py",
)  # fmt: skip
BREAK_MOMENTS = declare(
    TABLE, "BREAK_MOMENTS", (16, 8), "newest slices",
    "Moments of a break that are looked at: a half and a quarter of the log ago.", REASONED,
)  # fmt: skip
BREAK_SLICES_TOGETHER = declare(
    TABLE, "BREAK_SLICES_TOGETHER", (1, 2, 4), "slices",
    "That the design effect is read off.", REASONED,
)  # fmt: skip
UNSURE_DESIGN_EFFECT = declare(
    TABLE, "UNSURE_DESIGN_EFFECT", 0.5, "standard errors",
    "Added to a design effect that is itself an estimate.", "benchmarks/statistics/alarms.py",
)  # fmt: skip
FEWEST_FOR_BREAK = declare(
    TABLE, "FEWEST_FOR_BREAK", 100.0, "decisions",
    "Closed, below which no break is claimed. With 40, bursts of ten raise the alarm in 12 to 14 % of logs.",
    "benchmarks/statistics/alarms.py",
)  # fmt: skip
FEWEST_BESIDE_BREAK = declare(
    TABLE, "FEWEST_BESIDE_BREAK", 16.0, "decisions",
    "Closed, before and after a moment at which a break is looked for.", REASONED,
)  # fmt: skip
EFFECTIVE_CELL_WEIGHT = declare(
    TABLE, "EFFECTIVE_CELL_WEIGHT", 4.0, "decisions",
    "That the rate of all cells is worth in the expectation of one cell.", REASONED,
)  # fmt: skip
MOST_PAIRS = declare(
    TABLE, "MOST_PAIRS", 1_000, "pairs",
    "Of all types and sources, up to which each pair without decisions is predicted beforehand: 20 ms.", REASONED,
)  # fmt: skip
