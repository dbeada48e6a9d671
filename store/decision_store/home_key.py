"""Secret key of a home: for hashes and pseudonyms of people that nobody can compute who does not have it.

It lies in the journal folder, readable by those who may read the log, comes along in backups and never in exports.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from decision_store.durable_files import make_folder, private_opener, sync, sync_folder
from decision_store.errors import CannotWrite, HomeKeyDamaged

HOME_KEY = "home.key"
KEY_BYTES = 32


def read_home_key(journal: Path) -> bytes | None:
    """Return the key that lies in a journal folder; None where there is none.

    Raises
    ------
    HomeKeyDamaged
        The file holds something else, or cannot be read.
    """
    path = journal / HOME_KEY
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HomeKeyDamaged(path, error.strerror or str(error)) from None
    if len(key) != KEY_BYTES:
        raise HomeKeyDamaged(path, f"it has {len(key)} bytes")
    return key


def make_home_key(journal: Path) -> bytes:
    """Return the key of a home, made where there is none; processes that make it at once get the same.

    Raises
    ------
    HomeKeyDamaged
        There is a file that does not hold a key.
    CannotWrite
        The folder cannot be written.
    """
    if (key := read_home_key(journal)) is not None:
        return key
    path = journal / HOME_KEY
    temporary = path.with_name(f".{HOME_KEY}.{os.urandom(6).hex()}.tmp")
    try:
        make_folder(journal)
        with open(temporary, "xb", opener=private_opener) as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            sync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(temporary)  # unlike a rename it never replaces another process's key
        sync_folder(journal)
    except OSError as error:
        raise CannotWrite(path, error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
    made = read_home_key(journal)
    if made is None:
        raise HomeKeyDamaged(path, "it was removed meanwhile")
    return made
