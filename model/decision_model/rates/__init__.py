"""Conversion rates, revenue and time to close of every cell."""
