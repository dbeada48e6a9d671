"""Plan of a run: which files are read, and where the output of each goes."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from decision_log.scoring.partitions.partition import Task
from decision_log.scoring.reader import STDIN, UnreadableOpportunities
from decision_log.written_scores import NOTES
from decision_store.errors import CannotWrite

_PARQUET = ".parquet"


def input_files(patterns: Sequence[str | Path]) -> list[Path]:
    """Return the files that some names and patterns name, each once, in their order.

    Raises
    ------
    UnreadableOpportunities
        A name or a pattern names no file.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        if path == STDIN:
            raise UnreadableOpportunities(path, "with an output folder, name files or a pattern")
        if path.is_dir():
            raise UnreadableOpportunities(
                path, f"it is a folder; name its files: '{path}/*.parquet'"
            )
        some = (
            [path] if path.exists() else sorted(map(Path, glob.glob(str(pattern), recursive=True)))  # noqa: PTH207 - Path takes no absolute pattern
        )
        if not some:
            raise UnreadableOpportunities(path, "there is no such file, and no file matches it")
        found |= dict.fromkeys(one for one in some if one.is_file())
    return list(found)


def plan(sources: Sequence[Path], folder: Path) -> list[Task]:
    """Return one task for each input file: Parquet becomes Parquet, everything else JSON Lines.

    Raises
    ------
    CannotWrite
        Two inputs would have the same output, or one would be overwritten.

    Examples
    --------
    >>> [task.target.name for task in plan([Path("a.parquet"), Path("b.csv")], Path("out"))]
    ['a.parquet', 'b.jsonl']
    """
    tasks: dict[str, Task] = {}
    for source in sources:
        suffix = _PARQUET if source.suffix.lower() == _PARQUET else ".jsonl"
        name = f"{source.stem}{suffix}"
        target = folder / name
        if name in tasks:
            other = tasks[name].source
            raise CannotWrite(
                target, f"{other} and {source} would both be written there; rename one of them"
            )
        if target.absolute() == source.absolute():
            raise CannotWrite(target, "it is an input; choose another folder")
        notes = folder / NOTES
        tasks[name] = Task(
            source,
            target,
            predictions=notes / f"{name}.predictions.arrow",
            rejected=folder / f"{source.stem}.rejected.jsonl",
        )
    return list(tasks.values())
