"""Templates of the served pages: everything escaped, the plots of the report beside ours."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from decision_log.reports.page import text
from decision_log.reports.page.render import environment, style

_FOLDER = files("decision_web")


@cache
def templates() -> jinja2.Environment:
    """Return the report's template environment, with the templates of the work screen before its own."""
    shared = environment()
    loaders = [jinja2.FunctionLoader(_source), *([shared.loader] if shared.loader else [])]
    made = shared.overlay(loader=jinja2.ChoiceLoader(loaders))
    # An overlay shares the filters of what it lies over until it has its own.
    made.filters = {
        **shared.filters,
        "money": text.money,
        "excerpt_text": lambda value, limit: text.excerpt(value, limit).text,
    }
    return made


def render(template: str, **values: Any) -> str:
    """Return a page made from one template."""
    return templates().get_template(template).render(**values)


@cache
def assets() -> dict[str, tuple[str, str]]:
    """Return the files that pages refer to, by name, with their media type."""
    static = _FOLDER / "static"
    return {
        "page.css": (style(), "text/css"),
        "work.css": ((static / "work.css").read_text("utf-8"), "text/css"),
        "work.js": ((static / "work.js").read_text("utf-8"), "text/javascript"),
    }


def _source(name: str) -> str | None:
    path = _FOLDER / "templates" / name
    return path.read_text("utf-8") if path.is_file() else None
