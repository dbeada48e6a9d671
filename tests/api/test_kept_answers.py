"""Answers that a server keeps: one computing for all that wait, and questions answered from one state."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from decision_log import DecisionLog
from decision_log.revision import KeptAnswers


class AnnouncingLock:
    """A lock that tells how many threads have asked for it."""

    def __init__(self):
        self._lock = threading.RLock()
        self.asked = threading.Semaphore(0)

    def __enter__(self):
        self.asked.release()
        return self._lock.__enter__()

    def __exit__(self, *error):
        return self._lock.__exit__(*error)


@pytest.fixture
def facts():
    return [0]


@pytest.fixture
def kept(tmp_path, facts):
    kept = KeptAnswers(lambda: (facts[0], 0), tmp_path / "scored.json")
    kept.lock = AnnouncingLock()
    return kept


def test_all_that_wait_share_one_answer_however_fast_facts_arrive(kept, facts):
    go_on, made = threading.Event(), []

    def answer():
        go_on.wait()
        facts[0] += 1  # a fact arrives while every answer is worked out
        made.append(facts[0])
        return facts[0]

    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(kept.get, "work", answer)
        kept.lock.asked.acquire()
        waiting = [pool.submit(kept.get, "work", answer) for _ in range(5)]
        for _ in waiting:
            kept.lock.asked.acquire()
        go_on.set()
        assert first.result() == 1
        assert {one.result() for one in waiting} == {2}
    assert made == [1, 2]


def test_a_call_after_a_fact_is_answered_with_it(kept, facts):
    assert kept.get("work", lambda: facts[0]) == 0
    facts[0] = 1
    assert kept.get("work", lambda: facts[0]) == 1


def test_an_answer_of_the_state_that_an_event_named_will_do(kept, facts):
    facts[0] = 3
    assert kept.get("work", lambda: facts[0]) == 3
    facts[0] = 4
    with kept.reading((3, 0)):
        assert kept.get("work", lambda: facts[0]) == 3
    with kept.reading((4, 0)):
        assert kept.get("work", lambda: facts[0]) == 4


def test_the_answers_of_one_caller_rest_on_one_state_and_are_not_taken_for_newer(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("d-1", "golf", "email", "Replied")
        kept = KeptAnswers(log.revision, log.settings.home.scored, snapshot=log.store.snapshot)

        def counted(question):
            return kept.get(question, lambda: log.count_since("yesterday")["decisions"])

        with kept.reading():
            assert counted("first") == 1
            log.log_decision("d-2", "golf", "email", "Replied")
            assert counted("second") == 1
        assert (counted("first"), counted("second")) == (2, 2)
