"""Currency of a log, kept beside its journal: the first one that is named stays."""

from __future__ import annotations

import os
from pathlib import Path

from decision_store.durable_files import make_folder, private_opener, sync, sync_folder
from decision_store.errors import CannotWrite, ImportFailed
from decision_store.number_formats import currency_code

_REMEDY = "Write the code of the amounts in the log into it, e.g. USD."


class CurrencyFile:
    """A file with one currency code.

    Parameters
    ----------
    folder : Path
        The journal folder.

    Examples
    --------
    >>> import tempfile
    >>> kept = CurrencyFile(Path(tempfile.mkdtemp()))
    >>> kept.read(), kept.keep("EUR"), kept.keep("USD"), kept.read()
    (None, 'EUR', 'EUR', 'EUR')
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "currency.txt"

    def read(self) -> str | None:
        """Return the code, None where the log has none yet.

        Raises
        ------
        ImportFailed
            The file holds no currency code.
        """
        try:
            code = self.path.read_text("ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ImportFailed(self.path, str(error), _REMEDY) from error
        if currency_code(code) != code:
            raise ImportFailed(self.path, f"{code!r} is no currency code", _REMEDY)
        return code

    def keep(self, code: str) -> str:
        """Keep a code unless the log has one; return the one it has, also if another process was first.

        Raises
        ------
        CannotWrite
            The folder cannot be made or written.
        """
        temporary = self.path.with_name(f".{self.path.name}.{os.urandom(6).hex()}.tmp")
        try:
            make_folder(self.path.parent)
            with open(temporary, "x", opener=private_opener) as file:
                file.write(f"{code}\n")
                file.flush()
                sync(file.fileno())
            try:
                os.link(temporary, self.path)  # unlike a rename, it never replaces what is there
            except FileExistsError:
                return self.read() or code
            finally:
                temporary.unlink()
            sync_folder(self.path.parent)
        except OSError as error:
            raise CannotWrite(self.path, error.strerror or str(error)) from error
        return code
