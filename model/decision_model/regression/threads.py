"""Linear algebra on one thread, while models are trained and while many opportunities are scored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS and OpenMP, as far as they are loaded, on one thread.

    The matrices are small: on a busy machine more threads wait for each other far longer than they work, and one
    thread always adds up in the same order, so that the same facts give the same bytes.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Do the same for training, whose libraries bring their own BLAS.

    SciPy and scikit-learn are imported first: one that is loaded after the limit is set is not limited.
    """
    import scipy.linalg.lapack  # noqa: F401
    import sklearn.linear_model  # noqa: F401

    with one_blas_thread():
        yield
