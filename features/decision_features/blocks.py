"""Blocks of columns learnt of one field; `decision_features.tables` makes the columns.

What a block learnt is plain data, so it can be written as JSON and read back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from decision_features import values
from decision_features.hyperparameters import (
    CLIP,
    KNOTS,
    LEAST_ROWS_FOR_KNOTS,
    LEAST_VALUES_FOR_LOG,
    LEAST_VARIANTS,
    MISSING_SHARE,
    MOST_LEVELS,
    MOST_PIECES,
    MOST_TERMS,
    OUTLYING,
)
from decision_features.spelling import may_vary, variants_share
from decision_features.text import frequent, pieces, vocabulary


@dataclass(frozen=True, slots=True)
class Levels:
    """One column per level of a category; levels never learnt have none of them.

    Parameters
    ----------
    name : str
    levels : tuple of str
    has_missing : bool
        Whether missing is a level of its own, the last column.
    usual : tuple of float
        Shares of the levels in training. A value missing in scoring but (nearly) never in training, such as an action
        not yet chosen, is answered by the average over the levels rather than by none of them.
    """

    kind: ClassVar[str] = "levels"
    name: str
    levels: tuple[str, ...]
    has_missing: bool
    usual: tuple[float, ...]

    @classmethod
    def learn(cls, name: str, column: Sequence[Any]) -> Levels:
        """Learn the frequent levels."""
        names = [values.name(value) for value in column]
        levels = _frequent(Counter(item for item in names if item is not None), len(names))
        missing = names.count(None) / max(len(names), 1)
        counts = Counter(names)
        usual = tuple(counts[level] / max(len(names), 1) for level in levels)
        return cls(name, levels, missing > MISSING_SHARE, usual)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        own = tuple(f"{self.name}={level}" for level in self.levels)
        return (*own, f"{self.name} missing") if self.has_missing else own


@dataclass(frozen=True, slots=True)
class Entries:
    """One column per frequent entry of a list, and one for the logarithm of its length."""

    kind: ClassVar[str] = "entries"
    name: str
    levels: tuple[str, ...]

    @classmethod
    def learn(cls, name: str, column: Sequence[Any]) -> Entries:
        """Learn the frequent entries."""
        counts = Counter(entry for value in column for entry in values.entries(value))
        return cls(name, _frequent(counts, len(column), least=10 if len(column) >= 200 else 3))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return (*(f"{self.name} has {level}" for level in self.levels), f"{self.name} log length")


@dataclass(frozen=True, slots=True)
class Number:
    """A number, standardised, with hinges at its quantiles and a flag where it is missing.

    Parameters
    ----------
    name : str
    logarithm : bool
        Whether sign(x) log(1 + |x|) is used, for values of very different size.
    mean, spread : float
        Of the (transformed) training values.
    knots : tuple of float
        Standardised values above which the slope may change.
    has_missing : bool
    log_mean, log_spread : float
        Of log(1 + x), a column of its own for amounts and durations; spread 0 where there is none.
    """

    kind: ClassVar[str] = "number"
    name: str
    logarithm: bool
    mean: float
    spread: float
    knots: tuple[float, ...]
    has_missing: bool
    log_mean: float = 0.0
    log_spread: float = 0.0

    @classmethod
    def learn(cls, name: str, column: NDArray[np.float64]) -> Number:
        """Learn the size, spread and quantiles of the known values."""
        known = column[np.isfinite(column)]
        if not len(known):
            return cls(name, logarithm=False, mean=0.0, spread=1.0, knots=(), has_missing=False)
        far = np.abs(known - known.mean()).max() > OUTLYING * max(float(known.std()), 1e-12)
        logarithm = bool(far) and len(known) > 1
        used = signed_log(known) if logarithm else known
        mean, spread = float(used.mean()), float(used.std()) or 1.0
        standard = np.clip((used - mean) / spread, -CLIP, CLIP)
        knots: tuple[float, ...] = ()
        if len(known) >= LEAST_ROWS_FOR_KNOTS:
            inner = np.unique(np.quantile(standard, KNOTS))
            knots = tuple(float(k) for k in inner if standard.min() < k < standard.max())
        log_mean = log_spread = 0.0
        if (
            not logarithm
            and knots
            and known.min() >= 0
            and len(np.unique(known)) >= LEAST_VALUES_FOR_LOG
        ):
            log_mean, log_spread = float(np.log1p(known).mean()), float(np.log1p(known).std())
        missing = len(known) < len(column)
        return cls(name, logarithm, mean, spread, knots, missing, log_mean, log_spread)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns; hinges are named in the field's own unit."""
        own = [self.name]
        for knot in self.knots:
            value = knot * self.spread + self.mean
            if self.logarithm:
                value = float(np.sign(value) * np.expm1(abs(value)))
            own.append(f"{self.name} above {value:.4g}")
        if self.log_spread:
            own.append(f"log {self.name}")
        return (*own, f"{self.name} missing") if self.has_missing else tuple(own)


@dataclass(frozen=True, slots=True)
class Words:
    """Words and word pairs of a text, or parts of its words: (1 + log count) * idf, each text scaled to length 1.

    Parameters
    ----------
    name : str
    levels : tuple of str
        The terms.
    rarity : tuple of float
        idf of each.
    pieces : bool
        Whether the terms are parts of words.
    """

    kind: ClassVar[str] = "words"
    name: str
    levels: tuple[str, ...]
    rarity: tuple[float, ...]
    pieces: bool = False

    @classmethod
    def learn(
        cls, name: str, texts: Sequence[Sequence[str]], *, most_terms: int = MOST_TERMS
    ) -> Words:
        """Learn the vocabulary of texts, given as their words."""
        most = min(most_terms, len(texts) // 4)
        found = vocabulary(texts, least_texts=_least_texts(len(texts)), most_terms=most)
        return cls(name, tuple(found), _rarity(found, len(texts)))

    @classmethod
    def learn_pieces(cls, name: str, texts: Sequence[Sequence[str]]) -> Words:
        """Learn the most frequent parts of words, where knowing whole words is not enough; else none.

        See `decision_features.spelling.variants_share`; no answer is looked at.
        """
        if variants_share(texts, _least_texts(len(texts))) < LEAST_VARIANTS:
            return cls(name, (), (), pieces=True)
        parts: dict[str, list[str]] = {}
        counts: Counter[str] = Counter()
        for text in texts:
            here: set[str] = set()
            for word in text:
                if word not in parts:
                    parts[word] = pieces(word) if may_vary(word) else []
                here.update(parts[word])
            counts.update(here)
        most = min(MOST_PIECES, len(texts) // 8)
        found = frequent(counts, _least_texts(len(texts)), most)
        return cls(name, tuple(found), _rarity(found, len(texts)), pieces=True)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(f"{self.name}: {level}" for level in self.levels)


Block = Levels | Entries | Number | Words
KINDS: dict[str, type[Block]] = {kind.kind: kind for kind in (Levels, Entries, Number, Words)}


def _frequent(counts: Counter[str], rows: int, least: int | None = None) -> tuple[str, ...]:
    least = (2 if rows < 50 else 3) if least is None else least
    often = sorted((-count, level) for level, count in counts.items() if count >= least)
    return tuple(level for _, level in often[:MOST_LEVELS])


def _least_texts(texts: int) -> int:
    return 2 if texts < 500 else 3 if texts < 3_000 else 5


def _rarity(found: Mapping[str, int], texts: int) -> tuple[float, ...]:
    return tuple(float(np.log((1 + texts) / (1 + count)) + 1) for count in found.values())


def signed_log(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """sign(x) log(1 + |x|)."""
    return np.asarray(np.sign(x) * np.log1p(np.abs(x)))
