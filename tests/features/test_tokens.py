"""Words found by a table of characters are those that the definition gives, in any script."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_features.blocks import Words
from decision_features.hyperparameters import MOST_CHARACTERS
from decision_features.terms import WordPlaces
from decision_features.text import words
from decision_features.tokens import tokens, word_hash

MIXED = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "aZ9 _'’.\n\0ßİΣςéÅ東京ァ・ーｶﾞ가가각ﬁ½℡…΅्ั🎉🏽🇩🄰🈁\U0001fbf5\ud83c\udd30\ud800"
        ),
    ),
    max_size=40,
)


def hashed(texts: list[str | None]) -> list[list[int]]:
    return [list(map(word_hash, words(text))) for text in texts]


def found(texts: list[str | None]) -> list[list[int]]:
    answer = tokens(texts)
    return [part.tolist() for part in np.split(answer.hashes, answer.starts[1:-1])][: len(texts)]


@given(st.lists(st.one_of(st.none(), MIXED), min_size=1, max_size=8))
@settings(max_examples=300)
def test_texts_of_any_characters_have_the_words_of_the_definition(texts):
    assert found(texts) == hashed(texts)


def test_every_character_alone_and_between_letters_is_treated_as_the_definition_does():
    alike = [(0x3402, 0x4DBE), (0x4E02, 0x9FFE), (0xAC02, 0xD7A2), (0xE002, 0xF8FE)]
    characters = [
        chr(code)
        for code in (*range(0x10000), *range(0x1F000, 0x1FC00))
        if not any(first <= code <= last for first, last in alike)
    ]
    texts: list[str | None] = [f"{one} a{one}b" for one in characters]
    assert found(texts) == hashed(texts)


@pytest.mark.parametrize("unit", ["x", "好", "é ", "…a", "ﷺ", "a'", "word ", "🎉", "\ud800"])
def test_long_texts_are_cut_where_the_definition_cuts(unit):
    texts: list[str | None] = [
        unit * (size // len(unit)) for size in (10, 6_000, MOST_CHARACTERS + 50)
    ]
    assert found(texts) == hashed(texts)


def test_many_texts_are_split_in_parts_that_do_not_show(monkeypatch):
    monkeypatch.setattr("decision_features.tokens.UNITS_TOGETHER", 20)
    texts: list[str | None] = ["one two", "三四五", None, "don't " * 9, "İx", ""] * 3
    assert found(texts) == hashed(texts)


@given(st.lists(MIXED, min_size=1, max_size=6), st.integers(0, 3))
@settings(max_examples=60)
def test_terms_by_hash_are_those_by_word(texts, seed):
    rng = np.random.default_rng(seed)
    every = sorted({word for text in [*texts, "東京 tea don't a b"] for word in words(text)})
    levels = [*every[::2], *(" ".join(rng.choice(every, 2)) for _ in range(8))]
    levels = list(dict.fromkeys(levels))
    block = Words("content", tuple(levels), tuple(1.0 + rng.random(len(levels))), pieces=False)
    terms = WordPlaces(block, start=3)
    again = [*texts, " ".join(rng.choice(every, 9))]
    for by_hash, by_word in zip(
        terms.of_tokens(tokens(again)), terms(list(map(words, again))), strict=True
    ):
        np.testing.assert_array_equal(by_hash, by_word)


def test_no_texts_have_no_words():
    assert tokens([]).sizes.tolist() == []
    assert tokens([None, ""]).sizes.tolist() == [0, 0]
