"""Generated exports of CRM programs, with the truth about them: other words, languages and formats."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

START = datetime(2026, 1, 5, 9, 30)  # noqa: DTZ001 - as programs write times
STATES = ("won", "lost", "open")


@dataclass(frozen=True)
class Deal:
    """One deal of a world."""

    number: int
    created: datetime
    closed: datetime
    state: str
    amount: float | None
    kind: str
    source: str
    person: str


@dataclass(frozen=True)
class Style:
    """How a program is set up: language of headings and words, formats, encoding."""

    name: str
    headings: dict[str, str]
    words: dict[str, str]
    date: str = "%Y-%m-%d %H:%M"
    decimal: str = "."
    thousands: str = ""
    sign: str = "{}"
    separator: str = ","
    encoding: str = "utf-8"
    shuffled: bool = False
    without: tuple[str, ...] = ()
    footer: str = ""
    extra: dict[str, Callable[[Deal], str]] = field(default_factory=dict)


def deals(n: int = 80, seed: int = 7) -> list[Deal]:
    """Draw a world of deals, each state among them, some won ones without an amount."""
    rng = random.Random(seed)
    found = []
    for number in range(n):
        created = START + timedelta(hours=rng.uniform(0, 24 * 200))
        created = created.replace(second=0, microsecond=0)
        closed = created + timedelta(days=rng.randint(1, 40))
        state = rng.choices(STATES, (5, 8, 2))[0]
        amount = round(rng.uniform(50, 9_000), 2) if rng.random() > 0.08 else None
        kind, source = rng.choice(["new", "renewal"]), rng.choice(["Web", "Referral", "Messe"])
        found.append(Deal(number, created, closed, state, amount, kind, source, f"p{number % 60}"))
    return found


def truth(world: list[Deal]) -> dict[str, float]:
    """Count the states and add up what won deals brought."""
    counts: dict[str, float] = {state: sum(d.state == state for d in world) for state in STATES}
    counts["revenue"] = round(sum(d.amount or 0 for d in world if d.state == "won"), 2)
    return counts


def number(value: float | None, style: Style) -> str:
    """Write an amount in a style."""
    if value is None:
        return ""
    whole, _, fraction = f"{value:,.2f}".partition(".")
    return style.sign.format(f"{whole.replace(',', style.thousands)}{style.decimal}{fraction}")


def cells(deal: Deal, style: Style) -> dict[str, str]:
    """Write one deal: role to text."""
    ended = deal.state != "open"
    planned = deal.created + timedelta(days=900)
    return {
        "id": f"{9_000_000_000 + deal.number}",
        "title": f"Angebot für {deal.person}",
        "text": f"Schöne Anfrage Nr. {deal.number}, bitte",
        "status": style.words[deal.state],
        "amount": number(deal.amount, style),
        "created": deal.created.strftime(style.date),
        "closed": (deal.closed if ended else planned).strftime(style.date),
        "won_at": deal.closed.strftime(style.date) if deal.state == "won" else "",
        "lost_at": deal.closed.strftime(style.date) if deal.state == "lost" else "",
        "kind": deal.kind,
        "source": deal.source,
        "person": f"{deal.person}@example.com",
        "owner": "Ana Lee",
        "currency": "EUR",
        "is_won": "true" if deal.state == "won" else "false",
        "is_closed": "true" if ended else "false",
        "probability": {"won": "100", "lost": "0", "open": "40"}[deal.state],
        "reason": "too expensive" if deal.state == "lost" else "",
        "active": "False" if deal.state == "lost" else "True",
    }


def write(world: list[Deal], style: Style, path: Path) -> Path:
    """Write an export."""
    roles = [role for role in style.headings if role not in style.without]
    if style.shuffled:
        random.Random(style.name).shuffle(roles)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=style.separator, lineterminator="\r\n")
    writer.writerow([style.headings[role] for role in roles] + list(style.extra))
    for deal in world:
        row = cells(deal, style)
        further = [make(deal) for make in style.extra.values()]
        writer.writerow([row[role] for role in roles] + further)
    path.write_bytes((text.getvalue() + style.footer).encode(style.encoding))
    return path


ENGLISH = {"won": "Closed Won", "lost": "Closed Lost", "open": "Proposal made"}
GERMAN = {"won": "Gewonnen", "lost": "Verloren", "open": "Offen"}
FRENCH = {"won": "Gagné", "lost": "Perdu", "open": "En cours"}
SPANISH = {"won": "Ganado", "lost": "Perdido", "open": "Abierto"}

HUBSPOT = {
    "id": "Record ID", "title": "Deal Name", "status": "Deal Stage", "owner": "Deal owner", "amount": "Amount",
    "created": "Create Date", "closed": "Close Date", "kind": "Deal Type", "source": "Original Traffic Source",
    "probability": "Deal probability", "is_won": "Is Closed Won", "reason": "Closed Lost Reason",
    "person": "Associated Contact", "text": "Deal Description",
}  # fmt: skip
HUBSPOT_API = {
    "id": "hs_object_id", "title": "dealname", "status": "dealstage", "amount": "amount", "created": "createdate",
    "closed": "closedate", "kind": "dealtype", "source": "hs_analytics_source", "is_won": "hs_is_closed_won",
}  # fmt: skip
HUBSPOT_DE = {
    "id": "Datensatz-ID", "title": "Deal-Name", "status": "Deal-Phase", "amount": "Betrag",
    "created": "Erstellungsdatum", "closed": "Abschlussdatum", "kind": "Deal-Typ", "person": "Zugeordneter Kontakt",
}  # fmt: skip
SALESFORCE = {
    "id": "Opportunity ID", "title": "Opportunity Name", "status": "Stage", "amount": "Amount",
    "probability": "Probability (%)", "created": "Created Date", "closed": "Close Date", "source": "Lead Source",
    "kind": "Type", "owner": "Opportunity Owner", "person": "Account Name", "is_closed": "Closed", "is_won": "Won",
}  # fmt: skip
SALESFORCE_DE = {
    "title": "Opportunity-Name", "status": "Phase", "amount": "Betrag", "created": "Erstelldatum",
    "closed": "Schlusstermin", "source": "Lead-Quelle", "kind": "Typ", "person": "Accountname",
}  # fmt: skip
SALESFORCE_API = {
    "id": "Id", "title": "Name", "status": "StageName", "amount": "Amount", "created": "CreatedDate",
    "closed": "CloseDate", "source": "LeadSource", "kind": "Type", "is_closed": "IsClosed", "is_won": "IsWon",
}  # fmt: skip
PIPEDRIVE = {
    "id": "Deal - ID", "title": "Deal - Title", "amount": "Deal - Value", "currency": "Deal - Currency of Value",
    "status": "Deal - Status", "created": "Deal - Deal created", "won_at": "Deal - Won time",
    "lost_at": "Deal - Lost time", "reason": "Deal - Lost reason", "source": "Deal - Source channel",
    "kind": "Deal - Label", "owner": "Deal - Owner", "person": "Person - Email", "closed": "Deal - Expected close date",
}  # fmt: skip
PIPEDRIVE_FR = {
    "id": "Affaire - ID", "title": "Affaire - Titre", "amount": "Affaire - Valeur",
    "currency": "Affaire - Devise de Valeur", "status": "Affaire - Statut", "created": "Affaire - Affaire créée",
    "won_at": "Affaire - Date de gain", "lost_at": "Affaire - Date de perte", "source": "Affaire - Canal source",
}  # fmt: skip
PIPEDRIVE_API = {
    "id": "id", "title": "title", "amount": "value", "currency": "currency", "status": "status",
    "created": "add_time", "won_at": "won_time", "lost_at": "lost_time", "person": "person_name",
}  # fmt: skip
ODOO = {
    "id": "External ID", "title": "Opportunity", "status": "Stage", "amount": "Expected Revenue",
    "created": "Created on", "closed": "Closed Date", "reason": "Lost Reason", "probability": "Probability",
    "active": "Active", "source": "Source", "kind": "Tags", "person": "Email", "owner": "Salesperson",
}  # fmt: skip
ODOO_API = {
    "id": "id", "title": "name", "status": "stage_id/name", "amount": "expected_revenue", "created": "create_date",
    "closed": "date_closed", "probability": "probability", "active": "active", "source": "source_id/name",
    "person": "email_from",
}  # fmt: skip
ODOO_DE = {
    "id": "ID", "title": "Verkaufschance", "status": "Phase", "amount": "Erwarteter Umsatz", "created": "Erstellt am",
    "closed": "Abschlussdatum", "reason": "Verlustgrund", "probability": "Wahrscheinlichkeit", "source": "Quelle",
}  # fmt: skip
SHEET_EN = {
    "id": "Ref", "kind": "Category", "source": "Channel", "created": "Date received", "amount": "Deal value",
    "status": "Outcome", "closed": "Closed on", "text": "Message", "person": "Email",
}  # fmt: skip
SHEET_FR = {
    "id": "Numéro", "kind": "Catégorie", "source": "Origine", "created": "Date de création", "amount": "Montant",
    "status": "Résultat", "closed": "Date de clôture", "text": "Demande",
}  # fmt: skip
SHEET_ES = {
    "id": "Número", "kind": "Tipo", "source": "Fuente", "created": "Fecha", "amount": "Importe",
    "status": "Estado", "closed": "Fecha de cierre", "text": "Consulta",
}  # fmt: skip
SHEET_OWN = {
    "id": "decision_id", "created": "timestamp", "kind": "opportunity_type", "source": "opportunity_source",
    "status": "outcome_status", "amount": "deal_value", "closed": "occurred_at", "text": "opportunity_content",
}  # fmt: skip

# A lost opportunity in Odoo keeps its stage; so do unlabelled custom stages elsewhere.
KEPT_STAGE = {"won": "Won", "lost": "Qualified", "open": "Proposition"}
CUSTOM = {"won": "Phase 9 xyz", "lost": "Phase 0 xyz", "open": "Phase 3 xyz"}
REPORT_END = '\r\n\r\n"Sales report"\r\n"Copyright (c) 2000-2026 somebody"\r\n"Generated By:  A  11/26/2026"\r\n'

STYLES = (
    Style("hubspot", HUBSPOT, ENGLISH, encoding="utf-8-sig"),
    Style("hubspot-us", HUBSPOT, ENGLISH, date="%m/%d/%Y %I:%M %p", thousands=",", sign="${}", shuffled=True),
    Style("hubspot-custom-stages", HUBSPOT, CUSTOM, without=("text", "reason")),
    Style("hubspot-api", HUBSPOT_API, {"won": "closedwon", "lost": "closedlost", "open": "appointmentscheduled"}),
    Style("hubspot-de", HUBSPOT_DE, {"won": "Abgeschlossen und gewonnen", "lost": "Abgeschlossen und verloren",
                                     "open": "Termin geplant"}, date="%d.%m.%Y %H:%M", decimal=",", separator=";",
          encoding="cp1252"),
    Style("salesforce", SALESFORCE, ENGLISH, date="%m/%d/%Y", thousands=",", footer=REPORT_END, encoding="cp1252"),
    Style("salesforce-gb", SALESFORCE, ENGLISH, date="%d/%m/%Y", thousands=",", sign="GBP {}", shuffled=True),
    Style("salesforce-custom-stages", SALESFORCE, CUSTOM, encoding="utf-16"),
    Style("salesforce-de", SALESFORCE_DE, {"won": "Geschlossen und gewonnen", "lost": "Geschlossen und verloren",
                                           "open": "Offen"}, date="%d.%m.%Y", decimal=",", thousands=".",
          sign="EUR {}", separator=";"),
    Style("salesforce-api", SALESFORCE_API, ENGLISH, date="%Y-%m-%dT%H:%M:%S.000+0000"),
    Style("pipedrive", PIPEDRIVE, {"won": "Won", "lost": "Lost", "open": "Open"}, date="%Y-%m-%d %H:%M:%S",
          decimal=",", separator=";", encoding="utf-8-sig"),
    Style("pipedrive-fr", PIPEDRIVE_FR, FRENCH, date="%d/%m/%Y %H:%M", decimal=",", thousands="\u202f", separator=";"),
    Style("pipedrive-api", PIPEDRIVE_API, {"won": "won", "lost": "lost", "open": "open"}, date="%Y-%m-%d %H:%M:%S",
          shuffled=True),
    Style("odoo", ODOO, KEPT_STAGE, date="%Y-%m-%d %H:%M:%S"),
    Style("odoo-without-active", ODOO, KEPT_STAGE, without=("active", "probability"), date="%m/%d/%Y %H:%M:%S"),
    Style("odoo-api", ODOO_API, KEPT_STAGE, date="%Y-%m-%d %H:%M:%S", shuffled=True),
    Style("odoo-de", ODOO_DE, {"won": "Gewonnen", "lost": "Qualifiziert", "open": "Angebot"},
          date="%d.%m.%Y %H:%M:%S", decimal=",", thousands=".", encoding="cp1252"),
    Style("sheet", SHEET_EN, {"won": "WON", "lost": "no answer", "open": "pending"}, date="%d-%b-%Y", thousands=",",
          sign="£{}", footer="Total,,,,\"1,234.00\",,,,\r\n"),
    Style("sheet-fr", SHEET_FR, FRENCH, date="%d/%m/%Y", decimal=",", thousands=" ", sign="{} €", separator=";",
          encoding="cp1252"),
    Style("sheet-es", SHEET_ES, SPANISH, date="%d/%m/%y", decimal=",", thousands=".", separator="\t"),
    Style("sheet-own-names", SHEET_OWN, {"won": "success", "lost": "failed", "open": "open"}),
)  # fmt: skip
