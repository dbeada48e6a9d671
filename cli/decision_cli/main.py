"""Entry point of the ``decision-log`` process: signals, standard streams, exit code.

Nothing heavy is imported here, so that an interruption while the libraries are loading ends the process
without a traceback.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

INTERRUPTED = 130
"""Exit code of a command ended by Ctrl-C, as shells report it: 128 + SIGINT."""


BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""Variable by which OpenBLAS, NumPy's own on most machines, is given its number of threads when it is loaded."""


class Interrupt:
    """Handler of Ctrl-C that remembers it: a C extension may turn the exception into one of its own."""

    requested = False

    def __call__(self, *_: object) -> NoReturn:
        """Raise, as Python's own handler does."""
        self.requested = True
        raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command line in this process and exit with its code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those of the process by default.
    """
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:
        signal.signal(signal.SIGINT, _exit_quietly)

    # Our matrices are small, and training keeps to one thread, too: waiting threads only take the processor's time.
    os.environ.setdefault(BLAS_THREADS, "1")
    from decision_cli.output.streams import flush_streams, prepare_streams

    prepare_streams()
    from decision_cli.app import app

    interrupt = Interrupt()
    if interruptible:
        signal.signal(signal.SIGINT, interrupt)
    code = 1
    try:
        app(args=None if arguments is None else list(arguments))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        if not interrupt.requested:
            raise
        code = INTERRUPTED
    if interruptible:
        signal.signal(signal.SIGINT, _exit_quietly)
    sys.exit(flush_streams(code))


def _exit_quietly(*_: object) -> None:
    """End at once: nothing has been started yet, or everything is done."""
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
