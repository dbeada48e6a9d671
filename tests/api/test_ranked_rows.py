"""The first rows of a large scored file are read from its ends alone, and are those of the whole file."""

import json

import pytest

from decision_log import OpportunityScorer
from decision_log.scoring import ranked_rows, writer
from decision_log.scoring.ranked_rows import first_rows

HOSTILE = '],\n"rejected":[{"opportunities":[\n'


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A scored file in the shape of large ones, with items that look like its beginning and its end."""
    monkeypatch.setattr(writer, "INDENTED_UP_TO", 2)
    items = [{"id": n, "score": 90 - n, "content": f"{HOSTILE} é{'😀' * n}"} for n in range(30)]
    source, target = tmp_path / "in.json", tmp_path / "out.json"
    text = json.dumps([*items, {"score": "high", "content": HOSTILE}], indent=1, ensure_ascii=False)
    source.write_text(text, encoding="utf-8")
    with OpportunityScorer(home=tmp_path, record=False) as scorer:
        scorer.score_file(source, target)
    return target


@pytest.mark.parametrize("limit", [300, 1 << 12])
@pytest.mark.parametrize("count", [0, 3, 30, 99])
def test_rows_and_rejected_items_are_those_of_the_whole_file(large, monkeypatch, limit, count):
    whole = json.loads(large.read_bytes())
    monkeypatch.setattr(ranked_rows, "READ_WHOLE_UP_TO", limit)
    rows, rejected = first_rows(large, count)
    assert rows == whole["opportunities"][:count]
    assert [(one.index, one.reason, one.item) for one in rejected] == [
        (one["index"], one["reason"], one["item"]) for one in whole["rejected"]
    ]


def test_a_large_file_of_another_shape_is_read_as_a_whole(large, monkeypatch):
    whole = json.loads(large.read_bytes())
    large.write_text(json.dumps(whole))
    monkeypatch.setattr(ranked_rows, "READ_WHOLE_UP_TO", 300)
    rows, rejected = first_rows(large, 2)
    assert (rows, len(rejected)) == (whole["opportunities"][:2], 1)
