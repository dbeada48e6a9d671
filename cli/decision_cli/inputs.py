"""Values of options that need reading: standard input, JSON objects, pairs of names."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import typer


def text_or_standard_input(text: str, option: str) -> str:
    """Return the text, or all of standard input (UTF-8) where it is ``-``.

    Raises
    ------
    typer.BadParameter
        Standard input is closed, or holds other bytes.
    """
    if text != "-":
        return text
    if sys.stdin is None or sys.stdin.closed:
        raise typer.BadParameter(
            "'-' reads standard input, which is closed; give the text itself", param_hint=option
        )
    try:
        data = sys.stdin.buffer.read()
    except OSError as error:
        reason = error.strerror or str(error)
        raise typer.BadParameter(f"standard input failed: {reason}", param_hint=option) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(
            f"standard input must be UTF-8 text, but its byte {error.start + 1} is "
            f"0x{data[error.start]:02x}; convert it first, e.g. with iconv -f latin1 -t utf-8",
            param_hint=option,
        ) from None


def json_object(text: str | None, option: str) -> dict[str, Any] | None:
    """Read a JSON object; None stays None.

    Raises
    ------
    typer.BadParameter
        It is not JSON, or not an object.
    """
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of too many digits
        raise typer.BadParameter(f"not JSON ({error})", param_hint=option) from None
    if not isinstance(value, dict):
        raise typer.BadParameter(
            'must be a JSON object, e.g. {"followers": 120}', param_hint=option
        )
    return value


def name_pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Read ``THEIRS=OURS`` pairs.

    Raises
    ------
    typer.BadParameter
        One has no equals sign or no left side.
    """
    pairs = [text.partition("=") for text in texts]
    for theirs, equals, _ in pairs:
        if not (theirs and equals):
            raise typer.BadParameter(
                f"{theirs!r} must look like their_column=our_column", param_hint=option
            )
    return {theirs: ours for theirs, _, ours in pairs}


def check_predictor(
    predictor: str | None, probability: float | None, opportunity_id: str | None
) -> None:
    """Refuse a predictor without a probability, the other way round, or neither with an opportunity."""
    if (predictor is None) != (probability is None):
        missing = "--probability" if probability is None else "--predictor"
        raise typer.BadParameter("belongs to --predictor NAME --probability P", param_hint=missing)
    if predictor is not None and not opportunity_id:
        raise typer.BadParameter(
            "is needed with --predictor: the decision finds the prediction by it",
            param_hint="--opportunity-id",
        )
