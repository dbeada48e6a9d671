"""The public face: what is importable, documented and returned is one and the same list."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import decision_log
from decision_log import DecisionLog, DecisionSummaryGenerator, Models, OpportunityScorer, results

ROOT = Path(__file__).parents[2]
PROMISED = {
    "DecisionLog", "OpportunityScorer", "DecisionSummaryGenerator", "train", "evaluate", "calibration",
    "Models", "describe_fields", "import_files", "diagnose", "generate_id", "Settings",
    "DecisionLogError",
}  # fmt: skip
ITEM = {"id": "a", "type": "coaching", "source": "email", "score": 70, "content": "I have a budget"}


def fits(value: object, shape: object) -> bool:
    """Tell whether a result has the shape that its type promises."""
    origin, arguments = typing.get_origin(shape), typing.get_args(shape)
    if typing.is_typeddict(shape):
        hints = typing.get_type_hints(shape)
        assert isinstance(value, dict)
        assert shape.__required_keys__ <= value.keys() or pytest.fail(
            f"{shape.__name__} lacks {shape.__required_keys__ - value.keys()}"
        )
        return all(fits(value[key], hint) for key, hint in hints.items() if key in value)
    if origin is list:
        return isinstance(value, list) and all(fits(one, arguments[0]) for one in value)
    if origin is not None and origin is not dict:
        return any(fits(value, one) for one in arguments)
    plain = {typing.Any: object, float: int | float}.get(shape, origin or shape)
    return isinstance(value, plain)


def test_every_promised_name_is_public_and_loads() -> None:
    assert set(decision_log.__all__) >= PROMISED
    assert decision_log.__all__ == sorted(decision_log.__all__)
    for name in decision_log.__all__:
        assert getattr(decision_log, name).__doc__


def test_nothing_else_is_public() -> None:
    code = "import decision_log, json; print(json.dumps(dir(decision_log)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seen = {name for name in json.loads(done.stdout) if not name.startswith("_")}
    assert seen - {"Any", "TYPE_CHECKING", "annotations", "import_module"} == set(
        decision_log.__all__
    )


@pytest.mark.parametrize(
    "name", sorted(set(decision_log.__all__) - {"DecisionLogError", "Settings"})
)
def test_every_public_name_has_an_example_that_runs(name: str) -> None:
    """The examples are run by pytest as doctests of their modules."""
    tests = doctest.DocTestFinder(recurse=False).find(getattr(decision_log, name), name)
    assert any(test.examples for test in tests)


@pytest.mark.parametrize("name", sorted(decision_log.__all__))
def test_every_public_name_stands_in_the_python_reference(name: str) -> None:
    """The page is made from the package's own members, with what they inherit."""
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    assert "automodule:: decision_log\n" in page
    assert ":imported-members:" in page
    assert getattr(decision_log, name).__module__.startswith(("decision_log", "decision_store"))


@pytest.mark.parametrize(
    "owner", [DecisionLog, OpportunityScorer, DecisionSummaryGenerator, Models]
)
def test_every_public_method_is_documented(owner: type) -> None:
    for name, member in inspect.getmembers(owner, callable):
        if not name.startswith("_"):
            assert member.__doc__, name


def test_results_have_the_shape_they_promise(trained_home) -> None:
    with DecisionLog(home=trained_home) as log:
        found = {
            "list[ConversionRate]": log.get_conversion_rates(),
            "list[Return]": log.calculate_roi_by_type(),
            "list[Insight]": log.generate_insights(),
            "OutcomePrediction": log.predict_outcome(ITEM),
            "Summary": log.get_daily_summary("2026-01-10"),
            "CalibrationResult": decision_log.calibration(log=log),
            "list[FieldDescription]": decision_log.describe_fields(log=log),
            "Diagnosis": decision_log.diagnose(log=log),
            "list[ModelVersion]": Models(trained_home).list(),
        }
    with OpportunityScorer(home=trained_home) as scorer:
        found["ScoredItem"] = scorer.score_opportunity(ITEM)
    for shape, value in found.items():
        name = shape.removeprefix("list[").removesuffix("]")
        kind = getattr(results, name)
        assert fits(value, list[kind] if shape.startswith("list") else kind), shape
        json.dumps(value, allow_nan=False)


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = decision_log.nothing


CLI_MAY_IMPORT = (
    "decision_log.reports", "decision_log.text", "decision_log.importing",
)  # fmt: skip
"""Besides the package itself: tables to draw, safe texts, amounts, and the options of an import."""


def test_the_command_line_uses_the_public_face_alone() -> None:
    """What is imported for a type only costs nothing and binds nothing."""
    for file in sorted((ROOT / "cli" / "decision_cli").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        typing_only = {
            id(node)
            for block in ast.walk(tree)
            if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
            for node in ast.walk(block)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or id(node) in typing_only:
                continue
            module = node.module or ""
            if module == "decision_log":
                assert {name.name for name in node.names} <= set(decision_log.__all__), file.name
            elif module.startswith("decision_log."):
                assert module.startswith(CLI_MAY_IMPORT), (file.name, module)
