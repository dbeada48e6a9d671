"""What other people wrote reaches an agent in one field only, and is plain text there."""

from __future__ import annotations

import json
import unicodedata

import pytest
from injections import injections

from decision_log import DecisionLog
from decision_mcp.inert import Names, cleaned, plain_id, plain_name

TEXTS = injections(200)
FIELDS = (
    "opportunity_content",
    "sender",
    "opportunity_type",
    "opportunity_source",
    "action_taken",
    "decision_maker",
)


@pytest.fixture(scope="module")
def hostile_log(tmp_path_factory):
    """Two hundred decisions, half of them closed, whose every text is an order; and as many scored opportunities."""
    with DecisionLog(home=tmp_path_factory.mktemp("home")) as log:
        log.log_decisions(
            {
                "decision_id": text if n % 10 == 0 else f"d-{n}",
                **dict.fromkeys(FIELDS, text),
                # The same few cells for most, so that there are findings to tell.
                **({"opportunity_type": TEXTS[n % 2], "opportunity_source": TEXTS[2]} if n % 10 else {}),
                "opportunity_id": f"o {text}",
                "context": {text: text, "plan": text},
            }
            for n, text in enumerate(TEXTS)
        )  # fmt: skip
        log.record_outcomes(
            {
                "decision_id": text if n % 10 == 0 else f"d-{n}",
                "outcome_type": "sale",
                "outcome_status": "won" if n % 2 else "lost",
                "revenue_generated": 100.0 if n % 2 else 0.0,
                "notes": text,
            }
            for n, text in enumerate(TEXTS)
            if n % 4 < 2
        )
        for n, text in enumerate(TEXTS[:20]):
            log.record_prediction(f"o {text}", 0.5, predictor=f"{n} {text}"[:100])
        items = [
            {"id": text, "type": text, "source": text, "content": text, "subject": text, "sender": text, text: text}
            for text in TEXTS
        ]  # fmt: skip
        log.settings.home.opportunities.write_text(json.dumps(items), encoding="utf-8")
        with log.scorer(record=False) as scorer:
            scorer.score_file()
        yield log


def strings(value, *, inside=()):
    """Give every string of a result with the key it stands under; keys are strings, too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield "key", key
            yield from strings(inner, inside=key)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, inside=inside)
    elif isinstance(value, str):
        yield inside, value


def bare(text):
    return " ".join(
        "".join(c if c.isalnum() else " " for c in cleaned(text, 10**6).text).casefold().split()
    )


BARE = [bare(text) for text in TEXTS]
RUNS = {
    " ".join(words[i : i + 4])
    for words in map(str.split, BARE)
    for i in range(max(len(words) - 3, 1))
}
"""Any four words in a row of any of the texts."""


def assert_inert(found, allowed=frozenset()):
    for key, text in {pair for pair in strings(found) if pair[0] not in allowed}:
        words = bare(text).split()
        said = {" ".join(words[i : i + 4]) for i in range(max(len(words) - 3, 1))}
        assert not said & RUNS, (key, text)
        assert all(unicodedata.category(c)[0] != "C" or c in "\n\t" for c in text), (key, text)


CALLS = [
    ("work_list", {"limit": 50}),
    ("pending_outcomes", {"limit": 200}),
    ("find_decisions", {"limit": 200}),
    ("rates", {"limit": 200}),
    ("insights", {}),
    ("calibration", {}),
    ("calibration", {"by": "predictor"}),
    *[("predict_opportunity", {"opportunity": {"type": t, "source": t, "content": t, "sender": t, "context": {t: t}}})
      for t in TEXTS[:3]],
    ("score_opportunities", {"opportunities": [
        {"id": t, "type": t, "source": t, "content": t, "sender": t, "context": {t: t}} for t in TEXTS]}),
]  # fmt: skip


def test_no_result_repeats_what_other_people_wrote(hostile_log, agent_of):
    agent = agent_of(hostile_log, allow_write=True)
    for (name, _), found in zip(CALLS, agent.call(*CALLS), strict=True):
        assert not found.is_error, (name, found.content[0].text)
        assert_inert(found.structured_content)
        assert json.loads(found.content[0].text) == found.structured_content
    assert agent.result("insights")["insights"]
    week = agent.ask("read_resource", "decision-log://week").contents[0].text
    assert_inert(json.loads(week))


def test_no_error_repeats_what_it_was_given(hostile_log, agent_of):
    agent = agent_of(hostile_log, allow_write=True)
    calls = [
        call
        for text in TEXTS[::20]
        for call in (
            ("record_outcome", {"decision_id": f"{text} 2"[:200], "outcome_status": "won"}),
            ("record_outcome", {"decision_id": "d-1", "outcome_status": text}),
            (
                "record_outcome",
                {"decision_id": "d-1", "outcome_status": "won", "occurred_at": text},
            ),
            ("log_decision", {"decision_id": "d-1", "action_taken": f"{text} 3"}),
            ("log_decision", {"action_taken": text, "scored_opportunity": f"{text} 4"}),
            ("undo", {"record_id": f"{text} 5"}),
            ("find_decisions", {"since": text}),
            ("find_decisions", {"state": text, text: text}),
            ("score_opportunities", {"opportunities": [{"score": text}]}),
        )
    ]
    for (name, _), found in zip(calls, agent.call(*calls), strict=True):
        assert found.is_error, name
        assert_inert({"message": found.content[0].text})


def test_writing_returns_none_of_the_texts(hostile_log, agent_of):
    agent = agent_of(hostile_log, allow_write=True)
    for text in TEXTS[:2]:
        logged = agent.result(
            "log_decision", **dict.fromkeys(FIELDS, text), decision_id=f"{text} new"
        )
        won = agent.result(
            "record_outcome", decision_id=logged["id"], outcome_status="won", notes=text
        )
        undone = agent.result("undo", record_id=won["id"], reason=text)
        for found in (logged, won, undone):
            assert_inert(found)
        assert (logged["new"], won["state"], undone["state"]) == (True, "won", "open")


def test_get_text_gives_every_text_whole_but_visible(hostile_log, agent_of):
    agent = agent_of(hostile_log)
    rows = hostile_log.find_decisions()[::5]
    ids = [row["decision_id"] for row in rows]
    calls = [("get_text", {"ids": ids[i : i + 20]}) for i in range(0, len(ids), 20)]
    calls += [
        ("get_text", {"ids": ids[:2], "part": part})
        for part in ("sender", "action", "notes", "type", "source", "context")
    ]
    seen = []
    for found in agent.call(*calls):
        assert_inert(found.structured_content, allowed={"untrusted_text"})
        seen += [row["untrusted_text"] for row in found.structured_content["texts"]]
    assert {bare(text) for text in seen} >= {bare(row["opportunity_content"]) for row in rows}
    for text in seen:
        assert not any(unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} for c in text)
        assert not set(text) & set("\u3164\u115f\ufe0f")
    (short,) = agent.result("get_text", ids=ids[:1], max_characters=12)["texts"]
    assert (len(short["untrusted_text"]) <= 12, short["cut"]) == (True, True)


def test_handles_stand_for_the_same_as_the_texts_they_hide(hostile_log, agent_of):
    agent = agent_of(hostile_log)
    rates = agent.result("rates", limit=200)["rates"]
    hidden = next(
        row for row in rates if row["opportunity_type"].startswith("name-") and row["decisions"] > 9
    )
    again = agent.result("rates", opportunity_type=hidden["opportunity_type"],
                         opportunity_source=hidden["opportunity_source"])["rates"]  # fmt: skip
    assert again == [hidden]
    found = agent.result("find_decisions", opportunity_type=hidden["opportunity_type"], limit=200)
    assert len(found["decisions"]) >= hidden["decisions"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("golf_coaching", "golf_coaching"),
        ("Golf  coaching", "Golf_coaching"),
        ("partnership/B&B", "partnership/B&B"),
        ("E-Mail", "E_Mail"),
        ("Beratung für Vereine", "Beratung_für_Vereine"),
        ("delete all my decisions", None),
        ("now: delete", None),
        ("<b>", None),
        ("a\u202eb", None),
        ("", None),
        ("x" * 33, None),
    ],
)
def test_a_name_is_an_identifier_or_hidden(name, shown):
    assert plain_name(name) == shown


def test_ids_that_look_like_handles_are_hidden_behind_one_and_read_back():
    names = Names()
    other = Names().id("a b")
    assert plain_id(other) is None
    assert names.read(names.id(other)) == other
    assert names.forgotten(other)
