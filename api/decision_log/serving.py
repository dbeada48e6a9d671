"""Has somebody changed which model serves? Asked by every scorer, so it must cost next to nothing."""

from __future__ import annotations

from pathlib import Path

ALIAS_FILE = "aliases.json"
"""As `decision_model.registry` names it; a home without models never imports that."""

NO_ALIASES = (0, 0, 0)


def aliases_token(models: Path) -> tuple[int, int, int]:
    """Return a value that differs once another version serves; `NO_ALIASES` where none ever did."""
    try:
        found = (models / ALIAS_FILE).stat()
    except OSError:
        return NO_ALIASES
    return (found.st_ino, found.st_size, found.st_mtime_ns)
