"""Caches that other processes remove and make again between any two steps of a call: repeats are found all the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from decision_store import Decision, DecisionConflict, Store, fault_points
from decision_store.database import caches
from decision_store.errors import VoidDecision
from decision_store.facts import Amendment
from decision_store.journal.id_cache import IdCache, content_cache, outcome_cache, void_cache

numbers = count()

CONTENT = "Could you coach my backhand in Zermatt?"


@pytest.fixture
def store(path, facts):
    """A log in which "d" is known, and "void" was taken back."""
    with Store(path) as store:
        now = datetime.now(UTC)
        for name, text in (("d", CONTENT), ("void", "another"), ("gone", "a third")):
            store.log_decision(
                facts.decision(name, opportunity_content=text, recorded_at=now, timestamp=now)
            )
        store.record_outcome(facts.win("d", hours=2))
        store.fold()
        store.amend([Amendment("a", "void", now, decision_id="void")])
        yield store
        fault_points.listen(None)


def remove_caches(store):
    for cache in (
        store._id_cache,
        *(make(store.journal_folder) for make in (content_cache, outcome_cache, void_cache)),
    ):
        shutil.rmtree(cache.folder, ignore_errors=True)


def make_caches_again(store):
    remove_caches(store)
    now = datetime.now(UTC)
    with Store(store.path) as other:
        other.log_decision(Decision(f"x{next(numbers)}", now, "lead", "mail", "reply", now))


@pytest.mark.parametrize("does", [remove_caches, make_caches_again])
@pytest.mark.parametrize("at_look", range(4))
@pytest.mark.parametrize("after", [False, True])
def test_a_cache_that_goes_at_any_look_hides_nothing(
    store, facts, monkeypatch, does, at_look, after
):
    """Before or after the look at a file of a cache, another process removes them all, or has made new ones."""
    looks = []
    look = IdCache.bucket

    def look_beside_another(self, first):
        looks.append(first)
        is_time = len(looks) == at_look + 1
        if is_time and not after:
            does(store)
        found = look(self, first)
        if is_time and after:
            does(store)
        return found

    given = store.ask("stored_decisions", ids=["d"]).to_pylist()[0]
    at = given["timestamp"].replace(tzinfo=UTC)
    monkeypatch.setattr(IdCache, "bucket", look_beside_another)
    repeat = facts.decision("d2", opportunity_content=CONTENT, recorded_at=at, timestamp=at)
    assert store.log_decision(repeat, id_given=False).id == "d"
    with pytest.raises(DecisionConflict):
        store.log_decision(replace(repeat, decision_id="d", action_taken="decline"))
    assert not store.record_outcome(facts.win("d", hours=2)).new
    with pytest.raises(VoidDecision):
        store.record_outcome(facts.win("void"))


def test_what_is_logged_while_a_person_is_forgotten_is_known_afterwards(store, facts):
    """The caches are made again between the keeping of a key and the writing of its record."""
    now = datetime.now(UTC)
    logged = facts.decision("new", opportunity_content="fresh", recorded_at=now, timestamp=now)

    def forget_another(step):
        if step == "append: before write":
            fault_points.listen(None)
            with Store(store.path) as other:
                other.forget(other.concerned(decisions=["gone"]))

    fault_points.listen(forget_another)
    assert store.log_decision(logged, id_given=False).new
    assert store.log_decision(replace(logged, decision_id="repeat"), id_given=False).id == "new"


def test_adding_to_a_cache_that_is_gone_makes_none_that_passes_for_whole(store, facts):
    def remove(step):
        if step in {"append: before write", "append: synced"}:
            remove_caches(store)

    fault_points.listen(remove)
    store.log_decision(facts.decision("new", opportunity_content="fresh"), id_given=False)
    store.record_outcome(facts.win("new"))
    fault_points.listen(None)
    assert not store._id_cache.exists
    given = store.ask("stored_decisions", ids=["d"]).to_pylist()[0]
    at = given["timestamp"].replace(tzinfo=UTC)
    repeat = facts.decision("d2", opportunity_content=CONTENT, recorded_at=at, timestamp=at)
    assert store.log_decision(repeat, id_given=False).id == "d"


def test_a_cache_appears_when_it_is_complete(store, facts, monkeypatch):
    remove_caches(store)
    places = {"ids", "contents", "outcomes", "voided"}
    seen = []
    add = caches.add_entries

    def add_unseen(cache, entries):
        seen.append(cache.folder.name)
        assert cache.folder.name not in places
        add(cache, entries)

    monkeypatch.setattr(caches, "add_entries", add_unseen)
    store.log_decision(facts.decision("new"))  # finds the cache gone, and folds
    assert len(seen) == len(places)
    assert {each.name for each in store.journal_folder.iterdir() if each.is_dir()} == places
