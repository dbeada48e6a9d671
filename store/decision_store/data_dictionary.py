"""Data dictionary: the fields of all facts as a Markdown page, made from the field table.

``python -m decision_store.data_dictionary > docs/reference/data-dictionary.md`` brings the page up to date.
"""

from __future__ import annotations

import math
import sys

from decision_store.facts import FACT_TABLES
from decision_store.fields import Field, FieldType
from decision_store.record_classes import FactTable

_HEAD = """# Data dictionary

What a decision, an outcome and a prediction consist of. Made from `store/decision_store/facts.py`; do not edit.
Times are UTC with microseconds. A field without a default is required. Texts contain no NUL character.
"""


def markdown() -> str:
    """Return the page."""
    return _HEAD + "".join(_section(facts) for facts in FACT_TABLES)


def _section(facts: FactTable) -> str:
    rows = "".join(
        f"| `{field.name}` | {field.type} | {_limits(field)} | {_default(field)} | {field.meaning} |\n"
        for field in facts.fields
    )
    head = "| field | type | limits | default | meaning |\n|---|---|---|---|---|\n"
    return f"\n## {facts.name}\n\nIdentified by `{facts.key}`.\n\n{head}{rows}"


def _limits(field: Field) -> str:
    if field.type is FieldType.TEXT:
        return "" if field.blank else "not blank"
    if math.isinf(field.low) and math.isinf(field.high):
        return "finite" if field.type is FieldType.NUMBER else ""
    if math.isinf(field.high):
        return f"at least {field.low:g}"
    return f"{'above ' if field.positive else ''}{field.low:g} to {field.high:g}"


def _default(field: Field) -> str:
    if field.clock or field.name == "recorded_at":
        return "now"
    if field.placeholder is not None:
        return f"`{field.placeholder}`"
    if field.required:
        return ""
    if field.default is None:
        return "missing"
    if field.default is True or field.default is False:
        return str(field.default).lower()
    return "empty" if field.default == "" else f"`{field.default}`"


if __name__ == "__main__":
    sys.stdout.write(markdown())
