"""Comparison of names: which spellings of a type, source, decision maker or sender are the same name.

Two names are one where their keys are equal. Everything that compares names (the fold, cells, senders, scoring, the
import, filters) uses these keys. Look-alikes across scripts are other names; `skeleton` finds them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s_\-\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]+")
_ADDRESS = re.compile(r"[^\s<>@,;:\"]+@[^\s<>@,;:\"]+")
_IN_BRACKETS = re.compile(r"<\s*([^\s<>]+@[^\s<>]+)\s*>")

# Default_Ignorable_Code_Point of Unicode 15.1 beyond the category Cf: they are not shown.
_IGNORABLE = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xFFF0, 0xFFF9),
        *range(0xE0000, 0xE1000),
    ]
)


@lru_cache(maxsize=65_536)
def name_key(name: str) -> str:
    r"""Return the key under which a type, source or decision maker is compared.

    Case, Unicode form (NFKC), blanks, hyphens, underscores and invisible characters do not matter.

    Examples
    --------
    >>> {name_key(n) for n in ("golf_coaching", "Golf Coaching", " GOLF-coaching ", "golf\u200b\u00a0coaching")}
    {'golf coaching'}
    >>> name_key("golf coaching") == name_key("golfcoaching")
    False
    """
    plain = _plain(name)
    return _SEPARATORS.sub(" ", plain).strip() or plain.strip() or name


@lru_cache(maxsize=65_536)
def sender_key(sender: str) -> str:
    """Return the key under which a sender is compared.

    Case, Unicode form, invisible characters and surrounding blanks do not matter, and of an e-mail address with a name
    only the address counts. Hyphens, underscores and inner blanks do: @golf_mike and @golf-mike are two people.

    Examples
    --------
    >>> sender_key("Pat Three <Pat3@Example.com>")
    'pat3@example.com'
    >>> sender_key("@golf_mike") == sender_key("@golf-mike")
    False
    """
    plain = _plain(sender).strip()
    if "@" in plain:
        bracketed = _IN_BRACKETS.findall(plain)
        if len(bracketed) == 1:
            return str(bracketed[0])
        if plain.startswith("mailto:") and _ADDRESS.fullmatch(plain[7:]):
            return plain[7:]
    return plain


def _plain(text: str) -> str:
    """Return a text without case, compatibility forms and invisible characters."""
    if text.isascii():
        return _without_controls(text).lower()
    plain = text
    # Folding case may bring characters that NFKC changes again; three rounds reach a fixed point.
    for _ in range(3):
        plain = unicodedata.normalize("NFKC", "".join(c for c in plain if not _invisible(c)))
        plain = plain.casefold()
    return _without_controls(unicodedata.normalize("NFKC", plain))


def _invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or ord(character) in _IGNORABLE


def _without_controls(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c for c in text if c.isspace() or unicodedata.category(c) != "Cc")


# Letters of other scripts that look like a Latin one in lower case (after Unicode's confusables).
_LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕһԁԛԝӏґьзһѵҽոսցօհյαβγειοκνρτυχωϲϳⅼ",
    "abekmhopctyxijshdqwlr63hvenugohjabyeiokvptuxwcjl",
)


def skeleton(name: str) -> str:
    r"""Return a text that is equal for names that look alike, such as with a Cyrillic letter among Latin ones.

    Examples
    --------
    >>> skeleton("co\u0430ching") == skeleton("coaching")
    True
    """
    key = unicodedata.normalize("NFKD", name_key(name))
    bare = "".join(c for c in key if unicodedata.category(c) != "Mn")
    return bare.translate(_LOOKALIKES).replace("0", "o").replace("1", "l")


@dataclass(frozen=True, slots=True)
class NameTable:
    """The names of one field that the log knows.

    Parameters
    ----------
    shown : mapping of str to str
        Key -> the name as it is shown: as first written, or as merged and renamed.
    """

    shown: Mapping[str, str]

    def canonical(self, name: str) -> str:
        """Return the name as it is shown; an unknown one as it is written."""
        return self.shown.get(name_key(name), name)

    def knows(self, name: str) -> bool:
        """Tell whether some spelling of a name is in the log."""
        return name_key(name) in self.shown

    def close_to(self, name: str) -> list[str]:
        """Return known names that an unknown one may be a misspelling of, closest first.

        Examples
        --------
        >>> NameTable({"coaching": "coaching", "golf lessons": "golf_lessons"}).close_to("Coachin")
        ['coaching']
        """
        if self.knows(name) or not name.strip():
            return []
        found = get_close_matches(name_key(name), list(self.shown), n=3, cutoff=0.8)
        return list(dict.fromkeys(self.shown[key] for key in found))


def name_tables(rows: Iterable[Mapping[str, str]]) -> dict[str, NameTable]:
    """Turn the answer to the question ``names`` into the known names by field."""
    shown: dict[str, dict[str, str]] = {}
    for row in rows:
        shown.setdefault(row["field"], {})[row["key"]] = row["canonical"]
    return {field: NameTable(names) for field, names in shown.items()}


def lookalikes(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return groups of different names that look alike."""
    groups: dict[str, dict[str, str]] = {}
    for name in names:
        groups.setdefault(skeleton(name), {}).setdefault(name_key(name), name)
    return [tuple(group.values()) for group in groups.values() if len(group) > 1]
