"""Similar decisions are alike in sender, text and fields, among the newest of the cell, and say how they ended."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog
from decision_log.predicting.alike import AlikeDecisions

START = datetime(2026, 1, 1, tzinfo=UTC)
TEXTS = {
    "swing": "my golf swing slices, can you coach me",
    "pod": "would you join our podcast as a guest",
    "bill": "the invoice of last month is wrong",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory):
    """Thirty decisions of one cell, by turns of three kinds; only those about golf are won."""
    with DecisionLog(home=tmp_path_factory.mktemp("home")) as opened:
        rows = []
        for n in range(30):
            kind = list(TEXTS)[n % 3]
            rows.append({
                "decision_id": f"{kind}-{n}", "opportunity_type": "mail", "opportunity_source": "web",
                "action_taken": "replied", "opportunity_content": TEXTS[kind],
                "sender": "boss@example.org" if n == 7 else None, "timestamp": START + timedelta(hours=n),
                "context": {"country": "DE" if n % 2 else "FR", "seats": n},
            })  # fmt: skip
        opened.log_decisions(rows)
        opened.record_outcomes([
            {"decision_id": row["decision_id"], "outcome_type": "conversion",
             "outcome_status": "success" if row["decision_id"].startswith("swing") else "failed",
             "occurred_at": START + timedelta(days=2), "recorded_at": START + timedelta(days=2)}
            for row in rows
        ])  # fmt: skip
        yield opened


def asked(log: DecisionLog, **item: object) -> tuple[list[str], str]:
    found = log.predict_outcome({"type": "mail", "source": "web", **item}, record=False)
    return [row["decision_id"] for row in found["similar_decisions"]], found["reasoning"]


def test_texts_that_share_rare_words_come_first_and_their_outcomes_are_counted(log):
    ids, reasoning = asked(log, content="Lessons for a golf swing?")
    assert all(one.startswith("swing") for one in ids)
    assert "Of the 8 most alike, all were won." in reasoning


def test_the_same_sender_comes_before_a_text_that_is_equal(log):
    ids, _ = asked(log, content=TEXTS["swing"], sender="Boss <BOSS@example.org>")
    assert ids[0] == "pod-7"


def test_fields_decide_where_texts_do_not(log):
    ids, reasoning = asked(log, country="de", seats=20)
    assert [int(one.split("-")[1]) for one in ids] == [21, 19, 23, 17, 25]
    assert "Of the 8 most alike," in reasoning


def test_the_newest_come_first_where_nothing_can_be_compared(log):
    ids, reasoning = asked(log)
    assert ids[0] == "bill-29"
    assert "most alike" not in reasoning


def test_what_is_shown_is_what_the_ledger_keeps(log):
    log.predict_outcome({"id": "kept", "type": "mail", "source": "web", "content": "golf swing"})
    log.scorer().flush()
    row = log.query("SELECT * FROM predictions WHERE opportunity_id = 'kept'")[0]
    assert all(one.startswith("swing") for one in json.loads(row["similar_past_decisions"]))
    assert "most alike" in row["reasoning"]


def test_values_that_cannot_be_compared_disturb_nothing():
    rows = [
        {"sender": None, "opportunity_content": text, "opportunity_score": score, "context": context}
        for text, score, context in (
            (None, None, None), ("a b", 5.0, '{"x": [1, 2], "y": true, "z": null}'), ("", 7.0, "{}"),
        )
    ]  # fmt: skip
    alike = AlikeDecisions(rows)
    assert alike.order({"x": {"deep": [1]}, "y": True, "content": 7, "score": float("nan")}) == [
        1,
        0,
        2,
    ]
    assert AlikeDecisions([]).order({"content": "a"}) == []


def test_a_number_beyond_every_float_is_like_no_other(tmp_path):
    item = {"type": "coaching", "source": "email", "followers": 10**400, "content": "a question"}
    with DecisionLog(home=tmp_path) as log:
        log.log_decision(
            None, "coaching", "email", "Replied", "a question", context={"followers": 5}
        )
        assert len(log.predict_outcome(item)["similar_decisions"]) == 1
