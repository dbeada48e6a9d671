"""Similarity of past decisions of one cell to an opportunity: by sender, text and fields, in memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from decision_features.frame import flatten
from decision_features.text import words as words_of
from decision_store.names import sender_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

LIKENESS_OF_FIELDS = 0.5
"""What equal fields count beside an equal text, which counts 1."""

_OWN_KEYS = frozenset(
    {
        "type", "source", "content", "score", "sender", "opportunity_type", "opportunity_source",
        "opportunity_content", "opportunity_score", "action_taken", "decision_maker", "action", "context",
    }
)  # fmt: skip


class AlikeDecisions:
    """Index over up to a thousand decisions, newest first.

    Texts are compared by the cosine of their TF-IDF weights, (1 + log count) times log((1 + n) / (1 + texts)) + 1,
    fields by the mean over those that the opportunity has: 1 where a word is equal, exp(-distance / standard
    deviation) for numbers.

    Parameters
    ----------
    rows : sequence of mapping
        ``sender``, ``opportunity_content``, ``opportunity_score`` and ``context`` (JSON text) of each decision.

    Examples
    --------
    >>> rows = [
    ...     {"sender": "a@b.c", "opportunity_content": "a question", "opportunity_score": 50, "context": None},
    ...     {"sender": None, "opportunity_content": "budget for lessons", "opportunity_score": 50, "context": None},
    ...     {"sender": None, "opportunity_content": "hello", "opportunity_score": 50, "context": None},
    ... ]
    >>> alike = AlikeDecisions(rows)
    >>> alike.order({"content": "lessons", "sender": "A@b.c"})
    [0, 1, 2]
    """

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._size = len(rows)
        self._senders = _places([sender_key(row["sender"] or "") or None for row in rows])
        self._rarity: dict[str, float] = {}
        self._texts = self._index([row["opportunity_content"] for row in rows])
        decode = msgspec.json.Decoder().decode
        fields = [
            {**flatten(decode(row["context"]) if row["context"] else {}), "score": row["opportunity_score"]}
            for row in rows
        ]  # fmt: skip
        self._numbers: dict[str, tuple[Floats, float]] = {}
        self._words: dict[str, dict[Any, Places]] = {}
        for name in sorted({name for one in fields for name in one}):
            column = [one.get(name) for one in fields]
            numbers = np.array([_number(value) for value in column])
            if np.isfinite(numbers).any():
                spread = float(np.nanstd(numbers)) or 1.0
                # What is missing is infinitely far from everything.
                self._numbers[name] = np.where(np.isfinite(numbers), numbers, np.inf), spread
            words = [_word(value) for value in column]
            if any(words):
                self._words[name] = _places(words)

    def order(self, item: Mapping[str, Any], most: int | None = None) -> list[int]:
        """Return the places of decisions, the most alike first, at most so many; equally alike ones stay newest first.

        Empty where nothing is known of the opportunity by which to compare.
        """
        likeness = np.zeros(self._size)
        compared = self._add_text(likeness, item.get("content") or item.get("opportunity_content"))
        compared |= self._add_fields(likeness, item)
        sender = item.get("sender")
        if sender and (mine := self._senders.get(sender_key(str(sender)))) is not None:
            likeness[mine] += 1 + LIKENESS_OF_FIELDS  # whatever the others have in common
            compared = True
        if not compared:
            return []
        order: list[int] = np.argsort(-likeness, kind="stable")[:most].tolist()
        return order

    def _add_text(self, likeness: Floats, text: object) -> bool:
        weights = self._weights(words_of(text if isinstance(text, str) else None))
        length = sum(weight**2 for weight in weights.values()) ** 0.5
        for word, weight in weights.items():
            places, of_texts = self._texts[word]
            likeness[places] += weight / length * of_texts
        return bool(weights)

    def _add_fields(self, likeness: Floats, item: Mapping[str, Any]) -> bool:
        given = {name: value for name, value in item.items() if name not in _OWN_KEYS}
        nested = item.get("context")
        fields = flatten({**given, **nested} if isinstance(nested, Mapping) else given)
        fields["score"] = item.get("score", item.get("opportunity_score"))
        total, compared = np.zeros(self._size), 0
        for name, value in fields.items():
            if (word := _word(value)) and name in self._words:
                total[self._words[name].get(word, [])] += 1.0
            elif math.isfinite(number := _number(value)) and name in self._numbers:
                numbers, spread = self._numbers[name]
                total += np.exp(np.abs(numbers - number) / -spread)
            else:
                continue
            compared += 1
        if compared:
            likeness += LIKENESS_OF_FIELDS / compared * total
        return compared > 0

    def _index(self, texts: Sequence[str | None]) -> dict[str, tuple[Places, Floats]]:
        """Return where each word occurs, and its weight in each of these texts, all of length 1."""
        split = [words_of(text) for text in texts]
        known = Counter(word for words in split for word in set(words))
        self._rarity = {
            word: float(np.log((1 + self._size) / (1 + count)) + 1) for word, count in known.items()
        }
        entries: dict[str, tuple[list[int], list[float]]] = {word: ([], []) for word in known}
        for place, words in enumerate(split):
            weights = self._weights(words)
            length = sum(weight**2 for weight in weights.values()) ** 0.5
            for word, weight in weights.items():
                entries[word][0].append(place)
                entries[word][1].append(weight / length)
        return {word: (np.array(at, np.intp), np.array(by)) for word, (at, by) in entries.items()}

    def _weights(self, words: Sequence[str]) -> dict[str, float]:
        return {
            word: (1 + float(np.log(count))) * self._rarity[word]
            for word, count in Counter(words).items()
            if word in self._rarity
        }


def _places(values: Sequence[Any]) -> dict[Any, Places]:
    """Return where each value but None occurs."""
    found: dict[Any, list[int]] = {}
    for place, value in enumerate(values):
        if value is not None:
            found.setdefault(value, []).append(place)
    return {value: np.array(places, np.intp) for value, places in found.items()}


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # an integer beyond every float is like no other number
        return math.nan


def _word(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value)
    return value.casefold().strip() or None if isinstance(value, str) else None
