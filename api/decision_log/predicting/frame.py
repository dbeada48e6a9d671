"""Frame of opportunities for a trained model: the same for scoring, shadow mode and explanation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision_features import OpportunityFrame
from decision_features.frame import as_objects

if TYPE_CHECKING:
    import numpy as np
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
    cells, scores, missing, given = zip(*items, strict=True) if items else ((), (), (), ())
    types, sources = zip(*cells, strict=True) if cells else ((), ())
    frame = OpportunityFrame.from_opportunities(
        given,
        timestamp=moment,
        attributes=attributes,
        read={
            "type": types,
            "source": sources,
            "score": [math.nan if no else one for one, no in zip(scores, missing, strict=True)],
            "action": [_action(item) for item in given],
        },
    )
    maker = frame.maker
    if names is not None and any(maker):
        maker = as_objects([names.maker(name) for name in maker])
    if maker is frame.maker and stated is None:
        return frame
    return replace(frame, maker=maker, stated=frame.stated if stated is None else stated)


def _action(item: Mapping[str, Any]) -> str | None:
    """Return the action that an opportunity says will be taken; None where it gives none."""
    given = item.get("action_taken") or item.get("action")
    return given if isinstance(given, str) and given.strip() else None
