"""A door to :mod:`decision_log` under the documented name.

``from decision_summary import DecisionSummaryGenerator``, or on the command line
``python -m decision_summary [YYYY-MM-DD | weekly]``; no argument means today.
"""

from __future__ import annotations

from decision_log import DecisionSummaryGenerator

__all__ = ["DecisionSummaryGenerator"]


def arguments_of(words: list[str]) -> list[str]:
    """Turn the documented words into those of ``decision-log summary``.

    ``date 2026-02-08`` and ``2026-02-08`` mean that day, ``weekly`` this week, and
    ``weekly 2026-02-08`` the week of that day. Anything else, such as ``--json``, is passed on.

    Examples
    --------
    >>> arguments_of(["date", "2026-02-08"])
    ['summary', '--date', '2026-02-08']
    >>> arguments_of(["weekly", "--json"])
    ['summary', '--weekly', '--json']
    """
    arguments = ["summary"]
    rest = list(words)
    while rest and not rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "weekly":
            arguments.append("--weekly")
        elif word == "date" and rest:
            arguments += ["--date", rest.pop(0)]
        else:
            arguments += ["--date", word]
    return arguments + rest


if __name__ == "__main__":
    import sys

    from decision_cli.main import main

    main(arguments_of(sys.argv[1:]))
