"""Exchange of files: import of history and export of all facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from decision_log.log.base import LogBase

if TYPE_CHECKING:
    from decision_log.importing.prepare import PreparedImport
    from decision_log.importing.report import ImportReport
    from decision_store.importing import ImportOptions


class Exchange(LogBase):
    """Import and export."""

    def import_history(
        self,
        paths: Sequence[str | Path],
        *,
        kind: str | None = None,
        mapping: Mapping[str, str] | None = None,
        options: ImportOptions | None = None,
        accept: bool = False,
        again: bool = False,
        dry_run: bool = False,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> ImportReport:
        """Load exports of CRMs, plain sheets and tables of the log; loading twice changes nothing.

        Parameters
        ----------
        paths : sequence of path
            CSV, JSON, JSON Lines, Parquet, or the predecessor's SQLite file.
        kind, mapping : optional
            As of `ImportOptions`.
        options : ImportOptions, optional
            What you state about the files.
        accept : bool, default=False
            Whether what is doubtful but loses nothing is settled by the reading shown.
        again : bool, default=False
            Whether decisions that were taken back are taken once more, as read now, under further ids: ``x~2`` for
            ``x``. Later imports find them there.
        dry_run : bool, default=False
            Read and report, but write nothing.

        Raises
        ------
        ImportFailed
            A file cannot be read at all.
        ImportDoubtful
            A file leaves something open, such as the order of day and month; nothing was written.
        """
        from decision_store.importing import ImportOptions
        from decision_store.importing.batches import Kind

        stated = options or ImportOptions()
        if kind is not None or mapping is not None:
            stated = replace(
                stated,
                kind=Kind(kind) if kind is not None else stated.kind,
                mapping=mapping if mapping is not None else stated.mapping,
            )
        prepared = self.prepare_import(paths, options=stated, again=again, progress=progress)
        return prepared.write(accept=accept, dry_run=dry_run)

    def prepare_import(
        self,
        paths: Sequence[str | Path],
        *,
        options: ImportOptions | None = None,
        again: bool = False,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> PreparedImport:
        """Read files, compare them with the log, and tell what is understood; nothing is written."""
        from decision_log.importing.prepare import prepare_import
        from decision_store.importing import ImportOptions

        usual = self.settings.import_options()
        return prepare_import(
            self.store,
            [Path(path) for path in paths],
            options=(options or ImportOptions()).over(usual),
            intake=self._intake(),
            reports=self.settings.home.folder / "reports",
            currency=self.settings.values.get("currency"),
            again=again,
            progress=progress,
        )

    def export(self, folder: str | Path, form: str = "parquet") -> dict[Path, int]:
        """Write all facts to a folder; importing its files gives the identical log.

        Parameters
        ----------
        folder : path
            Made where it is missing; files of an earlier export are replaced, each in one step.
        form : str
            ``parquet``, ``csv`` or ``jsonl``.

        Returns
        -------
        dict
            Each file and its number of rows.
        """
        from decision_store.exporting import FORMATS, export

        if form not in FORMATS:
            raise ValueError(f"form must be one of {', '.join(FORMATS)}, not {form!r}.")
        setting = self.settings.values.get("currency")
        is_set = setting is not None and setting.source != "default"
        code = self.store.currency or (self.settings.currency if is_set else None)
        return export(self.store.ask, Path(folder), form, currency=code)
