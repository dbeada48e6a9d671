"""Answers of programs' interfaces in JSON, as they document them, for the deals of `crm_exports`."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from crm_exports import Deal


def salesforce(world: list[Deal]) -> dict[str, Any]:
    """Query of the REST interface."""
    records = [
        {
            "attributes": {"type": "Opportunity", "url": f"/services/data/v60.0/sobjects/{d.number}"},
            "Id": f"0065g{d.number:013}",
            "Name": f"Offer for {d.person}",
            "StageName": {"won": "Closed Won", "lost": "Closed Lost", "open": "Prospecting"}[d.state],
            "Amount": d.amount,
            "CreatedDate": f"{d.created:%Y-%m-%dT%H:%M:%S}.000+0000",
            "CloseDate": f"{d.closed:%Y-%m-%d}",
            "IsWon": d.state == "won",
            "IsClosed": d.state != "open",
            "Type": d.kind,
            "LeadSource": d.source,
            "Owner": {"attributes": {"type": "User", "url": "/x"}, "Name": "Ana Lee"},
            "Account": {"attributes": {"type": "Account", "url": "/y"}, "Name": d.person, "Industry": "Banks"},
        }
        for d in world
    ]  # fmt: skip
    return {"totalSize": len(records), "done": True, "records": records}


def hubspot(world: list[Deal]) -> dict[str, Any]:
    """List of CRM objects, version 3: every property is a text."""
    results = [
        {
            "id": f"{9_000_000_000 + d.number}",
            "properties": {
                "amount": None if d.amount is None else f"{d.amount}",
                "closedate": f"{d.closed:%Y-%m-%dT%H:%M:%S}.123Z",
                "createdate": f"{d.created:%Y-%m-%dT%H:%M:%S}.123Z",
                "dealname": f"Offer for {d.person}",
                "dealstage": {"won": "closedwon", "lost": "closedlost", "open": "contractsent"}[d.state],
                "dealtype": d.kind,
                "hs_analytics_source": d.source,
                "hs_lastmodifieddate": f"{d.closed:%Y-%m-%dT%H:%M:%S}.123Z",
                "hs_object_id": f"{9_000_000_000 + d.number}",
                "pipeline": "default",
            },
            "createdAt": f"{d.created:%Y-%m-%dT%H:%M:%S}.123Z",
            "updatedAt": f"{d.closed:%Y-%m-%dT%H:%M:%S}.123Z",
            "archived": False,
        }
        for d in world
    ]  # fmt: skip
    return {"results": results, "paging": {"next": {"after": "100", "link": "/?after=100"}}}


def pipedrive(world: list[Deal]) -> dict[str, Any]:
    """List of deals, version 1: people and organisations are objects."""
    data = [
        {
            "id": 1 + d.number,
            "creator_user_id": {"id": 8, "name": "Ana Lee", "email": "ana@example.com", "value": 8},
            "user_id": {"id": 8, "name": "Ana Lee", "email": "ana@example.com", "value": 8},
            "person_id": {
                "name": d.person,
                "email": [
                    {"label": "home", "value": "old@example.com", "primary": False},
                    {"label": "work", "value": f"{d.person}@example.com", "primary": True},
                ],
                "phone": [{"label": "work", "value": "+1 555 0100", "primary": True}],
                "value": 70_000 + d.number,
            },
            "org_id": None,
            "stage_id": 3,
            "title": f"Offer for {d.person}",
            "value": d.amount or 0,
            "currency": "EUR",
            "add_time": f"{d.created:%Y-%m-%d %H:%M:%S}",
            "update_time": f"{d.closed:%Y-%m-%d %H:%M:%S}",
            "status": d.state,
            "lost_reason": "too expensive" if d.state == "lost" else None,
            "close_time": f"{d.closed:%Y-%m-%d %H:%M:%S}" if d.state != "open" else None,
            "won_time": f"{d.closed:%Y-%m-%d %H:%M:%S}" if d.state == "won" else None,
            "lost_time": f"{d.closed:%Y-%m-%d %H:%M:%S}" if d.state == "lost" else None,
            "channel": d.source,
            "label": d.kind,
            "expected_close_date": f"{d.closed:%Y-%m-%d}",
        }
        for d in world
    ]  # fmt: skip
    return {"success": True, "data": data, "additional_data": {"pagination": {"start": 0}}}


def odoo(world: list[Deal]) -> dict[str, Any]:
    """Result of ``search_read``: records are pairs of id and name, what is missing is false."""
    result = [
        {
            "id": 40 + d.number,
            "name": f"Offer for {d.person}",
            "stage_id": [4, "Won"] if d.state == "won" else [2, "Proposition"],
            "expected_revenue": d.amount or 0.0,
            "probability": {"won": 100.0, "lost": 0.0, "open": 35.2}[d.state],
            "active": d.state != "lost",
            "create_date": f"{d.created:%Y-%m-%d %H:%M:%S}",
            "date_closed": f"{d.closed:%Y-%m-%d %H:%M:%S}" if d.state != "open" else False,
            "lost_reason_id": [1, "Too expensive"] if d.state == "lost" else False,
            "source_id": [7, d.source],
            "medium_id": False,
            "tag_ids": [3, 5],
            "email_from": f"{d.person}@example.com",
            "partner_id": False,
            "user_id": [2, "Ana Lee"],
        }
        for d in world
    ]
    return {"jsonrpc": "2.0", "id": 7, "result": result}


def stripe(world: list[Deal]) -> dict[str, Any]:
    """List of charges: amounts in cents, times in seconds since 1970."""
    data = [
        {
            "id": f"ch_{d.number:010}",
            "object": "charge",
            "amount": round((d.amount or 0) * 100),
            "amount_captured": round((d.amount or 0) * 100),
            "amount_refunded": 1_000 if d.number % 5 == 0 else 0,
            "balance_transaction": f"txn_{d.number}",
            "billing_details": {"address": {"city": None}, "email": f"{d.person}@example.com", "name": None},
            "captured": d.state == "won",
            "created": int(d.closed.replace(tzinfo=UTC).timestamp()),
            "currency": "usd",
            "customer": f"cus_{d.number}",
            "description": "Coaching",
            "metadata": {"decision_id": f"d-{d.number}"},
            "paid": d.state == "won",
            "status": "succeeded" if d.state == "won" else "failed",
        }
        for d in world
    ]  # fmt: skip
    return {"object": "list", "url": "/v1/charges", "has_more": False, "data": data}


DEALS = {"salesforce": salesforce, "hubspot": hubspot, "pipedrive": pipedrive, "odoo": odoo}
"""Layout to what writes its answer."""
