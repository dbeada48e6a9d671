"""Text encoding of a file: byte order mark, UTF-16, UTF-8, and the 8-bit encodings of offices."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAMPLE = 4096
# Between two letters of one word: what cp1252 makes of the umlauts of Mac Roman and of DOS. The
# apostrophe, hyphens and the letters S and Z with a caron are the only ones that belong there.
_NOT_INSIDE_WORDS = re.compile(
    rb"[A-Za-z][\x80-\x89\x8b\x8c\x8f\x90\x91\x93-\x95\x98\x99\x9b\x9d\x9f][a-z]"
)
_LONG_RUN = re.compile(r"[^\W\d_a-zA-Z]{3}")
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_OTHERS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp850", "mac_roman", "koi8_r"]
_OTHERS += ["shift_jis", "gb18030", "big5", "euc_kr", "iso8859_2", "iso8859_5"]


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a file.

    Parameters
    ----------
    text : str
        A byte that is not valid in the encoding is an unpaired surrogate, so that the field that
        holds it is refused, and no other.
    encoding : str
        Its name as people write it.
    certain : bool
        False where the encoding was guessed from the frequency of letters.
    """

    text: str
    encoding: str
    certain: bool = True


def decode(content: bytes, encoding: str | None = None) -> DecodedText:
    """Decode the content of a text file.

    Parameters
    ----------
    content : bytes
        The whole file.
    encoding : str, optional
        What the user states; it is not questioned.

    Raises
    ------
    LookupError
        There is no encoding of this name.

    Examples
    --------
    >>> decode("Müller".encode("cp1252"))
    DecodedText(text='Müller', encoding='Windows-1252', certain=True)
    >>> decode("a,b".encode("utf-16")).encoding
    'UTF-16'
    """
    if encoding is not None:
        name = codecs.lookup(encoding).name
        errors = "surrogateescape" if name in {"utf-8", "utf-8-sig"} else "replace"
        plain = "utf-8-sig" if name == "utf-8" else name
        return DecodedText(content.decode(plain, errors).removeprefix("\ufeff"), encoding)
    for mark, name, shown in _MARKS:
        if content.startswith(mark):
            errors = "surrogateescape" if name == "utf-8-sig" else "replace"
            return DecodedText(content.decode(name, errors), shown)
    if utf16 := _utf16_without_mark(content):
        return DecodedText(content.decode(utf16, "replace"), "UTF-16")
    if content.isascii():
        return DecodedText(content.decode("ascii"), "UTF-8")
    text = content.decode("utf-8", "surrogateescape")
    broken = sum("\ud800" <= letter <= "\udfff" for letter in _beyond_ascii(text))
    if not broken or len(_beyond_ascii(text)) - broken >= broken:
        return DecodedText(text, "UTF-8")
    return _eight_bit(content)


def is_utf16(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes is UTF-16."""
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or bool(
        _utf16_without_mark(head)
    )


def _beyond_ascii(text: str) -> str:
    return "".join(re.findall(r"[^\x00-\x7f]+", text))


def _utf16_without_mark(content: bytes) -> str | None:
    """Every second byte of Latin text in UTF-16 is zero."""
    sample = content[: _SAMPLE - _SAMPLE % 2]
    if len(sample) < 8:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    most = 0.7 * len(sample) / 2
    if odd > most and even == 0:
        return "utf-16-le"
    if even > most and odd == 0:
        return "utf-16-be"
    return None


def _eight_bit(content: bytes) -> DecodedText:
    """Windows-1252 unless the letters speak against it, then what charset-normalizer guesses."""
    if not _UNDEFINED.search(content) and not _NOT_INSIDE_WORDS.search(content):
        text = content.decode("cp1252")
        letters = len(_beyond_ascii(text))
        if 3 * len(_LONG_RUN.findall(text)) <= 0.2 * letters:
            return DecodedText(text, "Windows-1252")
    from charset_normalizer import from_bytes

    best = from_bytes(content[:200_000], cp_isolation=_OTHERS).best()
    name = best.encoding if best is not None else "cp1252"
    return DecodedText(content.decode(name, "replace"), name.replace("_", "-"), certain=False)
