"""Linear algebra on one thread, while models are trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS and OpenMP on one thread.

    The matrices of a training are small: on a busy machine more threads wait for each other far longer than they
    work, and one thread always adds up in the same order, so that the same facts give the same bytes.

    SciPy and scikit-learn bring libraries of their own. One that is loaded after the limit is set is not limited, so
    they are imported first.
    """
    import scipy.linalg.lapack  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
