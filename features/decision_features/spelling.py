"""Tell whether words are misspelt or inflected, so that knowing whole words misses many of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from decision_features.hyperparameters import (
    EARLIER_TEXTS,
    LEAST_LETTERS,
    MOST_KNOWN_WORDS,
    MOST_LATER_TEXTS,
)
from decision_features.text import frequent


def variants_share(texts: Sequence[Sequence[str]], least_texts: int) -> float:
    """Tell which share of the longer words in later texts is a variant of a word known from earlier ones.

    A word is known if at least `least_texts` of the earlier texts hold it. A variant is unknown, but one letter
    away from a known word (misspelt), or begins like one for two thirds of both (inflected). The share is that
    of variants among known words and variants: names, numbers and rare words count for neither.

    Parameters
    ----------
    texts : sequence of sequence of str
        The words of each text, oldest text first.

    Examples
    --------
    >>> variants_share([["contract"], ["contract"], ["contract"], ["contract"], ["contrakt"]], 2)
    1.0
    """
    cut = int(EARLIER_TEXTS * len(texts))
    counts: Counter[str] = Counter()
    for text in texts[:cut]:
        counts.update({word for word in text if may_vary(word)})
    known = frequent(counts, least_texts, MOST_KNOWN_WORDS)
    neighbours = {part for word in known for part in _with_one_letter_less(word)}
    beginnings = {word[:size] for word in known for size in _stems(word)}
    later = Counter(
        word for text in texts[cut:][-MOST_LATER_TEXTS:] for word in text if may_vary(word)
    )
    of_known = sum(count for word, count in later.items() if word in known)
    of_variants = sum(
        count
        for word, count in later.items()
        if word not in known
        and (
            not neighbours.isdisjoint(_with_one_letter_less(word))
            or any(word[:size] in beginnings for size in _stems(word))
        )
    )
    return of_variants / max(of_known + of_variants, 1)


def may_vary(word: str) -> bool:
    """Whether a word is one that people misspell or inflect: long enough, without digits."""
    return len(word) >= LEAST_LETTERS and not any(map(str.isdigit, word))


def _with_one_letter_less(word: str) -> Iterator[str]:
    """Words one letter away from each other share one of these, or one is among those of the other."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _stems(word: str) -> range:
    """Lengths of the beginnings that are two thirds of a word or more, of five letters or more."""
    return range(max(LEAST_LETTERS, -(-2 * len(word) // 3)), len(word) + 1)
