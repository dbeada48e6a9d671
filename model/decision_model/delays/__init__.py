"""Delays from a decision to its recorded outcome, and what open decisions say about the rate."""
