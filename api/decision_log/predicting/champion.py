"""Has somebody changed which model serves? Asked by every scorer, so it must cost next to nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decision_model.trained.model import TrainedModel

ALIAS_FILE = "aliases.json"
"""As `decision_model.artifacts.registry` names it; a home without models never imports that."""

NO_ALIASES = (0, 0, 0)


def aliases_token(models: Path) -> tuple[int, int, int]:
    """Return a value that differs once another version serves; `NO_ALIASES` where none ever did."""
    try:
        found = (models / ALIAS_FILE).stat()
    except OSError:
        return NO_ALIASES
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def knows_later(model: TrainedModel, moment: datetime) -> bool:
    """Tell whether a model was trained on facts later than a moment: then it would know the future."""
    return bool(model.as_of.astype(datetime).replace(tzinfo=UTC) > moment)
