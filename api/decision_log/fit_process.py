"""Fit of the rates in a process of its own: a server's threads share one interpreter, and go on answering meanwhile."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from decision_log.hour_knowledge import DelayBasis
    from decision_model.inputs.evidence import Evidence
    from decision_model.rates.model import RateModel

LOWER_PRIORITY = 10
"""How much less processor time than the server it gets where both want it, as of ``nice``."""


class FitProcess:
    """Runs one fit at a time in a child process, which ends with it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def fit(self, evidence: Evidence, basis: DelayBasis | None = None) -> RateModel | None:
        """Return the fitted model, None where the process could not do it or was stopped.

        Parameters
        ----------
        evidence : Evidence
        basis : DelayBasis, optional
            From what the delays are learnt; by default from the evidence.
        """
        import pickle
        import subprocess

        from decision_model.rates.stored import unpack

        command = [sys.executable, "-m", "decision_log.fit_process"]
        try:
            # A session of its own: an interrupt at the terminal is the server's, which then stops the child.
            with subprocess.Popen(  # noqa: S603 - this program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as self._child:
                if self._is_stopped:
                    self._child.kill()
                packed, _ = self._child.communicate(pickle.dumps((evidence, basis)))
                ended = self._child.returncode
        except OSError:
            return None
        finally:
            self._child = None
        return unpack(packed) if ended == 0 else None

    def stop(self) -> None:
        """End a fit that is going on, and start no other."""
        self._is_stopped = True
        child = self._child
        if child is not None:
            child.kill()


def main() -> None:
    """Read evidence from standard input, and write the model fitted to it to standard output."""
    import pickle

    os.nice(LOWER_PRIORITY)
    from decision_model.rates.model import RateModel
    from decision_model.rates.stored import pack

    evidence, basis = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    delays = None if basis is None else basis.learnt()
    sys.stdout.buffer.write(pack(RateModel.fit(evidence, delays=delays)))


if __name__ == "__main__":
    main()
