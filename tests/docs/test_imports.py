"""Imports stand at the top of a module, but for those that the start of a command should not pay for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("store", "features", "model", "api", "cli", "faces")

SLOW = {
    "charset_normalizer", "concurrent.futures", "difflib", "distributed", "importlib.metadata", "joblib", "pyarrow",
    "pyarrow.compute", "pyarrow.parquet", "rich.progress", "scipy", "scipy.linalg.lapack", "scipy.optimize",
    "scipy.sparse", "sklearn.ensemble", "sklearn.linear_model", "threadpoolctl", "tomllib",
}  # fmt: skip
"""Libraries that are loaded where they are used; which modules may do so is not restricted."""

ENTRY_POINTS = (
    "api/decision_log/facade.py",
    "api/decision_log/working.py",
    "api/decision_log/functions.py",
    "api/decision_log/model_versions.py",
    "api/decision_log/log/",
    "api/decision_log/fit_process.py",
    "api/decision_log/hour_knowledge.py",
    "api/decision_log/rate_cache.py",
    "api/decision_log/rate_fits.py",
    "cli/decision_cli/commands/",
    "cli/decision_cli/errors.py",
    "cli/decision_cli/log_file.py",
    "cli/decision_cli/main.py",
    "cli/decision_cli/output/streams.py",
    "store/decision_store/store.py",
    "store/decision_store/database/current.py",
)
"""What stands behind each is loaded when it is called; writing a fact needs none of it."""

WITHOUT_A_MODEL = (
    "api/decision_log/predicting/champion.py",
    "api/decision_log/predicting/shadow.py",
    "api/decision_log/scoring/knowledge.py",
)
"""A home without a model loads nothing of the model but the rates."""

LEARNING = ("api/decision_log/models/refresh.py", "model/decision_model/trained/members.py")
"""Serving loads these modules, but does not learn."""

TABLES = ("api/decision_log/scoring/reader.py", "api/decision_log/scoring/writer.py")
"""Opportunities in JSON need nothing that reads CSV or writes Parquet."""

FILES = ("api/decision_log/scoring/files.py",)
"""One opportunity needs nothing that reads, writes or shares files among processes."""

SETTINGS = ("api/decision_log/settings/values.py", "api/decision_log/settings/load.py")
"""Every command reads the settings, and few name formats of import."""

ALLOWED = (*ENTRY_POINTS, *WITHOUT_A_MODEL, *LEARNING, *TABLES, *FILES, *SETTINGS)


def _inside_functions(source: str) -> Iterator[str]:
    seen: set[ast.AST] = set()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if node in seen:
                    continue
                seen.add(node)
                if isinstance(node, ast.ImportFrom):
                    yield node.module or ""
                elif isinstance(node, ast.Import):
                    yield from (name.name for name in node.names)


def _late_imports() -> Iterator[tuple[str, str]]:
    for root in SOURCES:
        for file in sorted((ROOT / root).rglob("*.py")):
            place = file.relative_to(ROOT).as_posix()
            for module in _inside_functions(file.read_text(encoding="utf-8")):
                if module not in SLOW:
                    yield place, module


def test_imports_inside_functions_are_found() -> None:
    source = "import a\ndef f():\n    import b\n    def g():\n        from c import d\n"
    assert sorted(_inside_functions(source)) == ["b", "c"]


def test_imports_stand_at_the_top_but_for_what_a_start_should_not_pay_for() -> None:
    assert [one for one in _late_imports() if not one[0].startswith(ALLOWED)] == []


def test_every_exception_is_still_needed() -> None:
    late = [place for place, _ in _late_imports()]
    assert [one for one in ALLOWED if not any(place.startswith(one) for place in late)] == []


@cache
def _names_of(module: str) -> set[str]:
    """Return the names of a module, and of the modules below it, without running it."""
    found = find_spec(module)
    if found is None or found.origin is None:
        return set()
    names = {
        file.stem
        for place in found.submodule_search_locations or ()
        for file in Path(place).iterdir()
    }
    for node in ast.walk(ast.parse(Path(found.origin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom | ast.Import):
            names |= {name.asname or name.name for name in node.names}
            if "*" in names and isinstance(node, ast.ImportFrom):
                names |= _names_of(str(node.module))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def test_benchmarks_and_examples_import_names_that_exist() -> None:
    """No type checker reads them, and no test runs them all."""
    wanted: set[tuple[str, str, str]] = set()
    for root in ("benchmarks", "examples"):
        for file in sorted((ROOT / root).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("decision_"):
                    wanted |= {(file.name, str(node.module), name.name) for name in node.names}
    assert wanted
    assert {one for one in wanted if one[2] not in _names_of(one[1])} == set()
