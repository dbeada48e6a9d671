"""Cache of decision ids: answers in microseconds, without the database, whether an id is probably known.

256 files of 8-byte hashes, one file per first byte of the hash. A hit means: probably there, ask the
database. A miss means: probably not. Nothing depends on the cache being right: the fold settles what is
true, and repairs it. It can be deleted at any time: adding to one that is gone does nothing, because one with a few
entries would pass for whole. One that is made again from the database gets its name when it is complete.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from decision_store.durable_files import file_mode

ENTRY_BYTES = 8
"""Bytes of an entry: among ten million ids a false hit, which only costs time, has probability 1e-12."""


class IdCache:
    """Hashes of the decision ids in the log.

    Parameters
    ----------
    folder : Path
        Where the files lie; made by `make`, or by `take_place_of`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folder = os.fspath(folder)  # paths as text: a call of microseconds makes several

    @property
    def exists(self) -> bool:
        """Whether there is a cache at all."""
        return self.identity is not None

    @property
    def identity(self) -> int | None:
        """A number that differs once the cache was made again; None where there is none."""
        try:
            return os.stat(self._folder).st_ino  # noqa: PTH116 - as above
        except OSError:
            return None

    def make(self) -> None:
        """Make the folder, so that a log without decisions has a cache too."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)

    def beside(self) -> IdCache:
        """Return an empty cache under another name, to be filled and then to take the place of this one."""
        other = IdCache(self._aside())
        other.make()
        return other

    def take_place_of(self, other: IdCache) -> bool:
        """Give this cache the place of one that is gone; False where it is there again by now."""
        try:
            self.folder.rename(other.folder)
        except OSError:
            return False
        return True

    def put_aside(self) -> Path | None:
        """Rename the cache, so that it is gone in one step; return where the files lie, to be removed later."""
        aside = self._aside()
        try:
            self.folder.rename(aside)
        except OSError:
            return None
        return aside

    def _aside(self) -> Path:
        return self.folder.with_name(f".{self.folder.name}.{os.urandom(6).hex()}.tmp")

    def has(self, decision_id: str) -> bool:
        """Tell whether the id is probably in the log."""
        digest = _digest(decision_id)
        # Entries are not aligned on purpose: one torn write must not hide all that follow.
        return digest in self.bucket(digest[0])

    def missing(self, decision_ids: Iterable[str]) -> list[str]:
        """Return those ids that are probably not in the log, in their order, each bucket read once."""
        buckets: dict[int, bytes] = {}
        absent = []
        for decision_id in decision_ids:
            digest = _digest(decision_id)
            if digest[0] not in buckets:
                buckets[digest[0]] = self.bucket(digest[0])
            if digest not in buckets[digest[0]]:
                absent.append(decision_id)
        return absent

    def add(self, decision_ids: Iterable[str]) -> None:
        """Add ids that are not there. Errors are ignored: it is a cache."""
        digests = [_digest(each) for each in decision_ids]
        if len(digests) == 1:
            self.append(digests[0][0], digests[0])
            return
        for first, found in _by_first_byte(digests).items():
            self.append(first, b"".join(found))

    def add_missing(self, decision_ids: Iterable[str]) -> None:
        """Add those ids that are not there yet."""
        for first, found in _by_first_byte(map(_digest, decision_ids)).items():
            bucket = self.bucket(first)
            # A set, because `in` on a large bucket for each of many ids would take quadratic time.
            there = {bucket[i : i + ENTRY_BYTES] for i in range(0, len(bucket), ENTRY_BYTES)}
            self.append(first, b"".join(d for d in dict.fromkeys(found) if d not in there))

    def digests(self) -> set[bytes]:
        """Return all entries; a file with a torn entry, after which none is certain, is left out."""
        buckets = [self.bucket(first) for first in range(256)]
        whole = [bucket for bucket in buckets if len(bucket) % ENTRY_BYTES == 0]
        return {b[i : i + ENTRY_BYTES] for b in whole for i in range(0, len(b), ENTRY_BYTES)}

    @staticmethod
    def digest(decision_id: str) -> bytes:
        """Return the entry of an id."""
        return _digest(decision_id)

    @staticmethod
    def joined_digests(texts: Iterable[str]) -> bytes:
        """Return the entries of many ids, one behind the other."""
        return b"".join(
            [blake2b(text.encode(), digest_size=ENTRY_BYTES).digest() for text in texts]
        )

    def append(self, first: int, data: bytes) -> None:
        """Add whole entries to a bucket, that of their first byte; errors are ignored."""
        if not data:
            return
        with suppress(OSError):
            descriptor = self._opened(first)
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)

    def _opened(self, first: int) -> int:
        """Open a file for appending, made where it is not there; the folder is not."""
        path, flags = self._path(first), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            return os.open(path, flags | os.O_CREAT, file_mode(self.folder))

    def bucket(self, first: int) -> bytes:
        """Return the entries whose first byte is this one."""
        try:
            descriptor = os.open(self._path(first), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            return os.read(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)

    def _path(self, first: int) -> str:
        return f"{self._folder}/{first:02x}"


def _digest(decision_id: str) -> bytes:
    return blake2b(decision_id.encode(), digest_size=ENTRY_BYTES).digest()


def _by_first_byte(digests: Iterable[bytes]) -> dict[int, list[bytes]]:
    groups: dict[int, list[bytes]] = defaultdict(list)
    for digest in digests:
        groups[digest[0]].append(digest)
    return groups


def void_cache(folder: Path) -> IdCache:
    """Return the cache of decisions that were ever taken back, which lies in a journal folder."""
    return IdCache(folder / "voided")


def content_cache(folder: Path) -> IdCache:
    """Return the cache of content keys that lies in a journal folder; it tells which records may be repeats."""
    return IdCache(folder / "contents")


def outcome_cache(folder: Path) -> IdCache:
    """Return the cache of the ids of outcomes that lies in a journal folder."""
    return IdCache(folder / "outcomes")
