"""What was known: the columns a model may look at, as of the moment of a decision."""
