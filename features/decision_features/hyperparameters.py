"""Hyperparameters of the features: every constant that somebody chose, with unit, reason and origin.

The constants are plain values; `TABLE` holds what is known about each. The model's own stand in
`decision_model.hyperparameters`, which appends to the same kind of table. ``docs/reference`` shows both.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

JUDGEMENT = "judgement, never tuned"
"""Origin of a value that was reasoned or bounds time and memory; no figure was looked at."""

SHOWN = "benchmarks/predictive/run.py on all shown sets"
"""Origin of a value chosen on sets whose figures are reported: those figures are a little too good."""

SIMULATED = "benchmarks/predictive/simulated.py"

LEAK_WORLD = (
    "judgement (.95), lowered to .92 after a look at a simulated log; not confirmed on others"
)
"""Origin of a value changed after a figure was seen: the log that it was changed for does not confirm it."""


class Hyperparameter(NamedTuple):
    """One constant.

    Parameters
    ----------
    name : str
        Its name in the module.
    value : object
        Its value.
    unit : str
        Unit, or what is counted.
    why : str
        What it does, and why it is as it is.
    origin : str
        The benchmark that chose it, its source, or `JUDGEMENT`.
    """

    name: str
    value: Any
    unit: str
    why: str
    origin: str


TABLE: list[Hyperparameter] = []


def declare(
    table: list[Hyperparameter], name: str, value: T, unit: str, why: str, origin: str = JUDGEMENT
) -> T:
    """Add a hyperparameter to a table and return its value.

    Examples
    --------
    >>> table = []
    >>> declare(table, "ROUNDS", 8, "rounds", "More change nothing.")
    8
    >>> table[0].unit
    'rounds'
    """
    table.append(Hyperparameter(name, value, unit, why, origin))
    return value


# The data dictionary: kinds of fields.
MOST_ROWS_LOOKED_AT = declare(
    TABLE, "MOST_ROWS_LOOKED_AT", 20_000, "decisions",
    "Evenly spaced rows from which kinds are inferred; a share is then known to ± .007.",
)  # fmt: skip
MOST_FIELDS = declare(
    TABLE, "MOST_FIELDS", 400, "context keys",
    "The most often filled ones are used; bounds a log in which every row has keys of its own.",
)  # fmt: skip
AGREEMENT = declare(
    TABLE, "AGREEMENT", 0.95, "share of values",
    "So many must read as a number or a date for the field to be one.",
)  # fmt: skip

# Screening for leaks.
LEAK_DIFFERENCE = declare(
    TABLE, "LEAK_DIFFERENCE", 0.15, "share of decisions",
    "Smaller differences in presence between closed and open decisions can be honest: who is asked "
    "more also answers sooner.",
)  # fmt: skip
LEAK_Z = declare(
    TABLE, "LEAK_Z", 5.0, "standard errors",
    "Among 400 fields no honest one is refused by chance.",
)  # fmt: skip
LEAK_PURITY = declare(
    TABLE, "LEAK_PURITY", 0.99, "share of closed decisions",
    "Presence that agrees with the outcome this often gives the answer away.",
)  # fmt: skip
LEAK_LEAST_EACH = declare(
    TABLE, "LEAK_LEAST_EACH", 20, "closed decisions",
    "With and without the field; fewer do not show purity.",
)  # fmt: skip
LEAK_AUC = declare(
    TABLE, "LEAK_AUC", 0.98, "lower bound of an AUC",
    "A single honest field does not tell won from lost like this; one that does can be allowed.",
)  # fmt: skip
LEAK_FOLDS = declare(
    TABLE, "LEAK_FOLDS", 5, "folds",
    "A value is scored by the other folds' decisions, so that rare values do not separate by themselves.",
)  # fmt: skip
LEAK_ROWS = declare(
    TABLE, "LEAK_ROWS", 5_000, "decisions",
    "Evenly spaced ones whose values are judged; an AUC is then known to ± .01.",
)  # fmt: skip
LEAK_NUMBER_BINS = declare(
    TABLE, "LEAK_NUMBER_BINS", 20, "bins",
    "Numbers are judged within quantiles: a field that tells the answer need not grow with it.",
)  # fmt: skip
LEAK_AGE_BINS = declare(
    TABLE, "LEAK_AGE_BINS", 10, "bins",
    "Age is held fixed within bins when presence is compared.",
)  # fmt: skip
LEAK_ONE_SIDED = declare(
    TABLE, "LEAK_ONE_SIDED", 0.92, "lower bound of a share",
    "Of the closed decisions that have a field, or a word for won or lost, so many ended alike. An honest field "
    "with 90 % passes with probability .97 or more; 32 decisions without exception do not.",
    LEAK_WORLD,
)  # fmt: skip
LEAK_LATE = declare(
    TABLE, "LEAK_LATE", 0.2, "share of dates",
    "More dates after their decisions are no mistakes of typing.",
)  # fmt: skip
LEAK_PLANNED = declare(
    TABLE, "LEAK_PLANNED", 0.02, "share of dates",
    "What is dated after the present cannot have happened: such a field holds plans, known beforehand.",
)  # fmt: skip
LEAK_YEARS = declare(
    TABLE, "LEAK_YEARS", 3.0, "years",
    "Numbers are taken for dates only where all lie so near to their decisions.",
)  # fmt: skip
LEAK_TEXTS = declare(
    TABLE, "LEAK_TEXTS", 2_000, "decisions",
    "Evenly spaced ones whose words are judged; bounds the time.",
)  # fmt: skip
LEAK_WORDS = declare(
    TABLE, "LEAK_WORDS", 5_000, "words",
    "The most frequent ones are judged.",
)  # fmt: skip

# Categories and numbers.
MOST_LEVELS = declare(
    TABLE, "MOST_LEVELS", 300, "levels",
    "The most frequent levels of a category get a column; bounds the size of the regression.",
)  # fmt: skip
MISSING_SHARE = declare(
    TABLE, "MISSING_SHARE", 0.01, "share of decisions",
    "Missing more often than this is a level of its own.",
)  # fmt: skip
OUTLYING = declare(
    TABLE, "OUTLYING", 5.0, "standard deviations",
    "A value so far out asks for the logarithm.",
)  # fmt: skip
CLIP = declare(
    TABLE, "CLIP", 4.0, "standard deviations",
    "Standardised values are cut here: one odd value must not outweigh all others.",
)  # fmt: skip
KNOTS = declare(
    TABLE, "KNOTS", (0.1, 0.3, 0.5, 0.7, 0.9), "quantiles",
    "Where the slope of a number may change.", SHOWN,
)  # fmt: skip
LEAST_ROWS_FOR_KNOTS = declare(
    TABLE, "LEAST_ROWS_FOR_KNOTS", 40, "decisions",
    "With fewer the quantiles themselves are noise.",
)  # fmt: skip
LEAST_VALUES_FOR_LOG = declare(
    TABLE, "LEAST_VALUES_FOR_LOG", 10, "distinct values",
    "A number with fewer values gets no logarithm beside it.",
)  # fmt: skip
LONGEST_NAME = declare(
    TABLE, "LONGEST_NAME", 200, "characters", "Of the name of a level; what differs later is the same level.",
)  # fmt: skip
LONGEST_NUMBER = declare(
    TABLE, "LONGEST_NUMBER", 40, "characters",
    "A longer text is never read as a number; bounds the time of the pattern.",
)  # fmt: skip

# Texts.
MOST_CHARACTERS = declare(
    TABLE, "MOST_CHARACTERS", 20_000, "characters",
    "Only the beginning of a longer text is read: it bounds time and memory, and the gist comes first.",
)  # fmt: skip
MOST_TEXTS = declare(
    TABLE, "MOST_TEXTS", 30_000, "texts",
    "The vocabulary is learnt from the newest: a term in 5 of them is rare enough.",
)  # fmt: skip
MOST_TERMS = declare(
    TABLE, "MOST_TERMS", 600, "terms",
    "Words and word pairs with a column of their own.", SHOWN,
)  # fmt: skip
MOST_PIECES = declare(
    TABLE, "MOST_PIECES", 300, "terms",
    "Parts of words with a column of their own.", "benchmarks/predictive/spelling.py",
)  # fmt: skip
PIECES = declare(
    TABLE, "PIECES", (3, 4, 5), "letters",
    "Lengths of the parts of words.", "benchmarks/predictive/spelling.py",
)  # fmt: skip
LEAST_VARIANTS = declare(
    TABLE, "LEAST_VARIANTS", 0.1, "share of the longer words",
    "Where so many are variants of a known word, parts of words are learnt too.",
    "benchmarks/predictive/spelling.py",
)  # fmt: skip
LEAST_LETTERS = declare(
    TABLE, "LEAST_LETTERS", 5, "letters",
    'Shorter words are too like each other: "form" and "from", "cat" and "car".',
)  # fmt: skip
EARLIER_TEXTS = declare(
    TABLE, "EARLIER_TEXTS", 0.8, "share of texts",
    "Words are known from these; the share of variants is counted in the others.",
)  # fmt: skip
MOST_KNOWN_WORDS = declare(
    TABLE, "MOST_KNOWN_WORDS", 2_000, "words",
    "Compared with when variants are counted; bounds time.",
)  # fmt: skip
MOST_LATER_TEXTS = declare(
    TABLE, "MOST_LATER_TEXTS", 5_000, "texts",
    "A share of 10 % of their words is then known to about a tenth of that.",
)  # fmt: skip
REMEMBERED_WORDS = declare(
    TABLE, "REMEMBERED_WORDS", 20_000, "words",
    "Words whose known parts are cached, and values of a category that are no level: words repeat, and taking one "
    "apart costs ten look-ups.",
)  # fmt: skip
REMEMBERED_SENDERS = declare(
    TABLE, "REMEMBERED_SENDERS", 50_000, "senders", "Whose keys are cached: about 10 MB.",
)  # fmt: skip
ENCODED_TOGETHER = declare(
    TABLE, "ENCODED_TOGETHER", 5_000, "opportunities",
    "Bounds memory; more are no faster.",
)  # fmt: skip

# The sender's record.
SENDER_HALF_DECISIONS = declare(
    TABLE, "SENDER_HALF_DECISIONS", 5, "decisions",
    "At which a known sender counts half.", "judgement",
)  # fmt: skip
SENDER_PRIOR_OUTCOMES = declare(
    TABLE, "SENDER_PRIOR_OUTCOMES", 2, "decisions won, and lost",
    "Added to a sender's own before the log-odds are taken.", "judgement",
)  # fmt: skip
