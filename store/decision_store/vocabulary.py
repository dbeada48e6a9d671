"""Vocabulary of outcomes: what the words for statuses and outcome types mean for a decision.

A status means that the decision is won, lost or still open, that an earlier win is taken back
(``reversed``), or that money went back (``refund``: whether the win stands is decided by the amounts).
An outcome type is one that closes a decision, or an activity, which never does. The words themselves are
lines of ``words/statuses.txt`` and ``words/types.txt``; settings, ``--value`` and recorded mappings extend them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from decision_store.errors import DecisionLogError
from decision_store.word_folding import fold_word, plain_letters, signs_of, words_of

FOLDER = Path(__file__).parent / "words"

WON = "won"
LOST = "lost"
OPEN = "open"
REVERSED = "reversed"
REFUND = "refund"
STATES = (WON, LOST, OPEN, REVERSED, REFUND)
"""What a status can mean."""

CLOSING = "closing"
ACTIVITY = "activity"
CANCELLATION = "cancellation"
KINDS = (CLOSING, ACTIVITY, REFUND, REVERSED, CANCELLATION)
"""What an outcome type can be. A refund, a reversal or a cancellation that succeeded is not a win."""

_MEANINGS: dict[str, dict[str, str]] = {
    CLOSING: {WON: WON, LOST: LOST, OPEN: OPEN},
    CANCELLATION: {WON: LOST, OPEN: OPEN},
    REFUND: {WON: REFUND, OPEN: OPEN},
    REVERSED: {WON: REVERSED, OPEN: OPEN},
}
"""Kind of a type -> what the status means -> what the outcome means; all else contradicts itself."""

SIGNS = {
    **dict.fromkeys("✅✔☑🏆🎉🎊🥳🥇🤝🟢", WON),
    **dict.fromkeys("❌✖✗✘❎👎🚫⛔💔🔴🛑", LOST),
    **dict.fromkeys("⏳⌛🕐🕑🕒🕓🕔🕕🕖🕗🕘🕙🕚🕛⏸🔄🟡🆕", OPEN),
}
"""Signs that people put for a state. One that says different things to different people (👍) is asked for."""

SHORT = 3
"""Words of so few letters are suggested for less similar ones, too."""

_SEPARATORS = re.compile(r"\s*(?:[:;|/>»→,([{–—]|\s-\s)\s*")
_NUMBERING = re.compile(
    r"^\s*(?:(?:stage|step|phase|étape|etapa|fase)\s+)?[0-9]{1,2}\s*[.)\-:]\s*", re.IGNORECASE
)
_FILLERS = frozenset({"deal", "opportunity", "opp", "lead", "stage", "status", "is", "was", "the"})


class UnknownMeaning(DecisionLogError, ValueError):
    """A word is to mean something that is not a state."""

    def __init__(self, word: str, meaning: str, possible: tuple[str, ...]) -> None:
        self.word = word
        self.meaning = meaning
        self.possible = possible
        super().__init__(word, meaning, possible)

    def __str__(self) -> str:
        return (
            f"{self.word!r} cannot mean {self.meaning!r}: write WORD=MEANING with one of "
            f"{', '.join(self.possible)}, e.g. 'Closed Won=won'."
        )


def plain_state(word: str) -> str | None:
    """Return won or lost where a word says nothing else, whatever it stands in; None for any other word.

    Examples
    --------
    >>> plain_state("Closed Lost"), plain_state("gewonnen"), plain_state("paid")
    ('lost', 'won', None)
    """
    joined = word.replace(" ", "")
    # Most words are lower-case letters already; a text has thousands of them.
    plainly = joined.isascii() and joined.isalnum() and joined.islower()
    key = joined if plainly else fold_word(word)
    statuses, _, plain, *_ = _builtin()
    state = statuses.get(key) if key in plain else None
    return state if state in {WON, LOST} else None


class Vocabulary:
    """What statuses and outcome types mean; immutable.

    Parameters
    ----------
    statuses : mapping of str to str, optional
        Further words and their meaning (`STATES`); they win over those that are built in.
    types : mapping of str to str, optional
        Further outcome types and their kind (`KINDS`).

    Raises
    ------
    UnknownMeaning
        A word is given a meaning that does not exist.

    Examples
    --------
    >>> words = Vocabulary()
    >>> words.status("Closed-Won"), words.status("perdue"), words.status("zu Tante Erna")
    ('won', 'lost', None)
    >>> Vocabulary({"Handshake": "won"}).status("hand shake")
    'won'
    >>> words.suggestions("clsed wno")
    ['closed won', 'close won']
    """

    __slots__ = ("_statuses", "_types", "statuses", "types")

    def __init__(
        self, statuses: Mapping[str, str] | None = None, types: Mapping[str, str] | None = None
    ) -> None:
        self.statuses: Mapping[str, str] = MappingProxyType(dict(statuses or {}))
        self.types: Mapping[str, str] = MappingProxyType(dict(types or {}))
        self._statuses = _folded(self.statuses, STATES)
        self._types = _folded(self.types, KINDS)

    def extended(
        self, statuses: Mapping[str, str] | None = None, types: Mapping[str, str] | None = None
    ) -> Vocabulary:
        """Return this vocabulary with further words, which win over those it has."""
        return Vocabulary({**self.statuses, **(statuses or {})}, {**self.types, **(types or {})})

    def status(self, word: str) -> str | None:
        """Return what a status means, one of `STATES`; None: not known.

        A reason after the state is allowed (``Closed Lost - price``), a number before it
        (``5. Won``), and words such as *deal* or *stage* around it; where two parts of the text
        contradict each other the word is not known. A sign such as ✅ or ❌ alone tells the state,
        too; beside a word it must agree with it.
        """
        found = self._state_of_words(word)
        meant = {SIGNS[sign] for sign in signs_of(word) if sign in SIGNS}
        if not meant or not words_of(word):
            return found or (meant.pop() if len(meant) == 1 else None)
        return found if meant == {found} else None

    def _state_of_words(self, word: str) -> str | None:
        if found := self._exact(word):
            return found
        bare = _NUMBERING.sub("", word)
        if bare != word and (found := self._exact(bare)):
            return found
        parts = [part for part in _SEPARATORS.split(bare) if words_of(part)]
        if len(parts) > 1:
            head = self._exact(parts[0])
            if head and all(self._agrees(part, head) for part in parts[1:]):
                return head
        return None

    def kind(self, outcome_type: str) -> str | None:
        """Return what an outcome type is, one of `KINDS`; None: not known.

        Of several words an activity decides: a *sales call* is a call. A type that is itself a
        status, such as *won*, closes a decision. No type at all closes, too: then only the status
        was given.
        """
        key = fold_word(outcome_type)
        if not key:
            return CLOSING
        table = _builtin()[1]
        if found := self._types.get(key) or table.get(key):
            return found
        if self.status(outcome_type):
            return CLOSING
        tokens = words_of(outcome_type).split()
        kinds = {self._types.get(token) or table.get(token) for token in tokens}
        for kind in (ACTIVITY, REVERSED, REFUND, CANCELLATION, CLOSING):
            if kind in kinds:
                return kind
        return None

    def meaning(
        self, outcome_type: str, status: str, *, unknown_type: str | None = None
    ) -> str | None:
        """Return what one outcome means for its decision, one of `STATES`; None: not known.

        Parameters
        ----------
        outcome_type, status : str
            The words.
        unknown_type : str, optional
            The kind of a type that is not known, e.g. ``closing`` at import.

        Examples
        --------
        >>> words = Vocabulary()
        >>> words.meaning("conversion", "won"), words.meaning("call", "completed")
        ('won', 'open')
        >>> words.meaning("refund", "succeeded"), words.meaning("payment", "storniert")
        ('refund', 'lost')
        >>> words.meaning("canceled", "failed"), words.meaning("cancellation", "failed")
        ('lost', None)
        """
        kind = self.kind(outcome_type) or unknown_type
        state = self.status(status)
        if state in {REVERSED, REFUND}:
            return state
        if kind == ACTIVITY:
            return OPEN  # it never closes a decision, so its status need not be understood
        obvious = _builtin()[2]
        if kind is None:
            # The type says nothing; a plain word for won or lost does.
            return state if state == OPEN or fold_word(status) in obvious else None
        if kind == CLOSING and fold_word(outcome_type) in obvious and state != OPEN:
            return state if self.status(outcome_type) == state else None  # not "lost, success"
        if kind == CANCELLATION and state == LOST and self.status(outcome_type) == LOST:
            return LOST  # "canceled, failed" says it twice; a "cancellation" that failed may have left a win
        return _MEANINGS[kind].get(state or "")

    def suggestions(self, word: str, limit: int = 3) -> list[str]:
        """Return known statuses that are spelt nearly like a word, best first."""
        return _near(words_of(word), {**_builtin()[3], **_spelt(self.statuses)}, limit)

    def type_suggestions(self, word: str, limit: int = 3) -> list[str]:
        """Return known outcome types that are spelt nearly like a word, best first."""
        return _near(words_of(word), {**_builtin()[4], **_spelt(self.types)}, limit)

    def _agrees(self, text: str, state: str) -> bool:
        """Tell whether what follows a state, e.g. the reason of a loss, does not contradict it."""
        if found := self._exact(text):
            return found == state
        plain = _builtin()[2].intersection(words_of(text).split())
        return all(self._exact(word) == state for word in plain)

    def _exact(self, word: str) -> str | None:
        table = _builtin()[0]
        key = fold_word(word)
        if found := self._statuses.get(key) or table.get(key):
            return found
        tokens = words_of(word).split()
        left = [token for token in tokens if token not in _FILLERS]
        if not left or len(left) == len(tokens):
            return None
        key = "".join(left)
        return self._statuses.get(key) or table.get(key)


def parse_mapping(text: str, meanings: tuple[str, ...] = STATES) -> tuple[str, str]:
    """Read ``WORD=MEANING``, as ``--value`` and ``map`` take it.

    Raises
    ------
    UnknownMeaning
        There is no ``=``, no word, or no such meaning.

    Examples
    --------
    >>> parse_mapping("Closed Won=won")
    ('Closed Won', 'won')
    """
    word, _, meaning = text.rpartition("=")
    state = words_of(meaning)
    if not fold_word(word) or state not in meanings:
        raise UnknownMeaning(word or text, meaning.strip(), meanings)
    return word.strip(), state


def _folded(given: Mapping[str, str], meanings: tuple[str, ...]) -> dict[str, str]:
    for word, meaning in given.items():
        if meaning not in meanings or not fold_word(word):
            raise UnknownMeaning(word, str(meaning), meanings)
    return {fold_word(word): meaning for word, meaning in given.items()}


def _spelt(words: Iterable[str]) -> dict[str, str]:
    return {words_of(word): word for word in words}


def _near(word: str, spelt: Mapping[str, str], limit: int) -> list[str]:
    import difflib  # needed only for a message

    if word in _FILLERS:
        return []  # it stands beside a state and says nothing itself
    cutoff = 0.66 if len(word) <= SHORT else 0.75  # two letters swapped in "won" leave two of three
    found = difflib.get_close_matches(word, spelt, n=5 * limit, cutoff=cutoff)
    begun = sorted((name for name in spelt if name.startswith(f"{word} ")), key=len)
    close = [name for name in found if word in name.split() or _is_misspelling(word, name)]
    return [spelt[name] for name in dict.fromkeys([*begun, *close])][:limit]


def _is_misspelling(word: str, name: str) -> bool:
    """Tell whether a word may be another one with a slip: it begins alike, and a short one has the same letters.

    Examples
    --------
    >>> _is_misspelling("wno", "won"), _is_misspelling("closed", "lose"), _is_misspelling("deal", "dead")
    (True, False, False)
    """
    if word[:1] != name[:1]:
        return False
    if len(word) > SHORT + 1:
        return True
    return len(word) != len(name) or sorted(word) == sorted(name)


@cache
def _builtin() -> tuple[
    Mapping[str, str], Mapping[str, str], frozenset[str], dict[str, str], dict[str, str]
]:
    """Read the built-in words: statuses, types, plain words for won and lost, and both as spelt."""
    statuses, plain, spelt = _read("statuses.txt", STATES)
    types, _, types_spelt = _read("types.txt", KINDS)
    return statuses, types, plain, spelt, types_spelt


def _read(
    name: str, meanings: tuple[str, ...]
) -> tuple[dict[str, str], frozenset[str], dict[str, str]]:
    table: dict[str, str] = {}
    obvious: set[str] = set()
    spelt: dict[str, str] = {}
    meaning, is_plain = "", False
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    # Folded line by line and not word by word: a command that needs the words must start at once.
    for number, (line, folded) in enumerate(
        zip(lines, map(plain_letters, lines), strict=True), start=1
    ):
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            meaning, _, note = line.strip("[]").partition(" ")
            is_plain = note == "plain"
            if meaning not in meanings:
                raise ValueError(f"{name}:{number}: there is no meaning {meaning!r}")
            continue
        for word, plain in zip(line.split(", "), folded.split(", "), strict=True):
            key = plain.replace(" ", "")
            if table.setdefault(key, meaning) != meaning:
                raise ValueError(f"{name}:{number}: {word!r} means {table[key]} already")
            spelt.setdefault(plain, word)
            if is_plain:
                obvious.add(key)
    return table, frozenset(obvious), spelt
