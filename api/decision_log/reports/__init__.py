"""Reports: insights, summaries, charts."""
