"""Tables in the log's own columns: their fields, their rows, and which row is which."""
