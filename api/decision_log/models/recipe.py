"""Recipe of a model: the choices by which two versions trained on the same facts may differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from decision_features import describe

if TYPE_CHECKING:
    from decision_features import DataDictionary, Labels, OpportunityFrame


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is made; two versions of one recipe differ by their data alone.

    A new release of this program is no other recipe: what it replaces can no longer be trained.

    Parameters
    ----------
    exclude : tuple of str
        Names of fields that are not used, as ``decision-log fields`` shows them, sorted.
    allow : tuple of str
        Names of fields that are used although their values tell won from lost nearly without error: an
        honest field can be that strong. Sorted.
    """

    exclude: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    def fields_of(self, frame: OpportunityFrame, labels: Labels) -> DataDictionary:
        """Describe the fields of a log; excluded ones say so."""
        return describe(frame, labels, allow=self.allow).without(self.exclude)

    def to_dict(self) -> dict[str, Any]:
        """As a manifest has it."""
        allowed = {"allow": list(self.allow)} if self.allow else {}
        return {"exclude": list(self.exclude), **allowed}

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> Recipe:
        """Read the recipe of a version; one that names none uses every field."""
        found = manifest.get("recipe") or {}
        return cls(tuple(sorted(found.get("exclude", ()))), tuple(sorted(found.get("allow", ()))))
