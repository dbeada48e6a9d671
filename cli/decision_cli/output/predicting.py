"""Output of ``predict``: the chance against what is usual, what speaks for and against, and what was alike."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from decision_cli.output.rendering import show_next
from decision_cli.output.tables import console, plain, print_json, show_lines
from decision_log.reports.tables.table import Column, display
from decision_log.text.money import money_text

MATERIAL = 0.1
"""Log-odds below which a field is not worth a word, as in the reasoning."""

AS_USUAL = 3.0
"""Percentage points by which a chance must differ from the usual one to be called better or worse."""

OF_KIND = frozenset({"rate", "type", "source", "type and source"})
"""Contributions that all opportunities of one kind share: what speaks for and against is compared with these."""

REASONS_SHOWN = 3
ALIKE_SHOWN = 3


def show_prediction(
    opportunity: Mapping[str, Any],
    prediction: Mapping[str, Any],
    *,
    home: str | Path,
    currency: str,
    as_json: bool,
) -> None:
    """Show `DecisionLog.predict_outcome`."""
    if as_json:
        print_json(prediction)
        return
    out = console()
    out.print(Text(plain(headline(opportunity, prediction)).plain, style="bold"))
    low, high = prediction["revenue_interval"]
    revenue = _money(prediction["predicted_revenue"], currency)
    span = f", range {_money(low, currency)}–{_money(high, currency)}" if high > low else ""
    chance = _one("percent", prediction["conversion_probability"])
    facts = [
        ("Chance", f"{chance}, range {_one('range', prediction['interval'])}"),
        ("Expected", f"{revenue}{span}" if prediction["confidence"] else "not known yet"),
        ("Takes", _takes(prediction["avg_time_to_close_hours"])),
        *_reasons(prediction["contributions"]),
        ("Known", _known(prediction)),
        ("Alike", _alike(prediction, currency)),
        ("Score", prediction["reasoning"].partition(". ")[0]),
        ("Why", "" if prediction["contributions"] else prediction["reasoning"]),
    ]
    show_lines([(name, text) for name, text in facts if text])
    given = opportunity.get("id")
    if given is None:
        return
    show_next(f'decision-log log --from {shlex.quote(str(given))} --action "…"', home)


def headline(opportunity: Mapping[str, Any], prediction: Mapping[str, Any]) -> str:
    """Say in one line how likely a win is, against what is usual for its kind."""
    kind = f"{opportunity['type']} from {opportunity['source']}".replace("_", " ")
    kind = kind[:1].upper() + kind[1:]
    chance, usual = prediction["conversion_probability"], prediction["usual_probability"]
    shown = _one("percent", chance)
    if prediction["confidence"] == 0:
        return f"{kind}: nothing is known yet; {shown} is only a starting point."
    if not prediction["similar_count"]:
        return f"{kind}: {shown}; its kind was never decided on before."
    if abs(chance - usual) < AS_USUAL:
        return f"{kind}: {shown}, as usual for its kind."
    word = "better" if chance > usual else "worse"
    return f"{kind}: {shown}, {word} than usual for its kind ({_one('percent', usual)})."


def _reasons(parts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Name what speaks for a win and what against it, compared with its kind, most first."""
    own = [part for part in parts if part["field"] not in OF_KIND]
    for name, sign in (("For", 1.0), ("Against", -1.0)):
        strong = sorted(
            (part for part in own if sign * part["log_odds"] >= MATERIAL),
            key=lambda part: -sign * part["log_odds"],
        )
        yield name, "; ".join(str(part["value"]) for part in strong[:REASONS_SHOWN])


def _known(prediction: Mapping[str, Any]) -> str:
    count = prediction["similar_count"]
    return f"{count:,} earlier of its kind; confidence {prediction['confidence']:.2f} of 1"


def _takes(hours: float | None) -> str:
    return "" if hours is None else f"about {_one('hours', hours)} to be won"


def _alike(prediction: Mapping[str, Any], currency: str) -> str:
    """Say how similar decisions ended: how many of them, if that was counted, and the most alike ones."""
    texts = []
    for row in prediction["similar_decisions"][:ALIKE_SHOWN]:
        hours = _one("hours", row["hours"])
        if row["state"] == "open":
            texts.append(f"open for {hours}")
        else:
            paid = f" {_money(row['revenue'], currency)}" if row["revenue"] else ""
            texts.append(f"{row['state']}{paid} after {hours}")
    # Where they were counted, the reasoning ends with it.
    _, begun, counted = prediction["reasoning"].rpartition("Of the ")
    shown = "; ".join(texts)
    if not begun or " most alike, " not in counted:
        return shown
    return f"of the {counted.rstrip('.')}; first: {shown}"


def _money(value: float, currency: str) -> str:
    return money_text(value, currency, 0 if abs(value) >= 10 else 2)


def _one(kind: Any, value: object) -> str:
    """Write one value as a table's cell would be."""
    return display(Column("", "", kind), [value])[0]
