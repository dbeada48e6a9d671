"""Understanding of a table: columns, formats and words, for people to confirm before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FIELD = "field"
CONTEXT = "context"
ANSWER = "left out: tells the answer"
LEFT_OUT = "left out"
FLAGGED = "context, may tell the answer"
ALLOWED = "context, allowed"
KEPT = frozenset({CONTEXT, FLAGGED, ALLOWED})
"""Uses of columns that become attributes of their decision."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What one column is taken for.

    Parameters
    ----------
    column : str
        Its heading.
    use : str
        A field of the log, or one of the constants of this module.
    reading : str
        How its values are written, in words; empty for plain text.
    example : str
        One value.
    """

    column: str
    use: str
    reading: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class WordUse:
    """What one word of a status column is taken for.

    Parameters
    ----------
    word : str
        As first written.
    state : str, optional
        won, lost or open; None where it is not known.
    count : int
        Rows that have it.
    because : str
        What decided, where it was not the word itself.
    """

    word: str
    state: str | None
    count: int
    because: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the file leaves open.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        What is open, with an example.
    option : str
        The option that settles it, as typed; with ``…`` where the answer goes.
    choices : tuple of (str, str)
        For a dialogue: answer in words, and the option's value.
    acceptable : bool
        Whether ``--yes`` is enough, because there is a reading that loses nothing.
    target : tuple of (str, str)
        Name of the option in `ImportOptions` and its key there.
    """

    path: Path
    text: str
    option: str
    choices: tuple[tuple[str, str], ...] = ()
    acceptable: bool = False
    target: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood of one table.

    Parameters
    ----------
    path : Path
        Its file.
    layout, title : str
        Name of the layout and its words for people; empty for the log's own columns.
    rows : int
        How many were read.
    encoding : str
        Of a text file, else empty.
    columns : tuple of ColumnUse
        In the order of the file.
    words : tuple of WordUse
        Most frequent first.
    states : dict
        won, lost and open to the number of rows.
    currency : str
        Of the amounts, empty where none is named.
    notes : tuple of str
        Further things a person should know.
    questions : tuple of Question
        What is open.
    """

    path: Path
    layout: str
    title: str
    rows: int
    encoding: str = ""
    columns: tuple[ColumnUse, ...] = ()
    words: tuple[WordUse, ...] = ()
    states: dict[str, int] = field(default_factory=dict)
    currency: str = ""
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
