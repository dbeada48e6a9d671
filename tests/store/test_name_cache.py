"""The cache of names beside the journal: what it answers, and that nothing depends on it."""

from __future__ import annotations

from decision_store.journal.name_cache import NameCache


def test_two_processes_add_to_one_cache(tmp_path):
    first, second = NameCache(tmp_path), NameCache(tmp_path)
    first.add({"opportunity_type": "coaching"})
    assert second.unknown({"opportunity_type": "Coaching", "opportunity_source": "email"}) == [
        "opportunity_source"
    ]
    second.add({"opportunity_source": "email"})
    assert first.unknown({"opportunity_source": "E mail"}) == ["opportunity_source"]
    assert first.unknown({"opportunity_source": "EMAIL"}) == []


def test_damaged_lines_are_left_out_and_a_name_keeps_its_first_spelling(tmp_path):
    cache = NameCache(tmp_path)
    cache.add({"opportunity_type": "Golf"})
    with (tmp_path / "names.cache").open("ab") as file:
        file.write(b'{"x": 1}\n[1, 2]\n["opportunity_type", "golf", "GOLF"]\n["cut')
    assert NameCache(tmp_path).tables()["opportunity_type"].canonical("golf") == "Golf"


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    cache = NameCache(tmp_path / "missing")
    cache.add({"opportunity_type": "coaching"})
    assert cache.tables() == {}
