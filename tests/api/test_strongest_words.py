"""The words that push most, found for all texts at once, are those that a look at each text finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log.predicting.strongest_words import LEAST_SHARE, NO_WORD, two_strongest

texts = st.lists(
    st.dictionaries(
        st.integers(0, 9), st.sampled_from([-1.0, 0.0, 0.06, 0.5, 1.0, 2.0]), max_size=6
    ),
    max_size=6,
)


@given(texts)
@settings(max_examples=100)
def test_they_are_those_of_each_text_alone(texts):
    entries = [(row, place, one[place]) for row, one in enumerate(texts) for place in sorted(one)]
    rows, places, push = (np.array([entry[k] for entry in entries]) for k in range(3))
    found = two_strongest(
        rows.astype(np.intp), places.astype(np.intp), push.astype(np.float64), len(texts)
    )
    for one, places in zip(texts, found.tolist(), strict=True):
        least = LEAST_SHARE * max([*one.values(), 0.0])
        ranked = sorted((-by, place) for place, by in one.items() if by > 0 and by >= least)
        assert places == [*(place for _, place in ranked), NO_WORD, NO_WORD][:2]
