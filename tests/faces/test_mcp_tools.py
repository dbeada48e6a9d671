"""The tools that an agent has: described, typed, safe to repeat, and writing only where that is allowed."""

from __future__ import annotations

import json

import pytest

from decision_log import calibration

READING = {
    "work_list": {},
    "predict_opportunity": {
        "opportunity": {"type": "partnership", "content": "Hello", "score": 60}
    },
    "score_opportunities": {"opportunities": [{"id": "a", "type": "partnership"}, {"score": 5}]},
    "pending_outcomes": {},
    "find_decisions": {"opportunity_type": "Golf Coaching", "limit": 3},
    "get_text": {"ids": ["d-1", "opp-1", "nowhere"]},
    "rates": {},
    "insights": {},
    "calibration": {},
}
WRITING = {
    "log_decision": {"action_taken": "Replied", "scored_opportunity": "opp-1"},
    "record_outcome": {"decision_id": "d-7", "outcome_status": "won", "revenue": 120.0},
    "undo": {"record_id": "d-8"},
}


def contents(home):
    return {path: path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def counts(log):
    found = log.find_decisions()
    return {
        "decisions": len(found),
        "outcomes": sum(row["outcomes"] for row in found),
        "revenue": sum(row["revenue"] for row in found),
    }


def test_every_tool_parameter_and_result_is_described(shared_log, agent_of):
    tools = agent_of(shared_log).ask("list_tools").tools
    assert {tool.name for tool in tools} == READING.keys() | WRITING.keys()
    for tool in tools:
        assert len(tool.description) > 60, tool.name
        assert tool.output_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert "$ref" not in json.dumps(tool.input_schema)  # which some clients cannot follow
        assert "title" not in tool.input_schema
        for name, parameter in tool.input_schema["properties"].items():
            assert len(parameter.get("description", "")) > 15, (tool.name, name)
        assert tool.annotations.read_only_hint is (tool.name in READING)
        assert tool.annotations.idempotent_hint
        assert not tool.annotations.open_world_hint


def test_reading_thrice_answers_alike_and_changes_no_file(shared_log, agent_of):
    agent = agent_of(shared_log)
    agent.call(*READING.items())  # folds what was written before
    before = contents(shared_log.settings.home.folder)
    for name, arguments in READING.items():
        found = agent.call(*[(name, arguments)] * 3)
        assert not any(one.is_error for one in found), found[0].content[0].text
        assert [one.structured_content for one in found] == [found[0].structured_content] * 3, name
    assert contents(shared_log.settings.home.folder) == before


def test_what_the_tools_say_is_what_the_log_says(shared_log, agent_of):
    agent = agent_of(shared_log)
    work = agent.result("work_list")
    assert [row["opportunity_id"] for row in work["answer"]] == ["opp-1"]
    pending = agent.result("pending_outcomes")
    assert (pending["total"], pending["decisions"][0]["decision_id"]) == (6, "d-6")
    found = agent.result("find_decisions", state="won", limit=2)
    assert found["more"]
    assert {row["state"] for row in found["decisions"]} == {"won"}
    rates = agent.result("rates", opportunity_type="PARTNERSHIP", opportunity_source="e-mail")[
        "rates"
    ]
    assert rates == []
    rates = agent.result("rates", opportunity_type="PARTNERSHIP", opportunity_source="Email")[
        "rates"
    ]
    (row,) = [r for r in shared_log.get_conversion_rates() if r["opportunity_type"] == "partnership"
              and r["source_type"] == "email"]  # fmt: skip
    assert (rates[0]["rate"], rates[0]["won"]) == (row["conversion_rate"], row["won"])
    predicted = agent.result(
        "predict_opportunity", opportunity={"type": "partnership", "source": "email"}
    )
    expected = shared_log.predict_outcome({"type": "partnership", "source": "email"}, record=False)
    assert predicted["chance"] == pytest.approx(expected["conversion_probability"], abs=0.01)
    scored = agent.result(**{"name": "score_opportunities", **READING["score_opportunities"]})
    assert {(row["index"], row["rank"]) for row in scored["opportunities"]} == {(0, 1), (1, 2)}
    texts = agent.result("get_text", ids=["d-1", "opp-1", "nowhere"])
    assert [one["untrusted_text"] for one in texts["texts"]] == ["Do you coach? 1", "Do you coach?"]
    assert texts["unknown_ids"] == ["nowhere"]
    (noted,) = agent.result("get_text", ids=["d-1"], part="notes")["texts"]
    assert noted["untrusted_text"] == "Do you coach? noted"


def test_answers_follow_the_log(log, agent_of):
    agent = agent_of(log)
    assert agent.result("pending_outcomes")["total"] == 6
    won = sum(row["won"] for row in agent.result("rates")["rates"])
    insights = agent.result("insights")
    log.won("d-7", 50.0)
    assert agent.result("pending_outcomes")["total"] == 5
    assert sum(row["won"] for row in agent.result("rates")["rates"]) == won + 1
    assert agent.result("insights") == insights  # which says as of when it is
    assert insights["as_of"] > agent.result("insights", as_of="-1d")["as_of"]


def test_a_read_only_server_refuses_to_write_and_says_how_to_allow_it(shared_log, agent_of):
    agent = agent_of(shared_log)
    agent.call(*READING.items())
    before = contents(shared_log.settings.home.folder)
    for name, arguments in WRITING.items():
        assert "--allow-write" in agent.error(name, **arguments)
        done = agent.result(name, **arguments, dry_run=True)
        assert (done["new"], done["dry_run"]) == (True, True)
    assert contents(shared_log.settings.home.folder) == before


def test_writing_thrice_records_once(log, agent_of):
    agent = agent_of(log, allow_write=True)
    before = counts(log)
    recorded = {}
    for name, arguments in WRITING.items():
        found = [one.structured_content for one in agent.call(*[(name, arguments)] * 3)]
        assert [one["new"] for one in found] == [True, False, False], name
        assert len({one["id"] for one in found}) == 1
        recorded[name] = found
    assert recorded["record_outcome"][0]["state"] == "won"
    assert recorded["undo"][0]["state"] is None
    after = counts(log)
    assert after["decisions"] == before["decisions"] + 1 - 1  # one logged, one taken back
    assert after["outcomes"] == before["outcomes"] + 1
    assert after["revenue"] == before["revenue"] + 120.0
    assert agent.result("work_list")["answer"] == []
    restored = agent.result("undo", record_id=recorded["undo"][0]["undo_id"])
    assert restored["state"] == "open"


def test_a_prediction_is_kept_once_and_only_where_writing_is_allowed(log, agent_of):
    def kept():
        versions = calibration(log=log)["versions"]
        return sum(row["predictions"] for row in versions)

    before = kept()
    call = ("predict_opportunity", {"opportunity": {"id": "opp-9", "type": "partnership"}})
    agent_of(log).call(call)
    assert kept() == before
    agent_of(log, allow_write=True).call(*[call] * 3)
    assert kept() == before + 1


WRONG = [
    ("undo", {"record_id": "d-1", "dryrun": True}, "dryrun: is not a parameter"),
    ("rates", {"limit": 0}, "limit: Input should be greater"),
    ("find_decisions", {"state": "wonn"}, "state: Input should be"),
    ("find_decisions", {"since": "the day before"}, "since must be"),
    ("record_outcome", {"decision_id": "d-9", "outcome_status": "wonn"}, "Did you mean 'won'"),
    ("record_outcome", {"decision_id": "d-99", "outcome_status": "won"}, "No decision 'd-99'"),
    (
        "record_outcome",
        {
            "decision_id": "d-9",
            "outcome_type": "refund",
            "outcome_status": "refunded",
            "revenue": -5e3,
        },
        "allow_unusual_amount=true",
    ),
    ("log_decision", {"decision_id": "d-9", "action_taken": "Other"}, "already in the log"),
    (
        "log_decision",
        {"scored_opportunity": "opp-8", "action_taken": "x"},
        "Did you mean 'opp-1'?",
    ),
    ("undo", {"record_id": "d-99"}, "Nothing with the id 'd-99'"),
    ("get_text", {"ids": ["name-0123456789ab"]}, "List it again"),
]


def test_a_wrong_call_gets_one_message_that_says_what_to_change(shared_log, agent_of):
    agent = agent_of(shared_log, allow_write=True)
    agent.result("pending_outcomes")
    before = shared_log.revision()
    found = agent.call(*[(tool, arguments) for tool, arguments, _ in WRONG])
    for result, (tool, _, message) in zip(found, WRONG, strict=True):
        assert result.is_error, tool
        assert message in result.content[0].text
        assert "\n" not in result.content[0].text
    assert shared_log.revision() == before


def test_the_week_is_a_resource_and_the_two_sessions_are_prompts(shared_log, agent_of):
    agent = agent_of(shared_log)
    assert [one.uri for one in agent.ask("list_resources").resources] == ["decision-log://week"]
    week = json.loads(agent.ask("read_resource", "decision-log://week").contents[0].text)
    assert week["outcomes_recorded"] == 6
    assert {one.name for one in agent.ask("list_prompts").prompts} == {"triage", "review"}
    for name, arguments in (("triage", {"capacity": "3"}), ("review", {})):
        (message,) = agent.ask("get_prompt", name, arguments).messages
        assert ("first 3" if name == "triage" else "last 7 days") in message.content.text
