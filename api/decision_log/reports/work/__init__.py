"""Lists to work from, and the history of one decision."""
