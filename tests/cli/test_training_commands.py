"""``train``, ``fields`` and ``models`` on a real log in a temporary home."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog


@pytest.fixture
def run(trained_home):
    def run(*arguments, code=0):
        result = CliRunner().invoke(app, [*arguments, "--home", str(trained_home)])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return run


def test_train_reports_and_its_version_can_be_managed(run, trained_home):
    (first,) = json.loads(run("models", "list", "--json").stdout)
    report = json.loads(
        run("train", "--no-promote", "--as-of", "2026-03-01T13:00", "--json").stdout
    )
    second = report["version"]
    assert report["trained"]
    assert not report["promoted"]
    assert first["version"] in run("models", "list").stdout
    shown = " ".join(run("models", "show", "challenger").stdout.split())
    assert second in shown
    for words in (
        "Made of",
        "regression with every field",
        "rates of type and source",
        "every field that is known",
    ):
        assert words in shown
    assert json.loads(run("models", "show", second, "--json").stdout)["training"]["seed"] == 0
    assert "Differences" in run("models", "diff", first["version"], second).stdout
    assert f"Champion: {second}" in run("models", "promote", second, "--why", "a test").stdout
    assert f"Champion: {first['version']}" in run("models", "rollback").stdout
    assert json.loads(run("models", "rollback", "--json").stdout)["to"] is None
    assert "earlier champion" in run("models", "rollback", code=1).stderr


def test_train_if_needed_says_why_it_does_nothing(run):
    first = run("train", "--as-of", "2026-03-01T13:00")
    assert "Trained m20260301T130000-" in first.stdout
    assert "context.plan" in first.stdout
    assert "Not needed" in run("train", "--if-needed", "--as-of", "2026-03-01T14:00").stdout


@pytest.mark.parametrize("width", [80, 120])
def test_what_is_shown_fits_the_terminal_and_cuts_no_version(challenged_home, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))

    def shown(*arguments):
        result = CliRunner().invoke(app, [*arguments, "--home", str(challenged_home)])
        assert result.exit_code == 0, result.output
        assert max(map(len, result.stdout.splitlines())) <= width, arguments
        return result.stdout

    versions = [row["version"] for row in json.loads(
        CliRunner().invoke(app, ["models", "list", "--json", "--home", str(challenged_home)]).stdout
    )]  # fmt: skip
    shown("train", "--as-of", "2025-11-05")
    shown("fields")
    shown("predict", "-t", "coaching")
    for arguments in (("models", "list"), ("calibration",)):
        text = shown(*arguments)
        assert all(version in text for version in versions)
        assert "…" not in text
    assert shown("models", "show", versions[0]).startswith(versions[0])
    assert "sha256.arrays" in shown("models", "diff", *versions)
    assert "model.as_of" in shown("models", "diff", "champion", versions[0])


def test_on_an_empty_home_it_says_not_yet(tmp_path):
    result = CliRunner().invoke(app, ["train", "--home", str(tmp_path / "none")])
    assert result.exit_code == 0
    assert "holds no decisions yet" in result.stdout
    assert not (tmp_path / "none").exists()


def test_fields_prints_the_data_dictionary_with_what_is_left_out_and_why(trained_home, run):
    with DecisionLog(home=trained_home) as log:
        for n in range(60):
            log.log_decision(
                f"x-{n}", "coaching", "email", "Replied", context={"ticket": f"T-{n:06d}"},
            )  # fmt: skip
    rows = {row["name"]: row for row in json.loads(run("fields", "--json").stdout)}
    assert rows["score"]["used"]
    assert not rows["context.ticket"]["used"]
    assert "context.ticket is left out: " in run("fields").stdout


def harm(folder, how):
    manifest = json.loads((folder / "manifest.json").read_text())
    if how == "damaged":
        (folder / "arrays.npz").write_bytes((folder / "arrays.npz").read_bytes()[:-9])
    elif how == "foreign":
        (folder / "manifest.json").write_text('{"format": "somebody else\'s"}')
    else:
        (folder / "manifest.json").write_text(json.dumps({**manifest, "format_version": 2}))


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ("damaged", "arrays.npz is damaged: its checksum is another"),
        ("foreign", "manifest.json does not describe a model of this program"),
        ("future", "upgrade with 'pip install --upgrade decision-log-roi'"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_and_the_remedy_is_named(
    challenged_home, how, answer
):
    def run(*arguments, code=0):
        result = CliRunner().invoke(app, [*arguments, "--home", str(challenged_home)])
        assert result.exit_code == code, (arguments, result.output)
        return result

    rows = json.loads(run("models", "list", "--json").stdout)
    (champion,) = (row["version"] for row in rows if row["aliases"] == ["champion"])
    (challenger,) = (row["version"] for row in rows if row["aliases"] == ["challenger"])
    for version in (champion, challenger):
        harm(challenged_home / "artifacts" / "models" / version, how)
    for arguments in (
        ("models", "show", champion), ("models", "promote", challenger),
        ("models", "diff", champion, challenger),
    ):  # fmt: skip
        refused = run(*arguments, code=1).stderr
        assert refused.count("\n") == 1
        assert answer in refused
        assert "Train a new one with 'decision-log train'" in refused
    listed = " ".join(run("models", "list").stdout.split())
    assert "damaged" in listed
    assert f"{champion} cannot be used: " in listed
    assert json.loads(run("predict", "-t", "coaching", "--json").stdout)["model_version"] == "rates"
    assert answer in json.loads(run("calibration", "--json").stdout)["challenger"]["problem"]
    if how != "damaged":
        return
    trained = json.loads(run("train", "--as-of", "2026-03-01T13:00", "--json").stdout)
    assert trained["trained"]
    assert trained["gate"]["evidence"]["rule"] == "first"


def test_a_damaged_alias_file_is_reported_before_anything_is_trained(trained_home, run):
    aliases = trained_home / "artifacts" / "models" / "aliases.json"
    aliases.write_text("half a fi")
    refused = run("train", code=1).stderr
    assert "the alias file is damaged" in refused
    assert "move the file away" in refused
    assert len(list(aliases.parent.glob("m*"))) == 1
    aliases.unlink()
    assert "Champion: " in run("models", "promote", next(aliases.parent.glob("m*")).name).stdout


def test_questions_about_models_make_nothing_in_an_empty_home(tmp_path):
    for arguments in (
        ("list",), ("show",), ("rollback",), ("challenge", "--clear"), ("promote", "m1"),
        ("challenge", "m1"),
    ):  # fmt: skip
        result = CliRunner().invoke(app, ["models", *arguments, "--home", str(tmp_path / "none")])
        assert result.exit_code == (arguments != ("list",)), result.output
        assert not (tmp_path / "none").exists(), arguments
    result = CliRunner().invoke(app, ["models", "show", "--home", str(tmp_path / "none")])
    assert "No model is champion" in result.stderr
    result = CliRunner().invoke(app, ["fields", "--home", str(tmp_path / "none")])
    assert "holds no decisions yet" in result.stdout


def test_an_unknown_version_is_reported_in_one_message(run):
    result = run("models", "show", "m-nope", code=1)
    assert result.stderr.startswith("Error: No model 'm-nope'")
    assert "Traceback" not in result.output


def test_no_record_keeps_no_prediction(run):
    run("predict", "-t", "coaching", "--no-record")
    run("predict", "-t", "coaching", "--as-of", "2026-03-01T13:00")
    run("calibration")  # brings what is pending into the database
    assert "predictions" not in run("doctor").stdout
    run("predict", "-t", "coaching")
    run("calibration")
    assert "1 predictions" in run("doctor").stdout


def test_doctor_says_who_answers(run):
    assert "Model     m20260301T120000-" in run("doctor").stdout


def test_a_challenger_is_chosen_and_cleared_by_a_command_and_the_history_is_kept(run):
    (first,) = json.loads(run("models", "list", "--json").stdout)
    second = json.loads(
        run("train", "--no-promote", "--as-of", "2026-03-01T13:00", "--json").stdout
    )
    version = second["version"]
    assert "It waits as challenger" in second["reason"]
    assert (
        f"Challenger: none, before {version} (cleared by"
        in run("models", "challenge", "--clear").stdout
    )
    assert "There is no challenger" in run("models", "challenge", "--clear", code=1).stderr
    chosen = run("models", "challenge", version, "--why", "once more").stdout
    assert f"Challenger: {version}, before none (chosen by" in chosen
    assert "already" in run("models", "challenge", version, code=1).stderr
    assert "serves" in run("models", "challenge", first["version"], code=1).stderr
    assert "No model 'm-nope'" in run("models", "challenge", "m-nope", code=1).stderr
    for wrong in ((), (version, "--clear")):
        assert "--clear" in run("models", "challenge", *wrong, code=2).stderr
    answer = json.loads(run("models", "show", version, "--json").stdout)
    assert [one["action"] for one in answer["history"]] == ["promote", "clear", "promote"]
    assert answer["history"][-1]["why"] == "once more"
