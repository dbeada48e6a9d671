"""Training keeps linear algebra on one thread."""

from __future__ import annotations

import os
import subprocess
import sys


def test_libraries_that_training_loads_later_are_limited_too() -> None:
    program = (
        "from threadpoolctl import threadpool_info\n"
        "from decision_model.regression.threads import one_thread\n"
        "with one_thread():\n"
        "    import scipy.linalg, sklearn.ensemble, sklearn.linear_model\n"
        "    print(max(one['num_threads'] for one in threadpool_info()), len(threadpool_info()))\n"
    )
    two = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    said = subprocess.run(
        [sys.executable, "-c", program], env=two, capture_output=True, text=True, check=True
    )
    threads, libraries = map(int, said.stdout.split())
    assert threads == 1
    assert libraries >= 2
