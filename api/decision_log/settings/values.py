"""Readers of the values of settings; each raises ValueError with what the value must be."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def read_zone(value: object) -> tzinfo:
    """Read the name of a zone."""
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a zone name, e.g. Europe/Berlin or America/New_York") from None


def read_currency(value: object) -> str:
    """Read a currency code."""
    if not re.fullmatch(r"[A-Z]{3}", str(value)):
        raise ValueError("a code of three capital letters, e.g. USD or EUR")
    return str(value)


def read_text(value: object) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value.strip()


def read_count(value: object) -> int:
    """Read a whole number of at least 1."""
    wanted = "a whole number from 1 to 100000"
    try:
        count = read_whole(value)
    except ValueError:
        raise ValueError(wanted) from None
    if not 1 <= count <= 100_000:
        raise ValueError(wanted)
    return count


def read_whole(value: object) -> int:
    """Read a whole number of at least 0."""
    try:
        number = read_number(value)
    except ValueError:
        number = math.nan
    if not number.is_integer():
        raise ValueError("a whole number of at least 0")
    return int(number)


def read_switch(value: object) -> bool:
    """Read a truth value: true or false, yes or no, on or off, 1 or 0."""
    word = str(value).strip().lower()
    if word in {"true", "yes", "on", "1"}:
        return True
    if word in {"false", "no", "off", "0"}:
        return False
    raise ValueError("true or false")


def read_number(value: object) -> float:
    """Read a number of at least 0."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < math.inf:
        raise ValueError("a number of at least 0")
    return number


def read_above_zero(value: object) -> float:
    """Read a number above 0."""
    number = read_number(value)
    if not number:
        raise ValueError("a number above 0")
    return number


def read_tiers(value: object) -> tuple[tuple[float, str], ...]:
    """Read recommendations: lowest score and text, best first."""
    wanted = (
        "a list of tables with a lowest score and a text, best first and ending at 0, "
        'e.g. [{score = 70, text = "Today"}, {score = 0, text = "Later"}]'
    )
    try:
        tiers = tuple((read_number(one["score"]), read_text(one["text"])) for one in value)  # type: ignore[attr-defined]
    except (TypeError, KeyError, ValueError):
        raise ValueError(wanted) from None
    scores = [score for score, _ in tiers]
    if not tiers or scores[-1] != 0 or scores != sorted(set(scores), reverse=True):
        raise ValueError(wanted)
    return tiers


def read_words(
    meanings: Mapping[str, object] | frozenset[str],
) -> Callable[[object], dict[str, str]]:
    """Make a reader of a table of words and their meanings."""

    def read(value: object) -> dict[str, str]:
        if not isinstance(value, Mapping) or any(one not in meanings for one in value.values()):
            raise ValueError(f"a table of words, each meaning one of {', '.join(sorted(meanings))}")
        return {str(word): str(meaning) for word, meaning in value.items()}

    return read


def read_names(value: object) -> tuple[str, ...]:
    """Read a list of names; one name stands for a list of one."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(
        isinstance(name, str) and name.strip() for name in names
    ):
        raise ValueError('a list of names, e.g. ["context.coupon"]')
    return tuple(name.strip() for name in names)


def read_encoding(value: object) -> str:
    """Read the name of a text encoding; empty finds it out."""
    name = str(value).strip()
    try:
        if name:
            codecs.lookup(name)
    except LookupError:
        raise ValueError("the name of a text encoding, e.g. utf-8 or cp1252") from None
    return name


def read_dates(value: object) -> dict[str, str]:
    """Read a format of dates, or a table of columns and their formats."""
    if value == {}:
        return {}
    from decision_store.date_formats import CHOICES

    return _formats(value, CHOICES)


def read_decimal(value: object) -> dict[str, str]:
    """Read a decimal sign, or a table of columns and their signs."""
    if value == {}:
        return {}
    from decision_store.number_formats import DECIMALS

    return _formats(value, DECIMALS)


def _formats(value: object, choices: Sequence[str]) -> dict[str, str]:
    """Read a format of all columns (its key is empty) or those of some."""
    found = {"": value} if isinstance(value, str) else value
    if not isinstance(found, Mapping) or any(one not in choices for one in found.values()):
        raise ValueError(f"one of {', '.join(choices)}, or a table of columns and those")
    return {str(name): str(one) for name, one in found.items()}


def read_constants(value: object) -> dict[str, str]:
    """Read a table of fields and the value that all imported rows get."""
    table = value if isinstance(value, Mapping) else None
    if table is None:
        raise ValueError('a table of fields and values, e.g. source = "hubspot"')
    if table:
        from decision_store.facts import DECISIONS, OUTCOMES
        from decision_store.importing.options import field_of

        known = {*DECISIONS.names, *OUTCOMES.names}
        unknown = [name for name in table if field_of(name) not in known]
        if unknown:
            raise ValueError(f"a table of fields, but the log has no field {unknown[0]!r}")
    return {str(name): _text_of(one) for name, one in table.items()}


def _text_of(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
