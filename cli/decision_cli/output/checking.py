"""Output of ``demo --check``: one line for each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from decision_cli.output.tables import console, plain, print_json

if TYPE_CHECKING:
    from decision_log.results import DemoCheck


def show_checks(checks: Sequence[DemoCheck], *, as_json: bool) -> None:
    """Show what was checked, whether it holds, and figures or what differs."""
    if as_json:
        print_json(list(checks))
        return
    out = console()
    for number, check in enumerate(checks, 1):
        word = "ok    " if check["passed"] else "FAILED"
        out.print(plain(f"{number} {word} {check['name']}: {check['detail']}"), soft_wrap=True)
    passed = sum(check["passed"] for check in checks)
    out.print(f"{passed} of {len(checks)} hold.")
