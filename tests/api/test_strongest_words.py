"""The words and blocks that push most, found for all at once, are those that a look at each finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_log.predicting.explain import MATERIAL
from decision_log.predicting.strongest_blocks import strongest_blocks
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
    rows, places, push = rows.astype(np.intp), places.astype(np.intp), push.astype(np.float64)
    found = two_strongest(rows, places, push, len(texts)).tolist()
    for row in range(len(texts)):
        own = rows == row
        assert two_strongest(rows[own] * 0, places[own], push[own], 1).tolist() == [found[row]]
    for one, places in zip(texts, found, strict=True):
        least = LEAST_SHARE * max([*one.values(), 0.0])
        ranked = sorted((-by, place) for place, by in one.items() if by > 0 and by >= least)
        assert places == [*(place for _, place in ranked), NO_WORD, NO_WORD][:2]


added = st.sampled_from([-2.0, -MATERIAL, -0.05, 0.0, 0.05, MATERIAL, 0.3, 1.0])


@given(st.lists(st.lists(added, min_size=6, max_size=6), min_size=1, max_size=5))
@settings(max_examples=100)
def test_the_blocks_of_each_row_are_those_of_the_row_alone(rows):
    blocks, sets_apart = np.array(rows), np.array([True] * 5 + [False])
    together = strongest_blocks(np.concatenate([blocks, blocks]), sets_apart).tolist()
    for row, chosen in zip(rows * 2, together, strict=True):
        assert strongest_blocks(np.array([row]), sets_apart).tolist() == [chosen]
        ranked = sorted((value, place) for place, value in enumerate(row[:5]))
        adds = [place for value, place in reversed(ranked) if value >= MATERIAL]
        takes = [place for value, place in ranked if value <= -MATERIAL]
        assert chosen == [*adds, -1, -1][:2] + [*takes, -1, -1][:2]
