"""Append-only journal: writing, reading, locking."""
