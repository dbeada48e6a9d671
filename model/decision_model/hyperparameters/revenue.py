"""Hyperparameters of revenue."""

from __future__ import annotations

from decision_model.hyperparameters.table import REASONED, TABLE, declare

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
    "So that exp(variance / 2) is at most 7.4: beyond, the mean of a lognormal depends on deals "
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
