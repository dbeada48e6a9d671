"""Texts for people: those from outside made safe, so that nothing moves the cursor, and counts with their nouns."""

from __future__ import annotations

import re

from decision_store.wording import counted

__all__ = ["counted", "safe_text"]

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, among them escape; tab and newline stay
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that change the direction of the text
    "\u2028\u2029\ufeff"
    "\ud800-\udfff]"  # half a character, which no terminal can be sent
)


def safe_text(text: str) -> str:
    r"""Replace control and direction characters by the replacement character.

    Emoji, accents and right-to-left letters stay as they are.

    Examples
    --------
    >>> safe_text("\x1b[2Jhi \u202eeno")
    '\ufffd[2Jhi \ufffdeno'
    """
    return _UNSAFE.sub("\ufffd", text)
