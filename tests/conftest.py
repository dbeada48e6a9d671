"""Settings of all tests: property tests draw the same examples on every machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same-everywhere", derandomize=True, deadline=None, print_blob=False)
settings.load_profile("same-everywhere")
