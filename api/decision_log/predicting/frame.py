"""Frame of opportunities for a trained model: the same for scoring, shadow mode and explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_features import OpportunityFrame
from decision_features.frame import as_objects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_log.names import KnownNames
    from decision_log.opportunity import Opportunity


def opportunity_frame(
    items: Sequence[Opportunity],
    moment: datetime,
    *,
    attributes: frozenset[str] | None = None,
    names: KnownNames | None = None,
    stated: NDArray[np.object_] | None = None,
) -> OpportunityFrame:
    """Make the frame of opportunities that are decided on at a moment.

    Type, source and score are taken as they were read, so that all parts of the program see the same.

    Parameters
    ----------
    attributes : frozenset of str, optional
        Context keys that the model looks at; all of them where not given.
    names : KnownNames, optional
        Decision makers are spelt as in the log.
    stated : ndarray of object, shape (N,), optional
        Probabilities that others stated, as `OpportunityFrame.stated`.
    """
    frame = OpportunityFrame.from_opportunities(
        [item.item for item in items], timestamp=moment, attributes=attributes
    )
    if names is not None:
        frame = replace(frame, maker=as_objects([names.maker(name) for name in frame.maker]))
    return replace(
        frame,
        type=as_objects([item.cell[0] for item in items]),
        source=as_objects([item.cell[1] for item in items]),
        score=np.array([np.nan if item.score_missing else item.score for item in items]),
        stated=frame.stated if stated is None else stated,
        action=as_objects([_action(item.item) for item in items]),
    )


def _action(item: Mapping[str, Any]) -> str | None:
    """Return the action that an opportunity says will be taken; None where it gives none."""
    given = item.get("action_taken") or item.get("action")
    return given if isinstance(given, str) and given.strip() else None
