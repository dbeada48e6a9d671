"""Mutation testing: change one place of a module, and see whether a test of its area fails.

    python benchmarks/mutants.py locks --mutants 12
    python benchmarks/mutants.py --list

A mutant turns a comparison, a calculation, a condition, a number or a returned value into another one, or leaves a
statement out. It lives in a copy of the sources. One that no test notices survives: either the place does not matter,
or a test is missing.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("store", "features", "model", "api", "cli", "faces")

LONGEST_BASELINE = 900.0
"""Seconds that the tests of an area may take without any change, on a machine that does other things too."""

AREAS: dict[str, tuple[list[str], list[str]]] = {
    "states": (
        ["store/decision_store/vocabulary.py", "store/decision_store/database/amending.py"],
        ["tests/store/test_states.py", "tests/store/test_vocabulary.py", "tests/store/test_amendments.py"],
    ),
    "fold": (
        ["store/decision_store/database/fold.py", "store/decision_store/journal/read.py"],
        ["tests/store/test_folding.py", "tests/store/test_fold_ends.py", "tests/store/test_sequence.py",
         "tests/store/test_journal.py"],
    ),
    "journal": (
        ["store/decision_store/journal/append.py", "store/decision_store/journal/sequence.py"],
        ["tests/store/test_journal.py", "tests/store/test_sequence.py", "tests/store/test_acknowledged.py",
         "tests/store/test_durable_files.py", "tests/store/test_merging.py", "tests/store/test_private.py"],
    ),
    "locks": (
        ["store/decision_store/journal/lock.py"],
        ["tests/store/test_lock.py", "tests/store/test_held_by_others.py", "tests/store/test_private.py"],
    ),
    "rates": (
        ["model/decision_model/rates/partial_pooling.py", "model/decision_model/rates/model.py"],
        ["tests/model/test_rates.py", "tests/model/test_partial_pooling.py", "tests/model/test_comparisons.py"],
    ),
    "formula": (
        ["api/decision_log/scoring/formula.py", "api/decision_log/scoring/kernel.py"],
        ["tests/api/test_formula.py", "tests/api/test_scorer.py",
         "tests/api/test_score_files.py", "tests/api/test_opportunity_file.py"],
    ),
}  # fmt: skip
"""Area -> the modules that are changed, and the tests that should notice."""

_COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_CALCULATIONS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.BitOr: ast.BitAnd,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
}  # fmt: skip


def places(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Give each place that can be changed: its number in the walk, the change, the source line."""
    for number, node in enumerate(_walk(tree)):
        change = _change(node)
        if change is not None:
            yield number, change, f"line {getattr(node, 'lineno', 0)}"


def mutated(tree: ast.Module, number: int) -> str:
    """Return the source with one place changed."""
    other = copy.deepcopy(tree)
    node = list(_walk(other))[number]
    match node:
        case ast.Compare():
            node.ops[0] = _COMPARISONS[type(node.ops[0])]()
        case ast.BinOp():
            node.op = _CALCULATIONS[type(node.op)]()
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.UnaryOp():
            node.op = ast.UAdd()
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
        case ast.Constant():
            node.value = (not node.value) if isinstance(node.value, bool) else node.value + 1
        case ast.Return():
            node.value = ast.Constant(None)
        case ast.Expr():
            node.value = ast.Constant(None)
    return ast.unparse(ast.fix_missing_locations(other))


def _walk(tree: ast.Module) -> Iterator[ast.AST]:
    """Walk functions and classes, without annotations, decorators and imports."""
    types = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        for part in ast.walk(node.annotation)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for part in node.body:
                yield from (one for one in ast.walk(part) if id(one) not in types)


def _change(node: ast.AST) -> str | None:
    """Say how a node would be changed; None where it is left as it is."""
    change = None
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARISONS:
            change = f"{type(op).__name__} -> {_COMPARISONS[type(op)].__name__}"
        case ast.BinOp(op=op) if type(op) in _CALCULATIONS:
            change = f"{type(op).__name__} -> {_CALCULATIONS[type(op)].__name__}"
        case ast.BoolOp(op=op):
            change = "and -> or" if isinstance(op, ast.And) else "or -> and"
        case ast.UnaryOp(op=ast.Not()):
            change = "not left out"
        case ast.Constant(value=bool() | int() | float() as value):
            change = f"{value} -> {(not value) if isinstance(value, bool) else value + 1}"
        case ast.Return(value=ast.AST()):
            change = "returns None"
        case ast.Expr(value=ast.Call()):
            change = "call left out"
    return change


def run(area: str, count: int, seed: int, seconds: float) -> list[str]:
    """Try mutants of an area; return those that survived."""
    modules, tests = AREAS[area]
    survived = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in (*PACKAGES, "tests"):
            shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", home)
        started = time.monotonic()
        if not _passes(home, tests, seconds, LONGEST_BASELINE):
            raise SystemExit(f"the tests of {area} fail without any change")
        wait = 30 + 4 * (time.monotonic() - started)
        found = [
            (module, *place)
            for module in modules
            for place in places(ast.parse((ROOT / module).read_text(encoding="utf-8")))
        ]
        chosen = random.Random(seed).sample(found, min(count, len(found)))
        for module, number, change, line in chosen:
            source = (ROOT / module).read_text(encoding="utf-8")
            (home / module).write_text(mutated(ast.parse(source), number), encoding="utf-8")
            noticed = not _passes(home, tests, seconds, wait)
            (home / module).write_text(source, encoding="utf-8")
            text = f"{module}, {line}: {change}"
            print(f"{'noticed ' if noticed else 'SURVIVED'} {text}", flush=True)
            survived += [] if noticed else [text]
        print(
            f"{area}: {len(chosen)} mutants of {len(found)} places, {len(survived)} survived",
            flush=True,
        )
    return survived


def _passes(home: Path, tests: list[str], seconds: float, wait: float) -> bool:
    """Run tests in the copy; one that takes too long, as in an endless loop or wait, has noticed the change."""
    paths = [str(home / package) for package in PACKAGES]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}
    options = ["-x", "-q", "-n", "0", "-m", "not slow", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    with subprocess.Popen(
        command,
        cwd=home,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (int(seconds),) * 2),  # noqa: PLW1509
    ) as process:
        try:
            return process.wait(wait) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:  # also the processes that tests have started
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("area", nargs="*", choices=[[], *AREAS])
    parser.add_argument("--mutants", type=int, default=12, help="of each area, chosen at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60, help="CPU time of the tests at most")
    parser.add_argument("--list", action="store_true", help="list the areas")
    options = parser.parse_args()
    if options.list:
        for area, (modules, tests) in AREAS.items():
            print(f"{area}: {', '.join(modules)}; {', '.join(tests)}")
        return
    survived = [
        text
        for area in options.area or AREAS
        for text in run(area, options.mutants, options.seed, options.seconds)
    ]
    sys.exit(bool(survived))


if __name__ == "__main__":
    main()
