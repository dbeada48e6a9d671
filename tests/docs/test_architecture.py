"""The page on the architecture names modules that exist, and the layers that are enforced."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LAYERS = ("decision_store", "decision_features", "decision_model", "decision_log")
FACES = ("decision_cli", "decision_mcp", "decision_web")
PACKAGES = (*LAYERS, *FACES)
NAMED = sorted(set(re.findall(rf"`((?:{'|'.join(PACKAGES)})\.[a-z_.]+)`", PAGE)))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]


@pytest.mark.parametrize("module", NAMED)
def test_every_module_that_the_page_names_exists(module: str) -> None:
    assert find_spec(module) is not None


def test_the_page_fits_on_one_page_and_names_modules_of_every_package() -> None:
    assert len(PAGE.splitlines()) <= 90
    assert {name.partition(".")[0] for name in NAMED} == set(PACKAGES)


def test_the_walks_name_a_module_of_every_folder_below_a_package() -> None:
    for folder in ("model/decision_model", "api/decision_log", "store/decision_store/importing"):
        package = folder.partition("/")[2].replace("/", ".")
        names = {p.parent.name for p in (ROOT / folder).glob("*/__init__.py")} - {"demo"}
        walked = {name.removeprefix(f"{package}.").split(".")[0] for name in NAMED}
        assert names <= walked


def test_each_step_reaches_only_what_its_layer_may_import() -> None:
    """The order of the packages on the page is that of the contract."""
    (layers,) = (c["layers"] for c in CONTRACTS if c["type"] == "layers" and "containers" not in c)
    assert layers == [" | ".join(FACES), *reversed(LAYERS)]
    places = [PAGE.index(package) for package in PACKAGES]
    assert places == sorted(places)


def test_log_knows_neither_scorer_nor_summary() -> None:
    files = [*(ROOT / "api" / "decision_log" / "log").glob("*.py")]
    assert files
    imported = {
        node.module or ""
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert not [
        m for m in imported if re.match(r"decision_log\.(scoring|reports|predicting|models)", m)
    ]
