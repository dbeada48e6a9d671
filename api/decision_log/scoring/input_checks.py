"""Checks of a whole input: score scale, missing fields, misspelt keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from decision_log.opportunity import Opportunity

TEXT_KEYS = ("content", "opportunity_content", "subject", "title")
"""Keys whose text people read; the first two are what a model reads."""

KNOWN_KEYS = frozenset(
    {"type", "source", "score", "content", "sender", "timestamp", "id", "context", "subject"}
)
"""Keys of an opportunity that have a meaning here; every other is an attribute of its own."""

SYNONYMS = {
    **dict.fromkeys(
        ("message", "body", "text", "description", "comment", "inquiry", "enquiry"), "content"
    ),
    **dict.fromkeys(("category", "kind", "lead_type", "deal_type", "topic"), "type"),
    **dict.fromkeys(("channel", "lead_source", "origin", "medium", "platform"), "source"),
    **dict.fromkeys(("rating", "points", "lead_score", "priority_score", "base_score"), "score"),
    **dict.fromkeys(("from", "email", "name", "contact", "author", "user"), "sender"),
}
"""What other programs call a key of ours. They are named, not taken: an attribute may be called so, too."""

MOST_SHAPES = 1_000
"""Different sets of keys looked at; an input with more is not searched for misspelt keys any further."""

LEAST_SCORES = 2
"""Fewer scores say nothing about their scale."""

_SCALES = ((1.0, "0 to 1"), (10.0, "1 to 10"))


class InputChecks:
    """Counts over all items of an input, and the warnings that follow from them.

    Parameters
    ----------
    most_shapes : int
        Different sets of keys looked at.

    Examples
    --------
    >>> from decision_log.opportunity import read_opportunity
    >>> checks = InputChecks()
    >>> checks.add([read_opportunity({"type": "a", "source": "b", "score": s}) for s in (0.2, 0.9)])
    >>> checks.warnings()[0]
    'All 2 scores are at most 1, as on a scale of 0 to 1; 0 to 100 is expected. Rescale them with --scale 1.'
    """

    def __init__(self, most_shapes: int = MOST_SHAPES) -> None:
        self._most_shapes = most_shapes
        self.items = 0
        self.unjudged = 0
        self._scores = 0
        self._highest = 0.0
        self._missing_everywhere = {"type", "source", "text"}
        self._shapes: Counter[tuple[str, ...]] = Counter()

    def add(self, opportunities: Sequence[Opportunity]) -> None:
        """Count some items."""
        items = [one.item for one in opportunities]
        scores = [one.score for one in opportunities if not one.score_missing]
        self.items += len(items)
        self._scores += len(scores)
        self._highest = max(self._highest, max(scores, default=0.0))
        if len(scores) < len(items):
            self.unjudged += sum(map(lacks_everything, opportunities))
        self._count(Counter(map(tuple, items)))
        for item in items:
            if not self._missing_everywhere:  # until one item has it
                break
            self._missing_everywhere -= {
                name for name in self._missing_everywhere if _has(item, name)
            }

    def include(self, other: InputChecks) -> None:
        """Count what follows in the same input."""
        self.items += other.items
        self.unjudged += other.unjudged
        self._scores += other._scores
        self._highest = max(self._highest, other._highest)
        self._missing_everywhere &= other._missing_everywhere
        self._count(other._shapes)

    def _count(self, found: Mapping[tuple[str, ...], int]) -> None:
        """Count sets of keys."""
        shapes = self._shapes
        for shape, count in found.items():
            if shape in shapes or len(shapes) < self._most_shapes:
                shapes[shape] += count

    def warnings(self) -> list[str]:
        """Return one sentence for each thing that is probably a mistake."""
        return [*self._scale(), *self._missing(), *self._misspelt()]

    def _scale(self) -> Iterable[str]:
        if self._scores < LEAST_SCORES or self._highest == 0:
            return
        for highest, name in _SCALES:
            if self._highest <= highest:
                yield (
                    f"All {self._scores:,} scores are at most {highest:g}, as on a scale of {name}; "
                    f"0 to 100 is expected. Rescale them with --scale {highest:g}."
                )
                return

    def _missing(self) -> Iterable[str]:
        if not self.items:
            return
        for name in ("type", "source", "text"):
            if name in self._missing_everywhere:
                yield f"No item has a {name}; name the key that holds it with --map KEY={_key(name)}."
        if not self._scores:
            yield "No item has a score; 50 is used. Name the key that holds it with --map KEY=score."
        if self.unjudged:
            yield (
                f"{self.unjudged:,} of {self.items:,} items have no type, source, score or text, so "
                "nothing distinguishes them; they are marked 'insufficient_data'."
            )

    def _misspelt(self) -> Iterable[str]:
        found: Counter[tuple[str, str]] = Counter()
        for shape, count in self._shapes.items():
            keys = set(map(str, shape))
            missing = KNOWN_KEYS - keys - {key.removeprefix("opportunity_") for key in keys}
            for key in sorted(keys - KNOWN_KEYS):
                if match := meant_key(key, missing):
                    found[key, match] += count
        for (key, match), count in found.most_common():
            yield (
                f"{count:,} of {self.items:,} items have a key {key!r} and no {match!r}; if that is "
                f"meant, give --map {key}={match}."
            )


def meant_key(key: str, known: Iterable[str]) -> str | None:
    """Return the known key that a misspelt one probably stands for.

    Examples
    --------
    >>> meant_key("typ", KNOWN_KEYS), meant_key("Sorce", KNOWN_KEYS), meant_key("budget", KNOWN_KEYS)
    ('type', 'source', None)
    """
    folded = key.strip().lower().replace("-", "_").replace(" ", "_").removeprefix("opportunity_")
    choices = sorted(known)
    if folded in choices:
        return folded
    if SYNONYMS.get(folded) in choices:
        return SYNONYMS[folded]
    close = get_close_matches(folded, choices, n=1, cutoff=0.8) if len(folded) > 2 else []
    return close[0] if close else None


def _has(item: Mapping[str, Any], name: str) -> bool:
    if name == "text":
        return has_text(item)
    return bool(item.get(name) or item.get(f"opportunity_{name}"))


def has_text(item: Mapping[str, Any]) -> bool:
    """Tell whether an item has a text."""
    return any(isinstance(item.get(key), str) and item[key].strip() for key in TEXT_KEYS)


def lacks_everything(one: Opportunity) -> bool:
    """Tell whether an item has neither type nor source, score or text to judge it by."""
    named = one.cell != ("general", "unknown")
    return one.score_missing and not named and not has_text(one.item)


def _key(name: str) -> str:
    return "content" if name == "text" else name
