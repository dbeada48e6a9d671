"""Scoring: an opportunity in, a scored item out."""
