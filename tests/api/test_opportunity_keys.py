"""Keys, scales and formats of opportunities that other programs write."""

from __future__ import annotations

import io
import json
import sys

import pytest

from decision_log.scoring.key_map import InvalidMapping, KeyMap
from decision_log.scoring.reader import UnreadableOpportunities

ITEM = '{"type": "coaching", "source": "email", "score": 85}'


@pytest.fixture
def scored_with(scorer, tmp_path):
    """Score a file with options; give the report and what was written."""

    def scored_with(content, name="in.json", **options):
        (tmp_path / name).write_text(content, encoding="utf-8")
        report = scorer.score_file(tmp_path / name, tmp_path / "out.json", **options)
        return report, json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))

    return scored_with


def test_fields_under_other_names_are_found_and_the_item_stays_as_it_is(scored_with):
    item = {"typ": "coaching", "score": {"overall": "7"}, "lead": {"src": "email"}, "n": None}
    content = json.dumps({"records": [item]})
    mapping = {
        "typ": "type",
        "score.overall": "score",
        "lead.src": "source",
        "records": "opportunities",
    }
    report, written = scored_with(content, mapping=mapping, scale=10)
    (row,) = written["opportunities"]
    assert {key: row[key] for key in item} == item
    assert (row["type"], row["source"]) == ("coaching", "email")
    assert row["original_score"] == 70.0
    assert "coaching from email" in row["reasoning"]
    assert written["data_sources"] == {"email": 1}
    assert not report.rejected


def test_a_score_that_cannot_be_rescaled_is_rejected_with_its_own_words(scored_with):
    report, _ = scored_with('[{"score": "8/10"}, {"score": 11}]', scale=10)
    assert [one.reason for one in report.rejected] == [
        "its score must be a number, not '8/10'", "its score must lie in [0, 100], not 110.0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "options", [{"scale": 0}, {"scale": float("nan")}, {"mapping": {"": "type"}}]
)
def test_a_mapping_or_scale_that_makes_no_sense_is_refused(scored_with, options):
    with pytest.raises(InvalidMapping):
        scored_with("[]", **options)


@pytest.mark.parametrize(
    ("scores", "warned"),
    [
        ([0.2, 0.9, 1], "scale of 0 to 1;"),
        ([2, 9, 10], "scale of 1 to 10;"),
        ([2, 9, 11], None),
        ([0, 0, 0], None),
        ([7], None),
        ([0.5, 55], None),
    ],
)
def test_scores_on_another_scale_are_warned_of(scored_with, scores, warned):
    items = [{"type": "a", "source": "b", "content": "c", "score": score} for score in scores]
    report, written = scored_with(json.dumps(items))
    assert written.get("warnings", []) == report.warnings
    assert len(report.warnings) == (warned is not None)
    assert all(warned in one for one in report.warnings)


@pytest.mark.parametrize(
    ("key", "meant"),
    [("typ", "type"), ("Type", "type"), ("sorce", "source"), ("scores", "score"),
     ("contents", "content"), ("Sender ", "sender"), ("Message", "content"), ("lead_type", "type"),
     ("Channel", "source"), ("rating", "score")],
)  # fmt: skip
def test_keys_that_look_misspelt_are_named(scored_with, key, meant):
    whole = {"type": "a", "source": "b", "content": "c", "score": 50, "sender": "d"}
    item = {**{k: v for k, v in whole.items() if k != meant}, key: whole[meant]}
    report, _ = scored_with(json.dumps([item]))
    assert any(f"--map {key}={meant}" in one for one in report.warnings)


def test_usual_attributes_are_not_taken_for_misspelt_keys(scored_with):
    item = {"type": "a", "source": "b", "content": "c", "score": 50, "sender": "d", "id": 1,
            "timestamp": "2026-02-08", "budget": 3, "tags": [], "url": "x", "title": "y",
            "followers": 3, "plan": "pro", "country": "DE", "priority": "high"}  # fmt: skip
    report, _ = scored_with(json.dumps([item]))
    assert report.warnings == []


def test_what_every_item_lacks_is_named_and_items_without_anything_are_marked(scored_with):
    report, written = scored_with('[{"budget": 1}, {"budget": 2}]')
    for name in ("type", "source", "text", "score"):
        assert any(f"No item has a {name}" in one for one in report.warnings)
    assert [row["insufficient_data"] for row in written["opportunities"]] == [True, True]


CSV = "Type;Source;Score;Opportunity Content;budget;code\ncoaching;email;85;Hello, you;300;007\n;;high;;;\n"


def test_csv_is_read_with_its_headings_matched(scored_with):
    report, written = scored_with(CSV, "leads.csv")
    (row,) = written["opportunities"]
    assert {key: row[key] for key in ("type", "source", "score", "content", "budget", "code")} == {
        "type": "coaching", "source": "email", "score": "85", "content": "Hello, you",
        "budget": 300, "code": "007",
    }  # fmt: skip
    assert row["original_score"] == 85.0
    assert [one.reason for one in report.rejected] == ["its score must be a number, not 'high'"]


@pytest.mark.parametrize(
    "content", [CSV, f"[{ITEM}]", f"\ufeff{ITEM}\n{ITEM}\n", '{"opportunities": []}']
)
def test_standard_input_may_be_json_or_csv(scorer, content, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    found = scorer.score_file("-", tmp_path / "out.json")
    assert found.total_opportunities == content.count("coaching")


def test_a_list_deeper_in_an_object_is_named_and_read_by_its_path(scored_with):
    content = f'{{"data": {{"total": 1, "items": [{ITEM}]}}, "next": null}}'
    with pytest.raises(UnreadableOpportunities, match=r"--map data\.items=opportunities"):
        scored_with(content)
    report, _ = scored_with(content, mapping={"data.items": "opportunities"})
    assert report.total_opportunities == 1


def test_a_number_within_a_nested_score_is_named(score):
    written = score('[{"score": {"text": "x", "overall": 7}}, {"score": "85 %"}]')
    reasons = [one["reason"] for one in written["rejected"]]
    assert "if it is its 'overall', give --map score.overall=score" in reasons[0]
    assert "must be a number, not '85 %'" in reasons[1]


def test_a_path_leads_into_the_lists_of_a_webhook(tmp_path):
    sent = {
        "form_response": {
            "token": "t1",
            "answers": [
                {"type": "text", "text": "A site, soon", "field": {"id": "q1"}},
                {"type": "email", "email": "laura@e.co", "field": {"id": "q2"}},
            ],
        }
    }
    paths = {
        "form_response.token": "id",
        "form_response.answers.0.text": "content",
        "form_response.answers.1.email": "sender",
        "form_response.answers.7.text": "type",
    }
    item = KeyMap(paths).apply(sent)
    assert (item["id"], item["content"], item["sender"], "type" in item) == (
        "t1", "A site, soon", "laura@e.co", False,
    )  # fmt: skip
