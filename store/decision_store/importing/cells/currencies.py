"""One currency per log: amounts of another one are converted by a stated rate, or asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from decision_store.importing.options import ImportOptions
from decision_store.importing.understanding import Question
from decision_store.number_formats import currency_code, resolve_currency


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts in one currency.

    Parameters
    ----------
    amounts : list of float or None
        Converted where a rate was stated.
    currency : str
        Their code; empty where neither file nor user names one.
    questions : tuple of Question
        Where several currencies are left.
    note : str
        What was converted.
    """

    amounts: list[float | None]
    currency: str
    questions: tuple[Question, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How the amounts of a table come into one currency.

    Parameters
    ----------
    currency : str
        Its code; empty where neither file nor user names one.
    rates : dict of str to float
        Of each other currency; empty where there is none.
    questions : tuple of Question
        Where several currencies are left.
    note : str
        What is converted.
    """

    currency: str
    rates: Mapping[str, float] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    note: str = ""

    def rate(self, code: str | None) -> float:
        """Return the value of a currency, by its code or sign; 1 for what names none."""
        if code is None:
            return 1.0
        codes = resolve_currency({code}, self.currency)
        return self.rates.get(next(iter(codes)), 1.0) if self.currency not in codes else 1.0


def one_currency(named: Counter[str], path: Path, options: ImportOptions) -> Conversion:
    """Find out how amounts come into one currency.

    Parameters
    ----------
    named : Counter
        Code or shared sign to the number of amounts that have it.
    """
    target = currency_code(options.currency) if options.currency else None
    rates = {currency_code(code) or code: rate for code, rate in options.rates.items()}
    found = resolve_currency(named, target)
    if target is None and len(found - set(rates)) == 1:
        target = next(iter(found - set(rates)))
    lacking = sorted(found - {target} - set(rates))
    if found and target is None and not lacking:
        listed = ", ".join(sorted(found))
        text = (
            f"amounts are in {listed} and have a rate, but no currency to convert them to is named"
        )
        return Conversion("", questions=(Question(path, text, "--currency CODE"),))
    if lacking:
        return Conversion(target or "", questions=(_question(path, found, target, lacking),))
    if not found - {target}:
        return Conversion(target or "")
    shown = ", ".join(f"1 {code} = {rates[code]:g} {target}" for code in sorted(found - {target}))
    note = f"amounts are converted to {target} ({shown})"
    return Conversion(target or "", rates, note=note)


def in_one_currency(
    amounts: Sequence[float | None],
    codes: Sequence[str | None],
    path: Path,
    options: ImportOptions,
) -> Money:
    """Bring amounts into one currency.

    Parameters
    ----------
    amounts : sequence of float or None
        As written.
    codes : sequence of str or None
        Code or shared sign of each, None where none is named.
    """
    named = Counter(
        code for code, amount in zip(codes, amounts, strict=True) if code is not None and amount
    )
    found = one_currency(named, path, options)
    converted = list(amounts)
    if found.rates:
        converted = [
            None if amount is None else amount * found.rate(code)
            for amount, code in zip(amounts, codes, strict=True)
        ]
    return Money(converted, found.currency, found.questions, found.note)


def _question(path: Path, found: set[str], target: str | None, lacking: list[str]) -> Question:
    listed = ", ".join(sorted(found))
    if len(found) > 1:
        text = f"amounts are in several currencies ({listed}), and a log has one"
    else:
        text = f"amounts are in {listed}, and the log's currency is {target}"
    own = "" if target else "--currency USD "
    needed = " ".join(f"--rate {code}=…" for code in (lacking if target else lacking[:1]))
    return Question(path, text, f"{own}{needed}", target=("rates", lacking[0]))
