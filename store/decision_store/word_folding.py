"""Folding of status words: the key under which a word is looked up, however it is written."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NO_WORD = re.compile(r"[\W_]+")
_CONTROLS = re.compile(r"['\x00-\x08\x0e-\x1b\x7f]+")
_BLANK_LETTERS = frozenset(
    "\u115f\u1160\u3164\uffa0\u2800"
)  # letters and a symbol that look like nothing
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´ʼ"))


def words_of(text: str) -> str:
    r"""Return a text folded for comparison: its words in plain letters, one space between them.

    Case, accents, Unicode form, punctuation and invisible characters do not matter. Letters of other
    scripts stay as they are, so a look-alike is another word.

    Examples
    --------
    >>> words_of(" Closed-WON ")
    'closed won'
    >>> words_of("Gagn\u0065\u0301e"), words_of("gagnée")
    ('gagnee', 'gagnee')
    """
    return " ".join(_NO_WORD.sub(" ", plain_letters(text)).split())


def plain_letters(text: str) -> str:
    """Return a text without case, accents, compatibility forms, apostrophes and invisible characters."""
    if text.isascii():
        return _CONTROLS.sub("", text.casefold())
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKD", plain)
    invisible = {c for c in set(plain) if not c.isascii() and _is_invisible(c)}
    plain = plain.translate(dict.fromkeys(map(ord, invisible))) if invisible else plain
    return _CONTROLS.sub("", plain)


def _is_invisible(character: str) -> bool:
    """Tell accents, zero-width characters, soft hyphens and the like from letters and spaces."""
    return unicodedata.category(character) in {"Mn", "Me", "Cf"} or character in _BLANK_LETTERS


@lru_cache(maxsize=10_000)
def fold_word(text: str) -> str:
    """Return the key under which a word is looked up: as `words_of`, without spaces; of signs alone, the signs.

    Examples
    --------
    >>> fold_word("closed_won") == fold_word("ClosedWon") == fold_word("CLOSED  WON")
    True
    """
    return words_of(text).replace(" ", "") or signs_of(text)


def signs_of(text: str) -> str:
    """Return the signs of a text, e.g. ``✅``, without what only changes how they are drawn."""
    if text.isascii():
        return ""
    return "".join(c for c in text if unicodedata.category(c) == "So")
