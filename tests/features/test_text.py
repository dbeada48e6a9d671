"""Words of any script, of any text: empty, huge, broken; and parts of words where they are needed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_features import Encoder, OpportunityFrame, describe
from decision_features.blocks import Words
from decision_features.hyperparameters import MOST_CHARACTERS
from decision_features.spelling import variants_share
from decision_features.text import pieces, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, []),
        ("", []),
        (" \t\n\u3000\u200b", []),
        ("🎉🎉 👍🏽", []),
        ("deal🎉now", ["deal", "now"]),
        ("x_y don't l’été", ["x", "y", "don't", "l’été"]),
        ("e\u0301te\u0301 \u00e9t\u00e9", ["été", "été"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("\u202eمرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("a\x00b \ud800c", ["a", "b", "c"]),
        ("İstanbul STRASSE Straße", ["i̇stanbul", "strasse", "strasse"]),
        ("東京都で iPhone12を買う 好", ["東京", "京都", "都で", "iphone12", "を買", "買う", "好"]),
        ("ｶﾀｶﾅ", ["カタ", "タカ", "カナ"]),
        ("ราคา", ["รา", "าค", "คา"]),
        ("가격 문의", ["가격", "문의"]),
    ],
)
def test_texts_of_all_scripts_are_split_into_words(text: str | None, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_has_words_that_are_not_empty_and_have_no_spaces(text: str) -> None:
    for word in words(text):
        assert word
        assert word.split() == [word]
        assert all(part in f" {word} " for part in pieces(word))


@pytest.mark.parametrize(
    "unit", ["x", "好", "é ", "ﷺ", "क्", "a'", "\u0301", "word ", "\ud800", "🎉"]
)
def test_only_the_beginning_of_a_text_of_a_megabyte_is_read(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    found = words(text)
    assert found == words(text[:MOST_CHARACTERS])
    assert sum(map(len, found)) <= 2 * MOST_CHARACTERS


def log_of(texts: list[str]) -> OpportunityFrame:
    moments = np.datetime64("2025-01-01", "us") + np.arange(len(texts)) * np.timedelta64(3600, "s")
    return OpportunityFrame.from_columns(
        type=["a", "b"] * (len(texts) // 2), source=["mail"] * len(texts), timestamp=moments, content=texts
    )  # fmt: skip


def written(share: float, n: int = 400) -> list[str]:
    """Texts in which that share of the words has a letter changed."""
    rng = np.random.default_rng(0)
    known = ["contract", "quotation", "delivery", "invoice", "meeting", "partner", "discount"]
    texts = []
    for _ in range(n):
        row = [f"note {rng.integers(10**6)}"]
        for word in rng.choice(known, 4):
            place = rng.integers(len(word))
            wrong = word[:place] + "qxzj"[rng.integers(4)] + word[place + 1 :]
            row.append(wrong if rng.random() < share else str(word))
        texts.append(" ".join(row))
    return texts


def test_the_share_of_variants_grows_with_misspelling_and_ignores_numbers() -> None:
    shares = [
        variants_share([words(text) for text in written(share)], 5) for share in (0.0, 0.3, 0.6)
    ]
    assert shares[0] == 0
    assert 0.15 < shares[1] < shares[2]
    numbered = [[f"order{k}", f"ticket{k // 9}"] for k in range(300)]
    assert variants_share(numbered, 2) == 0
    assert variants_share([], 2) == 0


def test_inflected_words_are_variants() -> None:
    texts = [["rechnung", "angebot"]] * 8 + [["rechnungen", "angebote"], ["vertrag", "rechnung"]]
    assert variants_share(texts, 3) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("share", "expected"), [(0.0, False), (0.5, True)])
def test_parts_of_words_are_learnt_where_whole_words_miss(share: float, expected: bool) -> None:
    frame = log_of(written(share))
    encoder = Encoder.learn(frame, describe(frame))
    of_pieces = [block for how, _, block in encoder.parts if how == "pieces"]
    assert bool(of_pieces) == expected
    for block in of_pieces:
        assert isinstance(block, Words)
        assert len(block.columns) <= 300
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    assert (again.transform(frame) != encoder.transform(frame)).nnz == 0


def test_a_misspelt_word_shares_parts_with_the_right_one_but_no_word() -> None:
    frame = log_of(written(0.5))
    encoder = Encoder.learn(frame, describe(frame))
    asked = OpportunityFrame.from_opportunities(
        [{"content": "quotation"}, {"content": "quotatiom"}, {"content": "zzz"}, {"content": ""}]
    )
    found = encoder.transform(asked).toarray()
    of = np.repeat([how for how, _, _ in encoder.parts], encoder.widths)
    right, wrong, other, nothing = found
    assert right[of == "words"] @ wrong[of == "words"] == 0
    assert right[of == "pieces"] @ wrong[of == "pieces"] > 0.3
    assert np.linalg.norm(right[of == "pieces"]) == pytest.approx(1)
    assert not other[of == "pieces"].any()
    assert not nothing[of == "pieces"].any()
