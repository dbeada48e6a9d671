"""Renderer of pages: templates with everything escaped, one style sheet, and a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from decision_log.reports.page import text
from decision_log.text.terminal_text import counted

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER = files("decision_log.reports.page") / "templates"


@cache
def style() -> str:
    """Return the style sheet of all pages."""
    return (_FOLDER / "page.css").read_text("utf-8")


@cache
def content_policy() -> str:
    """Return the Content-Security-Policy of a static page: this style sheet, and nothing else."""
    return f"default-src 'none'; style-src '{style_hash()}'; base-uri 'none'; form-action 'none'"


@cache
def style_hash() -> str:
    """Return the hash by which a Content-Security-Policy allows the style sheet."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"sha256-{digest}"


@cache
def environment() -> jinja2.Environment:
    """Return the template environment: every value is escaped, a missing one is an error."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "excerpt": text.excerpt,
        "named": text.name,
        "percent": text.percent,
        "number": "{:,}".format,
        "duration": text.duration,
    }
    made.filters.update(filters)
    made.globals.update(span=text.span, kind_name=text.kind_name, counted=counted)
    return made


def render(template: str, **values: Any) -> str:
    """Return a page made from one template."""
    page = environment().get_template(template)
    # The style sheet is ours and holds no markup; it must stand unescaped to match its hash.
    ours = Markup(style())  # noqa: S704
    return page.render(style=ours, policy=content_policy(), **values)


def _source(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
