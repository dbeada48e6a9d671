"""The tables of hyperparameters are complete and agree with the constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from decision_features import hyperparameters as features
from decision_model import hyperparameters as model

ORIGINS = {
    "JUDGEMENT",
    "SHOWN",
    "SIMULATED",
    "HALF_OF_SETS",
    "CHOSEN_WORLDS",
    "LEAK_WORLD",
    "COVERAGE",
    "REASONED",
    "TABLE",
}


@pytest.mark.parametrize("module", [features, model])
def test_every_constant_is_declared_once_under_its_own_name_with_its_own_value(
    module: ModuleType,
) -> None:
    declared = {one.name: one.value for one in module.TABLE}
    constants = {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and len(name) > 1 and name not in ORIGINS
    }
    assert declared == constants
    assert len(module.TABLE) == len(constants)


@pytest.mark.parametrize("module", [features, model])
def test_every_constant_tells_unit_reason_and_origin(module: ModuleType) -> None:
    assert all(one.unit and len(one.why) > 3 and one.origin for one in module.TABLE)


NOT_CHOSEN = {
    "HERMITE": "Gauss-Hermite nodes",
    "NORMAL_95": "quantile of the standard normal",
    "_SERIES": "coefficients of Abramowitz and Stegun 26.2.17",
    "NEXT_TO_ONE": "floating point",
    "LEVELS": "points of a scale; its shape and their number are declared",
    "TENTHS": "edges of a table by tenths",
    "REGRESSIONS": "places among the members",
    "HALVES": "what halves are",
    "OPEN": "code of a state",
    "WON": "code of a state",
    "LOST": "code of a state",
    "_SHIFT": "bits of a key",
    "_NEW": "code of a sender without a record",
    "_NOBODY": "code of no sender",
    "_HOURS": "names of four hours",
    "MOST_CELLS": "size of a cache; answers are the same",
    "_LETTERS_AND_DIGITS": "code points",
    "_FACTOR": "units",
    "_NODES": "shape of a grid that is declared",
    "SCHEMA": "version of a format",
    "FORMAT_4": "version of a format",
    "SUMMED_TOGETHER": "step of work; every step gives the same numbers",
    "SQUARED_TOGETHER": "step of work; every step gives the same numbers",
    "_STEPS_PER_UNIT": "step of a table; interpolation between is exact to 1e-8",
    "_FARTHEST": "end of the same table; the tail beyond is below 1e-10",
    "FEW_MIXTURES": "step of work; every step gives the same numbers",
    "FEW_STEPS": "step of work; every step gives the same numbers",
    "UNITS_TOGETHER": "step of work; every step gives the same words",
    "TEXTS_BY_TABLE": "step of work; every step gives the same words",
    "_TABLE_BITS": "step of work; every step gives the same words",
    "LONGEST_EXPANSION": "property of Unicode",
    "_UNITS": "code points",
    "_BLOCK": "code points",
    "_NO_WORD": "code of a class of characters",
    "_UNKNOWN": "code of a class of characters",
    "_APOSTROPHE": "code of a class of characters",
    "_PLANE": "code of a class of characters",
    "_BY_DEFINITION": "code of a class of characters",
    "_HIGH_OF_PICTURES": "code points",
    "_MULTIPLIER": "odd number of a multiplicative hash",
    "_INVERSE": "odd number of a multiplicative hash",
    "_MODULUS_MASK": "bits of a hash",
}
"""Constants with numbers that nobody chose, and what they are."""


def _constants_with_numbers(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        numbers = {
            one.value
            for one in ast.walk(node.value)
            if isinstance(one, ast.Constant) and type(one.value) in (int, float)
        }
        if numbers - {0, 1}:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                names = (one.id for one in ast.walk(target) if isinstance(one, ast.Name))
                yield from (name for name in names if name.isupper())


def test_a_chosen_number_outside_of_the_tables_would_be_found() -> None:
    source = "A = 1\n_B: float = 0.5\nC, D = np.array([2.0]), 3\nlower = 4\nE = 'text'\n"
    assert list(_constants_with_numbers(source)) == ["_B", "C", "D"]


def test_no_module_of_features_or_model_keeps_a_chosen_number_of_its_own() -> None:
    inside = Path(model.__file__).parents[1]
    names = ("delays", "evaluation", "inputs", "rates", "regression", "trained")
    folders = [inside / name for name in names]
    files = [inside / "quantiles.py"]
    files += [file for folder in folders for file in folder.glob("**/*.py")]
    files += Path(features.__file__).parent.glob("**/*.py")
    assert all(any(folder.glob("*.py")) for folder in folders)
    kept = {
        f"{file.parent.name}/{file.name}: {name}"
        for file in files
        if file.name != "hyperparameters.py"
        for name in _constants_with_numbers(file.read_text(encoding="utf-8"))
        if name not in NOT_CHOSEN
    }
    assert kept == set()


def test_the_docs_name_the_origin_of_every_constant_that_a_figure_chose() -> None:
    page = (Path(__file__).parents[2] / "docs/explanation/method.md").read_text(encoding="utf-8")
    table = page.split("## Where each constant comes from")[1]
    reasoned = {features.JUDGEMENT, "judgement"}
    chosen = [one for one in (*features.TABLE, *model.TABLE) if one.origin not in reasoned]
    assert [one.name for one in chosen if f"`{one.name}`" not in table] == []
    shown = [line for line in table.splitlines() if line.startswith("| **")]
    tuned = [one.name for one in chosen if "sets" in one.origin or "hotel_bookings" in one.origin]
    assert [name for name in tuned if not any(f"`{name}`" in line for line in shown)] == []
