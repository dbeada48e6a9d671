"""Amounts as people write them: read with their currency, which must be the one of the log."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from decision_log.currencies import currency_of
from decision_store.errors import InvalidRecord
from decision_store.number_formats import (
    COMMA,
    POINT,
    NumberFormat,
    currency_code,
    evidence_of,
    resolve_currency,
)

if TYPE_CHECKING:
    from decision_log.log.base import LogBase

FIELD = "revenue_generated"


def read_amount(
    log: LogBase, value: float | str, currency: str | None = None, *, field: str = FIELD
) -> tuple[float, str | None]:
    """Return an amount as a number in the log's currency, and the code of a currency that the log has not kept yet.

    What is no text stays as it is. Nothing is written: `keep_currency` does so once the amount is recorded.

    Parameters
    ----------
    value : float or str
        A number, or a text such as ``499``, ``1,200.50``, ``1.200,50 €`` or ``$1,200``.
    currency : str, optional
        Code or sign of the currency that the amount is in; the log's by default.

    Raises
    ------
    InvalidRecord
        The text is no amount, can be read in two ways, or is in another currency than the log.
    """
    number, named = _parsed(value, field) if isinstance(value, str) else (value, None)
    if currency is not None:
        stated = currency_code(currency)
        if stated is None:
            raise InvalidRecord("currency", currency, "must be a code of three letters, e.g. EUR")
        if named is not None and resolve_currency({named}, stated) != {stated}:
            raise InvalidRecord(field, value, f"names another currency than {currency}")
        named = stated
    if named is not None:
        shown = value if currency is None else f"{number:g} {named}"
        return number, _new_currency(log, named, shown, field)
    return number, None


def keep_currency(log: LogBase, code: str, field: str = FIELD) -> None:
    """Keep the first currency that is named.

    Raises
    ------
    InvalidRecord
        Another process has just named another one.
    """
    kept = log.store.keep_currency(code)
    if kept != code:
        raise _differs(field, code, kept)


def _parsed(text: str, field: str) -> tuple[float, str | None]:
    """Read a text; return the number and the currency beside it."""
    evidence = evidence_of({text: 1})
    if evidence.unread or not evidence.total:
        raise InvalidRecord(field, text, "must be an amount, e.g. 499, 1200.50 or '1.200,50 €'")
    found = next(iter(evidence.currencies), None)
    sign = evidence.decimal()
    if sign is None:
        # One separator with three digits after it. Money has no three decimals, so a comma, or a point
        # beside a currency, separates thousands; a point alone is also how programs write decimals.
        separator = COMMA if "," in text else POINT
        if separator == POINT and found is None:
            plain = text.strip()
            either = f"{plain.replace('.', '')} or as {plain}0"
            raise InvalidRecord(
                field, text, f"can be read in two ways and must be written as {either}"
            )
        sign = POINT if separator == COMMA else COMMA
    number = NumberFormat(sign).read(text.strip())
    if number is not None and not math.isfinite(number):
        raise InvalidRecord(field, text, "must be an amount that exists; this number is too large")
    if number is None:
        raise InvalidRecord(field, text, "must be an amount, e.g. 499, 1200.50 or '1.200,50 €'")
    return number, found


def _new_currency(log: LogBase, named: str, value: object, field: str) -> str | None:
    """Refuse another currency than that of the log; return one that a log without amounts takes."""
    known = currency_of(log.store, log.settings)
    (code,) = resolve_currency({named}, known.code or known.assumed or log.settings.currency)
    expected = known.code or known.assumed
    if expected is None:
        return code
    if code != expected:
        raise _differs(field, value, expected)
    return None


def _differs(field: str, value: object, kept: str) -> InvalidRecord:
    return InvalidRecord(
        field, value, f"must be in {kept}, the currency of the log; convert it first"
    )
