"""``score``: nothing to do, many files, and watching; what is said and what is written."""

from __future__ import annotations

import json

import pytest

ITEMS = [
    {"id": "a", "type": "coaching", "source": "email", "score": 80},
    {"id": "b", "type": "coaching", "source": "email", "score": 20},
]


@pytest.fixture
def waiting(tmp_path):
    """A home with opportunities that wait."""
    place = tmp_path / "home" / "data" / "opportunities.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(ITEMS))
    return place


def state_of(home):
    """Names, sizes and times of the files of a home, without its own log file."""
    return {
        path: (at.st_size, at.st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file() and path.suffix != ".log" and (at := path.stat())
    }


def test_scoring_again_writes_nothing_and_says_so_until_something_changes(run, waiting):
    home = waiting.parents[1]
    first = run("score")
    assert "Written to" in first.stdout
    before = state_of(home)
    second = run("score")
    assert "Nothing has changed since" in second.stdout
    assert second.stdout.splitlines()[:4] == first.stdout.splitlines()[:4]
    assert state_of(home) == before
    assert json.loads(run("score", "--json").stdout)["unchanged"]
    assert "Written to" in run("score", "--again").stdout
    run("log", "-t", "coaching", "-s", "email", "-a", "Replied")
    assert "Written to" in run("score").stdout
    waiting.write_text(json.dumps(ITEMS[:1]))
    assert "1 scored by" in run("score").stdout
    (home / "data" / "opportunities_scored.json").write_text("{}")
    assert "Written to" in run("score").stdout
    (home / "decision-log.toml").write_text("weights = { base = 0.3 }")
    assert "Written to" in run("score").stdout


def test_rejected_items_are_still_named_where_nothing_has_changed(run, waiting):
    waiting.write_text(json.dumps([*ITEMS, {"score": "high"}]))
    first, second = (run("score", code=1) for _ in range(2))
    assert first.stderr == second.stderr
    assert "item 2: its score must be a number" in second.stderr
    assert "Nothing has changed" in second.stdout


@pytest.mark.parametrize("content", ["[]", '{"opportunities": []}'])
def test_nothing_to_score_is_said(run, waiting, content):
    waiting.write_text(content)
    assert "There was nothing to score: the input holds no opportunities" in run("score").stdout


def test_many_files_are_scored_into_a_folder_and_kept(run, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.json").write_text(json.dumps(ITEMS))
    arguments = ["score", str(tmp_path / "*.json"), "--out", str(tmp_path / "out")]
    said = run(*arguments).stdout
    assert "4 scored by rates" in said
    assert f"2 files in {tmp_path / 'out'}." in said
    assert "2 of them as they were: nothing had changed" in run(*arguments).stdout
    answer = json.loads(run(*arguments, "--json", "--again").stdout)
    assert (answer["files"], answer["kept"], answer["total_opportunities"]) == (2, 0, 4)
    assert [row["id"] for row in answer["top"]] == ["a", "a", "b", "b"]
    # As a shell gives them that has expanded the pattern itself.
    both = [str(tmp_path / f"{name}.json") for name in "ab"]
    assert "2 files in" in run("score", *both, "--out", str(tmp_path / "out")).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "b", "c"], "add --out FOLDER"),
        (["in/*.parquet"], "add --out FOLDER"),
        (["--cluster", "tcp://127.0.0.1:1"], "it needs --out FOLDER"),
        (["--out", "x"], "name the files to score"),
        (["a.csv", "--out", "b.json"], "name it behind the input: score a.csv b.json"),
        (["-", "--watch"], "standard input does not change"),
        (["--watch", "--as-of", "2026-01-01"], "--as-of does not change"),
    ],
)
def test_options_that_do_not_go_together_are_refused_with_what_to_do(run, arguments, said):
    done = run("score", *arguments, code=2)
    assert said in done.stderr


def test_watching_scores_when_something_changes_goes_on_after_an_error_and_ends_cleanly(
    run, waiting, monkeypatch
):
    steps = iter(
        [
            lambda: None,
            lambda: waiting.write_text(json.dumps(ITEMS[:1])),
            lambda: None,
            lambda: waiting.write_text("["),
            lambda: waiting.write_text(json.dumps([*ITEMS, *ITEMS])),
        ]
    )

    def sleep(_):
        step = next(steps, None)
        if step is None:
            raise KeyboardInterrupt
        step()

    monkeypatch.setattr("decision_cli.commands.decide.score_runs.time.sleep", sleep)
    done = run("score", "--watch")
    counts = [line.split()[0] for line in done.stdout.splitlines() if " scored by " in line]
    assert counts == ["2", "1", "4"]
    assert done.stderr.count("The opportunities have changed.") == 3
    assert "is not JSON" in done.stderr
    assert done.stderr.endswith("Stopped watching.\n")
