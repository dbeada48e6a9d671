"""The raw values a block reads from a frame, by how it reads them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import values
from decision_features.frame import Context, OpportunityFrame
from decision_features.history import NAMES as HISTORY_NAMES
from decision_features.history import as_features
from decision_features.text import words as split
from decision_features.tokens import Tokens, tokens

Past = NDArray[np.float64]

_DAYS = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")  # 1970-01-01 was a Thursday
_HOURS = tuple(f"{hour:02d}-{hour + 4:02d}h" for hour in range(0, 24, 4))


class KnownWords:
    """Splits texts into words, each text once; the words are kept, and must not be changed.

    A log has many texts, but few different words: each word is one object.
    """

    def __init__(self) -> None:
        self._texts: dict[str | None, list[str]] = {None: []}
        self._same: dict[str, str] = {}

    def __call__(self, text: str | None) -> list[str]:
        """Give the words of a text."""
        found = self._texts.get(text)
        if found is None:
            same = self._same.setdefault
            found = self._texts[text] = [same(word, word) for word in split(text)]
        return found


class Reader:
    """Reads one frame; what several blocks look at is worked out once.

    Parameters
    ----------
    frame : OpportunityFrame
    past : ndarray, shape (N, 4), optional
        `SenderHistory.before` of the same frame.
    words : KnownWords, optional
        Of other frames that may hold the same texts.
    attributes : collection of str
        Context keys that will be read: then all are read of one opportunity after the other.
    by_table : bool
        Whether the lengths of texts are found by `decision_features.tokens`.
    """

    def __init__(
        self,
        frame: OpportunityFrame,
        past: Past | None = None,
        words: KnownWords | None = None,
        *,
        attributes: Collection[str] = (),
        by_table: bool = False,
    ) -> None:
        self._frame = frame
        self._past = past
        self._split: Callable[[str | None], list[str]] = split if words is None else words
        self._features: NDArray[np.float64] | None = None
        self._words: dict[str, list[list[str]]] = {}
        self._tokens: dict[str, Tokens] = {}
        self._by_table = by_table
        self._attributes = _columns(frame.context, attributes) if attributes else {}

    def read(self, how: str, field: str) -> Any:  # noqa: PLR0911  one return per way to read
        """Give N values: an array of numbers for blocks of numbers, else a list."""
        frame = self._frame
        if how == "pair":
            return [f"{k} / {s}" for k, s in zip(frame.type, frame.source, strict=True)]
        if how in {"weekday", "hour"}:
            return _calendar(how, frame.timestamp)
        if how == "past":
            return self._sender_feature(field)
        if how == "length":
            sizes = (
                self.tokens(field).sizes if self._by_table else list(map(len, self.words(field)))
            )
            return np.log1p(np.array(sizes, dtype=np.float64))
        if how in {"words", "pieces"}:
            return self.words(field)
        if field == "score" and how == "number":
            return frame.score
        column = self._column(field)
        if how in {"number", "number with comma"}:
            return values.numbers(column, comma=how != "number")
        if how == "days":
            return values.days_ahead(column, frame.timestamp)
        return column

    def texts(self, field: str) -> list[str | None]:
        """Give the texts of a field, None where there is none."""
        return [
            value if value is None or type(value) is str else str(value)
            for value in self._column(field)
        ]

    def words(self, field: str) -> list[list[str]]:
        """Give the words of each text of a field."""
        found = self._words.get(field)
        if found is None:
            found = self._words[field] = list(map(self._split, self.texts(field)))
        return found

    def tokens(self, field: str) -> Tokens:
        """Give the words of each text of a field as hashes."""
        found = self._tokens.get(field)
        if found is None:
            found = self._tokens[field] = tokens(self.texts(field))
        return found

    def _column(self, field: str) -> list[Any]:
        if field.startswith("context."):
            key = field[8:]
            known = self._attributes.get(key)
            return [one.get(key) for one in self._frame.context] if known is None else known
        column: list[Any] = getattr(self._frame, field).tolist()
        return column

    def _sender_feature(self, name: str) -> NDArray[np.float64]:
        if self._past is None:
            return np.full(len(self._frame), np.nan)
        if self._features is None:
            self._features = as_features(self._past)
        return self._features[:, HISTORY_NAMES.index(name)]


def _columns(contexts: Sequence[Context], keys: Collection[str]) -> dict[str, list[Any]]:
    """Values of some keys in many mappings, None where one lacks it: by key."""
    rows = [list(map(context.get, keys)) for context in contexts]
    columns = map(list, zip(*rows, strict=True)) if rows else [[] for _ in keys]
    return dict(zip(keys, columns, strict=True))


def _calendar(how: str, timestamp: NDArray[np.datetime64]) -> list[str | None]:
    """Day of the week, or the four hours of the day, UTC; None where the time is not known."""
    moments = timestamp.view(np.int64)
    if len(moments) == 1 or (len(moments) and bool((moments == moments[0]).all())):  # as in scoring
        return [_of_moment(how, int(moments[0]))] * len(moments)
    return _labels(how, timestamp)


@lru_cache(maxsize=256)
def _of_moment(how: str, moment: int) -> str | None:
    return _labels(how, np.array([moment], dtype="datetime64[us]"))[0]


def _labels(how: str, timestamp: NDArray[np.datetime64]) -> list[str | None]:
    hours = timestamp.astype("datetime64[h]").astype(np.int64)
    if how == "weekday":
        labels: list[str | None] = [_DAYS[place] for place in (hours // 24 % 7).tolist()]
    else:
        labels = [_HOURS[place] for place in (hours % 24 // 4).tolist()]
    for row in np.flatnonzero(np.isnat(timestamp)).tolist():
        labels[row] = None
    return labels
