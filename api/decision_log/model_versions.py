"""Trained versions of a home: list, show, compare, promote, roll back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from decision_log.settings import Settings

if TYPE_CHECKING:
    from decision_log.results import AliasChange, ModelDifference, ModelVersion


class Models:
    """Trained versions of a home: list, show, compare, promote, roll back.

    Parameters
    ----------
    home : path, optional
        The folder of the log.
    settings : Settings, optional
        Instead of ``home`` and the environment.

    Examples
    --------
    >>> import tempfile
    >>> Models(tempfile.mkdtemp()).list()
    []
    """

    def __init__(self, home: str | Path | None = None, *, settings: Settings | None = None) -> None:
        self.folder = (settings or Settings.load(home)).home.models

    def list(self) -> Sequence[ModelVersion]:
        """List every version, newest training cut-off last."""
        from decision_log.models.versions import list_models

        return cast("list[ModelVersion]", list_models(self.folder))

    def show(self, version: str = "champion") -> dict[str, Any]:
        """Return a version's manifest, aliases and history; an alias names its version."""
        from decision_log.models.versions import show_model

        return show_model(self.folder, version)

    def promote(self, version: str, *, why: str) -> AliasChange:
        """Make a version champion."""
        from decision_log.models.versions import promote_model

        return cast("AliasChange", promote_model(self.folder, version, why=why))

    def rollback(self, *, why: str) -> AliasChange:
        """Return to the previous champion, in the end to the rates alone."""
        from decision_log.models.versions import rollback_model

        return cast("AliasChange", rollback_model(self.folder, why=why))

    def challenge(self, version: str, *, why: str) -> AliasChange:
        """Run a version in shadow mode: it predicts too, its predictions are graded, not shown."""
        from decision_log.models.versions import challenge_model

        return cast("AliasChange", challenge_model(self.folder, version, why=why))

    def clear_challenger(self, *, why: str) -> AliasChange:
        """Disable shadow mode."""
        from decision_log.models.versions import clear_challenger

        return cast("AliasChange", clear_challenger(self.folder, why=why))

    def diff(self, first: str, second: str) -> Sequence[ModelDifference]:
        """List what differs between two versions."""
        from decision_log.models.versions import diff_models

        return cast("list[ModelDifference]", diff_models(self.folder, first, second))
