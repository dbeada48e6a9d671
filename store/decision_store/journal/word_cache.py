"""Cache of the mappings that the log holds, so that writing an outcome needs no database.

One JSON file, written by the fold. It can be deleted at any time: the next fold of an amendment writes it again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import orjson

from decision_store.durable_files import atomic_write
from decision_store.errors import DecisionLogError
from decision_store.vocabulary import Vocabulary


class WordCache:
    """Cache of the recorded meanings of words.

    Parameters
    ----------
    folder : Path
        The journal folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "words.json"

    def write(self, words: Vocabulary) -> None:
        """Keep the words that mappings added. Errors are ignored: it is a cache."""
        content = orjson.dumps({"statuses": dict(words.statuses), "types": dict(words.types)})
        with suppress(OSError, DecisionLogError):
            if self._path.exists() and self._path.read_bytes() == content:
                return
            with atomic_write(self._path) as file:
                file.write(content)

    def extend(self, words: Vocabulary) -> Vocabulary:
        """Return a vocabulary with the log's own words, which win over those it has."""
        try:
            held = orjson.loads(self._path.read_bytes())
            return words.extended(held["statuses"], held["types"])
        except (OSError, ValueError, KeyError, TypeError):
            return words
