"""Forgetting a person in a whole home: the log, and the files that were written from it; with proof."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from decision_log.cache_file import clear_caches
from decision_log.log.base import LogBase, Row
from decision_log.log.forgetting_scores import forget_in_scores
from decision_store.durable_files import atomic_write
from decision_store.errors import InvalidRecord
from decision_store.home_key import read_home_key
from decision_store.names import sender_key
from decision_store.text_search import TextFinder

if TYPE_CHECKING:
    from decision_log.records import Moment
    from decision_log.settings import Home
    from decision_store.database.forgetting import Target

_SHORTEST = 4
"""Texts of fewer characters are not looked for: they would be found everywhere."""

_WORDS = 4
"""Words by which the beginning of a text is found in a report that cuts it."""

_WORD = re.compile(r"\w+")
_ESCAPE = re.compile(r"&#?\w{1,8};|\\[nrt]")
"""Escapes of HTML, JSON and Markdown, which may stand between two words."""


class Forgetting(LogBase):
    """Forget people and decisions."""

    def forget(
        self,
        *,
        sender: str | None = None,
        decision_id: str | None = None,
        texts_before: Moment | None = None,
    ) -> Row:
        """Forget a sender, a decision, or the texts of old decisions.

        Texts, names and attributes leave the log, its files, the scored file, reports and models; that a decision
        was made, its outcomes and the money stay. It cannot be undone. A backup forgets with its next run.

        Parameters
        ----------
        sender : str, optional
            In any spelling.
        decision_id : str, optional
            Of one decision.
        texts_before : moment, optional
            Only the texts go of all decisions made before it.

        Returns
        -------
        dict
            ``decisions``: how many were concerned; ``files``: reports, scored files and models that were changed or
            removed; ``searched``: files and ``bytes`` that were searched afterwards; ``found``: files in which
            something was found, which are not written by this program; ``unreached``: files of scores that `score`
            wrote elsewhere and that could not be read or written, each with the reason.

        Raises
        ------
        InvalidRecord
            Nothing was named, or a decision that does not exist.
        NotInJournal
            Rows of the database are in no file of the journal; nothing was changed.

        Examples
        --------
        >>> import tempfile
        >>> from decision_log import DecisionLog
        >>> with DecisionLog(home=tempfile.mkdtemp()) as log:
        ...     added = log.log_decision("d-1", "coaching", "email", "Replied", sender="pat@example.com")
        ...     forgotten = log.forget(sender="Pat <PAT@example.com>")
        ...     forgotten["decisions"], forgotten["found"], log.query("SELECT sender FROM decisions")
        (1, [], [{'sender': ''}])
        """
        if sender is not None and not sender_key(sender):
            raise InvalidRecord("sender", sender, "must name somebody")
        if sender is None and decision_id is None and texts_before is None:
            raise InvalidRecord("sender", sender, "must be given, or a decision")
        before = None if texts_before is None else self.start(texts_before).astimezone(UTC)
        target = self.store.concerned(
            senders=[] if sender is None else [sender],
            decisions=[] if decision_id is None else [decision_id],
            older_than=None if before is None else before.replace(tzinfo=None),
        )
        if decision_id is not None and decision_id not in target.decisions:
            raise InvalidRecord(
                "decision_id", decision_id, "must be the id of a decision in the log"
            )
        return self._forget(target)

    def forget_old_texts(self) -> Row | None:
        """Forget the texts that are older than the setting ``keep_texts_days``.

        Returns
        -------
        dict or None
            As of `forget`; None where the setting is 0 or no text is that old.
        """
        if not self.settings.keep_texts_days:
            return None
        before = self.moment() - timedelta(days=self.settings.keep_texts_days)
        target = self.store.concerned(older_than=before.replace(tzinfo=None))
        return self._forget(target) if target else None

    def _forget(self, target: Target) -> Row:
        home = self.settings.home
        needles = _needles(target)
        finder = _Finder(needles)
        # Files first: were this cut short, the log would still know what to look for.
        scores, unreached = forget_in_scores(self.store, home.scored, target)
        changed = [
            *scores,
            *_files_without(home.folder, finder, pages=bool(target.decisions or target.texts_of)),
            *_models_without(home, target, finder),
            *_mail_without(home.folder, target),
        ]
        self.store.forget(target)
        clear_caches(self.store)
        files, size, found = _searched(home.folder, finder)
        in_log = self.store.occurrences(needles)
        return {
            "decisions": len(target.decisions) + len(target.texts_of),
            "files": [_shown(path, home.folder) for path in changed],
            "searched": files,
            "bytes": size,
            "values_in_log": in_log,
            "found": [str(path.relative_to(home.folder)) for path in found],
            "unreached": {_shown(path, home.folder): why for path, why in unreached.items()},
        }


def _shown(path: Path, home: Path) -> str:
    """Return a path within the home without it, another one whole."""
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)


def _needles(target: Target) -> list[str]:
    """Return the texts that must be nowhere afterwards; of one decision those of its sender may be elsewhere."""
    return [n for n in {*target.spellings, *target.texts} if len(n.strip()) >= _SHORTEST]


class _Finder:
    """Finds what was forgotten in files, as this program writes it: escaped, and in what people read also cut."""

    def __init__(self, needles: Sequence[str]) -> None:
        written: set[str] = set()
        for needle in needles:
            written |= {needle, html.escape(needle), json.dumps(needle)[1:-1]}
            written.add(json.dumps(needle, ensure_ascii=False)[1:-1])
            written |= {part for part in needle.splitlines() if len(part.strip()) >= 2 * _SHORTEST}
        self._whole = TextFinder(written)
        words = (_WORD.findall(needle) for needle in needles)
        self._first_words = TextFinder(
            " ".join(some[:_WORDS]) for some in words if len(some) >= _WORDS
        )

    def whole(self, data: bytes) -> bool:
        """Tell whether some bytes hold one of the texts as a whole."""
        return bool(self._whole) and self._whole(data.decode("utf-8", "surrogateescape"))

    def holds_beginning(self, data: bytes) -> bool:
        """Tell whether some bytes hold one of the texts, or the first words of one, however these are separated."""
        if self.whole(data):
            return True
        text = _ESCAPE.sub(" ", data.decode("utf-8", "surrogateescape"))
        return bool(self._first_words) and self._first_words(" ".join(_WORD.findall(text)))


def _files_without(home: Path, finder: _Finder, *, pages: bool) -> Iterator[Path]:
    """Take what is to be forgotten out of reports and logs, and where asked remove all pages."""
    for path in _files(home / "reports"):
        data = path.read_bytes()
        if not finder.holds_beginning(data) and not (pages and path.suffix == ".html"):
            continue
        if path.suffix in {".md", ".csv", ".txt"}:
            kept = [
                line for line in data.splitlines(keepends=True) if not finder.holds_beginning(line)
            ]
            _write(path, kept)
        else:
            path.unlink()  # a page; 'decision-log report' writes it again
        yield path
    for path in _files(home / "logs"):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [b"[forgotten]\n" if finder.holds_beginning(line) else line for line in lines]
        if kept != lines:
            _write(path, kept)
            yield path


def _write(path: Path, lines: Iterable[bytes]) -> None:
    with atomic_write(path) as file:
        file.writelines(lines)


def _mail_without(home: Path, target: Target) -> Iterator[Path]:
    """Take a person's messages, and those about forgotten opportunities, out of the mailboxes of the inbox."""
    # Imported here: opening a log would wait for the libraries of mail.
    from decision_log.importing.replies import (
        headers_of,
        is_mailbox,
        message_ids,
        open_mailbox,
        sender_of,
    )

    inbox = home / "inbox"
    paths = [*inbox.glob("*"), *inbox.glob("done/*")] if inbox.is_dir() else []
    senders, ids = set(target.senders), {one.strip("<> ") for one in target.opportunities}
    for path in filter(is_mailbox, sorted(paths)):
        box = open_mailbox(path)
        gone = [
            key
            for key, message in headers_of(box)
            if sender_key(sender_of(message)) in senders or ids & message_ids(message)
        ]
        for key in gone:
            box.remove(key)
        box.close()  # which writes a file that was changed
        if gone:
            yield path


def _models_without(home: Home, target: Target, finder: _Finder) -> Iterator[Path]:
    """Remove the models that hold a text, a sender or the hash of one; training makes new ones."""
    from decision_model.artifacts.sender_hashes import sender_hash

    hashes: list[bytes] = []
    if (key := read_home_key(home.journal)) is not None:
        for name in (sender_hash(key, sender) for sender in target.senders):
            hashes += [name.encode(), bytes.fromhex(name)]
    senders = frozenset(target.senders)
    for version in sorted(filter(Path.is_dir, home.models.glob("*"))):
        files = (path.read_bytes() for path in _files(version))
        if senders & _senders_in_clear(version) or any(
            any(one in data for one in hashes) or finder.holds_beginning(data) for data in files
        ):
            _remove_model(version)
            yield version


def _remove_model(version: Path) -> None:
    """Remove a model, and let it serve no longer."""
    from decision_model.artifacts import registry
    from decision_model.artifacts.artifact import ArtifactMismatch

    with suppress(registry.UnknownVersion, ArtifactMismatch):  # a leftover, or damaged aliases
        why = "forgotten: it held a text or a sender"
        registry.delete(version.parent, version.name, who="decision-log", why=why)
    shutil.rmtree(version, ignore_errors=True)


def _senders_in_clear(version: Path) -> frozenset[str]:
    """Return the senders that a model of format 4 names; they stand there without a space between them."""
    import numpy as np

    from decision_model.artifacts.array_archive import unpack_texts

    try:
        with np.load(version / "arrays.npz", allow_pickle=False) as arrays:
            return frozenset(unpack_texts(arrays["sender_names"], arrays["sender_ends"]))
    except (OSError, KeyError, ValueError, BadZipFile):
        return frozenset()


def _searched(home: Path, finder: _Finder) -> tuple[int, int, list[Path]]:
    """Search every file of the home for what was forgotten."""
    read = (home / "reports", home / "logs")  # only what people read is cut
    files, size, found = 0, 0, []
    for path in _files(home):
        data = path.read_bytes()
        files, size = files + 1, size + len(data)
        is_read = any(path.is_relative_to(folder) for folder in read)
        if finder.holds_beginning(data) if is_read else finder.whole(data):
            found.append(path)
    return files, size, found


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
