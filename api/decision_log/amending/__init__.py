"""Amendments: corrections, taught words, and undo. Each is a further fact; nothing is deleted."""
