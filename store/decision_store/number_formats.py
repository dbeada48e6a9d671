"""Number format of a column: decimal sign, separator of thousands, currency.

A format is found for a whole column and applied to all of its values, never value by value: the
same text means twelve hundred in one country and a bit more than one in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

POINT = "point"
COMMA = "comma"
DECIMALS = (POINT, COMMA)
"""Decimal signs; the other one, blanks and apostrophes separate thousands."""

MIN_SHARE = 0.8
"""A format must read this share of a column's values; the others are refused one by one."""

_CODES = (
    "USD EUR GBP CHF JPY CNY RMB INR RUB BRL AUD CAD NZD SGD HKD SEK NOK DKK PLN CZK HUF RON BGN "
    "TRY ILS AED SAR ZAR MXN ARS CLP COP PEN KRW THB IDR MYR PHP VND NGN KES EGP UAH ISK"
)
CURRENCIES = frozenset(_CODES.split())
"""Codes of ISO 4217 that are read beside an amount."""

SIGNS = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "zł": "PLN", "kč": "CZK", "ft": "HUF",
    "₺": "TRY", "₪": "ILS", "₩": "KRW", "₫": "VND", "₦": "NGN", "₴": "UAH", "฿": "THB",
    "us$": "USD", "r$": "BRL", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD",
    "hk$": "HKD", "s$": "SGD", "mx$": "MXN", "fr.": "CHF", "sfr.": "CHF", "$": "$", "kr": "kr", "kr.": "kr",
}  # fmt: skip
"""Signs and what they mean; ``$`` and ``kr`` are used by several countries."""

SHARED_SIGNS = {
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
}
"""Signs of several currencies, the likeliest first."""

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BLANKS = dict.fromkeys(map(ord, " \u00a0\u202f\u2009\u2007'’`´"))
_NO_CENTS = re.compile(r"([.,])\s*(?:-{1,2}|–|—)$")
_BODY = re.compile(r"(?:[0-9][0-9.,]*|[.,][0-9]+)")
_WORD = re.compile(r"[^\W\d_]{1,3}\$|[^\W\d_]+\.?|[€£¥₹₽₺₪₩₫₦₴฿$]+")
_FACTORS = {
    "k": 1e3, "tsd": 1e3, "tsd.": 1e3, "mil": 1e3, "m": 1e6, "mio": 1e6, "mio.": 1e6, "mn": 1e6,
    "mln": 1e6, "million": 1e6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Parts:
    """A text taken apart: the digits with their separators, sign, factor and currency."""

    body: str
    negative: bool
    factor: float
    currency: str | None
    decimal: str | None
    """What its separators prove: POINT, COMMA, or nothing."""
    ambiguous: bool
    """One separator with three digits after it: thousands or decimals."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How the numbers of one column are written.

    Parameters
    ----------
    decimal : str
        ``point`` or ``comma``.
    currencies : frozenset of str
        Codes and shared signs met in the texts.
    """

    decimal: str = POINT
    currencies: frozenset[str] = frozenset()

    def read(self, text: str) -> float | None:
        """Return the number, or None where the text is not one in this format.

        Examples
        --------
        >>> NumberFormat("comma").read("1.234,50 €"), NumberFormat("point").read("(1,234.50)")
        (1234.5, -1234.5)
        >>> NumberFormat("point").read("1.234,50") is None
        True
        """
        if _PLAIN.fullmatch(text) and self.decimal == POINT:
            return float(text)
        parts = _parts(text)
        if parts is None or (parts.decimal is not None and parts.decimal != self.decimal):
            return None
        thousands, decimal = (".", ",") if self.decimal == COMMA else (",", ".")
        body = parts.body.replace(thousands, "").replace(decimal, ".")
        value = float(body) * parts.factor
        return -value if parts.negative else value

    def currency(self, text: str) -> str | None:
        """Return the code or shared sign beside an amount."""
        parts = None if _PLAIN.fullmatch(text) else _parts(text)
        return None if parts is None else parts.currency

    def described(self) -> str:
        """Return the format as people read it."""
        shown = "1,234.50" if self.decimal == POINT else "1.234,50"
        return f"numbers like {shown}"


@dataclass(slots=True)
class NumberEvidence:
    """What the values of a column show about its format.

    Parameters
    ----------
    total : int
        Values that are there.
    proves : dict
        Decimal sign to the number of values that only this one explains.
    examples : dict
        Decimal sign to one such value; ``ambiguous`` to a value that both explain differently.
    unusual : int
        Numbers that are not written as a program writes them.
    unread : int
        Values that are no number in any format.
    """

    total: int = 0
    proves: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DECIMALS, 0))
    ambiguous: int = 0
    unusual: int = 0
    unread: int = 0
    currencies: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, counts: Mapping[str, int]) -> None:
        """Take in distinct texts and how often each occurs."""
        for text, count in counts.items():
            if not text.strip():
                continue
            self.total += count
            parts = _parts(text)
            if parts is None:
                if _PLAIN.fullmatch(text.strip()) is None:
                    self.unread += count
                continue
            self.unusual += count
            if parts.currency is not None:
                self.currencies[parts.currency] = self.currencies.get(parts.currency, 0) + count
            if parts.ambiguous:
                self.ambiguous += count
                self.examples.setdefault("ambiguous", text)
            elif parts.decimal is not None:
                self.proves[parts.decimal] += count
                self.examples.setdefault(parts.decimal, text)

    def add_plain(self, count: int, *, with_point: int) -> None:
        """Take in values that are plain numbers, some of them with a decimal point."""
        self.total += count
        self.proves[POINT] += with_point
        if with_point:
            self.examples.setdefault(POINT, "1.50")

    def decimal(self) -> str | None:
        """Return the decimal sign of the column, None where its values leave it open.

        Two signs in one column: that of at least four in five; otherwise none.
        """
        proven = sum(self.proves.values())
        for sign in DECIMALS:
            if proven and self.proves[sign] >= MIN_SHARE * proven:
                return sign
        return None if proven or self.ambiguous else POINT

    @property
    def only_points(self) -> bool:
        """Whether the separator whose meaning is open is a point."""
        return "." in self.examples.get("ambiguous", "")

    @property
    def contradictory(self) -> bool:
        """Whether neither decimal sign explains four in five of the values."""
        return self.decimal() is None and sum(self.proves.values()) > 0


def evidence_of(counts: Mapping[str, int]) -> NumberEvidence:
    """Return what the texts of a column show.

    Examples
    --------
    >>> evidence_of({"1.234,50": 1, "12,62": 3}).decimal()
    'comma'
    >>> evidence_of({"1,234": 1, "2,500": 1}).decimal() is None
    True
    """
    found = NumberEvidence()
    found.add(counts)
    return found


def resolve_currency(found: Iterable[str], hint: str | None = None) -> set[str]:
    """Return the codes meant by codes and shared signs.

    A shared sign means the one currency of its group that is named beside it, else the hint, else
    the likeliest.

    Examples
    --------
    >>> resolve_currency({"$", "CAD"}), resolve_currency({"$"}), resolve_currency({"kr"}, "DKK")
    ({'CAD'}, {'USD'}, {'DKK'})
    """
    codes = {code for code in found if code not in SHARED_SIGNS}
    for sign in set(found) - codes:
        group = SHARED_SIGNS[sign]
        named = [code for code in codes if code in group]
        if named:
            continue
        codes.add(hint if hint is not None and hint in group else group[0])
    return codes


def currency_code(text: str) -> str | None:
    """Return the code of a currency written as a code or sign, None where it is neither.

    Examples
    --------
    >>> currency_code(" eur "), currency_code("€"), currency_code("US Dollar"), currency_code("x")
    ('EUR', 'EUR', 'USD', None)
    """
    bare = text.strip()
    if bare.upper() in CURRENCIES:
        return "CNY" if bare.upper() == "RMB" else bare.upper()
    if bare.casefold() in SIGNS:
        return SIGNS[bare.casefold()]
    inside = re.search(r"\b([A-Z]{3})\b", bare)
    if inside and inside[1] in CURRENCIES:
        return inside[1]
    return _CURRENCY_NAMES.get(bare.casefold())


_CURRENCY_NAMES = {
    "us dollar": "USD", "dollar": "$", "dollars": "$", "u.s. dollar": "USD", "euro": "EUR", "euros": "EUR",
    "british pound": "GBP", "pound": "GBP", "pound sterling": "GBP", "swiss franc": "CHF", "yen": "JPY",
    "indian rupee": "INR", "brazilian real": "BRL", "canadian dollar": "CAD", "australian dollar": "AUD",
}  # fmt: skip


def _parts(text: str) -> _Parts | None:
    bare = text.strip().replace("−", "-").replace("\u00ad", "")
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        negative, bare = True, bare[1:-1].strip()
    currency, factor = None, 1.0
    for word in _WORD.findall(bare):
        plain = word.casefold()
        code = currency_code(word) or currency_code(plain.rstrip("."))
        if code is not None and currency is None:
            currency = code
        elif plain in _FACTORS and factor == 1.0:
            factor = _FACTORS[plain]
        else:
            return None
        bare = bare.replace(word, "", 1).strip()
    dash = _NO_CENTS.search(bare)  # "50,-" is fifty, and shows the decimal sign
    bare = (bare[: dash.start()] if dash else bare).translate(_BLANKS)
    if bare.startswith(("-", "+")):
        negative, bare = negative or bare[0] == "-", bare[1:]
    elif bare.endswith("-"):
        negative, bare = True, bare[:-1]
    if not _BODY.fullmatch(bare):
        return None
    shape = _separators(bare)
    if shape is None:
        return None
    if dash:
        decimal = COMMA if dash[1] == "," else POINT
        if shape[0] not in {None, decimal} or ("," if decimal == COMMA else ".") in bare:
            return None
        shape = (decimal, False)
    return _Parts(bare, negative, factor, currency, *shape)


def _separators(body: str) -> tuple[str | None, bool] | None:
    """What the separators prove: the decimal sign and whether it stays open; None: no number."""
    dots, commas = body.count("."), body.count(",")
    if not dots and not commas:
        return None, False
    if dots and commas:
        decimal = POINT if body.rfind(".") > body.rfind(",") else COMMA
        sign, other = (".", ",") if decimal == POINT else (",", ".")
        whole, _, fraction = body.rpartition(sign)
        if sign in whole or other in fraction or not _grouped(whole, other):
            return None
        return decimal, False
    sign = "." if dots else ","
    as_decimal, as_thousands = (POINT, COMMA) if dots else (COMMA, POINT)
    if body.count(sign) > 1:
        return (as_thousands, False) if _grouped(body, sign) else None
    whole, _, fraction = body.partition(sign)
    if len(fraction) == 3 and whole.isdigit() and 1 <= len(whole) <= 3 and whole[0] != "0":
        return None, True
    return as_decimal, False


def _grouped(whole: str, separator: str) -> bool:
    """Groups of three, or as in India of two before the last three."""
    first, *others = whole.split(separator)
    if not others:
        return first.isdigit()
    middle = others[:-1]
    return (
        first.isdigit()
        and 1 <= len(first) <= 3
        and others[-1].isdigit()
        and len(others[-1]) == 3
        and all(group.isdigit() and len(group) in {2, 3} for group in middle)
    )
