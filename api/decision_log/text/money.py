"""Amounts of money for people: with the sign of the log's currency, or its code where it has no sign of its own."""

from __future__ import annotations

import math

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
"""Signs that are written before the number; those of other currencies are shared or little known."""

NARROW_SPACE = "\u202f"
"""Between a number and what follows it; no line breaks there."""


def currency_sign(code: str) -> str:
    """Return what stands for a currency in a heading: its sign, or its code.

    Examples
    --------
    >>> currency_sign("USD"), currency_sign("EUR"), currency_sign("CHF")
    ('$', '€', 'CHF')
    """
    return SIGNS.get(code, code)


def money_text(value: float | None, code: str, digits: int = 0) -> str:
    r"""Write an amount; "?" where it is not known.

    Examples
    --------
    >>> money_text(1540.4, "USD"), money_text(-60, "EUR", 2), money_text(None, "USD")
    ('$1,540', '−€60.00', '?')
    >>> money_text(12, "CHF") == "12\u202fCHF"
    True
    """
    if value is None or math.isnan(value):
        return "?"
    amount = f"{abs(value):,.{digits}f}"
    sign = "−" if value < 0 and any(digit in amount for digit in "123456789") else ""
    if code in SIGNS:
        return f"{sign}{SIGNS[code]}{amount}"
    return f"{sign}{amount}{NARROW_SPACE}{code}"
