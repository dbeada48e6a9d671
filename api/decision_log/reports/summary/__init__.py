"""Summary of a day or a week: its period, its figures, its text."""
