"""Fields of the log that a model may use, and the choice of them by a caller."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from decision_log.models import versions
from decision_log.models.dataset import read_history
from decision_log.models.recipe import Recipe
from decision_log.models.training_report import Row
from decision_store.errors import DecisionLogError

if TYPE_CHECKING:
    from decision_features import DataDictionary
    from decision_log.log import Log
    from decision_log.records import Moment


class UnknownField(DecisionLogError, ValueError):
    """A field to exclude or to allow is not in the log."""

    def __init__(self, name: str, known: Sequence[str], *, allowed: bool = False) -> None:
        self.allowed = allowed
        self.name = name
        self.known = tuple(known)
        super().__init__(name, self.known)

    def __str__(self) -> str:
        close = get_close_matches(self.name, self.known, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        return (
            f"The log has no field {self.name!r}, so it cannot be "
            f"{'allowed' if self.allowed else 'excluded'}. {hint}"
            "'decision-log fields' lists them."
        )


def stated_recipe(
    log: Log, exclude: Sequence[str] | None, allow: Sequence[str] | None
) -> Recipe | None:
    """Return the recipe that a caller states; what he leaves out is as champion and settings have it."""
    standing = set(log.settings.allow)
    champion = versions.champion_recipe(log.settings.home.models)
    if exclude is None and allow is None and standing <= set(champion.allow):
        return None
    allowed = {*champion.allow, *standing} if allow is None else set(allow)
    return Recipe(
        champion.exclude if exclude is None else tuple(sorted(set(exclude))),
        tuple(sorted(allowed)),
    )


def recipe_in_use(log: Log) -> Recipe:
    """Return the recipe that `train` uses where its caller states none: the champion's, and what the settings allow."""
    stated = stated_recipe(log, None, None)
    return stated or versions.champion_recipe(log.settings.home.models)


def checked_recipe(recipe: Recipe, found: DataDictionary, standing: Collection[str]) -> Recipe:
    """Return a recipe without the standing permissions that the log has no field for.

    Raises
    ------
    UnknownField
        It names another field which the log does not have.
    """
    names = [one.name for one in found.fields]
    names += [name.removeprefix("context.") for name in names if name.startswith("context.")]
    if not names:
        return recipe
    allowed = tuple(name for name in recipe.allow if name in names or name not in standing)
    for name in (*recipe.exclude, *allowed):
        if name not in names:
            raise UnknownField(name, names, allowed=name in allowed)
    return replace(recipe, allow=allowed)


def describe_fields(
    log: Log, *, as_of: Moment | None = None, allow: Sequence[str] | None = None
) -> list[Row]:
    """Give the data dictionary: every field of the log, whether a model may use it, and why not."""
    history = read_history(log.store, log.moment(as_of))
    recipe = stated_recipe(log, None, allow) or recipe_in_use(log)
    return field_rows(recipe.fields_of(history.frame, history.labels))


def field_rows(found: DataDictionary) -> list[Row]:
    """Write a data dictionary as rows."""
    return [
        {
            "name": one.name,
            "kind": str(one.kind),
            "present": round(one.present, 4),
            "distinct": one.distinct,
            "example": one.example,
            "used": one.used,
            "refused": one.refused,
        }
        for one in found.fields
    ]
