"""Scorers that several modules share."""

from __future__ import annotations

import json

import pytest

from decision_log import OpportunityScorer


@pytest.fixture(scope="module")
def scorer(tmp_path_factory):
    """A scorer of an empty log."""
    with OpportunityScorer(home=tmp_path_factory.mktemp("empty") / "home") as scorer:
        yield scorer


@pytest.fixture
def score(scorer, tmp_path):
    def score(content, name="in.json"):
        source = tmp_path / name
        if isinstance(content, bytes):
            source.write_bytes(content)
        else:
            source.write_text(content, encoding="utf-8")
        scorer.score_file(source, tmp_path / "out.json")
        return json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))

    return score
