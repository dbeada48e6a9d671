"""Report of an evaluation: Markdown with charts, and the figures as JSON."""
