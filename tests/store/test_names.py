"""Names are compared folded, everywhere alike, and shown as first written."""

from __future__ import annotations

import random
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_store import DecisionConflict, Store
from decision_store.database import migrations
from decision_store.facts import Alias
from decision_store.names import NameTable, lookalikes, name_key, sender_key

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202c\ufe0f\u034f\U000e0041"
BLANKS = " \t\u00a0\u2003\u3000"
SEPARATORS = [*BLANKS, "-", "_", "\u2010", "\u2013", "\u2212", "\uff0d", "  ", " - "]
NAMES = [
    "golf coaching",
    "crème brûlée kurs",
    "straße",
    "αγορά",
    "продажа услуг",
    "ﬁrst call",
    "b2b lead",
    "研修 会",
]
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def respelt(draw: random.Random, name: str) -> str:
    """Spell a name otherwise: case, separators, Unicode form, full width, invisible characters, blanks around it."""
    letters = []
    for letter in name:
        spelt = draw.choice(SEPARATORS) if letter == " " else letter
        if letter != " " and draw.random() < 0.3:
            spelt = draw.choice([str.upper, str.lower, str.title])(spelt)
        if len(spelt) == 1 and "!" <= spelt <= "~" and spelt not in "-_" and draw.random() < 0.1:
            spelt = chr(ord(spelt) + 0xFEE0)
        if draw.random() < 0.15:
            spelt += draw.choice(INVISIBLE)
        letters.append(spelt)
    around = draw.choice(["", *BLANKS]), draw.choice(["", *BLANKS, INVISIBLE[0]])
    return unicodedata.normalize(draw.choice(FORMS), around[0] + "".join(letters) + around[1])


def test_a_thousand_spellings_of_eight_names_are_eight_names():
    draw = random.Random(8)
    for number in range(1000):
        name = NAMES[number % len(NAMES)]
        spelling = respelt(draw, name)
        assert name_key(spelling) == name_key(name), ascii(spelling)
    assert len({name_key(name) for name in NAMES}) == len(NAMES)


def test_a_thousand_spellings_of_a_sender_are_one_sender():
    draw = random.Random(9)
    address = "pat.o-neil_3@example.com"
    for _ in range(1000):
        spelling = "".join(
            (c.upper() if draw.random() < 0.4 else c)
            + (draw.choice(INVISIBLE) if draw.random() < 0.1 else "")
            for c in address
        )
        spelling = draw.choice(
            [
                "{}",
                " {} ",
                "<{}>",
                "Pat O'Neil <{}>",
                '"O\'Neil, Pat" <{}>',
                "PAT <{}>",
                "mailto:{}",
            ]
        ).format(spelling)
        assert sender_key(unicodedata.normalize(draw.choice(FORMS), spelling)) == address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@golf_mike", "@golf-mike"),
        ("golf mike", "golfmike"),
        ("golf mike", "golf_mike"),
        ("pat@example.com", "pat@example.org"),
        ("pat+a@example.com", "pat@example.com"),
        ("Pat <pat@example.com>", "Pat"),
    ],
)
def test_different_senders_stay_different(one, other):
    assert sender_key(one) != sender_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("coaching", "coaching 2"), ("golf coaching", "golfcoaching"), ("e", "é"), ("C", "C++")],
)
def test_different_types_stay_different(one, other):
    assert name_key(one) != name_key(other)


@given(st.text(max_size=12))
def test_a_key_is_its_own_key_and_never_empty(name):
    for key in (name_key, sender_key):
        assert key(key(name)) == key(name)
    assert (name_key(name) == "") == (name == "")


def test_look_alikes_across_scripts_are_reported_and_not_merged():
    russian = "co\u0430ching"
    assert name_key(russian) != name_key("coaching")
    assert lookalikes(["Coaching", russian, "lead", "LEAD"]) == [("Coaching", russian)]


def test_close_names_are_suggested_for_unknown_ones_only():
    table = NameTable({"golf coaching": "golf_coaching", "partnership": "partnership"})
    assert table.close_to("Golf Coachin") == ["golf_coaching"]
    assert table.close_to("GOLF-COACHING") == []
    assert table.close_to("plumbing") == []


# ---- in the log ---------------------------------------------------------------------------------


def cells(store, facts):
    rows = store.ask("cells", as_of=facts.later).to_pylist()
    return {(row["opportunity_type"], row["opportunity_source"]): row["decisions"] for row in rows}


def spelt(facts, number, kind, source="Email", **further):
    return facts.decision(f"d{number}", opportunity_type=kind, opportunity_source=source, **further)


def test_spellings_make_one_cell_shown_as_first_written(store, facts):
    store.log_decision(spelt(facts, 1, "golf_coaching"))
    assert cells(store, facts) == {("golf_coaching", "Email"): 1}
    store.log_decisions(
        [spelt(facts, 2, "Golf Coaching", "EMAIL"), spelt(facts, 3, "golf-coaching ", "email")]
    )
    store.record_outcome(facts.win("d3"))
    assert cells(store, facts) == {("golf_coaching", "Email"): 3}
    rows = [{**row(4, "GOLF\u00a0COACHING", facts)}, row(5, "lead", facts)]
    store.load(decisions=pa.Table.from_pylist(rows))
    assert cells(store, facts) == {("golf_coaching", "Email"): 4, ("lead", "Email"): 1}
    assert facts.state(store, "d3")["state"] == "won"


def row(number, kind, facts):
    times = dict.fromkeys(("timestamp", "recorded_at"), facts.start.replace(tzinfo=None))
    cell = {"opportunity_type": kind, "opportunity_source": "e\u200bmail"}
    return {"decision_id": f"d{number}", **times, **cell, "action_taken": "reply"}


def test_another_spelling_is_no_conflict_and_another_name_is(store, facts):
    store.log_decision(spelt(facts, 1, "golf_coaching", sender="Pat <pat@example.com>"))
    again = spelt(facts, 1, "Golf Coaching", "EMAIL", sender="PAT@example.com")
    assert not store.log_decision(again)
    assert store.log_decisions([again]).unchanged == 1
    written = {**row(1, "GOLF COACHING", facts), "sender": "pat@Example.com"}
    result = store.load(decisions=pa.Table.from_pylist([written]))
    assert (result.added, result.unchanged, result.rejected) == (0, 1, ())
    with pytest.raises(DecisionConflict) as caught:
        store.log_decision(spelt(facts, 1, "golf lessons", sender="pat@example.org"))
    assert caught.value.differing == ["opportunity_type", "sender"]
    result = store.load(decisions=pa.Table.from_pylist([{**written, "sender": "pit@example.com"}]))
    assert [reject.id for reject in result.rejected] == ["d1"]
    (kept,) = store.ask("rejects", limit=None).to_pylist()
    assert "GOLF COACHING" in kept["record"]  # as it was written


def alias(facts, name, target, field="opportunity_type"):
    return Alias(f"{name}>{target}", field, name, target, facts.start)


def test_a_merge_holds_for_earlier_and_later_decisions(store, facts):
    store.log_decision(spelt(facts, 1, "coachin"))
    store.log_decision(spelt(facts, 2, "Coaching"))
    store.record_outcome(facts.win("d1"))
    assert len(cells(store, facts)) == 2
    store.add_alias(alias(facts, "coachin", "Coaching"))
    assert cells(store, facts) == {("Coaching", "Email"): 2}
    store.log_decision(spelt(facts, 3, "COACHIN"))
    assert cells(store, facts) == {("Coaching", "Email"): 3}
    assert store.names()["opportunity_type"].canonical("coachin") == "Coaching"
    assert not store.log_decision(spelt(facts, 1, "coachin"))
    assert store.status(verify=True).damage == ()


def test_a_renamed_type_is_shown_under_its_new_name(store, facts):
    store.log_decision(spelt(facts, 1, "golf_coaching"))
    store.add_alias(alias(facts, "golf_coaching", "Golf Coaching"))
    assert cells(store, facts) == {("Golf Coaching", "Email"): 1}
    store.add_alias(alias(facts, "golf coaching", "Lessons"))
    store.log_decision(spelt(facts, 2, "golf-coaching"))
    store.log_decision(spelt(facts, 3, "lessons"))
    assert cells(store, facts) == {("Lessons", "Email"): 3}


def test_a_rebuilt_database_shows_the_same_names(store, facts):
    store.log_decision(spelt(facts, 1, "coachin"))
    store.log_decision(spelt(facts, 2, "Coaching", "E-Mail"))
    store.add_alias(alias(facts, "coachin", "Coaching"))
    store.add_alias(alias(facts, "Email", "E-Mail", "opportunity_source"))
    store.log_decision(spelt(facts, 3, "Coachin"))
    before = cells(store, facts)
    store.rebuild()
    assert cells(store, facts) == before == {("Coaching", "E-Mail"): 3}


def test_a_log_of_an_older_schema_gets_its_spellings_merged(path, facts):
    number = next(m.version for m in migrations.known() if m.name.endswith("_names.sql"))
    decisions = [spelt(facts, 1, "golf_coaching"), spelt(facts, 2, "Golf Coaching")]
    facts.make_old_log(path, number - 1, decisions, [facts.win("d1")])
    with Store(path) as store:
        assert cells(store, facts) == {("golf_coaching", "Email"): 2}
        assert store.names()["opportunity_type"].canonical("GOLF COACHING") == "golf_coaching"
