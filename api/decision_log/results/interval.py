"""Type of an interval."""

Interval = list[float]
"""Lower and upper bound of a 95 % interval, in the unit of its value."""
