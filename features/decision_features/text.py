"""Terms of texts: words, word pairs and parts of words, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from decision_features.hyperparameters import MOST_CHARACTERS, PIECES

_LETTERS_AND_DIGITS = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256)
)
# Scripts written without spaces between words: Thai, Lao, Myanmar, Khmer, Hiragana, Katakana, Han.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\U00020000-\U000323af"
)
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_ANY_UNSPACED = re.compile(f"[{_UNSPACED}]")


def words(text: str | None) -> list[str]:
    """Split a text into its words, compatibility-normalised and case-folded.

    Where a script has no spaces between words, each two neighbouring characters stand for a word.

    Examples
    --------
    >>> words("Ｎeed a QUOTE for Straße 12!")
    ['need', 'a', 'quote', 'for', 'strasse', '12']
    >>> words("見積もり please")
    ['見積', '積も', 'もり', 'please']
    """
    if not text:
        return []
    beginning = text[:MOST_CHARACTERS]
    if beginning.isascii():
        if "'" not in beginning:  # then every word is a run of letters and digits
            return beginning.encode().translate(_LETTERS_AND_DIGITS).decode().split()
        return _word().findall(beginning.casefold())
    # Normalising may make a text longer, and case-folding may undo a composition.
    folded = unicodedata.normalize("NFKC", beginning).casefold()[:MOST_CHARACTERS]
    found: list[str] = _word().findall(folded)
    return _split_unspaced(found) if _ANY_UNSPACED.search(folded) else found


@cache
def _word() -> re.Pattern[str]:
    """Letters and digits with the marks on them, and apostrophes within; made when first needed."""
    marks = [code for code in range(0x300, 0x20000) if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    on_letters = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    one = rf"[^\W_](?:[^\W_]|[{on_letters}])*"
    return re.compile(rf"{one}(?:['’]{one})*")


def _split_unspaced(found: Sequence[str]) -> list[str]:
    """Put pairs of characters in the place of words without spaces between them."""
    split: list[str] = []
    for word in found:
        for run in _RUN.findall(word):
            if len(run) > 1 and _ANY_UNSPACED.match(run):
                split.extend(first + second for first, second in pairwise(run))
            else:
                split.append(run)
    return split


def is_unspaced(character: str) -> bool:
    """Tell whether a character belongs to a script that is written without spaces between words."""
    return _ANY_UNSPACED.match(character) is not None


def pieces(word: str) -> list[str]:
    """Parts of a word, 3 to 5 characters long; a space marks where it begins or ends.

    Examples
    --------
    >>> pieces("cat")
    [' ca', 'cat', 'at ', ' cat', 'cat ', ' cat ']
    """
    whole = f" {word} "
    return [
        whole[start : start + size] for size in PIECES for start in range(len(whole) - size + 1)
    ]


def vocabulary(
    texts: Iterable[Sequence[str]], *, least_texts: int, most_terms: int
) -> dict[str, int]:
    """Find the words and word pairs that are in most texts, with the number of texts that hold them.

    Parameters
    ----------
    texts : iterable of sequence of str
        The words of each text.
    least_texts : int
        Terms in fewer texts are left out.
    most_terms : int
        At most so many; equally frequent ones in alphabetical order, so that the answer does not
        depend on the order of the texts.
    """
    found: Counter[str] = Counter()
    for text in texts:
        found.update({*text, *map(" ".join, pairwise(text))})
    return frequent(found, least_texts, most_terms)


def frequent(found: Counter[str], least: int, most: int) -> dict[str, int]:
    """Keep the `most` frequent ones that occur at least so often."""
    often = [(term, count) for term, count in found.items() if count >= least]
    often.sort(key=lambda item: (-item[1], item[0]))
    return dict(often[:most])
