"""Many fields are encoded at once; what comes out is what each field alone would say."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_features import Encoder, OpportunityFrame, describe, values
from decision_features.blocks import Levels, Number, signed_log
from decision_features.hyperparameters import CLIP, LONGEST_NAME
from decision_features.number_table import NumberTable
from decision_features.tables import _LevelPlaces
from decision_features.text import words

numbers = st.one_of(
    st.just(float("nan")),
    st.floats(-1e9, 1e9),
    st.integers(-5, 5).map(float),
    st.just(float("inf")),
)
columns = st.lists(numbers, min_size=1, max_size=60)


def alone(block: Number, value: float) -> list[float]:
    """The columns of one number, as the words of `Number` have it."""
    known = bool(np.isfinite(value))
    if not known and block.has_missing:
        return [0.0] * (len(block.columns) - 1) + [1.0]
    used = signed_log(np.array(value)) if block.logarithm else value
    standard = float(np.clip((used - block.mean) / block.spread, -CLIP, CLIP)) if known else 0.0
    answer = [standard, *(max(standard - knot, 0.0) for knot in block.knots)]
    if block.log_spread:
        log = (np.log1p(max(value, 0.0)) - block.log_mean) / block.log_spread if known else 0.0
        answer.append(float(np.clip(log, -CLIP, CLIP)))
    return answer + [0.0] * block.has_missing


@given(st.lists(st.tuples(columns, numbers), min_size=1, max_size=4))
@settings(max_examples=60)
def test_fields_encoded_together_are_what_each_is_alone(
    fields: list[tuple[list[float], float]],
) -> None:
    blocks = [Number.learn(str(k), np.array(column)) for k, (column, _) in enumerate(fields)]
    starts = np.cumsum([0, *(len(block.columns) for block in blocks)]).tolist()
    table = NumberTable(blocks, starts[:-1])
    row = np.empty(starts[-1])
    row[table.columns] = table(np.array([[value for _, value in fields]]))[0]
    expected = [
        one for block, (_, value) in zip(blocks, fields, strict=True) for one in alone(block, value)
    ]
    np.testing.assert_allclose(row, expected, rtol=1e-12, atol=1e-12)


def test_a_category_not_known_is_the_average_of_its_levels() -> None:
    n = 90
    frame = OpportunityFrame.from_columns(
        type=["a"] * n, source=["b"] * n, timestamp=[np.datetime64("2025-01-01")] * n,
        sender=(["call"] * 60 + ["write"] * 30),
    )  # fmt: skip
    encoder = Encoder.learn(frame, describe(frame))
    nobody = OpportunityFrame.from_opportunities([{}, {"sender": "call"}, {"sender": "sing"}])
    found = encoder.transform(nobody).toarray()
    assert encoder.columns == ("sender=call", "sender=write")
    np.testing.assert_allclose(found, [[2 / 3, 1 / 3], [1, 0], [0, 0]])


def test_a_value_of_a_category_goes_where_its_name_goes_whatever_was_asked_before() -> None:
    """1, 1.0 and True are equal in Python; a text that is no level is remembered, and longer ones are cut."""
    block = Levels("c", ("1", "true", "a", "x" * LONGEST_NAME), has_missing=True, usual=(0.25,) * 4)
    column = [
        "1",
        1,
        True,
        1.0,
        "true",
        " a",
        "b",
        "b ",
        None,
        float("nan"),
        " ",
        "x" * 999,
        0,
        ["a"],
    ]
    expected = [10, 10, 11, 10, 11, 12, -1, -1, 14, 14, 14, 13, -1, -1]
    for order in (slice(None), slice(None, None, -1)):
        places = _LevelPlaces(block, 10, -1)
        for _ in range(2):
            assert places(column[order]) == expected[order]
        assert [places([one])[0] for one in column[order]] == expected[order]


@given(
    st.lists(
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.just(10**400),
            st.sampled_from(["$5", "2k", "soon", "1_000", ""]),
        )
    )
)  # fmt: skip
def test_numbers_are_read_at_once_as_they_are_one_by_one(column: list[object]) -> None:
    np.testing.assert_array_equal(
        values.numbers(column), [values.number(value) for value in column]
    )


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_text_has_the_words_that_any_text_has(text: str) -> None:
    # A letter beyond ASCII takes the way of all other texts.
    assert [*words(text), "é"] == words(f"{text} é")


def test_only_the_attributes_asked_for_are_kept() -> None:
    items = [
        {"a": {"b": 1, "c": {"d": 2}}, "e": 3, "type": "t", "context": {"f": 4, "e": 5}, "a.b": 6},
        {"a": 7, "context": "no mapping"},
    ]
    whole = OpportunityFrame.from_opportunities(items)
    for wanted in (["a.b"], ["a.c.d", "f"], ["e"], ["a"], []):
        part = OpportunityFrame.from_opportunities(items, attributes=wanted)
        for name in wanted:
            assert part.attribute(name).tolist() == whole.attribute(name).tolist()
        assert {key.split(".")[0] for row in part.context for key in row} <= {
            name.split(".")[0] for name in wanted
        } | {"f", "e"}
