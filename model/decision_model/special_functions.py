"""Special functions of SciPy, imported when the first of them is called.

Importing ``scipy.special`` takes a quarter of a second, and to answer from rates that are fitted already calls none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any


@cache
def _found(name: str) -> Callable[..., Any]:
    from scipy import special

    found: Callable[..., Any] = getattr(special, name)
    return found


def _call(name: str, *arguments: Any, **options: Any) -> Any:
    return _found(name)(*arguments, **options)


def _function(name: str) -> Callable[..., Any]:
    return partial(_call, name)


betainc = _function("betainc")
betaincinv = _function("betaincinv")
betaln = _function("betaln")
digamma = _function("digamma")
erf = _function("erf")
expit = _function("expit")
gammaln = _function("gammaln")
log_expit = _function("log_expit")
log_ndtr = _function("log_ndtr")
logsumexp = _function("logsumexp")
ndtr = _function("ndtr")
ndtri = _function("ndtri")
