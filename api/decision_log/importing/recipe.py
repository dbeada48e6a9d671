"""Recipe of an import: the options that one kind of file needs, kept in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from decision_log.importing.report import ImportReport
from decision_store.durable_files import atomic_write_text
from decision_store.importing import ImportOptions
from decision_store.vocabulary import OPEN

__all__ = ["ImportOptions", "load_recipe", "save_recipe"]


def load_recipe(path: Path) -> ImportOptions:
    """Read the options kept in a file.

    Raises
    ------
    ImportFailed
        It is no recipe.
    """
    return ImportOptions.load(path)


def save_recipe(path: Path, stated: ImportOptions, report: ImportReport) -> Path:
    """Keep what was stated and accepted, so that the next file of this kind is read alike.

    The layout is kept where all files had the same; a word that was accepted although it is not
    known is open the next time, too.
    """
    layouts = {each.layout for each in report.understood if each.layout}
    words = {
        use.word: OPEN
        for each in report.understood
        for use in each.words
        if use.state is None and use.word != "(empty)"
    }
    kept = replace(
        stated,
        layout=stated.layout or (layouts.pop() if len(layouts) == 1 else None),
        values={**stated.values, **words},
    )
    return atomic_write_text(path, kept.dump())
