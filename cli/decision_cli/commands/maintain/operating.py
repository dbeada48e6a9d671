"""``backup``, ``restore``, ``compact`` and ``query``: keep a log safe, and look into it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.options import CsvOption, HomeOption, JsonOption
from decision_cli.session import note, open_log


def backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the backup.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Back the log up into a folder, while others write.

    The first run copies everything, further runs what is new; each reads the whole backup back and compares
    it. Settings and models come along. What was forgotten since leaves the backup.

    Examples
    --------
    $ decision-log backup /mnt/backups/decision-log
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.operating import show_backup

        made = log.backup(folder)
        note(context, copied=made["copied"])
        show_backup(made, as_json=as_json)


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the backup.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into a home without a log.

    The backup is verified first. A home with a log is refused: move it away before.

    Examples
    --------
    $ decision-log restore /mnt/backups/decision-log --home restored
    """
    with open_log(context, home, announce=True) as log:
        from decision_cli.output.operating import show_restored

        show_restored(log.restore(folder), as_json=as_json)


def compact(
    context: typer.Context,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the log's files fewer and smaller.

    Examples
    --------
    $ decision-log compact
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.operating import show_compacted

        show_compacted(log.compact(), as_json=as_json)


def query(
    context: typer.Context,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Answer a SELECT of your own, read-only.

    The tables are described in the data dictionary. Files, the network and settings are out of reach.

    Examples
    --------
    $ decision-log query "SELECT * FROM conversion_metrics"
    $ decision-log query "SELECT sender, count(*) FROM decisions GROUP BY ALL" --csv
    """
    with open_log(context, home) as log:
        from decision_cli.output.operating import show_answer

        show_answer(log.query(sql), as_json=as_json, as_csv=as_csv)
