"""Comparisons of cells, sources, types and groups, and the insights that they support."""
