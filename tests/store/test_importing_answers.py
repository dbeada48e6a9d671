"""JSON as interfaces of programs return it is read like their exports: envelopes, nested objects, cents."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from crm_answers import DEALS, hubspot, salesforce, stripe
from crm_exports import deals, truth

from decision_store.errors import ImportFailed
from decision_store.importing import History, ImportOptions, read_history
from decision_store.vocabulary import Vocabulary

NOW = datetime(2026, 11, 26, tzinfo=UTC)
WORLD = deals(40)


def read(document: Any, folder: Path, name: str = "answer.json", **options: Any) -> History:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_history([path], now=NOW, options=ImportOptions(**options))


def states(history: History) -> dict[str, float]:
    rows = history.outcomes.to_pylist()
    meanings = [Vocabulary().meaning(row["outcome_type"], row["outcome_status"]) for row in rows]
    won, lost = meanings.count("won"), meanings.count("lost")
    return {
        "won": won,
        "lost": lost,
        "open": history.decisions.num_rows - won - lost,
        "revenue": round(sum(row["revenue_generated"] for row in rows), 2),
    }


def lines(document: dict[str, Any]) -> str:
    rows = next(value for value in document.values() if isinstance(value, list))
    return "\n".join(json.dumps(row) for row in rows)


@pytest.mark.parametrize("name", DEALS)
@pytest.mark.parametrize("shape", ["document", "list", "lines", "pages"])
def test_an_answer_gives_the_truth_without_any_option(
    name: str, shape: str, tmp_path: Path
) -> None:
    document = DEALS[name](WORLD)
    key = next(key for key, value in document.items() if isinstance(value, list))
    pages = [{**document, key: document[key][:15]}, {**document, key: document[key][15:]}]
    found = read(
        {
            "document": document,
            "list": document[key],
            "lines": lines(document),
            "pages": "\n".join(map(json.dumps, pages)),
        }[shape],
        tmp_path,
    )
    assert [each.layout for each in found.understood] == [name]
    assert (found.rejected, found.questions) == ((), ())
    assert states(found) == truth(WORLD)
    row = found.decisions.to_pylist()[0]
    deal = WORLD[0]
    assert (row["opportunity_source"], row["timestamp"].date()) == (
        deal.source,
        deal.created.date(),
    )
    assert row["decision_maker"] == ("" if name == "hubspot" else "Ana Lee")
    assert row["sender"] == {
        "salesforce": deal.person, "hubspot": "", "pipedrive": f"{deal.person}@example.com",
        "odoo": f"{deal.person}@example.com",
    }[name]  # fmt: skip
    context = json.loads(row["context"])
    assert not {"stage_id", "updatedAt", "update_time", "active", "close_time"} & set(context)


def test_charges_are_read_in_units_and_not_in_cents(tmp_path: Path) -> None:
    found = read(stripe(WORLD), tmp_path)
    paid = {each.payment_id: each for each in found.payments}
    won = [deal for deal in WORLD if deal.state == "won"]
    sums = sum(each.amount for each in paid.values() if each.kind == "payment")
    assert round(sums, 2) == truth(WORLD)["revenue"]
    first = paid[f"stripe-ch_{won[0].number:010}"]
    assert (first.decision_id, first.email) == (
        f"d-{won[0].number}",
        f"{won[0].person}@example.com",
    )
    assert first.occurred_at[:10] == f"{won[0].closed:%Y-%m-%d}"
    assert {each.amount for each in paid.values() if each.kind == "refund"} == {-10.0}
    assert any("cents" in note for note in found.understood[0].notes)


def test_a_currency_without_cents_keeps_its_amounts(tmp_path: Path) -> None:
    document = stripe(WORLD)
    document["data"] = [{**row, "currency": "jpy", "amount": 5_000} for row in document["data"]]
    paid = [each.amount for each in read(document, tmp_path).payments if each.kind == "payment"]
    assert set(paid) == {5_000.0}


PLAIN = {"ref": 7, "created_on": "2026-03-05T10:00:00Z", "channel": "web", "status": "won",
         "client": {"email": "a@b.c", "size": {"staff": 12}}, "tags": ["x", "y"]}  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        [PLAIN],
        {"page": 1, "deals": [PLAIN]},
        {"data": {"deals": {"nodes": [PLAIN], "pageInfo": {}}}},
        {"data": {"deals": {"edges": [{"cursor": "x", "node": PLAIN}]}}},
        {"data": [{"type": "deal", "attributes": PLAIN}], "included": [{"type": "user", "id": 1}]},
        {"records": [{"id": "rec1", "createdTime": "2026-03-05T10:00:00Z", "fields": PLAIN}]},
        {"hits": {"total": 1, "hits": [{"_index": "i", "_source": PLAIN}]}},
    ],
    ids=["list", "object", "nodes", "edges", "json-api", "fields", "hits"],
)
def test_nested_objects_become_columns_with_dotted_names(document: Any, tmp_path: Path) -> None:
    found = read(document, tmp_path, mapping={"client.email": "sender"})
    row = found.decisions.to_pylist()[0]
    assert (row["sender"], row["opportunity_source"]) == ("a@b.c", "web")
    assert json.loads(row["context"])["client.size.staff"] == 12
    assert json.loads(row["context"])["tags"] == ["x", "y"]
    assert states(found)["won"] == 1


def test_rows_in_the_columns_of_the_log_keep_their_objects(tmp_path: Path) -> None:
    row = {"decision_id": "a", "timestamp": "2026-01-05", "opportunity_type": "x",
           "context": {"n": {"m": 1}}, "client": {"email": "a@b.c"}, "who": {"mail": "d@e.f"}}  # fmt: skip
    found = read([row], tmp_path, mapping={"who.mail": "sender"}).decisions.to_pylist()[0]
    assert json.loads(found["context"]) == {"client": {"email": "a@b.c"}, "n": {"m": 1}}
    assert found["sender"] == "d@e.f"


def test_a_subquery_with_one_record_is_part_of_its_row(tmp_path: Path) -> None:
    document = salesforce(WORLD[:5])
    for number, row in enumerate(document["records"]):
        contact = {
            "attributes": {"type": "Role", "url": "/z"},
            "Contact": {"Email": f"c{number}@x.de"},
        }
        row["OpportunityContactRoles"] = {"totalSize": 1, "done": True, "records": [contact]}
        del row["Account"]
    senders = read(document, tmp_path).decisions["sender"].to_pylist()
    assert senders == [f"c{number}@x.de" for number in range(5)]


def test_the_older_interface_of_hubspot_is_read_too(tmp_path: Path) -> None:
    rows = [
        {"dealId": row["id"], "properties": {
            key: {"value": value, "timestamp": 1, "source": "API", "versions": []}
            for key, value in row["properties"].items() if key != "hs_object_id"}}
        for row in hubspot(WORLD)["results"]
    ]  # fmt: skip
    assert states(read({"deals": rows, "hasMore": False, "offset": 9}, tmp_path)) == truth(WORLD)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"a": [{"x": 1}], "b": [{"y": 2}]}, r"several lists \('a', 'b'\)"),
        ({"x": 1, "y": {"z": 2}}, "an object with 'x', 'y'"),
        ({"results": []}, ""),
        ("3", "a single int"),
    ],
)
def test_a_document_without_one_list_is_refused_in_one_message(
    document: Any, message: str, tmp_path: Path
) -> None:
    if not message:
        assert read(document, tmp_path).decisions.num_rows == 0
        return
    with pytest.raises(ImportFailed, match=message):
        read(document, tmp_path)
