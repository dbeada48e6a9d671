"""Tables as values, and their writers: which columns an answer has, in which order."""
