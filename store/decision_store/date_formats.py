"""Date format of a column: order of day, month and year, month names, 12-hour clock, serial numbers.

A format is found for a whole column and applied to all of its values, never value by value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

ISO = "iso"
DMY = "dmy"
MDY = "mdy"
YMD = "ymd"
NAMED = "named"
SERIAL = "serial"
SECONDS = "seconds"
MILLISECONDS = "milliseconds"
MONTH = "month"

CHOICES = (DMY, MDY, YMD, SERIAL, SECONDS, MILLISECONDS, MONTH)
"""What ``--dates`` takes."""

MIN_SHARE = 0.8
"""A format must read this share of a column's values; the others are refused one by one."""

DESCRIPTIONS = {
    ISO: "dates like 2026-02-08",
    DMY: "day.month.year",
    MDY: "month/day/year",
    YMD: "year/month/day",
    NAMED: "dates with the name of the month",
    SERIAL: "days counted by a spreadsheet (46027)",
    SECONDS: "seconds since 1970",
    MILLISECONDS: "milliseconds since 1970",
    MONTH: "months without a day",
}
SHORT = {DMY: "d/m/Y", MDY: "m/d/Y", YMD: "y/m/d"}

_MONTHS = """
january januar janvier enero janeiro gennaio januari jan janv ene genn gen
february februar fevrier febrero fevereiro febbraio februari feb fev fevr febr febb
march marz maerz mars marzo marco maart mar mrz mrt
april avril abril aprile apr avr abr
may mai mayo maio maggio mei mag
june juni juin junio junho giugno jun giu
july juli juillet julio julho luglio jul juil lug
august aout agosto augustus aug ago
september septembre septiembre setembro settembre setiembre sep sept set sett
october oktober octobre octubre outubro ottobre oct okt out ott
november novembre noviembre novembro nov
december dezember decembre diciembre dezembro dicembre dec dez dic
"""
_MONTH_OF = {
    word: number
    for number, line in enumerate(_MONTHS.strip().splitlines(), start=1)
    for word in line.split()
}
_ACCENTS = str.maketrans("äáàâãéèêëíìîïóòôõöúùûüç", "aaaaaeeeeiiiiooooouuuuc")

_DAY_NAME = r"(?:[^\W\d_]{2,12}\.?,?\s+)?"
_CLOCK = r"""
    (?: (?:T|,?\s+) (?:(?:at|um|à|a\ las|às|alle|om)\s+)?
        (?P<hour>[0-9]{1,2}) [:.h] (?P<minute>[0-9]{2})
        (?: [:.] (?P<second>[0-9]{2}) (?: [.,] (?P<fraction>[0-9]+) )? )?
        \s* (?P<half>[aApP]\.?\s?[mM]\.?)? (?:\s*Uhr)?
        (?: \s* \(? (?: (?P<zone>Z|UTC|GMT) | (?:UTC|GMT)?(?P<offset>[+\-−][0-9]{1,2}(?::?[0-9]{2})?) ) \)? )?
    )?
"""
_NUMERIC = re.compile(
    rf"{_DAY_NAME}(?P<a>[0-9]{{1,4}})(?P<sign>[./\-])[ ]?(?P<b>[0-9]{{1,2}})(?P=sign)[ ]?"
    rf"(?P<c>[0-9]{{1,4}})\.?{_CLOCK}",
    re.VERBOSE,
)
_DAY_FIRST = re.compile(
    rf"{_DAY_NAME}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|er|º|°|\.)?(?:\s+(?:de|of)\s+|[\s\-./]+)(?P<month>[^\W\d_]+)"
    rf"\.?(?:\s+(?:de|del)\s+|[\s\-.,/]+)(?P<year>[0-9]{{4}}|[0-9]{{2}}){_CLOCK}",
    re.VERBOSE,
)
_MONTH_FIRST = re.compile(
    rf"{_DAY_NAME}(?P<month>[^\W\d_]+)\.?[\s\-]+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?[\s\-]+(?P<year>[0-9]{{4}}){_CLOCK}",
    re.VERBOSE,
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>[0-9]{{4}})[\s\-./]+(?P<month>[^\W\d_]+)\.?[\s\-./]+(?P<day>[0-9]{{1,2}}){_CLOCK}",
    re.VERBOSE,
)
_MONTH_ONLY = re.compile(
    r"(?P<year>[0-9]{4})[\-/.](?P<month>[0-9]{1,2})|(?P<month2>[0-9]{1,2})[\-/.](?P<year2>[0-9]{4})"
    r"|(?P<name>[^\W\d_]+)\.?[\s\-]+(?P<year3>[0-9]{4})"
)
ISO_PATTERN = (
    r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:(?:[Tt]|[ ]+)[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]+)?)?)?"
    r"[ ]*(?:[Zz]|UTC|GMT|[+\-\x{2212}][0-9:]{2,8})?)?"
)
"""ISO 8601 as the log reads it, in the syntax of Arrow's expressions."""

_ISO_LIKE = re.compile(ISO_PATTERN.replace(r"\x{2212}", "\u2212"))
_COUNT = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_FIRST_SERIAL, _LAST_SERIAL = 25_569, 109_572  # 1970 to 2199, as spreadsheets count
_ORIGIN_OF_SERIALS = datetime(1899, 12, 30)  # noqa: DTZ001 - a calendar without a zone


@dataclass(frozen=True, slots=True)
class _Read:
    """One text: the family of formats it belongs to, and its meaning in each of them."""

    family: str
    meanings: Mapping[str, str]
    """Format to ISO text; empty where the date does not exist in any."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How the dates of one column are written.

    Parameters
    ----------
    code : str
        One of the constants of this module.
    """

    code: str

    def read(self, text: str) -> str | None:
        """Return the moment as ISO text, or None where the text has another format.

        Examples
        --------
        >>> DateFormat(DMY).read("26.10.2026"), DateFormat(MDY).read("8/23/2026 02:11 pm")
        ('2026-10-26T00:00:00', '2026-08-23T14:11:00')
        >>> DateFormat(SERIAL).read("46027.5"), DateFormat(MILLISECONDS).read("1767225600000")
        ('2026-01-05T12:00:00', '2026-01-01T00:00:00Z')
        >>> DateFormat(MDY).read("23/8/2026") is None
        True
        """
        return _read(text.strip()).meanings.get(self.code)

    def described(self) -> str:
        """Return the format as people read it."""
        return DESCRIPTIONS[self.code]


@dataclass(slots=True)
class DateEvidence:
    """What the values of a column show about its format.

    Parameters
    ----------
    total : int
        Values that are there.
    readable : dict
        Format to the number of values it reads.
    families : dict
        Family of formats to the number of values and one example.
    latest : str
        ISO date: what a format reads as later than this it does not read.
    """

    total: int = 0
    latest: str = "9"
    readable: dict[str, int] = field(default_factory=dict)
    families: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    _differ: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, counts: Mapping[str, int]) -> None:
        """Take in distinct texts and how often each occurs."""
        for text, count in counts.items():
            bare = text.strip()
            if not bare:
                continue
            self.total += count
            read = _read(bare)
            self.families[read.family] = self.families.get(read.family, 0) + count
            self.examples.setdefault(read.family, bare)
            meanings = read.meanings
            if len(meanings) > 1:
                meanings = {code: day for code, day in meanings.items() if day[:10] <= self.latest}
            for code in meanings:
                self.readable[code] = self.readable.get(code, 0) + count
            for one, meaning in meanings.items():
                for other, another in meanings.items():
                    if meaning != another:
                        self._differ.setdefault((one, other), bare)

    def add_iso(self, count: int) -> None:
        """Take in values that are known to be ISO 8601."""
        self.total += count
        self.readable[ISO] = self.readable.get(ISO, 0) + count
        self.families[ISO] = self.families.get(ISO, 0) + count

    def candidates(self) -> list[str]:
        """Return the formats that read the most values, if these are four in five; MONTH is not one.

        Of several, each reads some value otherwise: the column leaves it open.
        """
        usable = {code: n for code, n in self.readable.items() if code != MONTH}
        best = max(usable.values(), default=0)
        if not best or best < MIN_SHARE * self.total:
            return []
        found = [code for code in usable if usable[code] == best]
        kept: list[str] = []
        for code in found:
            if all((other, code) in self._differ for other in kept):
                kept.append(code)
        return kept

    def open_example(self, one: str, other: str) -> str:
        """Return a value that two formats read differently."""
        return self._differ[one, other]


def evidence_of(counts: Mapping[str, int]) -> DateEvidence:
    """Return what the texts of a column show.

    Examples
    --------
    >>> evidence_of({"8/23/2026": 1, "5/9/2026": 1}).candidates()
    ['mdy']
    >>> evidence_of({"5/9/2026": 1}).candidates()
    ['dmy', 'mdy']
    >>> evidence_of({"46027": 1, "5.6.2026": 1}).candidates()
    []
    """
    found = DateEvidence()
    found.add(counts)
    return found


def shape_of(text: str) -> tuple[str, str] | None:
    """Return what a text that is no ISO date looks like, and the option that reads it.

    Examples
    --------
    >>> shape_of("8/23/2026")
    ('m/d/Y', 'add --dates mdy')
    >>> shape_of("2024-10")
    ('months without a day', 'add --dates month to take the first day of the month')
    """
    read = _read(text.strip())
    codes = list(read.meanings)
    if not codes or codes == [ISO]:
        return None
    if codes == [MONTH]:
        return DESCRIPTIONS[MONTH], "add --dates month to take the first day of the month"
    if codes == [NAMED]:
        return DESCRIPTIONS[NAMED], "the column has another format: write all its dates alike"
    shown = " or ".join(SHORT.get(code, DESCRIPTIONS[code]) for code in codes)
    return shown, f"add --dates {'|'.join(codes)}"


@lru_cache(maxsize=65_536)
def _read(text: str) -> _Read:
    if _ISO_LIKE.fullmatch(text):
        return _Read(ISO, {ISO: text})
    if found := _NUMERIC.fullmatch(text):
        return _numeric(found)
    for pattern in (_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST):
        if found := pattern.fullmatch(text):
            month = _month(found["month"])
            if month is not None:
                meaning = _iso(_year(found["year"]), month, int(found["day"]), found)
                return _Read(NAMED, {} if meaning is None else {NAMED: meaning})
    if _COUNT.fullmatch(text):
        return _count(text)
    if found := _MONTH_ONLY.fullmatch(text):
        return _month_only(found)
    return _Read("unreadable", {})


def _numeric(found: re.Match[str]) -> _Read:
    first, second, third = found["a"], found["b"], found["c"]
    if len(first) > 2:
        order = {YMD: (first, second, third)} if len(first) == 4 and len(third) <= 2 else {}
    elif len(third) not in {2, 4}:
        order = {}
    elif found["sign"] == "." and len(third) in {2, 4}:
        order = {DMY: (third, second, first)}  # no country writes the month first with dots
    else:
        order = {DMY: (third, second, first), MDY: (third, first, second)}
        if len(third) == 2:
            order[YMD] = (first, second, third)
    meanings = {}
    for code, (year, month, day) in order.items():
        meaning = _iso(_year(year), int(month), int(day), found)
        if meaning is not None:
            meanings[code] = meaning
    family = YMD if len(first) == 4 else f"{found['sign'].join('nnn')}"
    return _Read(family, meanings)


def _count(text: str) -> _Read:
    whole = len(re.split(r"[.,]", text)[0])
    value = float(text.replace(",", "."))
    if _FIRST_SERIAL <= value <= _LAST_SERIAL:
        moment = _ORIGIN_OF_SERIALS + timedelta(seconds=round(value * 86_400))
        return _Read(SERIAL, {SERIAL: moment.isoformat()})
    for code, digits, divisor in ((SECONDS, (9, 10), 1), (MILLISECONDS, (12, 13), 1000)):
        if whole in digits:
            moment = datetime(1970, 1, 1) + timedelta(seconds=value / divisor)  # noqa: DTZ001
            return _Read(code, {code: f"{moment.isoformat()}Z"})
    return _Read("number", {})


def _month_only(found: re.Match[str]) -> _Read:
    year = int(found["year"] or found["year2"] or found["year3"])
    number = found["month"] or found["month2"]
    month = int(number) if number else _month(found["name"])
    if month is None or not 1 <= month <= 12:
        return _Read("unreadable", {})
    return _Read(MONTH, {MONTH: date(year, month, 1).isoformat()})


def _month(word: str) -> int | None:
    return _MONTH_OF.get(word.casefold().translate(_ACCENTS))


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < 70 else 1900)


def _iso(year: int, month: int, day: int, found: re.Match[str]) -> str | None:
    hour, minute = int(found["hour"] or 0), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    microsecond = int((found["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        moment = datetime(year, month, day, hour, minute, int(found["second"] or 0), microsecond)  # noqa: DTZ001
    except ValueError:
        return None
    return f"{moment.isoformat()}{_offset(found)}"


def _offset(found: re.Match[str]) -> str:
    if found["zone"]:
        return "Z"
    if not found["offset"]:
        return ""
    digits = found["offset"][1:].replace(":", "")
    hours, minutes = (digits, "00") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    return f"{'+' if found['offset'][0] == '+' else '-'}{hours.zfill(2)}:{minutes}"
