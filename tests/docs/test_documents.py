"""The documents tell the truth: commands, links, examples, versions."""

from __future__ import annotations

import re
import runpy
import shlex
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from decision_cli.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDERS = (
    "store", "features", "model", "api", "cli", "faces", "tests", "benchmarks", "docs", "examples",
    "artifacts",
)  # fmt: skip
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "*/*.md", "*/*/*.md")
    for path in ROOT.glob(pattern)
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    and path.relative_to(ROOT).parts[0] not in {"demo", "reports", "data", "build", "dist"}
)
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def tour() -> list[list[str]]:
    lines = "".join(blocks(README, "console")).splitlines()
    return [shlex.split(line.removeprefix("$ ")) for line in lines]


def test_every_command_of_the_tour_works_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert tour()
    for words in tour():
        assert words[0] == "decision-log"
        result = CliRunner().invoke(app, words[1:])
        assert result.exit_code == 0, (words, result.output, result.exception)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_readme(command: str) -> None:
    assert f"`decision-log {command}`" in README


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"`decision-log ([a-z-]+)", README))
    assert named
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_every_option_has_help(command: str) -> None:
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    assert found.help
    assert [p.name for p in found.params if not getattr(p, "help", None)] == []


def test_every_benchmark_is_listed_and_every_one_listed_exists() -> None:
    folder = ROOT / "benchmarks"
    listed = set(re.findall(r"`([\w/]+\.py)`", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, _ = target.partition("#")
        assert not path or (document.parent / path).exists(), target


@pytest.mark.parametrize("number", range(len(blocks(README, "python"))))
def test_every_python_example_in_the_readme_runs(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = compile(blocks(README, "python")[number], f"README example {number}", "exec")
    exec(code, {"__name__": "__main__"})  # noqa: S102  # the README is ours


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_every_example_runs(
    example: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_says_what_belongs_there(folder: str) -> None:
    text = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert f"({folder}/README.md)" in README


def test_every_make_target_named_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        shell = "\n".join([*blocks(text, "sh"), *re.findall(r"`(make [^`]*)`", text)])
        for line in re.findall(r"^make (?:[A-Z]+=\S+ )?([a-z]+)", shell, flags=re.MULTILINE):
            assert line in targets, (document.name, line)


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{project['version']}] - " in changelog
    assert "## [Unreleased]" in changelog


def test_the_worked_score_of_the_readme_is_right() -> None:
    score = 85 * 0.4 + 75.5 / 100 * 30 + min(350.50 / 50, 20) + 0.85 * 10
    assert f"{score:.1f}" == "72.2"
    assert "34 + 22.65 + 7.01 + 8.5 = 72.2" in README


def test_the_page_of_settings_lists_every_setting_and_its_example_works(tmp_path: Path) -> None:
    from decision_log.settings import SETTINGS, Settings

    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(SETTINGS)
    for setting, row in zip(SETTINGS, rows, strict=True):
        assert row.startswith(f"| `{setting.name}` |")
        assert row.endswith(f"| {setting.help} |")
        assert setting.variable is None or f"`{setting.variable}`" in row
    for text in (*blocks(page, "toml"), *blocks(README, "toml")):
        (tmp_path / "decision-log.toml").write_text(text, encoding="utf-8")
        Settings.load(tmp_path)
