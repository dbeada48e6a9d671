"""Vocabulary: statuses and outcome types in the languages and spellings that people bring."""

from __future__ import annotations

import random
import unicodedata

import pytest

from decision_store.vocabulary import (
    KINDS,
    STATES,
    UnknownMeaning,
    Vocabulary,
    fold_word,
    parse_mapping,
    plain_state,
)

WORDS = {
    "won": "won, closed won, gewonnen, auftrag erhalten, gagné, affaire gagnée, ganado, cerrado ganado, ganho, "
    "fechado ganho, vinto, chiuso vinto, gesloten gewonnen, paid, paid in full, bezahlt, payée, pagado, pago, pagato, "
    "betaald, signed, unterschrieben, signé, firmado, assinado, firmato, getekend, converted, completed, success",
    "lost": "lost, closed lost, verloren, perdu, perdue, perdido, cerrada perdida, perso, chiuso perso, failed, "
    "declined, rejected, no answer, disqualified, canceled, cancelled, storniert, abgelehnt, annulé, refusée, "
    "sans réponse, cancelado, rechazado, sin respuesta, recusado, não respondeu, "
    "annullato, rifiutato, geannuleerd, afgewezen",
    "open": "open, pending, in progress, qualified, offen, in bearbeitung, en cours, en attente, abierto, en proceso, "
    "aberto, em andamento, aperto, in attesa, openstaand, in behandeling, proposal sent, negotiation, on hold",
    "reversed": "reversed, chargeback, zurückgebucht, contracargo, estornado, stornato, teruggeboekt",
    "refund": "refunded, partially refunded, erstattet, remboursé, reembolsado, rimborsato, terugbetaald",
}
EXPECTED = [(word, state) for state, words in WORDS.items() for word in words.split(", ")]
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u180e\u2063"
SEPARATORS = (" ", "  ", "-", "_", " - ", "\u00a0", "\u2009", "\u2011", "\t", "", "/", ". ")


def respelt(word: str, random_: random.Random) -> str:
    """Write a word as another person, keyboard or program would."""
    text = random_.choice(SEPARATORS).join(word.split())
    text = random_.choice((str.upper, str.title, str.lower, str.swapcase, str.capitalize))(text)
    text = unicodedata.normalize(random_.choice(("NFC", "NFD", "NFKC", "NFKD")), text)
    if random_.random() < 0.3:
        text = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)  # full width
    for _ in range(random_.randrange(3)):
        place = random_.randrange(len(text) + 1)
        text = text[:place] + random_.choice(INVISIBLE) + text[place:]
    return random_.choice(("", " ", "\t")) + text + random_.choice(("", "  ", "\n", "\u00a0", "!"))


def test_a_thousand_spellings_of_statuses_mean_what_the_plain_word_means():
    random_ = random.Random(20261126)
    words = Vocabulary()
    wrong = []
    for _ in range(1000):
        word, state = random_.choice(EXPECTED)
        spelling = respelt(word, random_)
        if words.status(spelling) != state:
            wrong.append((spelling, word, words.status(spelling)))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Closed Lost (Sales Pipeline)", "lost"),
        ("7. Closed Won", "won"),
        ("Lost - price", "lost"),
        ("Perdu : trop cher", "lost"),
        ("Open - Not Contacted", "open"),
        ("Closed - Not Converted", "lost"),
        ("Deal won", "won"),
        ("✅ Won", "won"),
        ("✅", "won"),
        ("✔️", "won"),
        ("🟢 Closed Won", "won"),
        ("❌", "lost"),
        ("Lost 💔", "lost"),
        ("⏳", "open"),
        ("Stage 6: Closed Won", "won"),
        ("❌ Won", None),  # the sign contradicts the word
        ("✅❌", None),
        ("👍", None),  # seen, liked or agreed?
        ("Won - pending signature", None),  # the two parts contradict each other or are not known
        ("Lost, later won", None),
        ("closed", None),  # won or lost?
        ("active", None),
        ("w\u043en", None),  # a Cyrillic o: a look-alike is another word
        ("", None),
        ("!?", None),
    ],
)
def test_a_status_with_something_around_it_means_its_state_only_where_that_is_plain(text, state):
    assert Vocabulary().status(text) == state


@pytest.mark.parametrize(
    ("outcome_type", "status", "meaning"),
    [
        ("conversion", "won", "won"),
        ("Sale", "completed", "won"),
        ("unknown", "Closed Won", "won"),
        ("", "gagné", "won"),
        ("sale_confirmed", "success", "won"),
        ("won", "done", "won"),
        ("deal", "in progress", "open"),
        ("sales call", "completed", "open"),  # an activity never closes a decision
        ("response", "won", "open"),
        ("meeting", "kaffee", "open"),
        ("update", "reversed", "reversed"),  # but it can take a win back
        ("refund", "succeeded", "refund"),
        ("chargeback", "completed", "reversed"),
        ("cancellation", "completed", "lost"),
        ("workshop", "won", "won"),  # the status says it, whatever the type
        ("workshop", "done", None),
        ("lost", "success", None),
        ("conversion", "failed", "lost"),
        ("Sale", "rejected", "lost"),
        ("conversion", "kaffee", None),
    ],
)
def test_type_and_status_together_mean_one_state(outcome_type, status, meaning):
    assert Vocabulary().meaning(outcome_type, status) == meaning


def test_an_unknown_type_can_be_read_as_closing():
    assert Vocabulary().meaning("workshop", "done", unknown_type="closing") == "won"


def test_settings_win_over_the_built_in_words():
    words = Vocabulary({"Qualified": "won", "ZZ-Top": "lost"}, {"workshop": "closing"})
    assert [words.status(w) for w in ("qualified", "zz top", "lost")] == ["won", "lost", "lost"]
    assert words.meaning("Workshop", "done") == "won"
    more = words.extended({"zz top": "open"})
    assert (more.status("ZZ Top"), more.status("qualified"), words.status("zz top")) == (
        "open", "won", "lost",
    )  # fmt: skip


def test_a_sign_can_be_taught_and_is_no_other_sign():
    words = Vocabulary({"👍": "won"})
    assert (words.status("👍🏽"), words.status("🙏"), words.status("?")) == ("won", None, None)
    assert fold_word("✅") != fold_word("❌")


def test_near_words_are_suggested_and_far_ones_are_not():
    words = Vocabulary({"Handshake": "won"})
    assert words.suggestions("clsoed won")[0] == "closed won"
    assert words.suggestions("hand-shak") == ["Handshake"]
    assert words.suggestions("xyzzy") == []
    assert words.type_suggestions("conversoin")[0] == "conversion"


@pytest.mark.parametrize("text", ["Closed Won", "=won", "Closed Won=wonderful", "", "--=won"])
def test_a_mapping_that_says_nothing_is_refused_with_the_possible_meanings(text):
    with pytest.raises(UnknownMeaning, match="won, lost, open, reversed, refund"):
        parse_mapping(text)


def test_a_mapping_is_read_with_its_word_as_written():
    assert parse_mapping(" Closed = really =Won ") == ("Closed = really", "won")
    assert parse_mapping("Workshop=closing", KINDS) == ("Workshop", "closing")


def test_folding_changes_nothing_that_is_folded():
    for word, _ in EXPECTED:
        assert fold_word(fold_word(word)) == fold_word(word)
    assert set(WORDS) == set(STATES)


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("Closed", "closed won"),
        ("deal", None),
        ("wno", "won"),
        ("pendig", "pending"),
        ("lsot", "lost"),
    ],
)
def test_suggestions_are_misspellings_and_no_other_words_that_look_alike(word, first):
    found = Vocabulary().suggestions(word)
    assert (found[0] if found else None) == first
    assert not {"lose", "dead"} & set(found)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Closed Lost", "lost"),
        ("gewonnen", "won"),
        ("Won", "won"),
        ("paid", None),
        ("open", None),
        ("a word", None),
    ],
)
def test_a_word_that_is_won_or_lost_by_itself_is_no_word_of_a_payment(word, state):
    assert plain_state(word) == state


@pytest.mark.parametrize("statuses", [{"!!": "won"}, {"maybe": "perhaps"}, {" ": "perhaps"}])
def test_taught_words_need_a_letter_and_a_known_meaning(statuses):
    with pytest.raises(UnknownMeaning):
        Vocabulary(statuses)
