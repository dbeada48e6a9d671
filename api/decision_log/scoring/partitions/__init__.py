"""Scoring of many files: one output file for each input file, by several processes, resumable."""
