"""Aliases: who serves, the history, and many processes at once."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from decision_model.artifacts import registry
from decision_model.artifacts.array_archive import ArraySpec, Schema
from decision_model.artifacts.artifact import ArtifactMismatch, write_artifact
from decision_model.artifacts.registry import (
    AliasMoved,
    NothingToRollBack,
    UnknownVersion,
    diff,
    list_versions,
    promote,
    read_aliases,
    resolve,
    rollback,
    show,
)

SCHEMA = Schema("rates", 1, {"rates": ArraySpec("float64", ("cells",))})
NOON = datetime(2026, 2, 8, 12, tzinfo=UTC)


@pytest.fixture
def models(tmp_path):
    for number in (1, 2, 3):
        write_artifact(
            tmp_path / f"v{number}",
            {"rates": np.full(2, number / 10)},
            {"evaluation": {"log_loss": 0.7 - number / 10}, "rows": 100},
            schema=SCHEMA,
        )
    return tmp_path


def put(models, version, **changes):
    return promote(models, version, **{"who": "ada", "why": "better", "when": NOON} | changes)


def back(models, **changes):
    return rollback(models, **{"who": "ada", "why": "worse", "when": NOON} | changes)


def test_without_an_alias_file_nobody_is_champion(tmp_path):
    assert read_aliases(tmp_path).champion is None
    assert list_versions(tmp_path / "nowhere") == ()


def test_a_promotion_is_kept_with_when_who_why_from_and_to(models):
    put(models, "v1")
    put(models, "v2", when=NOON + timedelta(hours=1), who="grace", why="log loss -.1")
    known = read_aliases(models)
    assert known.champion == "v2"
    last = known.history[-1]
    assert (last.who, last.why, last.before, last.after) == ("grace", "log loss -.1", "v1", "v2")
    assert last.when == NOON + timedelta(hours=1)
    assert json.loads((models / "aliases.json").read_text())["history"][1]["from"] == "v1"


def test_rolling_back_again_goes_one_further_and_finally_to_the_rates_alone(models):
    for version in ("v1", "v2", "v3"):
        put(models, version)
    assert [back(models).after for _ in range(3)] == ["v2", "v1", None]
    with pytest.raises(NothingToRollBack):
        back(models)
    assert read_aliases(models).champion is None
    assert len(read_aliases(models).history) == 6


def test_after_a_rollback_a_new_promotion_is_what_the_next_rollback_undoes(models):
    put(models, "v1")
    put(models, "v2")
    back(models)
    put(models, "v3")
    assert back(models).after == "v1"


def test_a_promotion_judged_against_an_earlier_champion_is_refused(models):
    put(models, "v1")
    put(models, "v2")
    with pytest.raises(AliasMoved, match="'v2' now"):
        put(models, "v3", expected="v1")
    assert put(models, "v3", expected="v2").after == "v3"


@pytest.mark.parametrize("version", ["v9", "../v1", "", "champion"])
def test_what_is_not_there_cannot_be_promoted(models, version):
    with pytest.raises(UnknownVersion):
        put(models, version)
    assert read_aliases(models).history == ()


def test_a_damaged_model_can_neither_be_promoted_nor_rolled_back_to(models):
    put(models, "v1")
    put(models, "v2")
    for version in ("v1", "v3"):
        (models / version / "arrays.npz").write_bytes(b"damage")
    with pytest.raises(ArtifactMismatch):
        put(models, "v3")
    with pytest.raises(ArtifactMismatch):
        back(models)
    assert read_aliases(models).champion == "v2"


@pytest.mark.parametrize(
    "changes",
    [{"who": " "}, {"why": ""}, {"when": datetime(2026, 1, 1)}],  # noqa: DTZ001
)
def test_a_change_needs_who_why_and_a_moment_with_zone(models, changes):
    with pytest.raises(ValueError, match=r"needs who|time zone"):
        put(models, "v1", **changes)


def test_promoting_the_champion_again_is_refused(models):
    put(models, "v1")
    with pytest.raises(ValueError, match="champion already"):
        put(models, "v1")


def clear(models, **given):
    answer = {"who": "ada", "why": "enough", "when": NOON, **given}
    return registry.clear_challenger(models, **answer)


def test_a_challenger_can_be_cleared_and_the_history_tells(models):
    put(models, "v1")
    put(models, "v2", alias="challenger")
    change = clear(models)
    assert (change.action, change.alias, change.before, change.after) == (
        "clear", "challenger", "v2", None,
    )  # fmt: skip
    known = read_aliases(models)
    assert (known.champion, known.challenger) == ("v1", None)
    assert [one.action for one in known.history] == ["promote", "promote", "clear"]
    with pytest.raises(registry.NothingToClear, match="no challenger"):
        clear(models)
    assert back(models, alias="challenger").after == "v2"


def test_a_challenger_that_becomes_champion_is_challenger_no_longer(models):
    put(models, "v1")
    put(models, "v2", alias="challenger")
    assert put(models, "challenger").after == "v2"
    known = read_aliases(models)
    assert (known.champion, known.challenger) == ("v2", None)
    assert known.history[-1].action == "clear"
    assert back(models).after == "v1"
    assert read_aliases(models).challenger is None


def test_the_list_shows_aliases_and_what_is_damaged(models):
    put(models, "v1")
    (models / "v2" / "manifest.json").write_text("{}")
    listed = list_versions(models)
    assert [(entry.version, entry.aliases) for entry in listed] == [
        ("v1", ("champion",)),
        ("v2", ()),
        ("v3", ()),
    ]
    assert listed[1].problem is not None
    assert listed[0].manifest is not None
    assert listed[0].manifest["rows"] == 100


def test_show_and_resolve_take_versions_and_aliases(models):
    put(models, "v2")
    assert resolve(models, "champion") == models / "v2"
    assert show(models, "champion") == show(models, "v2")
    with pytest.raises(UnknownVersion):
        show(models, "challenger")


def test_a_diff_names_what_differs_and_nothing_else(models):
    found = diff(models, "v1", "v2")
    assert found["evaluation.log_loss"] == (pytest.approx(0.6), pytest.approx(0.5))
    assert set(found) == {"evaluation.log_loss", "sha256.arrays", "sha256.manifest"}


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        '{"format_version": 2}',
        '{"format_version": 1, "champion": "v1", "challenger": null, "history": []}',
        '{"format_version": 1, "champion": "../v1", "challenger": null, "history": [{"when": '
        '"2026-01-01T00:00:00+00:00", "who": "a", "why": "b", "action": "promote", '
        '"alias": "champion", "from": null, "to": "../v1"}]}',
    ],
)
def test_a_damaged_alias_file_is_reported_and_never_overwritten(models, damage):
    (models / "aliases.json").write_text(damage)
    for act in (read_aliases, list_versions, lambda folder: put(folder, "v1"), back):
        with pytest.raises(ArtifactMismatch, match="alias file is damaged"):
            act(models)
    assert (models / "aliases.json").read_text() == damage


def test_what_a_dead_process_left_behind_does_no_harm(models):
    (models / ".aliases.json.new").write_text("half a fi")
    put(models, "v1")
    assert read_aliases(models).champion == "v1"
    assert registry.ALIAS_FILE in {entry.name for entry in models.iterdir()}


PROMOTER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from decision_model.artifacts.registry import promote
models, me = Path(sys.argv[1]), sys.argv[2]
for turn in range(15):
    for version in ("v1", "v2", "v3"):
        try:
            promote(models, version, who=me, why=f"turn {turn} {version}", when=datetime.now(UTC))
            print(f"turn {turn} {version}")
        except ValueError:
            pass
"""


def test_promotions_by_several_processes_are_all_kept_and_form_one_chain(models):
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTER, models, f"p{number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    acknowledged = {}
    for number, process in enumerate(running):
        answer, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        acknowledged[f"p{number}"] = answer.splitlines()
    history = read_aliases(models).history
    for who, answer in acknowledged.items():
        assert [change.why for change in history if change.who == who] == answer
    assert len(history) == sum(len(answer) for answer in acknowledged.values())
    for earlier, later in pairwise(history):
        assert later.before == earlier.after
