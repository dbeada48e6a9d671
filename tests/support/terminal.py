"""A command on a real pseudo-terminal, in a process of its own."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

SECONDS = 300  # long enough for a machine that does much else


class Terminal:
    """A command on a pseudo-terminal: what it prints, and keys to press."""

    def __init__(self, home, *arguments):
        self._own, other = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "decision_cli", *arguments],
            stdin=other, stdout=other, stderr=other, start_new_session=True, close_fds=True,
            preexec_fn=_take_the_terminal,  # noqa: PLW1509
            env={**os.environ, "DECISION_LOG_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "120"},
        )  # fmt: skip
        os.close(other)
        self.text = ""

    def wait_for(self, words):
        """Read until the words stand there."""
        limit = time.monotonic() + SECONDS
        while words not in self.text:
            assert time.monotonic() < limit, self.text
            assert self._read(), self.text

    def press(self, keys):
        os.write(self._own, keys)

    def finish(self, again=None):
        """Read to the end and return the exit code.

        With `again` that key is pressed whenever nothing follows for a second: Python notices an interruption that
        comes just before a read begins only when something else is typed.
        """
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            if again and not self._has_more(within=1):
                self.press(again)
            elif not self._read():
                break
        os.close(self._own)
        return self._process.wait(SECONDS)

    def _has_more(self, within):
        return bool(select.select([self._own], [], [], within)[0])

    def _read(self):
        if not self._has_more(within=SECONDS):
            return False
        try:
            some = os.read(self._own, 65536)
        except OSError:  # Linux reports the end of the other side as an error
            return False
        self.text += some.decode(errors="replace")
        return bool(some)


def _take_the_terminal():
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
