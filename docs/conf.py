"""Configuration of the documentation site; ``make docs`` builds it without network."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
with (HERE.parent / "pyproject.toml").open("rb") as file:
    release = tomllib.load(file)["project"]["version"]

project = "decision-log"
author = "the decision-log authors"
copyright = "2026, the decision-log authors"  # noqa: A001  # Sphinx's name for it
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["README.md"]
html_theme = "furo"
html_title = f"decision-log {release}"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the numpy docstrings state the types in words
napoleon_google_docstring = False
napoleon_use_rtype = False
nitpicky = False


def write_command_reference(_: Sphinx) -> None:
    """Write the reference of all commands from their own help."""
    generated = HERE / "reference" / "_generated"
    generated.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "typer", "decision_cli.app", "utils", "docs"]
    done = subprocess.run(  # noqa: S603  # our own command line
        [*command, "--name", "decision-log", "--title", "Commands"],
        check=True,
        capture_output=True,
        text=True,
    )
    (generated / "commands.md").write_text(done.stdout, encoding="utf-8")


def write_hyperparameters(_: Sphinx) -> None:
    """Write the table of every chosen constant."""
    from decision_features import hyperparameters as features
    from decision_model import hyperparameters as model

    generated = HERE / "reference" / "_generated"
    generated.mkdir(parents=True, exist_ok=True)
    lines = ["# Hyperparameters", "", "Every constant that somebody chose, and what chose it.", ""]
    for title, table in (("Features", features.TABLE), ("Model", model.TABLE)):
        lines += [
            f"## {title}",
            "",
            "| name | value | unit | why | chosen by |",
            "|---|---|---|---|---|",
        ]
        lines += [f"| `{h.name}` | {h.value} | {h.unit} | {h.why} | {h.origin} |" for h in table]
        lines.append("")
    (generated / "hyperparameters.md").write_text("\n".join(lines), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register what is generated before the sources are read."""
    app.connect("builder-inited", write_command_reference)
    app.connect("builder-inited", write_hyperparameters)
