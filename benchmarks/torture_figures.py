"""Figures of a run of `torture`, as a part of a Markdown file."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

BEGIN = "<!-- made by benchmarks/torture.py -->"
END = "<!-- end of what benchmarks/torture.py made -->"


def markdown(
    kills: Counter[str],
    steps: Iterable[str],
    *,
    homes: int,
    facts: int,
    problems: int,
    minutes: float,
) -> str:
    """Return the kills by role and step, and what was found, as Markdown."""
    by_step = {step: kills.get(step, 0) for step in steps}
    by_step |= {label: count for label, count in sorted(kills.items()) if label not in by_step}
    rows = [_row(label, count) for label, count in by_step.items()]
    missed = [label.replace(" | ", ", ") for label, count in by_step.items() if not count]
    return "\n".join(
        [
            BEGIN,
            "",
            f"Run of {datetime.now(UTC):%-d %B %Y}, commit {commit()}: **{kills.total():,} kills** in {homes:,} homes "
            f"with **{facts:,} acknowledged facts**, {minutes:.0f} minutes, **{problems:,} problems** (facts lost, "
            "doubled or rejected, an error in any process, a home that does not heal, a rebuild or a restored backup "
            "that differs, a forgotten text).",
            "",
            f"Steps at which no process died: {'; '.join(missed) or 'none'}.",
            "",
            "| process | dies at | kills |",
            "|---|---|---:|",
            *rows,
            "",
            END,
        ]
    )


def replace(path: Path, figures: str) -> None:
    """Put the figures between their two marks in a file."""
    replace_between(path, BEGIN, END, figures)


def replace_between(path: Path, begin: str, end: str, figures: str) -> None:
    """Put figures, which begin and end with their marks, in the place of earlier ones."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{path} has no place for the figures: {begin} … {end}")
    path.write_text(before + figures + after, encoding="utf-8")


def _row(label: str, count: int) -> str:
    role, _, step = label.partition(" | ")
    if not step:
        role, _, step = label.partition(": ")
    return f"| {role} | {step} | {count:,} |"


def commit() -> str:
    """Return the commit that is measured."""
    try:
        made = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return made.stdout.strip()
