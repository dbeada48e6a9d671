"""Evidence is checked once, when it is made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_model.inputs.evidence import Evidence

TWO = Evidence.from_counts(("job", "gig"), ("mail", "mail"), won=[3, 1], lost=[1, 0])


def test_decisions_are_the_sum_of_the_three_states():
    assert replace(TWO, open=np.array([2.0, 0])).decisions.tolist() == [6, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"won": np.array([1.0])},
        {"lost": np.array([-1.0, 0])},
        {"open": np.array([np.nan, 0])},
        {"revenue": np.array([np.inf, 0])},
        {"types": ("job", "job")},
        {"sources": ("mail",)},
        {"delay_cell": np.array([0])},
    ],
)
def test_what_cannot_be_is_refused(changes):
    with pytest.raises(ValueError, match="Evidence"):
        replace(TWO, **changes)


def test_a_delay_of_a_cell_that_is_not_there_is_refused():
    one = np.ones(1)
    with pytest.raises(ValueError, match="outside"):
        replace(TWO, delay_cell=[2], delay_state=one, delay_hours=one, delay_count=one)
