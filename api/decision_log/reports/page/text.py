"""Texts of a page: untrusted input escaped, and numbers written for people."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from decision_log.text.money import SIGNS, money_text
from decision_log.text.terminal_text import counted

THIN = "\u202f"
"""Narrow space between a number and its unit; it does not break the line."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that can hide, turn or break a line: control, format, surrogate, unassigned."""

_JOINERS = frozenset("\u200c\u200d")
"""Format characters that letters of Persian and Hindi, and emoji, need."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A text from outside, fit to be shown as plain text.

    Parameters
    ----------
    text : str
        On one line, without control, format and direction characters, cut with "…".
    removed : int
        How many characters were taken out.
    """

    text: str
    removed: int = 0


def excerpt(text: str | None, limit: int = 280) -> Excerpt:
    r"""Return a text from outside on one line, cut, without characters that hide or turn it.

    Examples
    --------
    >>> excerpt("pay\u202e now\x1b[2J\n\nplease")
    Excerpt(text='pay now[2J please', removed=2)
    >>> excerpt("abcdefgh", limit=5).text
    'abcd…'
    """
    plain: list[str] = []
    removed = 0
    for character in text or "":
        if character in "\t\n\r\v\f\x85\u2028\u2029":
            plain.append(" ")
        elif unicodedata.category(character) in _HIDDEN and character not in _JOINERS:
            removed += 1
        else:
            plain.append(character)
    words = " ".join("".join(plain).split())
    return Excerpt(words if len(words) <= limit else words[: limit - 1].rstrip() + "…", removed)


def kind_name(opportunity_type: str, source: str) -> str:
    """Name a cell, e.g. ``Golf coaching · email``.

    Examples
    --------
    >>> kind_name("golf_coaching", "email")
    'Golf coaching · email'
    """
    return f"{name(opportunity_type)} · {excerpt(source, 60).text.replace('_', ' ')}"


def name(word: str) -> str:
    """Write a type or source as a phrase: no underscores, a capital first.

    Examples
    --------
    >>> name("product_feedback")
    'Product feedback'
    """
    phrase = excerpt(word, 60).text.replace("_", " ")
    return phrase[:1].upper() + phrase[1:]


def percent(value: float | None) -> str:
    """Write a percentage without decimals; "?" where it is not known.

    Examples
    --------
    >>> percent(41.3), percent(0.2), percent(99.8), percent(None)
    ('41\u202f%', '<1\u202f%', '>99\u202f%', '?')
    """
    if value is None or math.isnan(value):
        return "?"
    if 0 < value < 0.5:
        return f"<1{THIN}%"
    if 99.5 <= value < 100:
        return f">99{THIN}%"
    shown = f"{abs(value):,.0f}"
    return f"{'−' if value < 0 and shown != '0' else ''}{shown}{THIN}%"


def span(low: float, high: float) -> str:
    """Write a range of percentages, e.g. ``42–65 %``.

    Examples
    --------
    >>> span(41.7, 65.2)
    '42–65\u202f%'
    """
    return f"{low:.0f}–{high:.0f}{THIN}%"


def money(value: float | None, currency: str = "USD") -> str:
    """Write an amount without cents; "?" where it is not known.

    Examples
    --------
    >>> money(1540.4), money(-60), money(None), money(12, "EUR")
    ('$1,540', '−$60', '?', '€12')
    """
    return money_text(value, currency)


def short_number(value: float) -> str:
    """Write a number in thousands or millions where it is large.

    Examples
    --------
    >>> short_number(940), short_number(6_896), short_number(22_501), short_number(1_240_000), short_number(-1_500)
    ('940', '6.9k', '23k', '1.2M', '−1.5k')
    """
    size = abs(value)
    unit, divisor = ("M", 1e6) if size >= 999_500 else ("k", 1e3) if size >= 999.5 else ("", 1.0)
    scaled = size / divisor
    digits = 1 if unit and scaled < 9.95 else 0
    return ("−" if value < 0 else "") + f"{scaled:,.{digits}f}{unit}"


def short_money(value: float, currency: str = "USD") -> str:
    """Write an amount of an axis, as `short_number`, with the sign of its currency where it has one.

    Examples
    --------
    >>> short_money(940), short_money(22_501), short_money(1_240_000, "EUR"), short_money(0), short_money(5e3, "CHF")
    ('$940', '$23k', '€1.2M', '$0', '5.0k')
    """
    return SIGNS.get(currency, "") + short_number(value)


def duration(hours: float | None) -> str:
    """Write a duration in the unit that people would use.

    Examples
    --------
    >>> duration(0.4), duration(5), duration(30), duration(440), duration(None)
    ('24 minutes', '5 hours', '30 hours', '18 days', '?')
    """
    if hours is None or math.isnan(hours):
        return "?"
    if hours < 1:
        return counted(round(hours * 60), "minute")
    return counted(round(hours), "hour") if hours < 48 else counted(round(hours / 24), "day")


def day(moment: datetime, *, year: bool = True) -> str:
    """Write a date, e.g. ``22 November 2026``."""
    return f"{moment.day} {moment:%B}" + (f" {moment.year}" if year else "")
