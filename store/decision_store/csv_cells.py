"""Cells of CSV files: no text is a formula for a spreadsheet, and each comes back as it was."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def inert(text: str) -> str:
    """Return a CSV cell that no spreadsheet takes for a formula: an apostrophe stands before it.

    Examples
    --------
    >>> inert("=1+1"), inert("'=1+1"), inert("a=1")
    ("'=1+1", "''=1+1", 'a=1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def original(text: str) -> str:
    """Return the text of a CSV cell without the apostrophe of `inert`.

    Examples
    --------
    >>> original("'=1+1"), original("''=1+1"), original("'tis")
    ('=1+1', "'=1+1", "'tis")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
