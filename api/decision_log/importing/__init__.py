"""Import of history: understand the files, ask about what they leave open, write, report."""
