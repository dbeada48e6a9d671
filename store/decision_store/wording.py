"""Counts in messages for people."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "win"), counted(1200, "win"), counted(2, "child", "children")
    ('1 win', '1,200 wins', '2 children')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
