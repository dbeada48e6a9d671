"""Layouts of well-known programs: which of their columns holds what, defined by the files in ``layout_files``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "layout_files"

SHEET = "sheet"
NAMES = (
    "hubspot",
    "salesforce",
    "pipedrive",
    "odoo",
    "stripe",
    "calendly",
    "typeform",
    SHEET,
)
"""The layouts, as ``--as`` takes them; more special ones first."""

_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_PREFIX = re.compile(r"^(?P<object>[^\-–—]{2,20}?)\s+[-–—]\s+(?P<rest>.+)$")


@dataclass(frozen=True, slots=True)
class Layout:
    """One program's way to write a table.

    Parameters
    ----------
    name : str
        As ``--as`` takes it; with a hyphen it is what ids begin with.
    title : str
        For people.
    rows : str
        What a row is: ``deals`` (a decision and its end), ``responses`` (a decision) or
        ``payments`` (money for a decision that is elsewhere).
    recognise : tuple of frozenset
        Folded headings; a table has this layout if it has one of each set.
    columns : dict
        Role to folded headings, the best first.
    strip : frozenset
        Folded names of objects that headings begin with (``Deal - ID``).
    answer, answer_starts : frozenset, tuple
        Columns that are filled in or changed by how a deal ends: never kept.
    identity : frozenset
        Columns about a person that are no attributes of an opportunity: not kept.
    flagged : frozenset
        Columns that may tell the answer: kept, and named.
    words : dict
        Folded words of status columns that the general vocabulary does not have.
    probability_closes : bool
        Whether a probability of 100 or 0 % means won or lost.
    reason_means_lost : bool
        Whether a reason for losing means lost.
    content_starts : tuple
        Folded beginnings of headings whose columns together are the text.
    content_rest : bool
        Whether every further column belongs to the text.
    """

    name: str
    title: str
    rows: str
    recognise: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    strip: frozenset[str]
    answer: frozenset[str]
    answer_starts: tuple[str, ...]
    identity: frozenset[str]
    flagged: frozenset[str]
    words: Mapping[str, str]
    probability_closes: bool
    reason_means_lost: bool
    content_starts: tuple[str, ...]
    content_rest: bool

    @property
    def is_program(self) -> bool:
        """Whether it is a program's layout, and not just any sheet."""
        return self.name != SHEET

    @property
    def prefix(self) -> str:
        """What the ids of its rows begin with in the log."""
        return f"{self.name}-" if self.is_program else ""

    def keys(self, heading: str) -> tuple[str, ...]:
        """Return the folded forms of a heading, the most exact first."""
        forms = [heading, _BRACKETS.sub("", heading)]
        found = _PREFIX.match(heading)
        if found and fold_heading(found["object"]) in self.strip:
            forms += [found["rest"], _BRACKETS.sub("", found["rest"])]
        return tuple(dict.fromkeys(filter(None, map(fold_heading, forms))))

    def matches(self, headings: Iterable[str]) -> int:
        """Return how many columns are known, 0 where the table has another layout."""
        known = {key for keys in self.columns.values() for key in keys} | self.answer
        forms = [self.keys(heading) for heading in headings]
        present = {key for keys in forms for key in keys}
        if not self.recognise or not all(present & group for group in self.recognise):
            return 0
        return sum(not known.isdisjoint(keys) for keys in forms)

    def tells_answer(self, heading: str) -> bool:
        """Tell whether a column is filled in or changed by how a deal ends."""
        keys = self.keys(heading)
        return not self.answer.isdisjoint(keys) or any(
            key.startswith(self.answer_starts) for key in keys if self.answer_starts
        )


@lru_cache(maxsize=10_000)
def fold_heading(text: str) -> str:
    """Return a heading as it is compared: without case, accents, spaces and punctuation.

    Examples
    --------
    >>> fold_heading("Créé le"), fold_heading("create_date"), fold_heading("#")
    ('creele', 'createdate', '#')
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold()
    kept = "".join(c for c in plain if c.isalnum())
    return kept or plain.strip()


@cache
def layout(name: str) -> Layout:
    """Return the layout of this name.

    Raises
    ------
    KeyError
        There is none.
    """
    if name not in NAMES:
        raise KeyError(name)
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    columns: dict[str, object] = data["columns"]
    left_out, words = data.get("left_out", {}), data.get("words", {})
    return Layout(
        name=name,
        title=data["title"],
        rows=data["rows"],
        recognise=tuple(frozenset(map(fold_heading, group)) for group in data.get("recognise", [])),
        columns={
            role: tuple(dict.fromkeys(map(fold_heading, headings)))
            for role, headings in columns.items()
            if isinstance(headings, list) and role != "content_starts"
        },
        strip=frozenset(map(fold_heading, data.get("strip", []))),
        answer=frozenset(map(fold_heading, left_out.get("answer", []))),
        answer_starts=tuple(map(fold_heading, left_out.get("answer_starts", []))),
        identity=frozenset(map(fold_heading, left_out.get("identity", []))),
        flagged=frozenset(map(fold_heading, data.get("flagged", {}).get("answer", []))),
        words={fold_heading(word): state for state, listed in words.items() for word in listed},
        probability_closes=data.get("probability_closes", False),
        reason_means_lost=data.get("reason_means_lost", False),
        content_starts=tuple(map(fold_heading, data["columns"].get("content_starts", []))),
        content_rest=data["columns"].get("content_rest", False),
    )


def recognise_layout(headings: Iterable[str]) -> Layout | None:
    """Return the program's layout that knows most of a table's columns, None where none fits."""
    found = list(headings)
    scores = {name: layout(name).matches(found) for name in NAMES if name != SHEET}
    best = max(scores, key=lambda name: scores[name])
    return layout(best) if scores[best] else None
