"""Reasoning texts as templates: many predictions share one, and each fills in its own numbers.

The store renders the same templates in SQL (column ``predictions.reasoning``); a property test holds the
two together.
"""

from __future__ import annotations

BRACE = "{{}"
"""Stands for an opening brace of the text itself."""


def escaped(text: str) -> str:
    """Keep the braces of a text from being read as placeholders.

    Examples
    --------
    >>> rendered(escaped("a {low} b"), 0.5, 0.25, 0.75, 0.0)
    'a {low} b'
    """
    return text.replace("{", BRACE)


def rendered(template: str, probability: float, low: float, high: float, revenue: float) -> str:
    """Fill the numbers of one prediction into its template.

    Parameters
    ----------
    template : str
        With ``{probability}``, ``{low}``, ``{high}`` and ``{revenue}``.
    probability, low, high : float
        Fractions; written in percent, with one decimal below ten.
    revenue : float
        Written without decimals.

    Examples
    --------
    >>> rendered("{probability} ({low} to {high}), {revenue} USD", 0.5, 0.051, 0.9, 1234.4)
    '50 % (5.1 % to 90 %), 1,234 USD'
    """
    if "{" not in template:
        return template
    return (
        template.replace("{probability}", percent(probability))
        .replace("{low}", percent(low))
        .replace("{high}", percent(high))
        .replace("{revenue}", f"{revenue:,.0f}")
        .replace(BRACE, "{")
    )


def as_format(template: str) -> str:
    """Turn a template whose placeholders stand in the order of `rendered` into one for the ``%`` operator.

    Examples
    --------
    >>> as_format("{probability} ({low} to {high}), {revenue} USD, 5 %") % ("50 %", "5.1 %", "90 %", "1,234")
    '50 % (5.1 % to 90 %), 1,234 USD, 5 %'
    """
    text = template.replace("%", "%%")
    for name in ("{probability}", "{low}", "{high}", "{revenue}"):
        text = text.replace(name, "%s")
    return text.replace(BRACE, "{")


def percent(fraction: float) -> str:
    """Write a fraction in percent, with one decimal below ten."""
    value = 100 * fraction
    return f"{value:.1f} %" if value < 10 else f"{value:.0f} %"
