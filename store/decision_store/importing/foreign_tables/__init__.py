"""Tables of other programs and plain sheets, translated into the log's own columns."""
