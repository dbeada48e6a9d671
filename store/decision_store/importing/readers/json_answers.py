"""Answers to the questions of a form, out of the list in which programs return them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def answers_by_question(answers: list[Any], titles: Mapping[Any, str]) -> dict[str, Any]:
    """Return the answers to a form's questions, each in the column of its question.

    Parameters
    ----------
    answers : list
        Objects with ``field``, ``type`` and the value under the name of its type.
    titles : mapping
        Id of a question to its text, where the answers do not say it.

    Examples
    --------
    >>> choices = {"type": "choices", "choices": {"labels": ["a", "b"]}, "field": {"id": "q"}}
    >>> answers_by_question([choices, {"type": "number", "number": 5, "field": {"ref": "size"}}], {"q": "Which?"})
    {'Which?': 'a, b', 'size': 5}
    """
    found: dict[str, Any] = {}
    for number, answer in enumerate(answers, start=1):
        if not isinstance(answer, dict):
            continue
        field, kind = answer.get("field"), str(answer.get("type", ""))
        asked = field if isinstance(field, dict) else {}
        name = (
            asked.get("title")
            or titles.get(asked.get("id"))
            or asked.get("ref")
            or asked.get("id")
            or f"answer {number}"
        )
        value = answer.get(kind)
        if isinstance(value, dict):
            value = value.get("label") or value.get("labels") or value.get("other")
        if kind in {"email", "phone_number"}:
            name = kind
        found.setdefault(
            str(name), ", ".join(map(str, value)) if isinstance(value, list) else value
        )
    return found
